package child

import (
	"testing"

	"github.com/goherd/goherd/kernel/interp/code"
)

func TestMentions(t *testing.T) {
	use := func(op code.Op, id code.GlobalID) *code.Node {
		return &code.Node{Op: code.Block, Kids: []*code.Node{nil, {Op: op, Kids: []*code.Node{{Op: code.GlobalVar, A: int64(id)}}}}}
	}
	var m mentions
	m.note(&code.Program{Entry: 1, Funcs: []code.Func{
		{ID: 1, Name: "main", Body: use(code.Eval, 7)},
		{ID: 2, Name: "main.func1", Body: use(code.Eval, 9)},
		{ID: 3, Name: "f", Body: use(code.Eval, 8)},
	}})
	m.note(&code.Program{Funcs: []code.Func{{ID: 4, Name: "mainly", Body: use(code.Eval, 6)}}}) // declarations alone
	m.note(&code.Program{Entry: 5, Funcs: []code.Func{{ID: 5, Name: "main", Body: use(code.Describe, 7)}}})
	m.note(&code.Program{Entry: 6, Funcs: []code.Func{{ID: 6, Name: "main", Body: use(code.Eval, 8)}}})
	m.note(&code.Program{Entry: 7, Funcs: []code.Func{{ID: 7, Name: "main", Body: use(code.Eval, 9)}}})
	for id, want := range map[code.GlobalID]int{6: -1, 7: 3, 8: -1, 9: 0, 10: 4} {
		if got := m.idle(id); got != want {
			t.Errorf("%d: %d, want %d", id, got, want)
		}
	}
}
