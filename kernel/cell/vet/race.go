package vet

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
)

// races follows the functions of a cell and warns of memory that goroutines use at the
// same time, and of locks that are taken twice or not released.
func races(c *checker) {
	b := newBuilder(c)
	for _, f := range c.Files {
		b.file(f)
	}
	r := &runner{
		c: c, ids: map[*variable]int{}, global: map[string]int{}, bound: map[*variable]binding{}, told: map[string]bool{},
	}
	for _, t := range b.traces {
		if !t.ran {
			r.root(t)
		}
	}
}

// A candidate is a race unless the goroutine of the function lets the other one go on
// only afterwards.
type candidate struct {
	a, b     *access
	acquires []meeting
}

// conflict reports whether two accesses may touch the same memory, one writing, without
// a lock that keeps them apart.
func conflict(a, b *access) bool {
	if a.id != b.id || !a.write() && !b.write() {
		return false
	}
	if a.op.pos == b.op.pos && a.by == b.by {
		return false
	}
	if guarded(a) && guarded(b) {
		return false
	}
	short, long := a, b
	if len(short.path) > len(long.path) {
		short, long = long, short
	}
	for i := range short.path {
		if !short.path[i].meets(long.path[i]) {
			return false
		}
	}
	if short.write() {
		return true
	}
	// Reading a value reads its fields but not what it points to.
	for _, p := range long.path[len(short.path):] {
		if p.indirect() {
			return false
		}
	}
	return true
}

// guarded reports whether a lock is held that suffices.
func guarded(a *access) bool { return a.safe == 2 || a.safe == 1 && !a.write() }

// meets reports whether two steps from the same value may lead to the same part.
func (p part) meets(o part) bool {
	if p.kind == anyElem && o.kind >= elem || o.kind == anyElem && p.kind >= elem {
		return true
	}
	if p.kind != o.kind {
		return false
	}
	switch p.kind {
	case field:
		return p.name == o.name
	case elem, arrayElem:
		if p.name != o.name {
			return false
		}
		return p.lit && o.lit || len(p.ids) > 0 && slices.Equal(p.ids, o.ids) && !strings.Contains(p.name, "(")
	}
	return true
}

// after returns what a goroutine releases after an access, before what it acquires
// ahead of it.
func after(a *access, pseudo bool) []meeting {
	return slices.DeleteFunc(slices.Clone(a.by.releases), func(m meeting) bool { return m.seq < a.seq || m.pseudo && !pseudo })
}

func before(a *access, pseudo bool) []meeting {
	return slices.DeleteFunc(slices.Clone(a.by.acquires), func(m meeting) bool { return m.seq > a.seq || m.pseudo && !pseudo })
}

// overlap reports whether two goroutines meet at the same channel.
func overlap(rel, acq []meeting) bool {
	return slices.ContainsFunc(rel, func(m meeting) bool {
		return !m.wide && slices.ContainsFunc(acq, func(n meeting) bool { return !n.wide && m.same(n) })
	})
}

// together warns of what two goroutines do to each other's memory: p was started
// before g, and nothing has waited for it.
func (r *runner) together(p, g *routine) {
	for _, both := range []bool{true, false} { // two writes say more than a write and a read
		for _, a := range p.accesses {
			for _, b := range g.accesses {
				if (a.write() && b.write()) == both && conflict(a, b) && !r.ordered(a, b) {
					r.report(a, b)
				}
			}
		}
	}
}

// ordered reports whether one of two accesses may come before the other for sure.
func (r *runner) ordered(a, b *access) bool {
	if a.by.fn == b.by.fn {
		if a.by.rare || b.by.rare {
			return true
		}
		// Goroutines of one kind order themselves by a channel that serves as a lock,
		// or by channels each has for its own.
		if turns(a, b) || turns(b, a) {
			return true
		}
		ra, rb, aa, ab := after(a, true), after(b, true), before(a, true), before(b, true)
		return overlap(ra, ab) || overlap(rb, aa) || !alike(ra, rb) || !alike(aa, ab)
	}
	if guarded(a) == guarded(b) && (overlapLocks(a, b) || overlapLocks(b, a)) {
		return true
	}
	free := func(ms []meeting) bool { return slices.ContainsFunc(ms, func(m meeting) bool { return !m.lock }) }
	synced := func(x *access) bool {
		return free(before(x, false)) || x.by.synced > 0 && x.by.synced < x.seq
	}
	return free(after(a, false)) && synced(b) || free(after(b, false)) && synced(a)
}

// turns reports whether two goroutines may take turns by an atomic variable that one
// sets after its access and the other asks for, before or in a loop around it.
func turns(a, b *access) bool {
	return slices.ContainsFunc(after(a, false), func(m meeting) bool {
		return m.atomic && slices.ContainsFunc(b.by.acquires, func(n meeting) bool { return n.atomic && m.same(n) })
	})
}

// overlapLocks reports whether b locks what a unlocks after its access.
func overlapLocks(a, b *access) bool {
	locks := func(ms []meeting) []meeting {
		return slices.DeleteFunc(ms, func(m meeting) bool { return !m.lock })
	}
	return overlap(locks(after(a, false)), locks(before(b, false)))
}

// alike reports whether two goroutines of one kind use the same channels.
func alike(a, b []meeting) bool {
	return len(a) == len(b) && slices.EqualFunc(a, b, func(m, n meeting) bool { return m.same(n) })
}

// beside warns of an access next to a goroutine that is running. Where that goroutine
// waits for something before its own access, what follows decides.
func (r *runner) beside(p *routine, b *access, st *state) {
	for _, a := range p.accesses {
		if !conflict(a, b) {
			continue
		}
		acq := before(a, false)
		if a.by.synced > 0 && a.by.synced < a.seq || slices.ContainsFunc(acq, func(m meeting) bool { return !m.known }) {
			continue
		}
		if overlap(after(a, false), st.locked) && guarded(a) == guarded(b) {
			continue // the other one may have said so under a lock
		}
		if b.by == nil && len(acq) == 0 {
			r.report(a, b)
			continue
		}
		if b.by != nil {
			if len(acq) == 0 {
				r.report(a, b)
			}
			continue
		}
		closed := !slices.ContainsFunc(acq, func(m meeting) bool {
			return !m.ours && !slices.ContainsFunc(st.closed, m.same)
		})
		if closed {
			r.late = append(r.late, candidate{a, b, acq})
		}
	}
}

// released takes back what the goroutine of the function orders by a release.
func (r *runner) released(m meeting) {
	r.late = slices.DeleteFunc(r.late, func(c candidate) bool { return slices.ContainsFunc(c.acquires, m.same) })
}

// finish reports what is left when a function has ended.
func (r *runner) finish(st state) {
	for _, c := range r.late {
		r.report(c.a, c.b)
	}
	if !r.cell {
		return
	}
	// What outlives the cell is read by later ones.
	for _, p := range st.pending {
		for _, a := range p.accesses {
			if a.write() && a.root.global && a.safe == 0 && len(after(a, true)) == 0 && len(a.path) == 0 {
				r.lone(a)
			}
		}
	}
}

// report warns of two accesses at the same time; a is that of a goroutine.
func (r *runner) report(a, b *access) {
	// The write is to blame, of two the one without a lock, of two in this cell.
	if !a.write() || b.write() && (guarded(a) && !guarded(b) || !r.c.Only(a.op.pos) && r.c.Only(b.op.pos)) {
		a, b = b, a
	}
	w := a
	name := w.spot.name()
	if r.told[name] {
		return
	}
	r.told[name] = true
	code := "race"
	if w.op.how == mapWrite {
		code = "map-race"
	}
	la, lb := r.c.Line(a.op.pos), r.c.Line(b.op.pos)
	var text string
	switch {
	case !r.c.Only(w.op.pos):
		text = fmt.Sprintf("%s is changed by %s, which runs in goroutines at the same time as others use it, without a lock", name, label(w.in))
	case a.by != nil && b.by != nil && a.op == b.op:
		text = fmt.Sprintf("%s is changed on line %d by several goroutines at the same time, without a lock", name, la)
	case b.write():
		text = fmt.Sprintf("%s is changed on line %d and on line %d at the same time, by %s, without a lock", name, la, lb, who(a, b))
	default:
		text = fmt.Sprintf("%s is changed on line %d and read on line %d at the same time, by %s, without a lock", name, la, lb, who(a, b))
	}
	if w.op.how == mapWrite {
		text += ": Go ends the program when it notices"
	}
	fix := advice(w, b)
	if a.by == nil || b.by == nil {
		fix = "wait for the goroutine before this (wg.Wait(), or receive from a channel that it sends to), or " + fix
	}
	r.c.warn(Warning{r.where(w), r.whereEnd(w), code, text, fix})
}

// lone warns of a session variable that a goroutine changes and nothing waits for.
func (r *runner) lone(a *access) {
	name := a.spot.name()
	if r.told[name] {
		return
	}
	r.told[name] = true
	r.c.warn(Warning{r.where(a), r.whereEnd(a), "race",
		fmt.Sprintf("%s is changed on line %d by a goroutine that nothing waits for: later cells can't know when", name, r.c.Line(a.op.pos)),
		"wait for the goroutine (wg.Wait(), or receive from a channel that it sends to), or " + advice(a, a)})
}

// where is where to report an access: where it is, or, if that is in an earlier cell,
// where its goroutine is started.
func (r *runner) where(a *access) token.Pos {
	if !r.c.Only(a.op.pos) && a.by != nil {
		return a.by.pos
	}
	return a.op.pos
}

func (r *runner) whereEnd(a *access) token.Pos {
	if !r.c.Only(a.op.pos) && a.by != nil {
		return a.by.end
	}
	return a.op.end
}

func label(t *trace) string {
	if t.name == "" || t.name == "_" {
		return "a function"
	}
	return t.name
}

func who(a, b *access) string {
	if a.by != nil && b.by != nil {
		return "two goroutines"
	}
	return "a goroutine and the code that started it"
}

// name is the spot as the user knows it, down to the last field.
func (s spot) name() string {
	n := s.root.name
	for _, p := range s.path {
		switch p.kind {
		case field:
			n += "." + p.name
		case deref:
		default:
			return n
		}
	}
	return n
}

// advice says how to make a write safe.
func advice(w, other *access) string {
	n := w.op.src
	if !strings.Contains(n, "[") && w.op.how != mutate {
		n = w.spot.name()
	}
	switch {
	case w.safe == 1:
		return "take Lock, not RLock, around what changes " + w.spot.name()
	case guarded(w) && !guarded(other):
		return "take the same lock around the other use of " + w.spot.name()
	case guarded(other) && !guarded(w):
		return "take the same lock around this one"
	}
	switch w.op.how {
	case count:
		return fmt.Sprintf("lock a sync.Mutex around the change of %s, or make it an atomic.Int64 and call Add", n)
	case grow:
		return fmt.Sprintf("lock a sync.Mutex around the append, or give each goroutine an element of its own: %s[i] = …", n)
	case mapWrite:
		return fmt.Sprintf("lock a sync.Mutex around every use of %s, or use a sync.Map", w.spot.name())
	case mutate:
		return fmt.Sprintf("lock a sync.Mutex around %s, or send the parts over a channel to one goroutine", n)
	}
	return fmt.Sprintf("lock a sync.Mutex around every use of %s, or send the value over a channel", n)
}
