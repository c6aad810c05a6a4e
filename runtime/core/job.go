package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// A backend does the chunks of a job. Its methods are called by the job's goroutine; what becomes of the
// chunks it posts, from any.
type backend interface {
	// submit takes a chunk, flush sends what was taken.
	submit(*chunk) error
	flush() error
	// capacity is how many workers there are for the job.
	capacity() int
	target() time.Duration // that a chunk should take
	most() int             // items of a chunk
	// cancel ends all chunks: nothing need be posted any more. close is called in place of it when all were done.
	cancel()
	close()
}

// A job is a call being carried out. One goroutine drives it, which all methods but post and stop belong to.
type job struct {
	call Call
	set  settings
	pool *Pool
	host Host
	back backend
	run  int // of the cell
	// The user's function.
	name, place string
	ctx         context.Context
	cancelCtx   context.CancelFunc
	interrupted <-chan struct{}
	exit        func()
	nested      bool // begun by what a worker runs: it shows nothing
	// started is told of the process that a call has of its own; nil if it is to have none. The connection calls it.
	started func(*bus.Started)

	whole *unit   // all items; nil for a stream
	next  int     // item of it that is in no chunk yet
	fresh []*unit // of a stream, to be submitted
	again []*chunk
	total int  // items; those of a stream so far
	ended bool // no more items come

	pace   pace
	flying int          // chunks
	bytes  int64        // in them
	done   int          // items that are over
	bad    int          // of them that failed
	failed []*ItemError // those, but for a stream
	err    error        // why it ended before all were done

	began    time.Time
	took     time.Duration // of the items, in workers
	first    time.Time     // when the first chunk came back
	progress *progress
	timer    *time.Timer

	noted atomic.Bool // the head has told the user something about it

	stopping sync.Once
	why      error         // it was stopped; set before stopped is closed
	stopped  chan struct{} // closes when it is to end

	mu       sync.Mutex
	outcomes []outcome
	signal   chan struct{} // holds a value if there are outcomes
}

// A unit is items whose results belong together: all of a call, or some of a stream.
type unit struct {
	first   int           // number of its first item
	in, out reflect.Value // []T, []R
	left    int           // items that aren't over
	errs    map[int]error // of items, for streams
	parts   []part        // of a joined call
	single  *single       // that it is the item of, in a lane
	over    func()        // called when all items are over; nil for nothing
}

// A part is the joined result of a chunk.
type part struct {
	first int
	value reflect.Value
}

// A chunk is items of a unit that are sent together.
type chunk struct {
	u       *unit
	lo, hi  int   // of the unit, if items is nil
	items   []int // of the unit, where they aren't neighbours
	attempt int
	after   time.Time // it must not begin before
	bytes   int64     // that the backend holds for it
	id      uint64    // for the backend
	job     uint64    // likewise
	told    bool      // the backend was told that it isn't wanted any more
}

func (c *chunk) n() int {
	if c.items != nil {
		return len(c.items)
	}
	return c.hi - c.lo
}

// item returns the number in the unit of an item of the chunk.
func (c *chunk) item(i int) int {
	if c.items != nil {
		return c.items[i]
	}
	return c.lo + i
}

// input returns the items: a []T.
func (c *chunk) input() reflect.Value {
	if c.items == nil {
		return c.u.in.Slice(c.lo, c.hi)
	}
	in := reflect.MakeSlice(c.u.in.Type(), len(c.items), len(c.items))
	for i, k := range c.items {
		in.Index(i).Set(c.u.in.Index(k))
	}
	return in
}

// part returns a chunk of some of the items of c.
func (c *chunk) part(items []int) *chunk {
	p := &chunk{u: c.u, attempt: c.attempt, items: make([]int, len(items))}
	for i, k := range items {
		p.items[i] = c.item(k)
	}
	return p
}

// upTo returns the numbers from lo up to, and without, hi.
func upTo(lo, hi int) []int {
	ns := make([]int, 0, hi-lo)
	for i := lo; i < hi; i++ {
		ns = append(ns, i)
	}
	return ns
}

// An outcome is what became of a chunk.
type outcome struct {
	chunk   *chunk
	out     reflect.Value // a []R; not valid if there is none yet
	result  *bus.Result   // what out is still in
	from    *remote       // that result came to
	fails   []failure
	rest    []int // items that weren't done and are to be tried again, which doesn't count
	halve   bool  // none were done: they are to be tried again in two parts
	took    time.Duration
	worker  string
	pid     int
	attempt int
	err     error // the job can't go on
}

// A failure is one of an item, or with item -1 of all. err is set where the error is at hand.
type failure struct {
	bus.Failure
	item int
	err  error
}

// begin makes a job of a call.
func (p *Pool) begin(c Call) (*job, error) {
	if p == nil {
		return nil, fmt.Errorf("%s: the pool is nil: pool.New makes one", c.Name)
	}
	if err := c.valid(); err != nil {
		return nil, err
	}
	j := &job{call: c, set: p.set, pool: p, host: host(), signal: make(chan struct{}, 1), stopped: make(chan struct{}), began: time.Now()}
	as := forCall
	if p.tasks {
		as = forTask
	}
	if p.tasks {
		j.set.needs.CPUs = 1
	}
	if err := j.set.apply(c.Name, as, c.Options); err != nil {
		return nil, err
	}
	j.run = j.host.Run()
	j.name, j.place = j.host.Describe(reflect.ValueOf(c.Func))
	j.interrupted, j.exit = j.host.Done()
	j.nested = current() != nil
	j.ctx = j.set.ctx
	if j.ctx == nil {
		j.ctx = context.Background()
	}
	if d := j.set.timeout; d > 0 {
		j.ctx, j.cancelCtx = context.WithTimeoutCause(j.ctx, d, slow(d))
	} else {
		j.ctx, j.cancelCtx = context.WithCancel(j.ctx)
	}
	if c.In != nil {
		j.whole = &unit{in: reflect.ValueOf(c.In), out: reflect.ValueOf(c.Out)}
		j.total, j.ended = j.whole.in.Len(), true
		j.whole.left = j.total
	}
	back, err := p.backend(j)
	if err != nil {
		j.cancelCtx()
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	j.back = back
	j.pace.target = back.target()
	if c.Joined {
		j.pace.target *= 5 // fewer results to join
	}
	j.pace.resume(p.pace(j))
	j.timer = time.NewTimer(time.Hour)
	j.progress = newProgress(j)
	return j, nil
}

// Map carries a call out and waits for it.
func (p *Pool) Map(c Call) error {
	j, err := p.begin(c)
	if err != nil {
		return err
	}
	defer lend()()
	err = j.drive()
	if err == nil {
		return nil
	}
	if errors.Is(j.err, ErrInterrupted) {
		j.exit()
	}
	return err
}

// Start begins a call. Its future is over when all of its items are.
func (p *Pool) Start(c Call) *Future {
	if f := p.share(c); f != nil {
		return f
	}
	j, err := p.begin(c)
	if err != nil {
		return failed(c.Name, c.Value, err)
	}
	f := newFuture(c.Name+" of "+j.name, c.Value)
	f.cancel = j.cancel
	if j.set.name != "" && p.tasks {
		f.name = fmt.Sprintf("task %q", j.set.name)
		if err := f.register(j.set.name); err != nil {
			j.abort(err)
			return failed(c.Name, c.Value, fmt.Errorf("%s: %w", c.Name, err))
		}
	}
	f.cancel = j.cancel
	if r, ok := j.back.(*remote); ok {
		// What the function captures is what it is now, but where a value isn't there yet.
		if err := r.pack(); err != nil && !errors.As(err, new(*ship.Waiting)) {
			j.fail(err)
		}
	}
	go func() {
		err := errors.New("its goroutine was ended") // if nothing else is said
		defer func() { f.end(err) }()
		err = j.drive()
	}()
	return f
}

// drive carries the job out.
func (j *job) drive() error {
	defer j.abort(ErrInterrupted) // if this goroutine is ended
	for !j.over() {
		j.pump()
		if !j.over() {
			j.wait()
		}
	}
	j.finish()
	return j.result()
}

// over reports whether nothing is left to do.
func (j *job) over() bool { return j.err != nil || j.ended && j.done == j.total }

// fail ends the job before its time.
func (j *job) fail(cause error) {
	if j.err == nil {
		j.err = cause
	}
}

// abort lets go of all that the job holds, if finish hasn't.
func (j *job) abort(cause error) {
	if j.back == nil {
		return
	}
	j.fail(cause)
	j.finish()
}

// finish ends the backend's part, and says what is to be said in the end.
func (j *job) finish() {
	back := j.back
	j.back = nil
	if j.err != nil {
		back.cancel()
	} else {
		back.close()
	}
	j.timer.Stop()
	j.cancelCtx()
	j.join()
	j.progress.end(j)
	if j.err == nil {
		j.advise()
		j.pool.remember(j)
	}
	j.pool.over(j)
}

// stop ends the job, from any goroutine.
func (j *job) stop(why error) {
	j.stopping.Do(func() {
		j.why = why
		close(j.stopped)
	})
}

func (j *job) cancel() { j.stop(errCancelled) }

// post tells the job of an outcome, from any goroutine.
func (j *job) post(o outcome) {
	j.mu.Lock()
	j.outcomes = append(j.outcomes, o)
	j.mu.Unlock()
	j.wake()
}

// wake has the job look at what has come, from any goroutine.
func (j *job) wake() {
	select {
	case j.signal <- struct{}{}:
	default:
	}
}

// maxBytes bounds the input of chunks that are on their way, beyond one for each worker.
const maxBytes = 64 << 20

// pump submits what there is to submit.
func (j *job) pump() {
	workers := max(j.back.capacity(), 1)
	now := time.Time{}
	n := 0
	for j.err == nil {
		limit := j.limit(workers)
		if j.flying >= limit || j.bytes > maxBytes && j.flying > workers {
			break
		}
		if len(j.again) > 0 && now.IsZero() {
			now = time.Now()
		}
		c := j.take(workers, now)
		if c == nil {
			break
		}
		if err := j.submit(c); err != nil {
			j.fail(err)
			return
		}
		n++
	}
	if n > 0 || j.flying > 0 {
		if err := j.back.flush(); err != nil {
			j.fail(err)
		}
	}
}

// submit hands a chunk to the backend, when the values that its function and its items wait for are there.
func (j *job) submit(c *chunk) error {
	for {
		err := j.back.submit(c)
		var waiting *ship.Waiting
		if err == nil || !errors.As(err, &waiting) {
			if err == nil {
				j.flying++
				j.bytes += c.bytes
			}
			return err
		}
		for _, w := range waiting.On {
			if err := j.await(w.Ready()); err != nil {
				return err
			}
		}
	}
}

// await waits for something that the job needs.
func (j *job) await(ready <-chan struct{}) error {
	select {
	case <-ready:
		return nil
	case <-j.ctx.Done():
		return context.Cause(j.ctx)
	case <-j.interrupted:
		return ErrInterrupted
	case <-j.stopped:
		return j.why
	}
}

var errCancelled = &caused{"it was cancelled", context.Canceled}

// limit is how many chunks may be on their way.
func (j *job) limit(workers int) int {
	if j.set.chunk > 0 || j.back.most() == 1 {
		return j.pace.window(max(j.set.chunk, 1), workers)
	}
	if j.pace.growing() {
		return 2*workers + 1 // many small ones would only be in the way of larger ones
	}
	return j.pace.window(j.pace.size(-1, workers, j.back.most()), workers)
}

// take returns the next chunk to submit, nil if there is none now.
func (j *job) take(workers int, now time.Time) *chunk {
	for i, c := range j.again {
		if !c.after.After(now) {
			j.again = slices.Delete(j.again, i, i+1)
			return c
		}
	}
	if len(j.fresh) > 0 {
		u := j.fresh[0]
		j.fresh = j.fresh[1:]
		return &chunk{u: u, hi: u.left, attempt: 1}
	}
	if j.whole == nil || j.next == j.total {
		return nil
	}
	n := j.want(j.total-j.next, workers)
	c := &chunk{u: j.whole, lo: j.next, hi: j.next + n, attempt: 1}
	j.next += n
	return c
}

// want returns how many items the next chunk should have of those that are left, -1 if nobody knows.
func (j *job) want(left, workers int) int {
	n, least := j.set.chunk, 1
	if n == 0 {
		n = j.pace.size(left, workers, j.back.most())
	}
	if j.call.Joined {
		least = 2 // each step of a reduction must make less of it
	}
	n = max(min(n, j.back.most()), least)
	if left >= 0 {
		n = min(n, left)
	}
	return n
}

// wait waits until there is something to do and does it.
func (j *job) wait() {
	j.timer.Reset(j.due())
	select {
	case <-j.signal:
		j.collect()
	case <-j.ctx.Done():
		j.collect() // what has come is kept
		j.fail(context.Cause(j.ctx))
	case <-j.interrupted:
		j.fail(ErrInterrupted)
	case <-j.stopped:
		j.fail(j.why)
	case <-j.timer.C:
	}
	j.progress.tick(j)
}

// due is how long the job may sleep.
func (j *job) due() time.Duration {
	d := j.progress.due()
	for _, c := range j.again {
		if !c.after.IsZero() {
			d = min(d, time.Until(c.after))
		}
	}
	return max(d, 0)
}

// collect takes in the outcomes that have come.
func (j *job) collect() {
	j.mu.Lock()
	outcomes := j.outcomes
	j.outcomes = nil
	j.mu.Unlock()
	for i := range outcomes {
		if j.err == nil {
			j.settle(&outcomes[i])
		} else if o := &outcomes[i]; o.from != nil {
			o.from.drop(o)
		}
	}
}

// settle takes in what became of a chunk.
func (j *job) settle(o *outcome) {
	c := o.chunk
	j.flying--
	j.bytes -= c.bytes
	if o.from != nil {
		o.from.read(o)
	}
	if o.err != nil {
		if c.told {
			j.count(c.u, c.n()) // its future has ended already
		} else {
			j.fail(o.err)
		}
		return
	}
	if j.first.IsZero() {
		j.first = time.Now()
	}
	j.took += o.took
	if o.halve {
		half := c.n() / 2
		j.again = append(j.again, c.part(upTo(0, half)), c.part(upTo(half, c.n())))
		return
	}
	if ran := c.n() - len(o.rest); len(o.fails) < ran {
		j.pace.note(ran, o.took)
	}
	if len(o.fails) == 0 && len(o.rest) == 0 {
		j.keep(c, o.out, nil)
		j.count(c.u, c.n())
		return
	}
	j.settleSome(o)
}

// count counts items of a unit that are over.
func (j *job) count(u *unit, n int) {
	u.left -= n
	j.done += n
	if u.left == 0 && u.over != nil {
		u.over()
	}
}

// keep puts the results of a chunk where they belong, but for those of some items.
func (j *job) keep(c *chunk, out reflect.Value, but map[int]bool) {
	switch {
	case !out.IsValid():
	case j.call.Joined:
		if v := out.Index(0); !v.IsZero() {
			c.u.parts = append(c.u.parts, part{c.item(0), v})
		}
	case c.items == nil && but == nil:
		if to := c.u.out.Slice(c.lo, c.hi); to.UnsafePointer() != out.UnsafePointer() {
			reflect.Copy(to, out)
		}
	default:
		for i := range c.n() {
			if to := c.u.out.Index(c.item(i)); !but[i] {
				to.Set(out.Index(i))
			} else {
				to.SetZero()
			}
		}
	}
}

// settleSome is settle for a chunk with items that failed or weren't done.
func (j *job) settleSome(o *outcome) {
	c := o.chunk
	but := map[int]bool{} // items without a result
	for _, i := range o.rest {
		but[i] = true
	}
	var again []int
	bad := map[int]*ItemError{}
	for _, f := range o.fails {
		items := []int{f.item}
		if f.item < 0 || f.item >= c.n() {
			items = items[:0]
			for i := range c.n() {
				if !but[i] {
					items = append(items, i)
				}
			}
		}
		for _, i := range items {
			if but[i] {
				continue
			}
			but[i] = true
			e := j.itemError(o, f, i)
			if j.retry(e, c.attempt) {
				again = append(again, i)
			} else if j.err != nil {
				return
			} else {
				bad[i] = e
			}
		}
	}
	if j.call.Joined && len(again) > 0 {
		// The result of the others can't be told from what must come again, and the order of items may count.
		all := &chunk{u: c.u, lo: c.lo, hi: c.hi, items: c.items, attempt: c.attempt + 1, after: j.later(c.attempt)}
		j.again = append(j.again, all)
		return
	}
	j.bad += len(bad)
	for i, e := range bad {
		if c.u.errs != nil {
			c.u.errs[c.item(i)] = e
		} else {
			j.failed = append(j.failed, e)
		}
	}
	j.keep(c, o.out, but)
	j.count(c.u, c.n()-len(o.rest)-len(again))
	if len(o.rest) > 0 {
		j.again = append(j.again, c.part(o.rest))
	}
	if len(again) > 0 {
		p := c.part(again)
		p.attempt++
		p.after = j.later(c.attempt)
		j.again = append(j.again, p)
	}
}

// later is when an item may be tried again whose attempt has failed.
func (j *job) later(attempt int) time.Time {
	if j.set.delay == 0 {
		return time.Time{}
	}
	d := float64(j.set.delay)
	for range attempt - 1 {
		d = min(d*j.set.factor, float64(365*24*time.Hour))
	}
	return time.Now().Add(time.Duration(d))
}

// retry decides whether an item is tried again.
func (j *job) retry(e *ItemError, attempt int) bool {
	if attempt > j.set.retries || e.Kind == "cancelled" {
		return false
	}
	if j.set.retryIf == nil {
		return true
	}
	again := false
	if f := j.host.Protect(func() { again = j.set.retryIf(e.Err) }); f != nil {
		j.fail(fmt.Errorf("the function of RetryIf panicked: %s", f.Text))
	}
	return again
}

// itemError makes the error for an item of a chunk.
func (j *job) itemError(o *outcome, f failure, i int) *ItemError {
	c := o.chunk
	e := &ItemError{
		Item: c.u.first + c.item(i), Func: j.name, Place: j.place, Kind: f.Kind,
		Worker: o.worker, Pid: o.pid, Attempt: max(o.attempt, c.attempt), Err: f.err,
	}
	if f.Worker != "" {
		e.Worker, e.Pid = f.Worker, f.Pid
	}
	if f.Attempt > 0 {
		e.Attempt = f.Attempt
	}
	if e.Err == nil {
		e.Err = remoteError(&f.Failure)
	}
	if j.call.One {
		e.Item = -1
	} else {
		e.Value = shortValue(c.u.in.Index(c.item(i)))
	}
	for _, s := range f.Stack {
		e.Stack = append(e.Stack, Frame{s.Func, s.Place})
	}
	if s := c.u.single; s != nil {
		e.Func, e.Place = j.host.Describe(reflect.ValueOf(s.call.Func))
	}
	return e
}

// join puts the parts of a joined call in order.
func (j *job) join() {
	if !j.call.Joined || j.whole == nil {
		return
	}
	parts := j.whole.parts
	slices.SortFunc(parts, func(a, b part) int { return a.first - b.first })
	for i, p := range parts {
		j.whole.out.Index(i).Set(p.value)
	}
}

// result is what the call returns.
func (j *job) result() error {
	slices.SortFunc(j.failed, func(a, b *ItemError) int { return a.Item - b.Item })
	switch {
	case j.err == nil && len(j.failed) == 0:
		return nil
	case j.call.One && j.err == nil:
		return j.failed[0]
	case j.call.One:
		return &ItemError{Item: -1, Func: j.name, Place: j.place, Kind: "cancelled", Err: j.err}
	}
	return &Error{Call: j.call.Name, Items: j.total, Done: j.done, Failed: j.failed, Cause: j.err}
}
