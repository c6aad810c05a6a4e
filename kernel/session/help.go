package session

import (
	"context"
	"go/types"
	"time"

	"github.com/goherd/goherd/kernel/assist"
	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
)

// snapshot is what the editing help knows of the session now.
func (s *Session) snapshot() *assist.Env {
	s.cellsMu.Lock()
	pkg, imports := s.cells.Package(), s.cells.Imports()
	s.cellsMu.Unlock()
	s.mu.Lock()
	dir := s.dir
	s.mu.Unlock()
	return &assist.Env{
		Pkg: pkg, Imports: imports, Import: s.lib.Look, ByName: s.lib.ByName, Doc: s.lib.Doc,
		Packages: func() []assist.Package {
			var out []assist.Package
			for _, p := range std.Packages() {
				out = append(out, assist.Package{Path: p.Path, Name: p.Name, Synopsis: p.Synopsis})
			}
			for _, p := range s.lib.Packages() {
				out = append(out, assist.Package(p))
			}
			return out
		},
		Source: func(obj types.Object) (string, int, bool) {
			s.cellsMu.Lock()
			text, serial, ok := s.cells.Text(obj.Name())
			s.cellsMu.Unlock()
			if !ok {
				return "", 0, false
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			return text, s.journal[serial].count, true
		},
		Value:  s.value,
		Magics: Magics(),
		Dir:    dir,
	}
}

// Complete proposes what could stand at the cursor, an offset in characters. It may
// be called while cells run.
func (s *Session) Complete(ctx context.Context, code string, cursor int) assist.Completion {
	out := s.snapshot().Complete(ctx, code, cursor)
	for i := range out.Matches {
		out.Matches[i] = cell.Plain(out.Matches[i])
	}
	for i, m := range out.Types {
		out.Types[i].Text, out.Types[i].Signature = cell.Plain(m.Text), cell.Readable(m.Signature)
	}
	return out
}

// Inspect tells about what stands at the cursor, an offset in characters. It may be
// called while cells run.
func (s *Session) Inspect(ctx context.Context, code string, cursor, detail int) assist.Inspection {
	out := s.snapshot().Inspect(ctx, code, cursor, detail)
	for mime, text := range out.Data {
		out.Data[mime] = cell.Readable(text)
	}
	return out
}

// valueTimeout is how long an inspection waits for a variable's value.
const valueTimeout = 100 * time.Millisecond

// value returns the text of a variable's value, if it can be had without disturbing
// anybody: while no cell runs, and of a type whose values are read without running
// code of the user's, and without following what goroutines may be changing.
func (s *Session) value(name string) (string, bool) {
	s.mu.Lock()
	e, busy := s.engine, len(s.running) > 0
	s.mu.Unlock()
	if busy || e == nil || !s.compile.TryLock() {
		return "", false
	}
	defer s.compile.Unlock() // a cell that begins now waits
	s.cellsMu.Lock()
	obj := s.cells.Package().Scope().Lookup(name)
	if v, ok := obj.(*types.Var); !ok || !plain(v.Type(), 0) {
		s.cellsMu.Unlock()
		return "", false
	}
	p, err := s.cells.Describe(name)
	s.cellsMu.Unlock()
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithCancel(s.ctx)
	x := &execution{s: s, ctx: ctx, cancel: cancel, out: newOutput(s.opts.Front, nil, "inspection", s.ctx.Done())}
	answer := make(chan []link.Var, 1)
	s.spawn(func() {
		defer cancel()
		done, err := s.await(x, e, false, func(n int) *interp.Run { return e.Run(n, &p.Program) }, func() {})
		if err != nil {
			done = &link.Done{}
		}
		answer <- done.Vars
	})
	select {
	case vars := <-answer:
		for _, v := range vars {
			return v.Text, true
		}
	case <-time.After(valueTimeout):
		x.interrupt()
	case <-s.ctx.Done():
	}
	return "", false
}

// plain reports whether values of a type hold no maps, which mustn't be read while a
// goroutine changes them, no pointers, and have no methods of the user's
// that showing them calls.
func plain(t types.Type, depth int) bool {
	if depth > 10 {
		return false
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil && p.Path() == "main" && cell.ShowsItself(t) {
			return false
		}
		return plain(t.Underlying(), depth+1)
	case *types.Basic:
		return t.Kind() != types.UnsafePointer
	case *types.Slice:
		return plain(t.Elem(), depth+1)
	case *types.Array:
		return plain(t.Elem(), depth+1)
	case *types.Struct:
		for f := range t.Fields() {
			if !plain(f.Type(), depth+1) {
				return false
			}
		}
		return true
	}
	return false
}
