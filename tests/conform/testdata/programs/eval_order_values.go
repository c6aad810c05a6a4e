package main

import "fmt"

type P struct{ x, y, z int }

//go:noinline
func (p *P) move() int { p.x++; return p.x }

//go:noinline
func pn(a ...any) { fmt.Println(a...) }

var s = []int{1}
var str = "a"
var b, c = true, false
var p P
var cx = 1i
var i = 1

type D struct{ n *int }

var d D

//go:noinline
func chg() int {
	s = append(s, 1)
	s[0]++
	str += "b"
	b = !b
	c = !c
	p.x++
	cx++
	i++
	if d.n == nil {
		d.n = &i
	} else {
		d.n = nil
	}
	return 0
}

func main() {
	pn(len(s), chg(), len(s))
	pn(cap(s), chg(), cap(s))
	pn(min(s[0], 100), chg(), min(s[0], 100))
	pn(s[0], chg(), s[0])
	pn(str, chg(), str)
	pn(str+"x", chg(), str+"x")
	pn(string([]byte(str)), chg(), string([]byte(str)))
	pn(b && !c, chg(), b && !c)
	pn(p, chg(), p)
	pn(p, p.move(), p)
	pn(cx, chg(), cx)
	pn(real(cx), chg(), real(cx))
	pn(d == D{}, chg(), d == D{})
	pn(i+1, chg(), i+1)
	pn(i == 4, chg(), i == 4)
	pn([]int{i}, chg(), []int{i})
	pn(P{i, 0, 0}, chg(), P{i, 0, 0})
	pn(&P{i, 0, 0}, chg(), &P{i, 0, 0})
	x := P{i, chg(), i}
	pn(x)
	y := []int{i, chg(), i}
	pn(y)
	pn(p.x, chg(), p.x)
	pn(map[int]int{i: i}, chg(), map[int]int{i: i})
	pn(str == "a", chg(), str == "a")
	pn(s[:1], chg(), s[:1])
	pn(float64(i), chg(), float64(i))
	pn(any(i), chg(), any(i))
	pn(-i, chg(), -i)
	pn(str[0:1], str[len(str)-1:], chg(), str[0], string(rune(i+64)))
}
