package main

import (
	"bytes"
	"encoding/gob"
	"fmt"
)

type Shape interface{ Area() float64 }
type Sq struct{ Side float64 }
type Pt struct{ X, Y int }

func (s Sq) Area() float64 { return s.Side * s.Side }

type Doc struct {
	Title string
	Pts   []Pt
	M     map[string]*Pt
	S     Shape
	skip  int
}
type Enc struct{ v string }

func (e Enc) GobEncode() ([]byte, error) { return []byte("<" + e.v + ">"), nil }
func (e *Enc) GobDecode(b []byte) error  { e.v = string(b); return nil }

func main() {
	gob.Register(Sq{})
	var buf bytes.Buffer
	enc := gob.NewEncoder(&buf)
	fmt.Println(enc.Encode(Doc{"t", []Pt{{1, 2}}, map[string]*Pt{"a": {3, 4}}, Sq{2}, 5}), enc.Encode(Enc{"x"}))
	dec := gob.NewDecoder(&buf)
	var d Doc
	fmt.Println(dec.Decode(&d), d.Title, d.Pts, *d.M["a"], d.S.Area(), d.skip)
	var e Enc
	fmt.Println(dec.Decode(&e), e.v)
	fmt.Printf("%T\n", d.S)
}
