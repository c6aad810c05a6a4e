package engine

import (
	"reflect"

	"github.com/goherd/goherd/kernel/interp/code"
)

// Variables returns the variables of the cells by ID, settable: of those of one name, the newest. It may be
// called from any goroutine; what the variables hold may be changing.
func (e *Engine) Variables() map[code.GlobalID]Variable {
	e.mu.Lock()
	defer e.mu.Unlock()
	newest := map[string]code.GlobalID{}
	for id, g := range e.globals {
		if g.init == 0 {
			newest[g.name] = max(newest[g.name], id)
		}
	}
	out := make(map[code.GlobalID]Variable, len(newest))
	for _, id := range newest {
		g := e.globals[id]
		out[id] = Variable{g.name, reflect.NewAt(g.t.rt, g.ptr).Elem(), false}
	}
	return out
}
