package core

import (
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"sync"

	"github.com/goherd/goherd/runtime/bus"
)

// A client is this process's connection to the runtime.
type client struct {
	conn *bus.Conn

	mu    sync.Mutex
	last  uint64             // ID of a job
	jobs  map[uint64]*remote // that are open
	sent  map[string]int     // programs that the head has, by ID: how many jobs need them
	spare []string           // those that none needs, the one that was used last at the end
	pools map[uint64]*Pool   // that calls were made in
}

// the is this process's client.
var the struct {
	mu sync.Mutex // held while a connection is made
	c  *client
}

// connect returns the client, which it connects if it isn't; the runtime is started if start is set.
func connect(start bool) (*client, error) {
	the.mu.Lock()
	defer the.mu.Unlock()
	if the.c != nil {
		select {
		case <-the.c.conn.Done():
		default:
			return the.c, nil
		}
	}
	addr, err := host().Connect(start)
	if err != nil {
		return nil, err
	}
	c := &client{jobs: map[uint64]*remote{}, sent: map[string]int{}, pools: map[uint64]*Pool{}}
	c.mu.Lock() // what comes waits until c is complete
	defer c.mu.Unlock()
	unlabelled(func() { c.conn, err = bus.Dial(addr, bus.Options{Handle: c.handle, Gone: c.gone}) })
	if err != nil {
		return nil, err
	}
	the.c = c
	return c, nil
}

// unlabelled calls f on a goroutine that belongs to no cell, nor do those that f starts: they live as long as the connection.
func unlabelled(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		pprof.SetGoroutineLabels(context.Background())
		f()
	}()
	<-done
}

// Disconnect ends the connection to the runtime, if there is one: calls that are under way end with an error.
func Disconnect() {
	the.mu.Lock()
	c := the.c
	the.c = nil
	the.mu.Unlock()
	if c != nil {
		c.conn.Close()
		c.gone(bus.ErrClosed)
	}
}

// handle takes what the head says.
func (c *client) handle(ms []bus.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range ms {
		switch m := m.(type) {
		case *bus.Result:
			if r := c.jobs[m.Job]; r != nil {
				r.take(m)
			} else {
				c.discard(m.Output)
			}
		case *bus.Started:
			if r := c.jobs[m.Job]; r != nil && r.j.started != nil {
				r.j.started(m)
			}
		case *bus.Note:
			if r := c.jobs[m.Job]; r != nil {
				r.j.noted.Store(true)
				r.j.host.Warn(r.j.run, m.Text)
			}
		case *bus.Capacity:
			if p := c.pools[m.Pool]; p != nil {
				p.workers.Store(int64(m.Workers))
				p.busy.Store(int64(m.Busy))
			}
		}
	}
}

// discard lets go of results that nobody waits for.
func (c *client) discard(p bus.Payload) {
	if p.Blob != "" {
		_ = c.conn.Send(&bus.Taken{Blob: p.Blob}) // a connection that has ended needs no message
	}
}

// gone tells all jobs that the connection has ended.
func (c *client) gone(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.jobs {
		r.j.post(outcome{chunk: &chunk{u: &unit{}}, err: err})
	}
	clear(c.jobs)
}

// job returns an ID for a job and has what comes for it handed to r.
func (c *client) job(r *remote) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	c.jobs[c.last] = r
	return c.last
}

// forget says that nothing more is wanted for jobs.
func (c *client) forget(ids []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		delete(c.jobs, id)
	}
}

// program sends a program that the head doesn't have. It has it until release is called.
func (c *client) program(id string, program []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.sent[id]
	c.sent[id]++
	if !ok {
		return c.conn.Send(&bus.Code{ID: id, Program: program})
	}
	if n == 0 {
		i := slices.Index(c.spare, id)
		c.spare = slices.Delete(c.spare, i, i+1)
	}
	return nil
}

// maxSpare is how many programs the head and its workers keep for a job that may come, beside those that jobs need.
const maxSpare = 64

// release says that a job doesn't need programs any more. It is called once for each call of program.
func (c *client) release(ids []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		if c.sent[id]--; c.sent[id] == 0 {
			c.spare = append(c.spare, id)
		}
	}
	for len(c.spare) > maxSpare {
		delete(c.sent, c.spare[0])
		_ = c.conn.Send(&bus.Drop{ID: c.spare[0]}) // a connection that has ended needs no message
		c.spare = slices.Delete(c.spare, 0, 1)
	}
}

// ask makes a request of the head. It ends the goroutine if its cell is interrupted.
func ask[T any](start bool, f func(ctx context.Context, conn *bus.Conn) (T, error)) (T, error) {
	var v T
	c, err := connect(start)
	if err != nil {
		return v, err
	}
	return request(c, f)
}

// request is ask on a connection that is there.
func request[T any](c *client, f func(ctx context.Context, conn *bus.Conn) (T, error)) (T, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	type answer struct {
		v   T
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		v, err := f(ctx, c.conn)
		answered <- answer{v, err}
	}()
	interrupted, exit := host().Done()
	defer lend()()
	select {
	case a := <-answered:
		return a.v, a.err
	case <-interrupted:
		cancel()
		exit()
	}
	var v T
	return v, ErrInterrupted
}

// Status returns the state of the runtime.
func Status() (bus.Runtime, error) {
	return ask(false, func(ctx context.Context, conn *bus.Conn) (bus.Runtime, error) { return conn.Status(ctx) })
}

// InitRuntime starts the runtime, if it isn't there, and sets its limits.
func InitRuntime(opts []Option) (bus.Runtime, error) {
	set := settings{}
	if err := set.apply("cluster.Init", forCluster, opts); err != nil {
		return bus.Runtime{}, err
	}
	l := bus.Limits{CPUs: set.needs.CPUs, Memory: set.needs.Memory, GPUs: set.needs.GPUs, Custom: set.needs.Custom}
	s, err := ask(true, func(ctx context.Context, conn *bus.Conn) (bus.Runtime, error) { return conn.Init(ctx, l) })
	if err != nil {
		return s, fmt.Errorf("cluster.Init: %w", err)
	}
	return s, nil
}

// Shutdown ends the runtime.
func Shutdown() error {
	c, err := connect(false)
	if err != nil {
		return fmt.Errorf("cluster.Shutdown: %w", err)
	}
	_, err = request(c, func(ctx context.Context, conn *bus.Conn) (struct{}, error) {
		return struct{}{}, conn.Shutdown(ctx)
	})
	Disconnect()
	return err
}
