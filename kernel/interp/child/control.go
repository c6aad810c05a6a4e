package child

import (
	"reflect"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/hook"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/token"
)

// stop is true while a run is being interrupted. Only then does a check look whose
// goroutine it is on.
var stop atomic.Bool

// checkpoint ends the calling goroutine if its run is interrupted.
func checkpoint() {
	if t := token.Current(); t != nil && t.Interrupted() {
		t.Exit()
	}
}

// wrap puts the checks and positions around yaegi's closures.
func (s *session) wrap(n hook.Node, pos link.Pos, e hook.Exec) hook.Exec {
	switch n.Gen {
	case "_panic":
		e = s.panicking(e)
	case "recv", "recv2", "send", "rangeChan":
		e = blocking(e)
	case "_select":
		e = blocking(pooled(e, n.Again))
	}
	if bounds := n.Bounds; bounds != nil {
		inner, p := e, uintptr(pos)
		e = func(f unsafe.Pointer) hook.Exec { return hook.AtIndex(p, inner, bounds, f) }
	} else if mayPanic[strings.TrimSuffix(n.Gen, "[]")] || strings.HasSuffix(n.Gen, "[]") {
		inner, p := e, uintptr(pos)
		e = func(f unsafe.Pointer) hook.Exec { return hook.At(p, inner, f) }
	}
	if n.Loop {
		inner := e
		e = func(f unsafe.Pointer) hook.Exec {
			if stop.Load() {
				checkpoint()
			}
			return inner(f)
		}
	}
	return e
}

// blocking lets a channel operation end with the run of the goroutine it is on.
// yaegi's closure waits for the done channel of its frame, too, and returns nil (as a
// return statement would) when that closes.
func blocking(e hook.Exec) hook.Exec {
	return func(f unsafe.Pointer) hook.Exec {
		var done <-chan struct{}
		if t := token.Current(); t != nil {
			done = t.Done
		}
		next := e(hook.WithDone(f, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(done)}))
		if stop.Load() {
			checkpoint()
		}
		return next
	}
}

// pooled gives every execution of a select statement a closure of its own: yaegi's
// keeps the cases it waits for in one slice per statement, which two goroutines
// would overwrite for each other.
func pooled(e hook.Exec, again func() hook.Exec) hook.Exec {
	free := make(chan hook.Exec, 64)
	free <- e
	return func(f unsafe.Pointer) hook.Exec {
		var e hook.Exec
		select {
		case e = <-free:
		default:
			e = again()
		}
		defer func() {
			select {
			case free <- e:
			default:
			}
		}()
		return e(f)
	}
}

// mayPanic are the generators whose closures can panic, call or block.
var mayPanic = map[string]bool{
	"call": true, "callBin": true, "_panic": true, "_close": true, "_make": true,
	"getIndexArray": true, "getIndexMap": true, "getIndexMap2": true, "getPtrIndexSeq": true,
	"quo": true, "rem": true, "quoAssign": true, "remAssign": true, "shl": true, "shr": true,
	"deref": true, "slice": true, "slice0": true, "typeAssertShort": true, "convert": true,
	"send": true, "recv": true, "recv2": true, "_select": true, "rangeChan": true,
	"getMethod": true, "getMethodByName": true, "getIndexSeq": true, "getIndexSeqField": true,
	"getPtrIndexSeqField": true, "getIndexSeqMethod": true, "_append": true, "_copy": true, "_delete": true,
}
