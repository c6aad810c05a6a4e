package head

import (
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A Launcher starts worker processes on a machine.
type Launcher interface {
	// Start starts a worker process and returns at once. The worker says Hello on the bus when it is ready.
	Start(WorkerSpec) (Process, error)
}

// A WorkerSpec says how a worker is started.
type WorkerSpec struct {
	Name        string // "worker 3"
	ID          uint64
	Address     bus.Address // of the bus, with the worker's secret
	MemoryLimit int64       // bytes of resident memory, 0 for none
	Env         []string    // besides that of the session: "NAME=value"
	// Output takes what the worker prints, in order. task is 0 where it isn't known. It must not keep p.
	Output func(task uint64, stderr bool, p []byte)
}

// A Process is a worker process. Its methods may be called from any goroutine.
type Process interface {
	Pid() int
	// Printed waits until the output up to a mark, or all that there will ever be, has been handed to Output.
	Printed(mark int)
	// Kill ends the process, and what it has started, at once. reason becomes the text of its death.
	Kill(reason string)
	// Gone is closed when the process has ended and its output was handed on.
	Gone() <-chan struct{}
	// Death says why it ended. It is valid after Gone.
	Death() Death
	// Usage looks at what it uses now.
	Usage() Usage
}

// A Death says why a process ended.
type Death struct {
	// Name is "out of memory", "fatal error", "exit", "killed", "panic", "timeout" (an item took no notice that its time was over) …
	Name  string
	Text  string
	Code  int         // exit code, -1 if a signal ended it
	Task  uint64      // whose goroutine caused it, 0 if that isn't known
	Stack []bus.Frame // of that goroutine, innermost first
	// Running is the task that ran, 0 if none did, and Item that of its items which did. Task may be another: one that
	// left a goroutine behind.
	Running uint64
	Item    int
	Wanted  bool // by Kill
	// Own says that what ran in the process ended it: os.Exit, a fatal error, its memory limit. A signal from outside isn't.
	Own bool
}

// Usage is what a process uses.
type Usage struct {
	RSS, PSS, Unique, Peak int64 // bytes
	CPU                    time.Duration
	Stopped                bool // it doesn't run because of a signal
	// Running is the task that runs, 0 for none, and Item that of its items which does.
	Running uint64
	Item    int
}
