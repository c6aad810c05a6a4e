package main

//go:noinline
func pn(a ...any) { println(a[0].(int), a[1].(int), a[2].(int)) }

//go:noinline
func ps(a ...any) { println(a[0].(string), a[1].(string), a[2].(string)) }

//go:noinline
func pr(a, b, c int) { println(a, b, c) }

type T struct {
	n [3]int
	s []int
}

func main() {
	s := []int{1}
	e := func() int { s = append(s, 1); s[0]++; return 9 }
	println("len")
	pn(len(s), e(), len(s))
	println("len")
	pr(len(s), e(), len(s))
	println("cap")
	s = []int{1}
	pr(cap(s), e(), cap(s))
	println("min")
	s = []int{1}
	pr(min(s[0], 100), e(), min(s[0], 100))
	println("idx")
	s = []int{1}
	pr(s[0], e(), s[0])
	str := "a"
	g := func() string { str += "b"; return "-" }
	println("lenstr")
	h := func() int { g(); return 8 }
	pn(len(str), h(), len(str))
	println("strvar")
	ps(str, g(), str)
	println("concat")
	ps(str+"x", g(), str+"x")
	println("slice")
	ps(str[:1], g(), str[:])
	println("conv")
	ps(string([]byte(str)), g(), string([]byte(str)))
	println("strint")
	i := 65
	k := func() string { i++; return "" }
	ps(string(rune(i)), k(), string(rune(i)))
	a := [2]int{1, 2}
	p := &a
	l := func() int { p[0]++; return 5 }
	println("ptr")
	pn(p[0], l(), p[0])
	var x any = 1
	m := func() int { x = x.(int) + 1; return 5 }
	println("assert")
	pn(x.(int), m(), x.(int))
	c := 1i
	o := func() int { c++; return 5 }
	println("real")
	pn(int(real(c)), o(), int(real(c)))
	t := &T{s: []int{1}}
	q := func() int { t.s = append(t.s, 4); return 5 }
	println("tlen")
	pn(len(t.s), q(), len(t.s))
	println("idxlen")
	pn(t.s[len(t.s)-1], q(), t.s[len(t.s)-1])
	println("add")
	pn(len(t.s)+1, q(), 1+len(t.s))
	n := 3
	r := func() int { n++; return n }
	println("var")
	pn(n, r(), n)
	println("var+")
	pn(n+1, r(), n+1)
	y := n + r()
	println(y)
	z := len(t.s) + q()*0
	println(z)
	z = n - r()*10
	println(z)
	if n < r() {
		println("lt")
	} else {
		println("ge")
	}
	var nilp *T
	defer func() { println(recover() != nil) }()
	println("nil")
	pn(len(nilp.s), r(), panicky())
}
func panicky() int { println("called"); return 1 }
