package ship

import (
	"reflect"
	"strings"
)

// A refusal says why the values of a type can't travel, and what to do.
type refusal struct{ why, fix string }

var (
	lockRefusal    = &refusal{"it would lock nothing there", "make one in the function, or keep it out of what the function uses"}
	fileRefusal    = &refusal{"it is open in this process only", "send the name and open it there"}
	netRefusal     = &refusal{"the connection belongs to this process", "send the address and connect there"}
	timerRefusal   = &refusal{"it would never fire there", "make it in the function, or send a time.Duration"}
	contextRefusal = &refusal{"what cancels it is in this process", "make one in the function from context.Background()"}
	processRefusal = &refusal{"it belongs to this process", "start it in the function"}
	typeRefusal    = &refusal{"it describes memory of this process", ""}
	seedRefusal    = &refusal{"a seed is that of one process", "make one in the function"}
)

// refusals are the types that can't travel though their fields could, or whose fields would say less clearly why.
var refusals = map[string]*refusal{
	"sync.Mutex":           lockRefusal,
	"sync.RWMutex":         lockRefusal,
	"internal/sync.Mutex":  lockRefusal,
	"sync.Cond":            {"nothing there would wake what waits for it", "use the results of the tasks"},
	"sync.WaitGroup":       {"nothing there would end the wait", "use the results of the tasks"},
	"sync.Once":            {"it would run once more there", "keep it out of what the function uses"},
	"sync.Pool":            {"it holds memory of this process", "make one in the function"},
	"sync.Map":             {"it is shared with goroutines of this process only", "copy it to a map"},
	"os.File":              fileRefusal,
	"os.Root":              fileRefusal,
	"os.Process":           processRefusal,
	"os/exec.Cmd":          processRefusal,
	"net/http.Server":      processRefusal,
	"net/http.Transport":   netRefusal,
	"database/sql.DB":      netRefusal,
	"database/sql.Conn":    netRefusal,
	"database/sql.Tx":      netRefusal,
	"database/sql.Stmt":    netRefusal,
	"database/sql.Rows":    netRefusal,
	"crypto/tls.Conn":      netRefusal,
	"net.conn":             netRefusal,
	"net.TCPConn":          netRefusal,
	"net.UDPConn":          netRefusal,
	"net.IPConn":           netRefusal,
	"net.UnixConn":         netRefusal,
	"net.TCPListener":      netRefusal,
	"net.UnixListener":     netRefusal,
	"net.netFD":            netRefusal,
	"net.pipe":             netRefusal,
	"time.Timer":           timerRefusal,
	"time.Ticker":          timerRefusal,
	"reflect.Value":        {"it describes memory of this process", "send what it holds: v.Interface()"},
	"reflect.rtype":        typeRefusal,
	"internal/abi.Type":    typeRefusal,
	"runtime._type":        typeRefusal,
	"hash/maphash.Seed":    seedRefusal,
	"hash/maphash.Hash":    seedRefusal,
	"context.cancelCtx":    contextRefusal,
	"context.timerCtx":     contextRefusal,
	"context.valueCtx":     contextRefusal,
	"context.afterFuncCtx": contextRefusal,
	"context.stopCtx":      contextRefusal,

	"context.withoutCancelCtx": contextRefusal,
	"os/signal.signalCtx":      contextRefusal,
}

// refusalOf returns why values of a compiled type can't travel, nil if they can.
func refusalOf(t reflect.Type) *refusal {
	path, name := t.PkgPath(), t.Name()
	switch {
	case path == "unique" && strings.HasPrefix(name, "Handle["):
		return &refusal{"handles are unique in one process only", "send h.Value() and make the handle there"}
	case path == "weak" && strings.HasPrefix(name, "Pointer["):
		return &refusal{"nothing there would keep what it points to", "send p.Value()"}
	}
	return refusals[path+"."+name]
}
