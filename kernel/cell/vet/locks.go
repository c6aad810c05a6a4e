package vet

import (
	"fmt"
	"slices"
)

// lock follows the taking of a lock.
func (r *runner) lock(o *op, st *state) {
	m := r.meet(o)
	m.lock = true
	l := lock{meeting: m, read: o.kind == opRLock, pos: o.pos, name: o.at.text()}
	if o.at.root == nil {
		l.name = "the lock"
	}
	for _, h := range st.held {
		if h.same(m) && !h.soft && !o.plain && !(h.read && l.read) {
			line := r.c.Line(h.pos)
			r.c.warn(Warning{o.pos, o.end, "double-lock",
				fmt.Sprintf("%s is locked already, on line %d: this waits for ever", l.name, line),
				fmt.Sprintf("unlock it first, or do without the lock here: whoever comes here holds %s", l.name)})
		}
	}
	st.held = append(st.held, l)
	st.locked = union(st.locked, []meeting{m})
}

// returns warns of a return that leaves a lock locked which the function unlocks
// further down.
func (r *runner) returns(o *op, st *state, fr *frame) {
	if r.c.useless[o.pos] {
		return
	}
	for _, l := range st.held {
		if l.soft || !l.known || slices.ContainsFunc(fr.held, func(h lock) bool { return h.same(l.meeting) }) {
			continue
		}
		if slices.ContainsFunc(fr.defers, func(d []op) bool { return mayUnlock(d) }) || !r.unlocks(fr.fn.body, o, l) {
			continue
		}
		r.c.warn(Warning{o.pos, o.end, "unlock-skipped",
			fmt.Sprintf("%s, locked on line %d, is still locked at this return", l.name, r.c.Line(l.pos)),
			fmt.Sprintf("write defer %s.Unlock() right after the Lock", l.name)})
	}
}

// mayUnlock reports whether deferred steps may release a lock.
func mayUnlock(ops []op) bool {
	return slices.ContainsFunc(ops, func(o op) bool {
		switch o.kind {
		case opUnlock, opSync, opCall:
			return true
		}
		return mayUnlock(o.body) || slices.ContainsFunc(o.alts, mayUnlock)
	})
}

// unlocks reports whether a function unlocks l in its text after the step o.
func (r *runner) unlocks(ops []op, o *op, l lock) bool {
	return slices.ContainsFunc(ops, func(u op) bool {
		if u.kind == opUnlock && u.pos > o.pos && r.meet(&u).same(l.meeting) {
			return true
		}
		return r.unlocks(u.body, o, l) || slices.ContainsFunc(u.alts, func(a []op) bool { return r.unlocks(a, o, l) })
	})
}
