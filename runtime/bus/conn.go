package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Options say what a Conn does with what it gets.
type Options struct {
	// Worker is set for the connection on which a worker takes tasks. A worker that uses the runtime itself has
	// another one, with the same Address, as a client.
	Worker bool
	// Handle is called with the messages of each batch, in order, never twice at a time. What they
	// hold isn't used by others. It may send, but not call Close nor wait for a reply.
	Handle func([]Message)
	// Gone is called once if the connection ends without Close: the head is gone, or has expelled this user. It may be nil.
	Gone func(error)
}

// ErrClosed is the error of a Conn after Close.
var ErrClosed = errors.New("the connection to the session's runtime is closed")

// A Conn is the connection of a client or a worker to the head. Its methods may be called from any goroutine.
//
// Besides those of nats.go it has one goroutine, which writes and ends with the connection.
type Conn struct {
	nc   *nats.Conn
	addr Address
	opts Options
	out  outbox
	in   assembler
	took int64 // bytes since the last ack; of the goroutine that takes
	own  blobs // written here and not taken yet

	mu      sync.Mutex
	asked   map[uint64]chan *Reply
	seq     uint64
	err     error         // why it ended, else nil
	done    chan struct{} // closes when it ends
	written chan struct{} // closes when the writer has ended
}

// Dial connects to the head.
func Dial(a Address, o Options) (*Conn, error) {
	c := &Conn{addr: a, opts: o, asked: map[uint64]chan *Reply{}, done: make(chan struct{}), written: make(chan struct{})}
	role := clientRole
	if o.Worker {
		role = workerRole
	}
	nc, err := nats.Connect(a.URL,
		nats.UserInfo(a.User, a.Secret),
		nats.Name(role),
		nats.NoReconnect(),
		nats.Timeout(10*time.Second),
		nats.PingInterval(time.Hour), // the kernel ends what it has started: there is nothing to find out
		nats.ClosedHandler(func(*nats.Conn) { c.end(errors.New("the session's runtime has ended")) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			c.end(fmt.Errorf("the session's runtime: %w", err))
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("the session's runtime can't be reached at %s: %w", a.URL, err)
	}
	c.nc = nc
	c.out.init(func(p []byte) error { return nc.Publish(subject(toHead, role, a.User), p) })
	sub, err := nc.Subscribe(subject(toUser, role, a.User), func(m *nats.Msg) { c.take(m.Data) })
	if err == nil {
		// Nothing may be dropped. Who sends much at once waits for answers.
		err = sub.SetPendingLimits(-1, -1)
	}
	if err == nil {
		err = nc.Flush() // so that a subscription that isn't allowed is known here
	}
	if err == nil {
		err = nc.LastError()
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("the session's runtime at %s: %w", a.URL, err)
	}
	go func() {
		defer close(c.written)
		c.out.run(c.done)
	}()
	return c, nil
}

// Send sends messages in order. They are on their way when it returns, not yet with the head. What they
// hold may be changed afterwards. An error says that the connection has ended.
func (c *Conn) Send(ms ...Message) error {
	select {
	case <-c.done:
		return c.Err()
	default:
	}
	c.out.add(ms)
	return nil
}

// Flush waits until the head's server has all that was sent before.
func (c *Conn) Flush(ctx context.Context) error {
	c.out.drain()
	if err := c.nc.FlushWithContext(ctx); err != nil {
		if e := c.Err(); e != nil {
			return e
		}
		return err
	}
	return nil
}

// Done returns a channel that closes when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err returns why the connection ended, ErrClosed after Close, and nil while it hasn't.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close sends what was to be sent, ends the connection and frees the payloads that the head hasn't taken. It doesn't wait for answers.
func (c *Conn) Close() {
	c.out.drain()
	if c.nc.IsConnected() {
		_ = c.nc.FlushTimeout(time.Second) // a head that is stopped doesn't hold it up for ever
	}
	c.end(ErrClosed)
	c.nc.Close()
	<-c.written
	c.own.closeAll()
}

// end notes why the connection ended, the first time, and lets go of those who wait.
func (c *Conn) end(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	close(c.done)
	clear(c.asked)
	c.mu.Unlock()
	if err != ErrClosed {
		go c.nc.Close() // after an error; not from nats.go's own goroutine
		if c.opts.Gone != nil {
			c.opts.Gone(err)
		}
	}
}

// take handles a payload of the bus.
func (c *Conn) take(p []byte) {
	if c.took += int64(len(p)); c.took >= ackAfter {
		_ = c.Send(&ack{c.took}) // it fails when nothing more comes
		c.took = 0
	}
	ms, err := c.in.take(p)
	if err != nil {
		c.end(fmt.Errorf("the session's runtime sent what can't be read: %w", err))
		return
	}
	kept := ms[:0]
	for _, m := range ms {
		switch m := m.(type) {
		case *Taken:
			c.own.taken(m.Blob)
		case *Reply:
			c.mu.Lock()
			ch := c.asked[m.Seq]
			delete(c.asked, m.Seq)
			c.mu.Unlock()
			if ch != nil {
				ch <- m
			}
		default:
			kept = append(kept, m)
		}
	}
	if len(kept) > 0 && c.opts.Handle != nil {
		c.opts.Handle(kept)
	}
}

// ask makes a request and reads its reply.
func ask[T any](ctx context.Context, c *Conn, op string, body any) (T, error) {
	var v T
	b, err := json.Marshal(body)
	if err != nil {
		return v, fmt.Errorf("%s: %w", op, err)
	}
	ch := make(chan *Reply, 1)
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return v, c.err
	}
	c.seq++
	seq := c.seq
	c.asked[seq] = ch
	c.mu.Unlock()
	forget := func() {
		c.mu.Lock()
		delete(c.asked, seq)
		c.mu.Unlock()
	}
	if err := c.Send(&Request{Seq: seq, Op: op, Body: b}); err != nil {
		forget()
		return v, err
	}
	select {
	case r := <-ch:
		if r.Error != "" {
			return v, errors.New(r.Error)
		}
		if len(r.Body) == 0 {
			return v, nil
		}
		return v, json.Unmarshal(r.Body, &v)
	case <-ctx.Done():
		forget()
		return v, context.Cause(ctx)
	case <-c.done:
		select {
		case r := <-ch: // the answer to Shutdown, say, came just before
			if r.Error == "" {
				return v, nil
			}
		default:
		}
		return v, c.Err()
	}
}

// An outbox joins small messages to payloads. Who adds to one that was quiet writes itself, which is the quickest;
// where much is added, a goroutine writes what has come together meanwhile.
type outbox struct {
	publish func([]byte) error

	mu      sync.Mutex // guards buf and last
	buf     []byte
	last    time.Time // of the last write
	writing sync.Mutex
	spare   []byte // guarded by writing
	kick    chan struct{}
}

// quiet is the time after a write during which the next waits for more.
const quiet = 20 * time.Microsecond

func (o *outbox) init(publish func([]byte) error) {
	o.publish = publish
	o.kick = make(chan struct{}, 1)
}

func (o *outbox) add(ms []Message) {
	now := time.Now()
	o.mu.Lock()
	empty := len(o.buf) == 0
	if empty {
		o.buf = append(o.buf, 0) // for split
	}
	for _, m := range ms {
		o.buf = appendMessage(o.buf, m)
	}
	direct := empty && now.Sub(o.last) > quiet
	if direct {
		o.last = now
	}
	o.mu.Unlock()
	switch {
	case direct:
		o.drain()
	case empty:
		select {
		case o.kick <- struct{}{}:
		default:
		}
	}
}

// drain writes what is there, in the order in which it was added.
func (o *outbox) drain() {
	o.writing.Lock()
	defer o.writing.Unlock()
	o.mu.Lock()
	p := o.buf
	o.buf = o.spare[:0]
	o.last = time.Now()
	o.mu.Unlock()
	if len(p) == 0 {
		o.spare = p
		return
	}
	split(p, func(part []byte) { _ = o.publish(part) }) // it fails when the connection has ended, which is told otherwise
	o.spare = p
	if cap(p) > maxPayload {
		o.spare = nil
	}
}

func (o *outbox) run(done <-chan struct{}) {
	for {
		select {
		case <-o.kick:
			runtime.Gosched() // who is about to add more goes first
			o.drain()
		case <-done:
			return
		}
	}
}
