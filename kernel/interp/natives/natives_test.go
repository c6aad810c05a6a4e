package natives

import (
	"reflect"
	"runtime"
	"testing"
	"unsafe"
)

func TestFuncs(t *testing.T) {
	f, ok := Func("slices.Sort[float32]")
	if !ok {
		t.Fatal("no slices.Sort[float32]")
	}
	list := []float32{3, 1, 2}
	f.(func([]float32))(list)
	if !reflect.DeepEqual(list, []float32{1, 2, 3}) {
		t.Errorf("sorted: %v", list)
	}
	if _, ok := Func("slices.Sort[bool]"); ok {
		t.Error("bool is ordered")
	}
	for name, f := range Funcs() {
		if reflect.TypeOf(f).Kind() != reflect.Func || reflect.ValueOf(f).IsNil() {
			t.Errorf("%s is no function", name)
		}
	}
	var n int
	if err := convertAssign(&n, "17"); err != nil || n != 17 {
		t.Errorf("convertAssign: %d, %v", n, err)
	}
}

func TestPull(t *testing.T) {
	v := 0
	next, stop := pull(func(yield func() bool) {
		for v = 1; v < 4; v++ {
			if !yield() {
				v = -1
				return
			}
		}
	})
	if !next() || v != 1 || !next() || v != 2 {
		t.Fatalf("v is %d", v)
	}
	stop()
	if v != -1 || next() {
		t.Errorf("after stop v is %d", v)
	}
}

func TestCanonical(t *testing.T) {
	get := func(typ, v any) any {
		return canonical(typ, v, func() any { return new(int) })
	}
	a := get((*int)(nil), 7)
	if get((*int)(nil), 7) != a {
		t.Error("equal values differ")
	}
	if get((*int)(nil), 8) == a || get((*any)(nil), 7) == a {
		t.Error("other values are the same")
	}
}

func TestWeak(t *testing.T) {
	p := &struct {
		a int
		b *int
	}{a: 5}
	w := register(unsafe.Pointer(p))
	if strong(w) != unsafe.Pointer(p) || register(unsafe.Pointer(p)) != w {
		t.Error("another pointer")
	}
	if register(nil) != nil || strong(nil) != nil {
		t.Error("nil isn't nil")
	}
	done := make(chan bool, 1)
	addCleanup(unsafe.Pointer(p), func() { done <- true })
	runtime.KeepAlive(p)
	p = nil
	runtime.GC()
	<-done
	if strong(w) != nil {
		t.Error("alive after its cleanup")
	}
}

func TestType(t *testing.T) {
	if typ, ok := Type("iter", "Seq[string]"); !ok || typ.String() != "iter.Seq[string]" {
		t.Errorf("got %v", typ)
	}
	if _, ok := Type("iter", "Seq[int]"); ok {
		t.Error("no function of a package has an iter.Seq[int]")
	}
}
