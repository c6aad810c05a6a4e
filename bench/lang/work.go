package main

// A workload is the same work in Go and in Python. Each has a function work that
// returns a number, by which the results are compared.
type workload struct {
	name   string
	golang string
	python string
}

var workloads = []workload{
	{"integer loop", `
func work() int {
	s := 0
	for i := 0; i < 5_000_000; i++ {
		s += i * i % 7
	}
	return s
}`, `
def work():
    s = 0
    for i in range(5_000_000):
        s += i * i % 7
    return s`},
	{"float loop", `
func work() int {
	x, s := 0.5, 0.0
	for i := 0; i < 3_000_000; i++ {
		x = 3.7 * x * (1 - x)
		s += x
	}
	return int(s)
}`, `
def work():
    x, s = 0.5, 0.0
    for i in range(3_000_000):
        x = 3.7 * x * (1 - x)
        s += x
    return int(s)`},
	{"matrix product", `
func matrix(n, m int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
		for j := range out[i] {
			out[i][j] = float64((i*m + j) % 10)
		}
	}
	return out
}

func work() int {
	const n = 120
	a, b, c := matrix(n, 3), matrix(n, 7), matrix(n, 1)
	for i := 0; i < n; i++ {
		for j := 0; j < n; j++ {
			s := 0.0
			for k := 0; k < n; k++ {
				s += a[i][k] * b[k][j]
			}
			c[i][j] = s
		}
	}
	return int(c[17][23] + c[n-1][n-1])
}`, `
def matrix(n, m):
    return [[float((i * m + j) % 10) for j in range(n)] for i in range(n)]

def work():
    n = 120
    a, b, c = matrix(n, 3), matrix(n, 7), matrix(n, 1)
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i][k] * b[k][j]
            c[i][j] = s
    return int(c[17][23] + c[n-1][n-1])`},
	{"sorting by hand", `
func quick(a []int) {
	for len(a) > 12 {
		p, i, j := a[len(a)/2], 0, len(a)-1
		for i <= j {
			for a[i] < p {
				i++
			}
			for a[j] > p {
				j--
			}
			if i <= j {
				a[i], a[j] = a[j], a[i]
				i++
				j--
			}
		}
		quick(a[:j+1])
		a = a[i:]
	}
	for i := 1; i < len(a); i++ {
		for j := i; j > 0 && a[j] < a[j-1]; j-- {
			a[j], a[j-1] = a[j-1], a[j]
		}
	}
}

func work() int {
	a, x := make([]int, 100_000), 1
	for i := range a {
		x = x * 1103515245 % 2147483647
		a[i] = x
	}
	quick(a)
	return a[0] + a[50_000] + a[99_999]
}`, `
def quick(a, lo, hi):
    while hi - lo > 12:
        p, i, j = a[lo + (hi - lo) // 2], lo, hi - 1
        while i <= j:
            while a[i] < p:
                i += 1
            while a[j] > p:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        quick(a, lo, j + 1)
        lo = i
    for i in range(lo + 1, hi):
        j = i
        while j > lo and a[j] < a[j - 1]:
            a[j], a[j - 1] = a[j - 1], a[j]
            j -= 1

def work():
    a, x = [0] * 100_000, 1
    for i in range(len(a)):
        x = x * 1103515245 % 2147483647
        a[i] = x
    quick(a, 0, len(a))
    return a[0] + a[50_000] + a[99_999]`},
	{"sorting by the library", `
func work() int {
	a, x := make([]int, 300_000), 1
	for i := range a {
		x = x * 1103515245 % 2147483647
		a[i] = x
	}
	slices.Sort(a)
	sort.Slice(a[:20_000], func(i, j int) bool { return a[i]%1000 < a[j]%1000 })
	return a[299_999] + a[0]%1000
}`, `
def work():
    a, x = [0] * 300_000, 1
    for i in range(len(a)):
        x = x * 1103515245 % 2147483647
        a[i] = x
    a.sort()
    a[:20_000] = sorted(a[:20_000], key=lambda v: v % 1000)
    return a[299_999] + a[0] % 1000`},
	{"word count", `
func work() int {
	text := strings.Repeat("the quick brown fox jumps over the lazy dog and runs away from the bear ", 6000)
	count := map[string]int{}
	for _, w := range strings.Fields(text) {
		count[w]++
	}
	return count["the"]*10 + len(count)
}`, `
def work():
    text = "the quick brown fox jumps over the lazy dog and runs away from the bear " * 6000
    count = {}
    for w in text.split():
        count[w] = count.get(w, 0) + 1
    return count["the"] * 10 + len(count)`},
	{"string search", `
func work() int {
	lines, n := make([]string, 200_000), 0
	for i := range lines {
		lines[i] = "2026-11-21 host" + strconv.Itoa(i%50) + " level=" + strconv.Itoa(i%7) + " something happened"
	}
	for _, l := range lines {
		if strings.Contains(l, "level=3") {
			n++
		}
	}
	return n
}`, `
def work():
    lines, n = [""] * 200_000, 0
    for i in range(len(lines)):
        lines[i] = "2026-11-21 host" + str(i % 50) + " level=" + str(i % 7) + " something happened"
    for l in lines:
        if "level=3" in l:
            n += 1
    return n`},
	{"calls (fib)", `
func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func work() int { return fib(27) }`, `
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)

def work():
    return fib(27)`},
	{"sieve", `
func work() int {
	const n = 1_000_000
	composite, count := make([]bool, n+1), 0
	for i := 2; i <= n; i++ {
		if composite[i] {
			continue
		}
		count++
		for j := i * i; j <= n; j += i {
			composite[j] = true
		}
	}
	return count
}`, `
def work():
    n = 1_000_000
    composite, count = [False] * (n + 1), 0
    for i in range(2, n + 1):
        if composite[i]:
            continue
        count += 1
        for j in range(i * i, n + 1, i):
            composite[j] = True
    return count`},
	{"structs and methods", `
type particle struct{ x, y, vx, vy float64 }

func (p *particle) step(dt float64) {
	p.x += p.vx * dt
	p.y += p.vy * dt
	if p.x < 0 || p.x > 1 {
		p.vx = -p.vx
	}
	if p.y < 0 || p.y > 1 {
		p.vy = -p.vy
	}
}

func work() int {
	ps := make([]particle, 100)
	for i := range ps {
		ps[i] = particle{float64(i) / 100, 0.5, 0.3, -0.2}
	}
	for n := 0; n < 3000; n++ {
		for i := range ps {
			ps[i].step(0.01)
		}
	}
	s := 0.0
	for _, p := range ps {
		s += p.x + p.y
	}
	return int(s * 1000)
}`, `
class Particle:
    __slots__ = ("x", "y", "vx", "vy")
    def __init__(self, x, y, vx, vy):
        self.x, self.y, self.vx, self.vy = x, y, vx, vy
    def step(self, dt):
        self.x += self.vx * dt
        self.y += self.vy * dt
        if self.x < 0 or self.x > 1:
            self.vx = -self.vx
        if self.y < 0 or self.y > 1:
            self.vy = -self.vy

def work():
    ps = [Particle(i / 100, 0.5, 0.3, -0.2) for i in range(100)]
    for n in range(3000):
        for p in ps:
            p.step(0.01)
    s = 0.0
    for p in ps:
        s += p.x + p.y
    return int(s * 1000)`},
	{"interfaces and closures", `
type shape interface{ area() int }
type square struct{ s int }
type rect struct{ a, b int }

func (s square) area() int { return s.s * s.s }
func (r *rect) area() int  { return r.a * r.b }

func work() int {
	shapes := []shape{square{2}, &rect{3, 4}, square{5}}
	sum := 0
	add := func(n int) { sum += n }
	for i := 0; i < 300_000; i++ {
		add(shapes[i%3].area())
	}
	return sum
}`, `
class Square:
    def __init__(self, s): self.s = s
    def area(self): return self.s * self.s
class Rect:
    def __init__(self, a, b): self.a, self.b = a, b
    def area(self): return self.a * self.b

def work():
    shapes = [Square(2), Rect(3, 4), Square(5)]
    total = 0
    def add(n):
        nonlocal total
        total += n
    for i in range(300_000):
        add(shapes[i % 3].area())
    return total`},
	{"trees", `
type node struct{ left, right *node }

func build(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{build(d - 1), build(d - 1)}
}

func (n *node) count() int {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.count() + n.right.count()
}

func work() int { return build(16).count() }`, `
class Node:
    __slots__ = ("left", "right")
    def __init__(self, l, r): self.left, self.right = l, r
    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()

def build(d):
    if d == 0:
        return Node(None, None)
    return Node(build(d - 1), build(d - 1))

def work():
    return build(16).count()`},
}
