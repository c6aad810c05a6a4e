package bus

import (
	"context"
	"time"
)

// A Request asks the head for something that isn't a task. Clients use the methods of Conn.
type Request struct {
	Seq  uint64
	Op   string
	Body []byte // JSON
}

// A Reply answers the Request with the same Seq.
type Reply struct {
	Seq   uint64
	Error string
	Body  []byte // JSON
}

// TasksPool is the ID of the pool that is always there: it starts workers as tasks come, as far as the machine's
// resources allow.
const TasksPool = 0

// A PoolSpec says what a pool of worker processes is to be.
type PoolSpec struct {
	// Name is what a pool is found again by: NewPool with the name of a pool that is open returns that one, with the
	// other properties changed to those given. A pool without a name ends with the client that made it.
	Name        string
	Size        int   // workers; 0 for as many as the machine has CPUs
	MemoryLimit int64 // of each worker, bytes of resident memory; 0 for the head's default, -1 for none
	MaxTasks    int   // tasks after which a worker is replaced, 0 for no end
	Priority    int   // of its jobs over those of other pools for the machine's resources
	Init        *Init // what is called in each worker before its first task; nil for nothing
	Env         []string
	Run         int // of the cell that made it
}

// Init is a function to be called once in each worker of a pool, before its first task.
type Init struct {
	Spec  Spec
	Input Payload // a []T of one item
}

// Limits are what cluster.Init may say about a session.
type Limits struct {
	CPUs   float64            // that tasks may hold together, 0 for all of the machine or control group
	Memory int64              // bytes that tasks may hold together and all workers use, 0 likewise
	GPUs   float64            // 0 for all, -1 for none
	Custom map[string]float64 // resources that only have a name
}

// Runtime is the state of the runtime.
type Runtime struct {
	Started time.Time
	Pid     int
	Clients int
	Total   Resources // that tasks can hold
	Held    Resources // that running tasks hold
	// MemoryUsed and MemoryTotal are bytes of the machine, or of the control group if that is smaller.
	MemoryUsed, MemoryTotal int64
	MemoryBy                string // what sets MemoryTotal: "the machine", or a file of a control group
	Blobs                   int    // payloads that the head keeps outside its memory
	BlobBytes               int64
	Pools                   []PoolStatus
	Workers                 []WorkerStatus
	Jobs                    []JobStatus
	New                     bool // the runtime was started by this request
}

// PoolStatus is the state of a pool. Counters are since it was made, over all its workers.
type PoolStatus struct {
	ID          uint64
	Name        string
	State       string // "open", "closing", "failed"
	Why         string // it failed
	Client      string // that made it
	Run         int
	Size        int // workers that it is to have
	Workers     int // that take tasks
	Starting    int
	Busy        int
	Blocked     int // that wait for tasks of their own
	Queued      int // tasks that no worker has begun
	Jobs        int
	MemoryLimit int64
	MaxTasks    int
	Priority    int
	Counters
	Restarts int // workers replaced because they died or didn't answer
	Retired  int // workers replaced after MaxTasks
}

// Counters count what was done.
type Counters struct {
	Tasks, Items int64
	Failed       int64 // items
	Retried      int64 // tasks given to another worker after theirs died
	In, Out      int64 // bytes of inputs and of results
	Took         time.Duration
}

// WorkerStatus is the state of a worker.
type WorkerStatus struct {
	ID      uint64
	Name    string
	Pool    uint64
	Pid     int
	State   string // "starting", "idle", "busy", "blocked", "retiring", "ending"
	Started time.Time
	// What it does: the job's function, the number of the item in the job, since when it has been at it. Job is empty for
	// an idle worker.
	Job, Place string
	Run        int
	Item       int
	Since      time.Duration
	Queued     int // tasks that wait in it
	Attempt    int
	// What it uses, in bytes.
	RSS, PSS, Unique, Peak, Heap int64
	Limit                        int64 // 0 for none
	CPU                          time.Duration
	Stopped                      bool // by a signal
	GPUs                         []int
	Counters
}

// JobStatus is the state of a job.
type JobStatus struct {
	Client      string
	Job         uint64
	Pool        uint64
	Run         int
	Name, Place string
	Priority    int
	Queued      int // tasks
	Running     int
	Needs       Resources
	Since       time.Duration
	Counters
}

// The operations of requests, for the head.
const (
	OpNewPool    = "pool.new"
	OpResizePool = "pool.resize"
	OpClosePool  = "pool.close"
	OpKillPool   = "pool.kill"
	OpPool       = "pool.status"
	OpStatus     = "status"
	OpInit       = "init"
	OpShutdown   = "shutdown"
)

// A PoolRequest is the body of requests that concern a pool that is there.
type PoolRequest struct {
	Pool uint64
	Size int `json:",omitempty"`
}

// NewPool makes a pool, or finds that of the same name. Its workers are being started when it
// returns. Programs that Init needs must have been sent.
func (c *Conn) NewPool(ctx context.Context, spec PoolSpec) (PoolStatus, error) {
	return ask[PoolStatus](ctx, c, OpNewPool, spec)
}

// ResizePool changes how many workers a pool has. Those that go finish what they do.
func (c *Conn) ResizePool(ctx context.Context, pool uint64, size int) (PoolStatus, error) {
	return ask[PoolStatus](ctx, c, OpResizePool, PoolRequest{Pool: pool, Size: size})
}

// ClosePool makes a pool take no more jobs and waits until those that it has are done and its workers have ended.
func (c *Conn) ClosePool(ctx context.Context, pool uint64) error {
	_, err := ask[PoolStatus](ctx, c, OpClosePool, PoolRequest{Pool: pool})
	return err
}

// KillPool cancels the jobs of a pool and ends its workers at once.
func (c *Conn) KillPool(ctx context.Context, pool uint64) error {
	_, err := ask[PoolStatus](ctx, c, OpKillPool, PoolRequest{Pool: pool})
	return err
}

// Pool returns the state of a pool.
func (c *Conn) Pool(ctx context.Context, pool uint64) (PoolStatus, error) {
	return ask[PoolStatus](ctx, c, OpPool, PoolRequest{Pool: pool})
}

// Status returns the state of the runtime. What workers use is measured for it.
func (c *Conn) Status(ctx context.Context) (Runtime, error) {
	return ask[Runtime](ctx, c, OpStatus, nil)
}

// Init sets the session's limits and returns the state of the runtime. It is an error to ask for more memory or GPUs than
// the machine has.
func (c *Conn) Init(ctx context.Context, l Limits) (Runtime, error) {
	return ask[Runtime](ctx, c, OpInit, l)
}

// Shutdown ends the runtime, with all its pools and workers. The connection ends soon after it returned.
func (c *Conn) Shutdown(ctx context.Context) error {
	_, err := ask[struct{}](ctx, c, OpShutdown, nil)
	return err
}
