package core

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// A remote has the chunks of a job done by worker processes. To the head it is a job, or several one after the
// other: where the items turn out to need more of the program than the function does, another begins.
type remote struct {
	j     *job
	c     *client
	codec *ship.Codec
	init  bool // what is called makes workers ready

	// Of the job's goroutine.
	packed   *Packed
	spec     bus.Spec
	id       uint64   // of the job that is open, 0 before
	ids      []uint64 // of all
	known    map[int32]bool
	funcs    map[int32]bool
	out      []bus.Message // to be sent
	task     uint64
	programs []string // that the head keeps for it

	mu     sync.Mutex
	chunks map[uint64]*chunk // that are with the head, by task
}

func newRemote(j *job, c *client) *remote {
	return &remote{j: j, c: c, codec: j.host.Codec(), known: map[int32]bool{}, funcs: map[int32]bool{}, chunks: map[uint64]*chunk{}}
}

func (r *remote) capacity() int {
	if n := r.j.pool.workers.Load(); n > 0 {
		return int(n)
	}
	return r.j.pool.Size()
}

func (r *remote) target() time.Duration { return 8 * time.Millisecond }

func (r *remote) most() int { return maxChunk }

// pack makes the function ready.
func (r *remote) pack() error {
	if r.packed != nil {
		return nil
	}
	pack := r.j.host.Pack
	if r.init {
		pack = r.j.host.PackInit
	}
	p, err := pack(reflect.ValueOf(r.j.call.Run))
	if err != nil {
		return r.cant(err)
	}
	if len(p.Waits) > 0 {
		return &ship.Waiting{On: p.Waits}
	}
	r.packed = p
	r.j.lost(p)
	s := &r.j.set
	r.spec = bus.Spec{
		Name: r.j.name, Place: r.j.place, Code: []string{p.ID}, Process: r.j.started != nil,
		Priority: s.priority, Deaths: s.deaths, Timeout: s.itemTimeout, Needs: s.needs,
	}
	if err := r.program(p.ID, p.Program); err != nil {
		return err
	}
	return r.extend(p.Func)
}

// program sends a program that the head doesn't have. It has it until release is called.
func (r *remote) program(id string, program []byte) error {
	r.programs = append(r.programs, id)
	return r.c.program(id, program)
}

func (r *remote) release() {
	r.c.release(r.programs)
	r.programs = nil
}

// cant says that something can't be sent, in the user's words where they are known.
func (r *remote) cant(err error) error {
	var waiting *ship.Waiting
	if errors.As(err, &waiting) {
		return err
	}
	return cant(at(r.j.name, r.j.place), err)
}

// cant says that what can't be sent.
func cant(what string, err error) error {
	var e *ship.Error
	var n *needed
	if !errors.As(err, &e) || !errors.As(e.Cause, &n) {
		return fmt.Errorf("%s can't be sent to a worker: %w", what, err)
	}
	// A future of package task is a struct around ours, whose field is nothing to the user.
	if path := strings.TrimSuffix(e.Path, "c"); strings.HasSuffix(path, ".") {
		return fmt.Errorf("%s needs %s (%s), which failed: %w", what, strings.TrimSuffix(path, "."), n.name, n.err)
	}
	return fmt.Errorf("%s needs %s, which failed: %w", what, n.name, n.err)
}

// extend sees to it that the workers have the types and functions that a value names.
func (r *remote) extend(e ship.Encoded) error {
	unknown := func(ids []int32, known map[int32]bool) (new []int32) {
		for _, id := range ids {
			if !known[id] {
				new = append(new, id)
			}
		}
		return new
	}
	types, funcs := unknown(e.Types, r.known), unknown(e.Funcs, r.funcs)
	if len(types)+len(funcs) == 0 {
		return nil
	}
	id, program, err := r.j.host.Extend(r.spec.Code, types, funcs)
	if err != nil {
		return r.cant(err)
	}
	for _, t := range types {
		r.known[t] = true
	}
	for _, f := range funcs {
		r.funcs[f] = true
	}
	if id == "" || slices.Contains(r.spec.Code, id) {
		return nil
	}
	r.spec.Code = append(slices.Clone(r.spec.Code), id)
	if err := r.program(id, program); err != nil {
		return err
	}
	if r.id != 0 { // this job is to have no more tasks
		r.out = append(r.out, &bus.Close{Job: r.id})
		r.id = 0
	}
	return nil
}

// open begins a job, if none is open.
func (r *remote) open() error {
	if r.id != 0 {
		return nil
	}
	f, err := r.c.conn.Pack(r.packed.Func.Data, r.packed.Func.Segments)
	if err != nil {
		return r.cant(err)
	}
	r.spec.Func = f
	carried(r.j.name, r.j.place, r.packed.Func)
	r.id = r.c.job(r)
	r.ids = append(r.ids, r.id)
	r.out = append(r.out, &bus.Open{Job: r.id, Pool: r.j.pool.id, Run: r.j.run, Spec: r.spec})
	return nil
}

func (r *remote) submit(c *chunk) error {
	if err := r.pack(); err != nil {
		return err
	}
	e, err := r.codec.Encode(c.input())
	if err != nil {
		return r.cantInput(c, err)
	}
	if s := c.u.single; s != nil {
		e.Types, e.Funcs = append(e.Types, s.in.types...), append(e.Funcs, s.in.funcs...)
	}
	if err := r.extend(e); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return err
	}
	input, err := r.c.conn.Pack(e.Data, e.Segments)
	if err != nil {
		return r.cant(err)
	}
	c.bytes = int64(len(e.Data))
	for _, s := range e.Segments {
		c.bytes += int64(len(s))
	}
	r.task++
	c.id, c.job = r.task, r.id
	r.mu.Lock()
	r.chunks[c.id] = c
	r.mu.Unlock()
	r.out = append(r.out, &bus.Task{
		Job: r.id, Task: c.id, First: c.u.first + c.item(0), Items: c.n(), Attempt: c.attempt, Input: input,
	})
	return nil
}

// cantInput says which item of a chunk can't be sent.
func (r *remote) cantInput(c *chunk, err error) error {
	var waiting *ship.Waiting
	if errors.As(err, &waiting) {
		return err
	}
	in := c.input()
	for i := range c.n() {
		if _, err := r.codec.Encode(in.Slice(i, i+1)); err != nil && !errors.As(err, &waiting) {
			if r.j.call.One {
				return r.cant(err)
			}
			return cant(fmt.Sprintf("item %d (value %s) of %s", c.u.first+c.item(i), shortValue(in.Index(i)), at(r.j.name, r.j.place)), strip(err))
		}
	}
	return r.cant(err)
}

// strip takes the number in the slice that was encoded off the path in an error.
func strip(err error) error {
	var e *ship.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Path, "[0]") {
		one := *e
		one.Path = strings.TrimPrefix(strings.TrimPrefix(e.Path, "[0]"), ".")
		return &one
	}
	return err
}

func (r *remote) flush() error {
	if len(r.out) == 0 {
		return nil
	}
	err := r.c.conn.Send(r.out...)
	clear(r.out)
	r.out = r.out[:0]
	return err
}

// take takes the result of a task. It is called by the connection.
func (r *remote) take(m *bus.Result) {
	r.mu.Lock()
	c := r.chunks[m.Task]
	delete(r.chunks, m.Task)
	r.mu.Unlock()
	if c == nil {
		r.c.discard(m.Output)
		return
	}
	r.j.post(outcome{chunk: c, result: m, from: r, took: m.Took, worker: m.Worker, pid: m.Pid, attempt: m.Attempt})
}

// drop lets go of an outcome that isn't wanted any more.
func (r *remote) drop(o *outcome) { r.c.discard(o.result.Output) }

// read reads what is in the result of an outcome.
func (r *remote) read(o *outcome) {
	m, c := o.result, o.chunk
	for _, f := range m.Fails {
		bad := failure{Failure: f, item: f.Item}
		bad.Stack = nil
		for _, s := range f.Stack {
			if s.Place == "" {
				s.Place = r.j.host.PlaceOf(s.Pos)
			}
			if s.Place != "" { // else it isn't the user's
				bad.Stack = append(bad.Stack, s)
			}
		}
		if f.Err.Size > 0 || len(f.Err.Data) > 0 {
			var err error
			if r.decode(f.Err, reflect.ValueOf(&err).Elem()) == nil {
				bad.err = err
			}
		}
		o.fails = append(o.fails, bad)
	}
	switch m.Status {
	case bus.Done:
		if len(o.fails) == c.n() && m.Output.Size == 0 && len(m.Output.Data) == 0 {
			return // no item has a result
		}
		to := c.u.out
		if c.items == nil && !r.j.call.Joined {
			o.out = to.Slice(c.lo, c.hi)
		} else {
			o.out = reflect.MakeSlice(to.Type(), c.n(), c.n())
		}
		if err := r.decode(m.Output, o.out); err != nil {
			o.out.Clear()
			o.out = reflect.Value{}
			o.fails = []failure{{item: -1, err: fmt.Errorf("the results can't be read: %w", err), Failure: bus.Failure{Kind: "unreadable"}}}
		}
	case bus.Failed:
		r.c.discard(m.Output)
		r.culprit(o)
	case bus.Cancelled:
		r.c.discard(m.Output)
		o.err = errors.New("the work was cancelled from outside: its pool was killed or the runtime is ending")
		if len(o.fails) > 0 {
			o.err = remoteError(&o.fails[0].Failure)
		}
	}
}

// culprit finds out what is to be tried again of a chunk that failed as a whole, since only one item was the cause.
func (r *remote) culprit(o *outcome) {
	n := o.chunk.n()
	bad := map[int]bool{}
	for _, f := range o.fails {
		bad[f.item] = true
	}
	switch f := o.fails; {
	case len(f) == 0:
		o.err = errors.New("a task failed and the runtime didn't say why")
	case !bad[-1]:
		for i := range n {
			if !bad[i] {
				o.rest = append(o.rest, i)
			}
		}
	case f[0].Kind == "died" && f[0].Name != "pool":
		if n > 1 { // it isn't known which: that is found by trying fewer
			o.fails, o.halve = nil, true
		}
	case f[0].Kind == "timeout" || f[0].Kind == "lost" && f[0].Name == "worker":
	default: // the others would fail in the same way
		o.err = remoteError(&f[0].Failure)
	}
}

func (r *remote) decode(p bus.Payload, dst reflect.Value) error {
	m, err := r.c.conn.Open(p)
	if err != nil {
		return err
	}
	defer m.Close()
	return r.codec.Decode(ship.Decoder{Data: m.Data, Segment: m.Segment, Sizes: m.Sizes}, dst)
}

// unwanted ends the tasks of chunks that nobody wants any more.
func (r *remote) unwanted(gone func(*chunk) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, c := range r.chunks {
		if !c.told && gone(c) {
			c.told = true
			r.out = append(r.out, &bus.Cancel{Job: c.job, Task: id})
		}
	}
}

// cancel ends all tasks. Their results are let go of when they come.
func (r *remote) cancel() {
	r.c.forget(r.ids)
	var ms []bus.Message
	for _, id := range r.ids {
		ms = append(ms, &bus.Cancel{Job: id}, &bus.Close{Job: id})
	}
	if len(ms) > 0 {
		_ = r.c.conn.Send(ms...) // a connection that has ended has cancelled them
	}
	r.release()
}

func (r *remote) close() {
	r.c.forget(r.ids)
	if r.id != 0 {
		_ = r.c.conn.Send(&bus.Close{Job: r.id}) // likewise
	}
	r.release()
}
