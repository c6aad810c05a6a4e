package session

import (
	"context"
	"go/types"

	"github.com/goherd/goherd/kernel/assist"
	"github.com/goherd/goherd/kernel/cell/std"
)

// snapshot is what the editing help knows of the session now.
func (s *Session) snapshot() *assist.Env {
	s.mu.Lock()
	defer s.mu.Unlock()
	pkg, imports := s.cells.Package(), s.cells.Imports()
	return &assist.Env{
		Pkg: pkg, Imports: imports, Import: s.lib.Import, ByName: std.ByName, Doc: std.Doc,
		Packages: func() []assist.Package {
			var out []assist.Package
			for _, p := range std.Packages() {
				out = append(out, assist.Package{Path: p.Path, Name: p.Name, Synopsis: p.Synopsis})
			}
			return out
		},
		Source: func(obj types.Object) (string, int, bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			text, serial, ok := s.cells.Text(obj.Name())
			if !ok {
				return "", 0, false
			}
			return text, s.journal[serial].count, true
		},
		Value:  s.value,
		Magics: Magics(),
		Dir:    s.dir,
	}
}

// Complete proposes what could stand at the cursor, an offset in characters. It may
// be called while cells run.
func (s *Session) Complete(ctx context.Context, code string, cursor int) assist.Completion {
	return s.snapshot().Complete(ctx, code, cursor)
}

// Inspect tells about what stands at the cursor, an offset in characters. It may be
// called while cells run.
func (s *Session) Inspect(ctx context.Context, code string, cursor, detail int) assist.Inspection {
	return s.snapshot().Inspect(ctx, code, cursor, detail)
}
