package main

type T struct {
	n int
	s []int
}

func (t *T) q() int { t.s = append(t.s, 4); t.n++; return 0 }
func q(t *T) int    { t.s = append(t.s, 4); t.n++; return 0 }
func g(t *T) int    { return len(t.s) }
func main() {
	t := &T{s: []int{1}, n: 1}
	println(len(t.s) + q(t))
	println(g(t) + q(t))
	println(len(t.s) + t.q())
	k := len(t.s) + t.q()
	println(k)
}
