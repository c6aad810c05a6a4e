package vet

import (
	"go/token"
	"slices"
	"strings"
)

// maxSteps bounds how far the traces of a cell are followed from one function, and
// maxTotal from all: calls are followed wherever they occur, so the paths may be many.
const (
	maxSteps = 5_000
	maxTotal = 50_000
)

// maxDepth bounds nested calls.
const maxDepth = 12

// A runner follows traces as the goroutine that runs them would, every branch once and
// loops twice where the second turn can meet goroutines of the first.
type runner struct {
	c      *checker
	ids    map[*variable]int // which incarnation of a variable it is; new in each turn of a loop
	global map[string]int
	bound  map[*variable]binding
	next   int
	steps  int
	total  int
	seq    int
	stack  []*trace
	once   int // depth of bodies that run once
	rare   int // depth of branches that a loop takes once
	cell   bool
	late   []candidate
	told   map[string]bool
}

// A binding is what a parameter stands for.
type binding struct {
	at   spot
	ok   bool // at is known
	addr bool
	fn   *trace
	key  string
}

// A spot is a place with its variables told apart by incarnation.
type spot struct {
	id   int
	root *variable
	path []part
}

type part struct {
	step
	ids []int
}

// text is the path alone, to compare by.
func (s spot) text() string {
	var b strings.Builder
	for _, p := range s.path {
		b.WriteByte(byte('0' + p.kind))
		b.WriteString(p.name)
		b.WriteByte('.')
	}
	return b.String()
}

// fixed reports whether a spot is the same one each time.
func (s spot) fixed() bool {
	return s.root != nil && !slices.ContainsFunc(s.path, func(p part) bool { return p.kind > deref })
}

// A meeting is a channel, lock or the like at which goroutines order themselves, and
// when one came there.
type meeting struct {
	id     int
	path   string
	seq    int
	pseudo bool
	wide   bool
	lock   bool
	atomic bool
	known  bool
	ours   bool // nobody outside of what is followed can use it
}

func (m meeting) same(o meeting) bool { return m.known && o.known && m.id == o.id && m.path == o.path }

// A routine is a goroutine that has been started.
type routine struct {
	fn       *trace
	pos, end token.Pos // where it is started
	rare     bool      // at most one of its kind
	accesses []*access
	acquires []meeting
	releases []meeting
	synced   int // seq of the first thing that may be an acquire; 0: none
}

// An access is a read or write of memory.
type access struct {
	spot
	op   *op
	by   *routine // nil: the goroutine of the cell or function
	in   *trace
	safe int // 0: no lock, 1: read lock, 2: lock
	seq  int
}

func (a *access) write() bool { return a.op.kind == opWrite }

type lock struct {
	meeting
	read, soft bool
	pos        token.Pos
	name       string
}

// A state is what holds at one point of one goroutine.
type state struct {
	held    []lock
	pending []*routine // started and not waited for
	closed  []meeting
	locked  []meeting // by this goroutine at any time
	dead    bool      // control doesn't get here
}

func (s *state) clone() state {
	return state{slices.Clone(s.held), slices.Clone(s.pending), slices.Clone(s.closed), slices.Clone(s.locked), s.dead}
}

// merge joins the states that lead to one point. A goroutine that one of them has
// waited for counts as waited for.
func merge(entry state, ends []state) state {
	ends = slices.DeleteFunc(ends, func(s state) bool { return s.dead })
	if len(ends) == 0 {
		return state{dead: true}
	}
	out := ends[0].clone()
	for _, e := range ends[1:] {
		out.held = slices.DeleteFunc(out.held, func(l lock) bool {
			return !slices.ContainsFunc(e.held, func(m lock) bool { return m.same(l.meeting) })
		})
		for _, p := range e.pending {
			if !slices.Contains(out.pending, p) {
				out.pending = append(out.pending, p)
			}
		}
		out.closed = union(out.closed, e.closed)
		out.locked = union(out.locked, e.locked)
	}
	out.pending = slices.DeleteFunc(out.pending, func(p *routine) bool {
		return slices.Contains(entry.pending, p) &&
			slices.ContainsFunc(ends, func(s state) bool { return !slices.Contains(s.pending, p) })
	})
	return out
}

// union adds the meetings of b to a.
func union(a, b []meeting) []meeting {
	for _, m := range b {
		if !slices.ContainsFunc(a, m.same) {
			a = append(a, m)
		}
	}
	return a
}

// A frame is one call of a trace.
type frame struct {
	fn     *trace
	by     *routine
	held   []lock // on entry
	defers [][]op
	exits  []state
	scopes []*scope
}

// A scope is what break and continue leave.
type scope struct {
	label  string
	loop   bool
	breaks []state
	nexts  []state
}

// root follows a trace on its own.
func (r *runner) root(t *trace) {
	r.cell, r.late = t.cell, nil
	r.total += r.steps
	r.steps = 0
	st := state{}
	r.enter(t, nil, nil, &st)
	r.finish(st)
}

func (r *runner) id(v *variable) int {
	if v.global {
		id := r.global[v.name]
		if id == 0 {
			r.next++
			id = r.next
			r.global[v.name] = id
		}
		return id
	}
	id := r.ids[v]
	if id == 0 {
		id = r.fresh(v)
	}
	return id
}

func (r *runner) fresh(v *variable) int {
	r.next++
	r.ids[v] = r.next
	delete(r.bound, v)
	return r.next
}

// spot resolves a place: a parameter that stands for something else is replaced by it.
func (r *runner) spot(p place) spot {
	if p.root == nil {
		return spot{}
	}
	s := spot{root: p.root}
	for _, st := range p.path {
		pt := part{step: st}
		for _, v := range st.vars {
			pt.ids = append(pt.ids, r.id(v))
		}
		s.path = append(s.path, pt)
	}
	if b, ok := r.bound[p.root]; ok && b.ok && len(s.path) > 0 && s.path[0].indirect() {
		rest := s.path
		if b.addr { // *p of p = &x is x
			if rest[0].kind != deref {
				return spot{}
			}
			rest = rest[1:]
		}
		return spot{b.at.id, b.at.root, append(slices.Clone(b.at.path), rest...)}
	}
	s.id = r.id(p.root)
	return s
}

// meet describes a channel or lock.
func (r *runner) meet(o *op) meeting {
	p := o.at
	s := spot{}
	if p.root != nil {
		// A channel or a pointer to a lock that is passed on stays the same one.
		if b, ok := r.bound[p.root]; ok && b.ok && len(p.path) == 0 {
			s = b.at
		} else if s = r.spot(p); s.root != nil && len(s.path) > 0 && s.path[len(s.path)-1].kind == deref {
			s.path = s.path[:len(s.path)-1]
		}
	}
	r.seq++
	return meeting{
		id: s.id, path: s.text(), seq: r.seq, pseudo: o.pseudo, wide: o.wide, atomic: o.atomic, known: s.fixed(),
		ours: s.root != nil && !s.root.global && !r.isParam(s.root),
	}
}

func (r *runner) isParam(v *variable) bool {
	return slices.ContainsFunc(r.stack, func(t *trace) bool { return slices.Contains(t.params, v) })
}

// enter follows a call.
func (r *runner) enter(t *trace, by *routine, args []binding, st *state) {
	if t.opaque || len(r.stack) >= maxDepth || slices.Contains(r.stack, t) {
		if by == nil {
			st.pending = nil
		}
		return
	}
	t.ran = true
	r.stack = append(r.stack, t)
	for i, v := range t.params {
		r.fresh(v)
		if i < len(args) {
			r.bound[v] = args[i]
		}
	}
	fr := &frame{fn: t, by: by, held: slices.Clone(st.held)}
	s := st.clone()
	r.exec(t.body, &s, fr)
	end := merge(*st, append(fr.exits, s))
	dead := end.dead
	end.dead = false
	for _, d := range slices.Backward(fr.defers) {
		r.exec(d, &end, &frame{fn: t, by: by, held: slices.Clone(end.held)})
	}
	end.dead = dead
	*st = end
	r.stack = r.stack[:len(r.stack)-1]
}

// resolve finds the trace that a call or spawn runs, and what its parameters stand for.
func (r *runner) resolve(o *op) (*trace, []binding) {
	fn, key := o.fn, o.key
	if o.via != nil {
		b := r.bound[o.via]
		fn, key = b.fn, b.key
	}
	if fn == nil && key != "" {
		if f := r.c.known(key); f != nil {
			fn = f.trace
		}
	}
	if fn == nil {
		return nil, nil
	}
	args := make([]binding, len(o.args))
	for i, a := range o.args {
		args[i] = binding{addr: a.addr, fn: a.fn, key: a.key}
		if a.at.root == nil {
			continue
		}
		if b, ok := r.bound[a.at.root]; ok && len(a.at.path) == 0 && !a.addr {
			args[i] = b // passed on
			continue
		}
		s := r.spot(a.at)
		args[i].at, args[i].ok = s, s.root != nil
	}
	return fn, args
}

// exec follows a list of steps.
func (r *runner) exec(ops []op, st *state, fr *frame) {
	for i := range ops {
		if r.steps++; st.dead || r.steps > maxSteps || r.total > maxTotal {
			return
		}
		r.step(&ops[i], st, fr)
	}
}

func (r *runner) step(o *op, st *state, fr *frame) {
	switch o.kind {
	case opRead, opWrite:
		r.access(o, st, fr)
	case opDeclare:
		r.fresh(o.at.root)
	case opLock, opRLock:
		r.lock(o, st)
	case opUnlock:
		m := r.meet(o)
		m.lock = true
		if fr.by != nil {
			fr.by.releases = append(fr.by.releases, m)
		} else {
			r.released(m)
		}
		i := len(st.held) - 1
		for i >= 0 && !st.held[i].same(m) && (st.held[i].known || m.known) {
			i--
		}
		if i >= 0 {
			st.held = slices.Delete(st.held, i, i+1)
		}
	case opAcquire:
		m := r.meet(o)
		if fr.by != nil {
			fr.by.acquires = append(fr.by.acquires, m)
		}
		if !o.pseudo {
			st.pending = nil
		}
	case opRelease:
		m := r.meet(o)
		if fr.by != nil {
			fr.by.releases = append(fr.by.releases, m)
		} else if !o.pseudo {
			r.released(m)
		}
		if o.closes {
			st.closed = union(st.closed, []meeting{m})
		}
	case opSync:
		r.sync(o, st, fr)
	case opCall:
		t, args := r.resolve(o)
		if t == nil {
			r.sync(o, st, fr)
			return
		}
		r.enter(t, fr.by, args, st)
	case opSpawn:
		r.spawn(o, st, fr)
	case opOnce:
		if o.body == nil { // TryLock
			st.held = append(st.held, lock{meeting: r.meet(o), soft: true})
			return
		}
		r.once++
		r.exec(o.body, st, fr)
		r.once--
	case opDefer:
		fr.defers = append(fr.defers, o.body)
	case opLoop:
		r.loop(o, st, fr)
	case opBranch:
		r.branch(o, st, fr)
	case opReturn:
		r.returns(o, st, fr)
		fr.exits = append(fr.exits, st.clone())
		st.dead = true
	case opPanic:
		st.dead = true
	case opBreak, opContinue:
		for _, sc := range slices.Backward(fr.scopes) {
			if o.label != "" && sc.label != o.label || o.kind == opContinue && !sc.loop {
				continue
			}
			if o.kind == opBreak {
				sc.breaks = append(sc.breaks, st.clone())
			} else {
				sc.nexts = append(sc.nexts, st.clone())
			}
			break
		}
		st.dead = true
	}
}

// sync follows something unknown.
func (r *runner) sync(o *op, st *state, fr *frame) {
	r.seq++
	if fr.by != nil && !o.plain && fr.by.synced == 0 {
		fr.by.synced = r.seq
	}
	st.pending = nil
}

func (r *runner) loop(o *op, st *state, fr *frame) {
	sc := &scope{label: o.label, loop: true}
	fr.scopes = append(fr.scopes, sc)
	s := st.clone()
	for turn := range 2 {
		r.exec(o.body, &s, fr)
		s = merge(*st, append(sc.nexts, s))
		sc.nexts = nil
		for _, post := range o.alts {
			r.exec(post, &s, fr)
		}
		if s.dead || turn == 0 && (!o.twice || len(s.pending) == 0) {
			break
		}
	}
	fr.scopes = fr.scopes[:len(fr.scopes)-1]
	ends := sc.breaks
	if o.ends {
		if s.dead { // the body never comes round: perhaps it isn't entered
			s = st.clone()
		}
		ends = append(ends, s)
	}
	*st = merge(*st, ends)
}

func (r *runner) branch(o *op, st *state, fr *frame) {
	sc := &scope{label: o.label}
	if o.stops {
		fr.scopes = append(fr.scopes, sc)
	}
	if o.once {
		r.rare++
	}
	var ends []state
	for _, alt := range o.alts {
		s := st.clone()
		r.exec(alt, &s, fr)
		ends = append(ends, s)
	}
	if o.once {
		r.rare--
	}
	if o.stops {
		fr.scopes = fr.scopes[:len(fr.scopes)-1]
	}
	*st = merge(*st, append(ends, sc.breaks...))
}

// spawn follows a goroutine from its start to its end, then goes on with the one that
// started it.
func (r *runner) spawn(o *op, st *state, fr *frame) {
	t, args := r.resolve(o)
	if t == nil {
		return
	}
	g := &routine{fn: t, pos: o.pos, end: o.end, rare: r.rare > 0 || r.once > 0}
	once, rare := r.once, r.rare
	r.once, r.rare = 0, 0
	own := state{}
	r.enter(t, g, args, &own)
	r.once, r.rare = once, rare
	for _, p := range st.pending {
		r.together(p, g)
	}
	if fr.by != nil {
		fr.by.accesses = append(fr.by.accesses, g.accesses...)
	}
	st.pending = append(st.pending, g)
}

func (r *runner) access(o *op, st *state, fr *frame) {
	if r.once > 0 {
		return
	}
	if _, ok := r.bound[o.at.root]; ok && o.kind == opWrite && len(o.at.path) == 0 {
		r.fresh(o.at.root) // a parameter that is changed stands for something else
	}
	s := r.spot(o.at)
	if s.root == nil {
		return
	}
	r.seq++
	a := &access{spot: s, op: o, by: fr.by, in: fr.fn, seq: r.seq}
	for _, l := range st.held {
		if l.read {
			a.safe = max(a.safe, 1)
		} else {
			a.safe = 2
		}
	}
	for _, p := range st.pending {
		r.beside(p, a, st)
	}
	if fr.by != nil {
		fr.by.accesses = append(fr.by.accesses, a)
	}
}
