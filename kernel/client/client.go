// Package client is the client's side of the Jupyter protocol: it connects to
// a kernel, of any language, runs code in it and asks it things, and starts
// and ends kernel processes. `goherd run` is made of it, and the tests' front
// end.
//
// It doesn't know notebooks, and it doesn't render or keep outputs: it hands
// over messages.
package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goherd/goherd/kernel/transport"
	"github.com/goherd/goherd/kernel/wire"
)

// ErrClosed is returned by the methods of a closed Client, and by those that
// are waiting when it is closed.
var ErrClosed = errors.New("client is closed")

// Options configure a Client. The functions are called from the Client's own
// goroutines and must neither block for long nor close the Client.
type Options struct {
	// Username stands in the headers of the messages sent.
	Username string
	// OnIOPub sees every message on IOPub but the welcome, in order, before
	// the handler of the request that it belongs to.
	OnIOPub func(*wire.Message)
	// OnUnexpected gets what no request of this Client accounts for: a reply
	// that nobody waits for, an input request without an Input function, and,
	// with a nil message and an error, what can't be decoded.
	OnUnexpected func(ch wire.Channel, m *wire.Message, err error)
}

// Client is connected to a kernel on all five channels. It stays connected
// when the kernel is restarted with the same connection file. Its methods are
// safe for concurrent use, and any number of requests may be under way.
type Client struct {
	opts    Options
	session *wire.Session
	codec   *wire.Codec
	sockets map[wire.Channel]*transport.Socket
	wg      sync.WaitGroup

	beat  sync.Mutex // one heartbeat at a time
	beats chan string

	mu     sync.Mutex
	calls  map[string]*call // by message id
	kernel string           // the kernel by its session id, from its last message on IOPub
	heard  chan struct{}    // closed, and replaced, when kernel changes
	ended  chan struct{}    // closed when nothing more will come
	endErr error            // why
}

// call is a request under way.
type call struct {
	reply   *wire.Message // of interest after replied
	replied chan struct{} // closed when the reply is here
	idle    chan struct{} // closed when the status is idle
	gone    chan error    // capacity 1: why there will be no answer
	orphan  bool          // nobody waits; forget it when the reply is here
	input   func(*wire.Message)

	mu     sync.Mutex // held while handle runs
	handle func(*wire.Message)
}

func newCall() *call {
	return &call{replied: make(chan struct{}), idle: make(chan struct{}), gone: make(chan error, 1)}
}

// Connect connects to the kernel that info describes, which may still be
// starting, and returns when the messages it publishes are sure to arrive. It
// gives up when ctx ends.
func Connect(ctx context.Context, info wire.ConnectionInfo, opts Options) (*Client, error) {
	if err := info.Validate(); err != nil {
		return nil, err
	}
	codec, err := wire.NewCodec(info.SignatureScheme, info.Key)
	if err != nil {
		return nil, err
	}
	c := &Client{
		opts:    opts,
		session: wire.NewSession(opts.Username),
		codec:   codec,
		sockets: make(map[wire.Channel]*transport.Socket),
		beats:   make(chan string, 1),
		calls:   make(map[string]*call),
		heard:   make(chan struct{}),
		ended:   make(chan struct{}),
	}
	// The kernel finds the client's stdin socket by the identity of its shell
	// socket ("Messages on the stdin channel").
	id := []byte(c.session.ID())
	for _, ch := range wire.Channels {
		kind, opts := transport.Dealer, transport.Options{Identity: id}
		switch ch {
		case wire.IOPub:
			kind, opts = transport.Sub, transport.Options{Topics: []string{""}}
		case wire.Heartbeat:
			kind, opts = transport.Req, transport.Options{}
		}
		s, err := transport.Dial(ctx, kind, info.Endpoint(ch), opts)
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("%s channel: %w", ch, err)
		}
		c.sockets[ch] = s
		c.wg.Go(func() { c.read(ch, s) })
	}
	if err := c.awaitIOPub(ctx, ""); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// patience is how long a kernel has to send its welcome before we ask for a
// status instead. Kernels of protocol 5.4 and before send none.
const patience = 300 * time.Millisecond

// awaitIOPub returns when a message has come on IOPub from a kernel other than
// old. It is proof that the subscription is in place.
func (c *Client) awaitIOPub(ctx context.Context, old string) error {
	for {
		c.mu.Lock()
		kernel, heard := c.kernel, c.heard
		c.mu.Unlock()
		if kernel != old {
			return nil
		}
		timer := time.NewTimer(patience)
		select {
		case <-heard:
			timer.Stop()
			continue
		case <-c.ended:
			timer.Stop()
			return c.endErr
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("the kernel publishes nothing on iopub: %w", context.Cause(ctx))
		case <-timer.C:
		}
		if err := c.ask(wire.Shell, wire.MsgKernelInfoRequest); err != nil {
			return err
		}
	}
}

// ask sends a request whose reply doesn't matter.
func (c *Client) ask(ch wire.Channel, msgType string) error {
	m, err := c.session.Message(nil, msgType, nil)
	if err != nil {
		return err
	}
	call := newCall()
	call.orphan = true
	c.start(m, call)
	return c.Send(ch, m)
}

// Session makes messages for [Client.Send] and [Client.Do].
func (c *Client) Session() *wire.Session { return c.session }

// Send sends a message and waits for nothing; it is meant for comm messages.
func (c *Client) Send(ch wire.Channel, m *wire.Message) error {
	s := c.sockets[ch]
	if s == nil || ch == wire.IOPub || ch == wire.Heartbeat {
		return fmt.Errorf("clients send no messages on channel %q", ch)
	}
	parts, err := c.codec.Encode(m)
	if err != nil {
		return err
	}
	if err := s.Send(parts); err != nil {
		return fmt.Errorf("send %s: %w", m.Header.MsgType, c.cause(err))
	}
	return nil
}

// cause returns why the client has ended, if it has, else err.
func (c *Client) cause(err error) error {
	select {
	case <-c.ended:
		return c.endErr
	default:
		return err
	}
}

// Request sends a request on the shell or the control channel and returns the
// reply, whatever its status. content is as for [wire.Session.Message].
func (c *Client) Request(ctx context.Context, ch wire.Channel, msgType string, content any) (*wire.Message, error) {
	m, err := c.session.Message(nil, msgType, content)
	if err != nil {
		return nil, err
	}
	return c.Do(ctx, ch, m)
}

// Do is [Client.Request] with a message that the caller has made.
func (c *Client) Do(ctx context.Context, ch wire.Channel, m *wire.Message) (*wire.Message, error) {
	call := newCall()
	c.start(m, call)
	defer c.finish(m.Header.MsgID)
	if err := c.Send(ch, m); err != nil {
		return nil, err
	}
	if err := c.wait(ctx, m, call, call.replied); err != nil {
		return nil, err
	}
	return call.reply, nil
}

// wait waits for one of the channels of call, or returns why that is in vain.
func (c *Client) wait(ctx context.Context, m *wire.Message, call *call, event <-chan struct{}) error {
	var err error
	select {
	case <-event:
		return nil
	case err = <-call.gone:
	case <-c.ended:
		err = c.endErr
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", m.Header.MsgType, err)
}

// ExecOptions configure an execution. The zero value is that of a notebook
// cell, without input.
type ExecOptions struct {
	// Silent asks for no output and no entry in the history.
	Silent bool
	// NoHistory asks for no entry in the history.
	NoHistory bool
	// GoOn lets requests that are already queued in the kernel run even if
	// this one fails.
	GoOn bool
	// UserExpressions are evaluated after the code.
	UserExpressions map[string]string
	// Subshell names the subshell to run in, empty is the main shell.
	Subshell string
	// Input answers the code's requests for input; without it the kernel is
	// told that there is none to be had. It runs in a goroutine of its own;
	// ctx ends with the execution. An error ends Execute, not the code.
	Input func(ctx context.Context, r wire.InputRequest) (string, error)
}

// Execute runs code and returns the reply, once both the reply and the status
// idle are here: then all output has been handed to handle, which gets the
// IOPub messages of this request in order, and may be nil. It is not called
// any more after Execute has returned.
//
// An error of the code is not an error of Execute. If ctx ends, Execute
// returns without waiting for the kernel, which goes on; see
// [Kernel.Interrupt].
func (c *Client) Execute(ctx context.Context, code string, opts ExecOptions, handle func(*wire.Message)) (*wire.ExecuteReply, error) {
	m, err := c.session.Message(nil, wire.MsgExecuteRequest, wire.ExecuteRequest{
		Code:            code,
		Silent:          opts.Silent,
		StoreHistory:    !opts.Silent && !opts.NoHistory,
		UserExpressions: opts.UserExpressions,
		AllowStdin:      opts.Input != nil,
		StopOnError:     !opts.GoOn,
	})
	if err != nil {
		return nil, err
	}
	m.Header.SubshellID = opts.Subshell
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	call := newCall()
	call.handle = handle
	if opts.Input != nil {
		call.input = func(req *wire.Message) {
			if err := c.answer(ctx, call, req, opts.Input); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("input: %w", err))
			}
		}
	}
	c.start(m, call)
	defer c.finish(m.Header.MsgID)
	if err := c.Send(wire.Shell, m); err != nil {
		return nil, err
	}
	for _, event := range []<-chan struct{}{call.replied, call.idle} {
		if err := c.wait(ctx, m, call, event); err != nil {
			return nil, err
		}
	}
	var reply wire.ExecuteReply
	if err := call.reply.Decode(&reply); err != nil {
		return nil, err
	}
	return &reply, nil
}

// answer asks for input and sends it.
func (c *Client) answer(ctx context.Context, call *call, req *wire.Message, input func(context.Context, wire.InputRequest) (string, error)) error {
	var r wire.InputRequest
	if err := req.Decode(&r); err != nil {
		return err
	}
	value, err := input(ctx, r)
	if err != nil || ctx.Err() != nil {
		return err
	}
	m, err := c.session.Message(req, wire.MsgInputReply, wire.InputReply{Value: value})
	if err != nil {
		return err
	}
	// The lock, which finish takes too, orders what input has done before the
	// return of Execute in the eyes of Go's memory model.
	call.mu.Lock()
	defer call.mu.Unlock()
	return c.Send(wire.Stdin, m)
}

// Heartbeat returns when the kernel process has answered a ping. It does so
// whatever the kernel is working on, so that an error means that it is gone or
// can't be reached.
func (c *Client) Heartbeat(ctx context.Context) error {
	c.beat.Lock()
	defer c.beat.Unlock()
	m, err := c.session.Message(nil, "ping", nil)
	if err != nil {
		return err
	}
	s := c.sockets[wire.Heartbeat]
	if err := s.Send([][]byte{[]byte(m.Header.MsgID)}); err != nil {
		return fmt.Errorf("heartbeat: %w", c.cause(err))
	}
	for {
		select {
		case id := <-c.beats:
			if id == m.Header.MsgID { // else it is one that was given up
				return nil
			}
		case <-c.ended:
			return fmt.Errorf("heartbeat: %w", c.endErr)
		case <-ctx.Done():
			return fmt.Errorf("heartbeat: %w", context.Cause(ctx))
		}
	}
}

// lastWords is how long Close waits for the kernel to take what was sent.
const lastWords = time.Second

// Close disconnects. What was sent before is delivered, if the kernel takes
// it within a second; what waits for an answer gets ErrClosed.
func (c *Client) Close() error {
	c.end(ErrClosed)
	var errs []error
	for _, ch := range wire.Channels {
		if s := c.sockets[ch]; s != nil {
			drain := lastWords
			if ch == wire.IOPub || ch == wire.Heartbeat {
				drain = 0
			}
			errs = append(errs, s.Close(drain))
		}
	}
	c.wg.Wait()
	return errors.Join(errs...)
}

// end lets everything that waits fail with err; the first err counts.
func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.endErr == nil {
		c.endErr = err
		close(c.ended)
	}
}

// abort lets the requests that are under way fail with err. It returns the
// kernel that they were for, as known to awaitIOPub.
func (c *Client) abort(err error) (kernel string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range c.calls {
		select {
		case call.gone <- err:
		default:
		}
	}
	return c.kernel
}

func (c *Client) start(m *wire.Message, call *call) {
	c.mu.Lock()
	c.calls[m.Header.MsgID] = call
	c.mu.Unlock()
}

// finish forgets the request; when it returns, its handler doesn't run any
// more.
func (c *Client) finish(id string) {
	c.mu.Lock()
	call := c.calls[id]
	delete(c.calls, id)
	c.mu.Unlock()
	call.mu.Lock()
	call.handle = nil
	call.mu.Unlock()
}

// read handles what comes on a channel until its socket is closed.
func (c *Client) read(ch wire.Channel, s *transport.Socket) {
	for {
		parts, err := s.Recv()
		if err != nil {
			return
		}
		if ch == wire.Heartbeat {
			c.pong(parts)
			continue
		}
		m, err := c.codec.Decode(parts)
		if err != nil {
			c.unexpected(ch, nil, err)
			continue
		}
		c.mu.Lock()
		call := c.calls[m.Parent.MsgID]
		c.mu.Unlock()
		switch {
		case ch == wire.IOPub:
			c.published(m, call)
		case call == nil:
			c.unexpected(ch, m, nil)
		case ch == wire.Stdin:
			if call.input == nil || m.Header.MsgType != wire.MsgInputRequest {
				c.unexpected(ch, m, nil)
				continue
			}
			go call.input(m)
		default:
			select {
			case <-call.replied: // twice
				c.unexpected(ch, m, nil)
			default:
				call.reply = m
				close(call.replied)
				if call.orphan {
					c.finish(m.Parent.MsgID)
				}
			}
		}
	}
}

func (c *Client) unexpected(ch wire.Channel, m *wire.Message, err error) {
	if c.opts.OnUnexpected != nil {
		c.opts.OnUnexpected(ch, m, err)
	}
}

// pong hands over the answer to a ping; only the latest matters.
func (c *Client) pong(parts [][]byte) {
	if len(parts) != 1 {
		return
	}
	select {
	case <-c.beats:
	default:
	}
	c.beats <- string(parts[0])
}

// published handles a message on IOPub, call being the request it belongs to
// if that is one of ours that is under way.
func (c *Client) published(m *wire.Message, call *call) {
	c.mu.Lock()
	kernel := "session " + m.Header.Session // some kernels leave it empty
	if c.kernel != kernel {
		c.kernel = kernel
		close(c.heard)
		c.heard = make(chan struct{})
	}
	c.mu.Unlock()
	if m.Header.MsgType == wire.MsgWelcome {
		return
	}
	if c.opts.OnIOPub != nil {
		c.opts.OnIOPub(m)
	}
	if call == nil {
		return
	}
	call.mu.Lock()
	if call.handle != nil {
		call.handle(m)
	}
	call.mu.Unlock()
	if m.Header.MsgType != wire.MsgStatus {
		return
	}
	var status wire.Status
	if err := m.Decode(&status); err != nil {
		c.unexpected(wire.IOPub, m, err)
	} else if status.ExecutionState == wire.StateIdle {
		select {
		case <-call.idle:
		default:
			close(call.idle)
		}
	}
}
