package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/magic"
)

// get is %get.
func (s *Session) get(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	specs := strings.FieldsFunc(p.Args, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	if len(specs) == 0 {
		s.listModules(x)
		return nil, nil
	}
	got, stale, err := s.lib.Get(x.ctx, specs, s.environ(), x.progress)
	if err != nil {
		return nil, x.getError(err)
	}
	for _, m := range got {
		x.print(m.Path + " " + m.Version + "\n")
	}
	for _, m := range stale {
		x.out.write(stderr, fmt.Appendf(nil, "note: packages of %s are in use as of %s: %%reset ends that\n", m.Path, m.Version))
	}
	return nil, nil
}

func (s *Session) listModules(x *execution) {
	asked := s.lib.Modules()
	if len(asked) == 0 {
		x.print("no modules: %get path@version gets one\n")
		return
	}
	for _, m := range asked {
		x.print(m.Path + " " + m.Version + "\n")
	}
}

func (x *execution) getError(err error) error {
	if x.isInterrupted() {
		return errInterrupted
	}
	return &misuseError{errors.New("%get: " + err.Error())}
}

// progress tells what takes time while it happens.
func (x *execution) progress(text string) { x.out.write(stderr, []byte(text+"\n")) }

// environ returns what the session has set in its environment. What it has unset is
// empty.
func (s *Session) environ() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for name, value := range s.env {
		if value == nil {
			out = append(out, name+"=")
		} else {
			out = append(out, name+"="+*value)
		}
	}
	slices.Sort(out)
	return out
}
