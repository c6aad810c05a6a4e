package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/rtype"
	"reflect"
)

// TestMapGates has goroutines use one map without a lock, as the code of a session might. The
// process must live, and somebody be told.
func TestMapGates(t *testing.T) {
	m := map[int]int{}
	for i := range 100 {
		m[i] = i
	}
	rt, mp := rtype.Ptr(reflect.TypeOf(m)), *(*unsafe.Pointer)(unsafe.Pointer(&m))
	active.Add(2)
	defer active.Add(-2)
	var told atomic.Int32
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			defer func() {
				switch v := recover().(type) {
				case nil:
				case Fatal:
					told.Add(1)
				default:
					t.Errorf("panic: %v", v)
				}
			}()
			for i := range 200_000 {
				if told.Load() > 0 {
					return
				}
				if g == 0 {
					mapAccess64(rt, mp, uint64(i%100))
				} else {
					mapAssign64(rt, mp, uint64(i%200)) // the element would be a race of its own
				}
				if i%1000 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
	for i := range gates {
		if n := gates[i].state.Load(); n != 0 {
			t.Errorf("gate %d is left with state %d", i, n)
		}
	}
	if told.Load() == 0 {
		t.Log("the goroutines happened not to meet")
	}
}

func TestMapGateAfterPanic(t *testing.T) {
	m := map[any]int{}
	rt, mp := rtype.Ptr(reflect.TypeOf(m)), *(*unsafe.Pointer)(unsafe.Pointer(&m))
	active.Add(2)
	defer active.Add(-2)
	var key any = []int{1}
	for range 3 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a slice is taken for a key")
				}
			}()
			mapAssign(rt, mp, unsafe.Pointer(&key))
		}()
	}
	var k any = "k"
	*(*int)(mapAssign(rt, mp, unsafe.Pointer(&k))) = 1
	if m["k"] != 1 {
		t.Error("the map lost its entry")
	}
}
