package child

import (
	"regexp"
	"strings"
	"sync"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/runtime/core"
)

// mentions knows which variables of the session cells have mentioned, and when. The zero value is ready to use.
type mentions struct {
	mu    sync.Mutex
	cells int
	last  map[code.GlobalID]int // the cell that mentioned it last; -1 if a function does, which may be called any time
}

// note takes in a program that runs.
func (m *mentions) note(p *code.Program) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		m.last = map[code.GlobalID]int{}
	}
	if p.Entry != 0 {
		m.cells++
	}
	for _, f := range p.Funcs {
		at := m.cells
		if f.ID != p.Entry && f.Name != "main" && !strings.HasPrefix(f.Name, "main.") && !strings.HasPrefix(f.Name, "main-") {
			at = -1
		}
		m.walk(f.Body, at)
	}
}

func (m *mentions) walk(n *code.Node, at int) {
	if n == nil || n.Op == code.Describe { // who lists variables uses none
		return
	}
	if n.Op == code.GlobalVar && m.last[code.GlobalID(n.A)] >= 0 {
		m.last[code.GlobalID(n.A)] = at
	}
	for _, k := range n.Kids {
		m.walk(k, at)
	}
}

// idle returns how many cells have run since one mentioned a variable, -1 if functions do.
func (m *mentions) idle(id code.GlobalID) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last[id] < 0 {
		return -1
	}
	return m.cells - m.last[id]
}

// Variables implements core.Session.
func (h runtimeHost) Variables() []core.SessionVariable {
	var out []core.SessionVariable
	for id, v := range h.s.engine.Variables() {
		out = append(out, core.SessionVariable{
			Name: v.Name, Type: ofTheSession.ReplaceAllString(v.Value.Type().String(), ""),
			Bytes: int64(Size(v.Value.Interface())), Idle: h.s.mentions.idle(id), Value: v.Value,
		})
	}
	return out
}

// ofTheSession is what the types of cells have before their names.
var ofTheSession = regexp.MustCompile(`\bmain\.`)
