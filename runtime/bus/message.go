package bus

import "time"

// The messages that the runtime's processes send each other, by pointer. A payload of the bus is a batch of
// them, in order.
//
//	client → head    Code, Drop, Open, Task, Cancel, Close, Taken, Request
//	head   → client  Result, Started, Note, Capacity, Taken, Reply
//	head   → worker  Code, Drop, Job, Task, Cancel, Close, Taken, Retire
//	worker → head    Hello, Result, Beat, Taken
//
// A client is an interpreter, or a worker whose task uses the runtime itself. IDs of jobs and tasks are chosen by
// the client and unique for it; the head gives workers IDs of its own, unique in the runtime.
type Message interface{ kind() byte }

// Code is a part of the session's program: types, variables and functions. Who has sent it to a
// receiver once doesn't send it again, before a Drop; ID is by content.
type Code struct {
	ID      string
	Program []byte
}

// Drop says that the sender begins no more jobs that need a program, unless it sends that anew.
type Drop struct{ ID string }

// Open begins a job: many calls of one function.
type Open struct {
	Job  uint64
	Pool uint64 // the pool that carries it out; see Request
	Run  int    // of the cell that began it, 0 for none
	Spec Spec
}

// Job is Open for a worker.
type Job struct {
	Job  uint64
	Spec Spec
}

// A Spec says what a job is.
type Spec struct {
	// Name and Place say what the user's function is called and where it stands: "square", "cell [3], line 2".
	Name, Place string
	Code        []string // the programs that it needs, by ID, in the order in which they are loaded
	// Func is the function, a func(in []T, out []R, at *int, fail func(int, error)), and the
	// variables that it uses, as package ship writes them.
	Func Payload
	// Process says that the function is to have a process of its own, which ends with it.
	Process  bool
	Priority int // jobs of a higher one go first
	// Deaths is how often a task is tried again after its worker died and it may have been the cause. A task that was
	// certainly not the cause is always tried again.
	Deaths  int
	Timeout time.Duration // of one item, 0 for none
	Needs   Resources     // of each task
}

// Resources are what a task holds while it runs.
type Resources struct {
	CPUs   float64
	GPUs   float64
	Memory int64              // bytes
	Custom map[string]float64 // by name
}

// A Task is some items of a job, to be done one after the other by one worker.
type Task struct {
	Job, Task uint64
	First     int // number of the first item in the job
	Items     int
	Attempt   int     // from 1
	GPUs      []int   // their numbers, where the job needs some; the head fills it in
	Input     Payload // a []T
}

// Cancel ends a task of a job, or all that are there if Task is 0. A Result still comes for each.
type Cancel struct {
	Job, Task uint64
	// Queued is set by the head where it wants a task back from a worker that hasn't begun it. One that
	// runs goes on.
	Queued bool
}

// Close says that a job has no more tasks to come: it can be forgotten when those that are there are done.
type Close struct{ Job uint64 }

// A Result is how a task ended. There is exactly one for each, whatever happens.
type Result struct {
	Job, Task uint64
	Status    Status
	Output    Payload   // a []R of as many elements as the task has items, those that failed zero; empty if all failed
	Fails     []Failure // of items; or one, with Item -1, that stands for all
	// Worker, Pid and Attempt say where it was done: the head fills them in, in Fails, too. Worker is
	// empty and Pid 0 for a task that was never given to a worker.
	Worker  string // "worker 3"
	Pid     int
	Attempt int
	Took    time.Duration // computing, without decoding and encoding
	// Printed is the number of the last mark in the worker's output that must be shown before the result is.
	Printed int
}

// A Status is how a task ended.
type Status uint8

// How a task ended. The tasks that are Done may have failed items.
const (
	Done      Status = iota
	Failed           // as a whole: its input couldn't be read, its worker died
	Cancelled        // before it was done
)

// A Failure is an item that failed.
type Failure struct {
	Item int    // counted from the task's first
	Kind string // "error", "panic", "died", "timeout", "cancelled", "unreadable", "lost"
	// Name is the type of the error, or "panic", "runtime error", "out of memory", "exit", "killed" …
	Name  string
	Text  string
	Chain []string // of wrapped errors, outermost first
	Stack []Frame  // innermost first
	Err   Payload  // the error value, where it can travel; else empty. It is never in a blob
	Code  int      // exit code, where Kind is "died" and Name is "exit"
	// Worker, Pid and Attempt say where it was tried last.
	Worker  string
	Pid     int
	Attempt int
}

// A Frame is a line of a stack, in the words of the user. A worker doesn't know the names of the cells: it
// gives the position, for which core.Host has the words, and no Place.
type Frame struct {
	Func, Place string
	Pos         uint64
}

// Started tells a client which process carries out the task of a job with a process of its own.
type Started struct {
	Job, Task uint64
	Worker    string
	Pid       int
	Attempt   int
}

// A Note is something that the user is told about a job: that a worker died and its task is tried again.
type Note struct {
	Job  uint64
	Text string
}

// Capacity tells a client about a pool that it has jobs in, when it changes.
type Capacity struct {
	Pool    uint64
	Workers int // that take tasks
	Busy    int
}

// Hello is the first message of a worker: it takes tasks.
type Hello struct{ Pid int }

// A Beat comes from a worker every Heartbeat.
type Beat struct {
	Task  uint64        // that runs, 0 for none
	Item  int           // of it
	Since time.Duration // that the item has been running for
	Heap  int64         // bytes that live in the Go heap
	Done  int64         // items so far
}

// Heartbeat is how often a worker says that it lives.
const Heartbeat = 250 * time.Millisecond

// Retire tells a worker to end when its tasks are done.
type Retire struct{}

// Taken says that a blob isn't needed any more by who sent this message. The head says so for what it was sent, when it has
// opened it itself, which it does at once. Clients say so for the Output of each Result, when they have read it. Inputs
// and functions need none: the head keeps them until the task, or the job, is over.
type Taken struct{ Blob string }

// A Payload is bytes that package ship wrote: an image of Size bytes of data and then the large
// slices, each at the next multiple of 64 bytes. Conn.Pack makes it, Conn.Open reads it.
type Payload struct {
	Data     []byte  // the image, where there is no Blob
	Blob     string  // names the file that has it: Conn.Open
	Size     int64   // of the data without the slices
	Segments []int64 // sizes of the slices
}
