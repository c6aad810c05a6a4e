package bus

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// A user is one who may connect.
type user struct {
	secret string
	worker bool
}

// A Peer is one end of a connection to the head: a client, or a worker.
type Peer struct {
	User   string
	Worker bool
}

// ServerOptions say what a Server does with what it gets. The funcs are called one at a time, in order for
// each peer, and must return soon.
type ServerOptions struct {
	// Dir is the session's directory, which must exist.
	Dir string
	// Handle is called with the messages of each batch. What they hold isn't used by others.
	Handle func(from Peer, ms []Message)
	// Left is called after the last message of a peer whose connection ended.
	Left func(Peer)
	// Wrong is called with what a peer did that it mustn't or can't have meant, and what else the server complains of.
	Wrong func(error)
}

// A Server is the bus: a NATS server that listens on the loopback device only, and the head's connection to
// it. Its methods may be called from any goroutine.
type Server struct {
	opts ServerOptions
	ns   *server.Server
	nc   *nats.Conn
	sys  *nats.Conn // on which the server tells who left
	acc  *server.Account
	own  blobs

	mu    sync.Mutex
	users map[string]user
	conns map[uint64]Peer // connections that were let in
	out   map[Peer]*outgoing
	dirty []*outgoing         // that have something posted
	in    map[Peer]*assembler // used by the goroutine of the subscription only
}

// Roles of a user's connections, in subjects and as names of connections.
const (
	clientRole = "c"
	workerRole = "w"
)

// account is that of all peers.
const account = "goherd"

// Where a subject leads.
const (
	toHead = "g.h."
	toUser = "g.u."
	fence  = "g.f"
)

func subject(to, role, user string) string { return to + role + "." + user }

func (p Peer) role() string {
	if p.Worker {
		return workerRole
	}
	return clientRole
}

// headUser and sysUser are the users of the head's own connections.
const (
	headUser = "head"
	sysUser  = "sys"
)

// Serve starts the bus.
func Serve(o ServerOptions) (*Server, error) {
	if err := os.MkdirAll(filepath.Join(o.Dir, blobDir), 0o700); err != nil {
		return nil, fmt.Errorf("the bus: %w", err)
	}
	s := &Server{opts: o, users: map[string]user{headUser: {secret: rand.Text()}, sysUser: {secret: rand.Text()}},
		conns: map[uint64]Peer{}, out: map[Peer]*outgoing{}, in: map[Peer]*assembler{}}
	ns, err := server.NewServer(&server.Options{
		ServerName: "goherd",
		Host:       "127.0.0.1",
		Port:       server.RANDOM_PORT,
		NoSigs:     true,
		Accounts:   []*server.Account{server.NewAccount(account)},
		// A peer that is stopped for a while, by a debugger say, isn't cut off.
		PingInterval:        time.Hour,
		NoFastProducerStall: true,
		MaxClosedClients:    16, // of which the server remembers something, for its monitoring that nobody asks

		CustomClientAuthentication: door{s},
	})
	if err != nil {
		return nil, fmt.Errorf("the bus: %w", err)
	}
	s.ns = ns
	if s.acc, err = ns.LookupAccount(account); err != nil {
		return nil, fmt.Errorf("the bus: %w", err)
	}
	ns.SetLoggerV2(logger{o.Wrong}, false, false, false)
	ns.Start()
	if !ns.ReadyForConnections(10 * time.Second) {
		s.Close()
		return nil, errors.New("the bus doesn't start: the NATS server takes no connections")
	}
	// It costs a millisecond and half a megabyte; the server without it starts in four and takes five.
	err = ns.EnableJetStream(&server.JetStreamConfig{StoreDir: filepath.Join(o.Dir, "jetstream"), MaxMemory: 1 << 30, MaxStore: 1 << 40})
	if err == nil {
		err = s.acc.EnableJetStream(nil, nil) // as far as that allows; only the head has the permission
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("the bus: JetStream: %w", err)
	}
	if err := s.connect(); err != nil {
		s.Close()
		return nil, fmt.Errorf("the bus: %w", err)
	}
	return s, nil
}

func (s *Server) connect() error {
	dial := func(user string, more ...nats.Option) (*nats.Conn, error) {
		return nats.Connect("", append(more, nats.InProcessServer(s.ns), nats.UserInfo(user, s.users[user].secret), nats.Name(user),
			nats.NoReconnect(), nats.PingInterval(time.Hour),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { s.wrong(err) }))...)
	}
	var err error
	if s.nc, err = dial(headUser); err != nil {
		return err
	}
	if s.sys, err = dial(sysUser); err != nil {
		return err
	}
	err = subscribe(s.nc, "g.>", s.take)
	if err == nil {
		err = subscribe(s.sys, "$SYS.ACCOUNT."+account+".DISCONNECT", s.left)
	}
	return err
}

func subscribe(nc *nats.Conn, subject string, f nats.MsgHandler) error {
	sub, err := nc.Subscribe(subject, f)
	if err == nil {
		err = sub.SetPendingLimits(-1, -1) // nothing may be dropped
	}
	if err == nil {
		err = nc.Flush()
	}
	return err
}

func (s *Server) wrong(err error) {
	if s.opts.Wrong != nil {
		s.opts.Wrong(err)
	}
}

// Admit lets a user in, who may connect as a client and, if worker is set, as a worker: once at a time as each, since two
// connections would both get what is sent.
func (s *Server) Admit(name string, worker bool) (Address, error) {
	if name == "" || name == headUser || name == sysUser || strings.ContainsAny(name, ".*> \t\r\n/\\#") {
		return Address{}, fmt.Errorf("the bus can't have a user %q", name)
	}
	secret := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.users[name]; ok {
		return Address{}, fmt.Errorf("the bus has a user %q", name)
	}
	s.users[name] = user{secret: secret, worker: worker}
	return Address{URL: s.ns.ClientURL(), User: name, Secret: secret, Dir: s.opts.Dir}, nil
}

// Expel shuts a user out and ends its connections. Left is called for them.
func (s *Server) Expel(name string) {
	s.mu.Lock()
	delete(s.users, name)
	var ids []uint64
	for id, p := range s.conns {
		if p.User == name {
			ids = append(ids, id)
		}
	}
	s.mu.Unlock()
	for _, id := range ids {
		_ = s.ns.DisconnectClientByID(id) // it may have left
	}
}

// Connected reports whether a peer has a connection.
func (s *Server) Connected(p Peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected(p)
}

func (s *Server) connected(p Peer) bool {
	for _, q := range s.conns {
		if q == p {
			return true
		}
	}
	return false
}

// A door lets users in.
type door struct{ s *Server }

// Check is called by the server for each connection.
func (d door) Check(c server.ClientAuthentication) bool {
	s, o := d.s, c.GetOpts()
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[o.Username]
	if !ok || subtle.ConstantTimeCompare([]byte(u.secret), []byte(o.Password)) != 1 {
		return false
	}
	switch o.Username {
	case headUser:
		c.RegisterUser(&server.User{Username: headUser, Account: s.acc})
		return true
	case sysUser:
		c.RegisterUser(&server.User{Username: sysUser, Account: s.ns.SystemAccount()})
		return true
	}
	p := Peer{User: o.Username, Worker: o.Name == workerRole}
	// Two connections of one peer would both get its messages.
	if o.Name != p.role() || p.Worker && !u.worker || s.connected(p) {
		return false
	}
	s.conns[c.GetID()] = p
	c.RegisterUser(&server.User{Username: o.Username, Account: s.acc, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{subject(toHead, p.role(), p.User)}},
		Subscribe: &server.SubjectPermission{Allow: []string{subject(toUser, p.role(), p.User)}},
	}})
	return true
}

// left is told by the server that a connection has ended. What it had sent is on its way to take: a message that
// goes there, too, says when it has come.
func (s *Server) left(m *nats.Msg) {
	var e server.DisconnectEventMsg
	if err := json.Unmarshal(m.Data, &e); err != nil {
		s.wrong(fmt.Errorf("who left the bus isn't known: %w", err))
		return
	}
	_ = s.nc.Publish(fence, binary.BigEndian.AppendUint64(nil, e.Client.ID)) // it fails when the server is closed
}

// take handles a payload of the bus.
func (s *Server) take(m *nats.Msg) {
	if m.Subject == fence {
		s.gone(binary.BigEndian.Uint64(m.Data))
		return
	}
	rest, ok := strings.CutPrefix(m.Subject, toHead)
	role, name, _ := strings.Cut(rest, ".")
	if !ok {
		return // the head's own
	}
	p := Peer{User: name, Worker: role == workerRole}
	a := s.in[p]
	if a == nil {
		a = &assembler{}
		s.in[p] = a
	}
	ms, err := a.take(m.Data)
	if err != nil {
		s.wrong(fmt.Errorf("%s sent what can't be read: %w", name, err))
		s.Expel(name)
		return
	}
	kept := ms[:0]
	for _, m := range ms {
		if a, ok := m.(*ack); ok {
			s.acked(p, a.bytes)
		} else {
			kept = append(kept, m)
		}
	}
	if len(kept) > 0 {
		s.opts.Handle(p, kept)
	}
}

func (s *Server) gone(id uint64) {
	s.mu.Lock()
	p, ok := s.conns[id]
	delete(s.conns, id)
	delete(s.out, p)
	s.mu.Unlock()
	if ok {
		delete(s.in, p)
		s.opts.Left(p)
	}
}

// Post puts messages into the outbox of a peer. They are sent by Flush, or when the peer has taken what was sent before. Nobody
// waits for a peer that takes nothing.
func (s *Server) Post(to Peer, ms ...Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.out[to]
	if o == nil {
		o = &outgoing{to: subject(toUser, to.role(), to.User)}
		s.out[to] = o
	}
	if len(o.batch) == 0 {
		o.batch = append(o.batch, 0) // for split
		s.dirty = append(s.dirty, o)
	}
	for _, m := range ms {
		o.batch = appendMessage(o.batch, m)
	}
}

// Flush sends what was posted.
func (s *Server) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.dirty {
		o.flush(s.publish)
		s.dirty[i] = nil
	}
	s.dirty = s.dirty[:0]
}

func (s *Server) publish(to string, p []byte) { _ = s.nc.Publish(to, p) } // it fails when the server is closed

// acked notes that a peer has taken something, and sends what has waited for that.
func (s *Server) acked(p Peer, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.out[p]; o != nil {
		o.flying = max(o.flying-int(max(bytes, 0)), 0)
		o.flush(s.publish)
	}
}

// Adopt makes the blob of a payload the head's own: it lives until Free, whatever becomes of who sent it. It tells
// the sender. A payload without a blob is only checked.
func (s *Server) Adopt(from Peer, p Payload) (Payload, error) {
	if p.Blob == "" {
		m, err := openImage(p, s.opts.Dir)
		if err != nil {
			return Payload{}, err
		}
		m.Close()
		return p, nil
	}
	_, size, err := layout(p)
	if err != nil {
		return Payload{}, err
	}
	b, err := adopt(p.Blob, s.opts.Dir, size)
	if err != nil {
		return Payload{}, fmt.Errorf("what %s passed in %s: %w", from.User, p.Blob, err)
	}
	if !s.own.add(b) {
		return Payload{}, ErrClosed
	}
	s.Post(from, &Taken{Blob: p.Blob})
	p.Blob = b.name
	return p, nil
}

// Free frees the blob of a payload that was adopted, if it has one.
func (s *Server) Free(p Payload) {
	if p.Blob != "" {
		s.own.close(p.Blob)
	}
}

// Blobs returns how many payloads are adopted, and their size in bytes.
func (s *Server) Blobs() (n int, size int64) {
	s.own.mu.Lock()
	defer s.own.mu.Unlock()
	for _, b := range s.own.m {
		size += b.size
	}
	return len(s.own.m), size
}

// Close ends the bus and its connections, and frees all payloads. Neither Handle nor Left is called after it returned.
func (s *Server) Close() {
	if s.nc != nil {
		_ = s.nc.FlushTimeout(time.Second) // last words; whom they don't reach is told by the end of the connection
		s.nc.Close()
	}
	if s.sys != nil {
		s.sys.Close()
	}
	s.ns.Shutdown()
	s.ns.WaitForShutdown()
	s.own.closeAll()
	_ = os.RemoveAll(filepath.Join(s.opts.Dir, blobDir)) // the session's directory is removed by its owner, too
}

// A logger hands on what a NATS server complains of.
type logger struct{ wrong func(error) }

func (l logger) complain(format string, v []any) {
	if l.wrong != nil {
		l.wrong(fmt.Errorf("the NATS server: "+format, v...))
	}
}

// Errorf and the others make it the server's logger.
func (l logger) Errorf(format string, v ...any) { l.complain(format, v) }

// Fatalf hands on what ends the server.
func (l logger) Fatalf(format string, v ...any) { l.complain(format, v) }

// Warnf says nothing: peers that leave are no news here.
func (logger) Warnf(string, ...any) {}

// Noticef says nothing.
func (logger) Noticef(string, ...any) {}

// Debugf says nothing.
func (logger) Debugf(string, ...any) {}

// Tracef says nothing.
func (logger) Tracef(string, ...any) {}
