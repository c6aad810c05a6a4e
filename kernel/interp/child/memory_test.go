package child

import (
	"fmt"
	"runtime"
	"testing"
)

// Functions that cells make and send, and that nobody has any more, leave nothing behind: neither here nor in the worker.
func TestFunctionsGo(t *testing.T) {
	d := newDuo(t)
	d.cell("func named(x int) int { return x }")
	d.cell("f, in := each(func(x int) int { return x }), []int{1, 2, 3}\nkept := f")
	round := func(i int) {
		t.Helper()
		d.cell(fmt.Sprintf("func named(x int) int { return x + %d }", i))
		d.cell(fmt.Sprintf(`{
	add := func(x int) func() int { return func() int { return x + %d - %[1]d } }
	f = each(func(x int) int {
		twice := func() int { return 2 * add(x)() }
		return twice() + named(x) - x - %[1]d
	})
}`, i))
		s := d.use("f")
		if got := s.result("in"); got != "[2 4 6]" {
			t.Fatalf("got %s", got)
		}
		d.worker.worker.Drop(s.packed.ID)
	}
	const warm, rounds, limit = 100, 400, 2 << 10 // the texts of the cells count, too
	var before int64
	for i := range warm + rounds {
		if i == warm {
			before = heap()
		}
		round(i)
	}
	grown := (heap() - before) / rounds
	t.Logf("%d bytes a round", grown)
	if grown > limit {
		t.Errorf("what a cell makes and sends leaves %d bytes behind", grown)
	}
	if got := d.use("kept").result("in"); got != "[1 2 3]" {
		t.Errorf("a function of an early cell gives %s", got)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A program that was dropped can come again, and what it left in use works meanwhile.
func TestDroppedProgram(t *testing.T) {
	d := newDuo(t)
	d.cell("type T struct{ n int }\nfunc (t T) Get() int { return t.n }")
	d.cell("f, in := each(func(x int) func() int { return func() int { return T{x}.Get() } }), []int{4}")
	s := d.use("f")
	s.result("in")
	for range 3 {
		d.worker.worker.Drop(s.packed.ID)
		d.worker.worker.Drop(s.packed.ID) // does nothing
		runtime.GC()
		s.result("in") // the func value is still there
		if _, err := d.worker.worker.Use([]string{s.packed.ID}, decoder(s.packed.Func)); err == nil {
			t.Error("a program that was dropped is used")
		}
		s = d.use("f")
		runtime.GC()
		s.result("in")
	}
}
