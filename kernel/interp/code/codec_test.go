package code

import (
	"reflect"
	"testing"

	"github.com/goherd/goherd/kernel/interp/link"
)

func sample() *Program {
	return &Program{
		Types: []Type{
			{ID: 1, Kind: Int, Name: "int"},
			{ID: 2, Kind: Struct, Name: "T", Path: "main", Fields: []Field{{"a", "main", 1, `json:"a"`, true}},
				Methods: []Method{{"M", "", 3, 4, true}}},
			{ID: 3, Kind: FuncKind, In: []TypeID{1}, Out: []TypeID{2}, Variadic: true},
			{ID: 4, Kind: Array, Elem: 1, Len: 1 << 40},
		},
		Globals: []Global{{1, "x", 1, 0, false}, {2, "init·done", 1, 4, true}},
		Funcs: []Func{{
			ID: 4, Name: "T.M", Pos: link.MakePos(3, 4, 5), Sig: 3, Slots: []TypeID{2, 1}, NumIn: 1, NumOut: 1, Cells: []int{7}, Captured: []Captured{{"v", 1}}, Flags: HasDefer,
			Body: &Node{Op: Block, Pos: link.MakePos(3, 9, 9), Kids: []*Node{
				nil,
				{Op: Const, Type: 1, A: -1, B: 1 << 62, S: "x", Ints: []int64{1, -1}, Pos: link.MakePos(2, 1, 1)},
			}},
		}},
		Entry:   4,
		Effects: []FuncID{4},
	}
}

func TestRoundTrip(t *testing.T) {
	p := sample()
	got, err := Decode(p.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("got %+v\nwant %+v", got, p)
	}
}

func TestDamaged(t *testing.T) {
	b := sample().Encode()
	for n := range b {
		if _, err := Decode(b[:n]); err == nil {
			t.Errorf("%d of %d bytes are taken for a program", n, len(b))
		}
	}
	for i := range b { // must not panic
		c := append([]byte(nil), b...)
		c[i] ^= 0xff
		Decode(c)
	}
}
