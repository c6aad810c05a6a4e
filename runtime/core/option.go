package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// An Option changes how a pool, a call or a task works. What means something for one call can also be given
// to the pool: then it goes for all of its calls.
type Option struct {
	name string
	use  use
	set  func(*settings) error
}

// use says where an option means something.
type use uint8

const (
	forPool    use = 1 << iota // only when the pool is made
	forCall                    // for functions that are called in a pool, and as what goes for all calls of one
	forTask                    // for task.Go and task.Start
	forCluster                 // for cluster.Init
)

// settings are what options set.
type settings struct {
	// Of a pool.
	goroutines bool
	memory     int64 // bytes a worker
	maxTasks   int
	init       *Call

	// Of a pool and of a task.
	name string

	// Of a call.
	chunk       int // items, 0 to measure
	ctx         context.Context
	timeout     time.Duration // of the call
	itemTimeout time.Duration
	retries     int
	delay       time.Duration
	factor      float64
	retryIf     func(error) bool
	deaths      int
	priority    int
	quiet       bool
	unordered   bool
	needs       bus.Resources
}

// plain reports whether calls need nothing but to be done.
func (s *settings) plain() bool {
	return s.chunk == 0 && s.ctx == nil && s.timeout == 0 && s.itemTimeout == 0 && s.retries == 0
}

func defaults() settings { return settings{deaths: 1, factor: 2} }

// A number is a setting that can be written as one.
type number struct {
	get func() int64
	set func(int64)
}

func numberAt[N int | time.Duration](p *N) number {
	return number{func() int64 { return int64(*p) }, func(n int64) { *p = N(n) }}
}

// numbers are the settings of calls that travel with a pool.
func (s *settings) numbers() []number {
	truth := func(p *bool) number {
		return number{func() int64 {
			if *p {
				return 1
			}
			return 0
		}, func(n int64) { *p = n != 0 }}
	}
	return []number{
		numberAt(&s.chunk), numberAt(&s.timeout), numberAt(&s.itemTimeout), numberAt(&s.retries), numberAt(&s.delay),
		numberAt(&s.deaths), numberAt(&s.priority), truth(&s.quiet), truth(&s.unordered),
	}
}

// apply sets what opts say. where is the function that they were given to: "pool.Map".
func (s *settings) apply(where string, as use, opts []Option) error {
	for _, o := range opts {
		if o.set == nil {
			return fmt.Errorf("%s: an empty Option: options are made by functions such as pool.Chunk", where)
		}
		if o.use&as == 0 {
			return fmt.Errorf("%s: %s is no option here: it is one of %s", where, o.name, o.use)
		}
		if err := o.set(s); err != nil {
			return fmt.Errorf("%s: %s: %w", where, o.name, err)
		}
	}
	return nil
}

func (u use) String() string {
	var in []string
	if u&forPool != 0 {
		in = append(in, "pool.New")
	}
	if u&forCall != 0 {
		in = append(in, "calls such as pool.Map")
	}
	if u&forTask != 0 {
		in = append(in, "task.Go")
	}
	if u&forCluster != 0 {
		in = append(in, "cluster.Init")
	}
	return strings.Join(in, " and ")
}

// Goroutines makes a pool of goroutines in place of one of worker processes.
func Goroutines() Option {
	return Option{"Goroutines", forPool, func(s *settings) error { s.goroutines = true; return nil }}
}

// Name names a pool or a task. Names may be used again when what had them is over.
func Name(name string) Option {
	return Option{"Name", forPool | forTask, func(s *settings) error {
		if strings.TrimSpace(name) == "" {
			return errors.New("the name is empty")
		}
		s.name = name
		return nil
	}}
}

// MemoryLimit bounds the resident memory of each worker process: "500MB", "2GiB".
func MemoryLimit(size string) Option {
	return Option{"MemoryLimit", forPool, func(s *settings) (err error) {
		s.memory, err = Size(size)
		return err
	}}
}

// Init makes each worker carry out a call before its first task.
func Init(c Call) Option {
	return Option{"Init", forPool, func(s *settings) error { s.init = &c; return nil }}
}

// MaxTasks replaces each worker after n tasks.
func MaxTasks(n int) Option {
	return Option{"MaxTasks", forPool, func(s *settings) error {
		if n < 1 {
			return fmt.Errorf("%d: a worker must be good for at least one task", n)
		}
		s.maxTasks = n
		return nil
	}}
}

// Chunk fixes how many items are sent to a worker at once, which is measured otherwise.
func Chunk(n int) Option {
	return Option{"Chunk", forPool | forCall, func(s *settings) error {
		if n < 1 {
			return fmt.Errorf("%d: a chunk has at least one item", n)
		}
		s.chunk = n
		return nil
	}}
}

// Context ends the call when ctx is done.
func Context(ctx context.Context) Option {
	return Option{"Context", forPool | forCall | forTask, func(s *settings) error {
		if ctx == nil {
			return errors.New("the context is nil")
		}
		s.ctx = ctx
		return nil
	}}
}

// Timeout ends the call after d.
func Timeout(d time.Duration) Option {
	return Option{"Timeout", forPool | forCall, func(s *settings) error { return positive(d, &s.timeout) }}
}

// ItemTimeout ends an item after d; the others go on.
func ItemTimeout(d time.Duration) Option {
	return Option{"ItemTimeout", forPool | forCall, func(s *settings) error { return positive(d, &s.itemTimeout) }}
}

// TaskTimeout ends an attempt of a task after d.
func TaskTimeout(d time.Duration) Option {
	return Option{"Timeout", forTask, func(s *settings) error { return positive(d, &s.itemTimeout) }}
}

func positive(d time.Duration, to *time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("%v: it must be more than nothing", d)
	}
	*to = d
	return nil
}

// Retries tries items that failed again, n times at most.
func Retries(n int) Option {
	return Option{"Retries", forPool | forCall | forTask, func(s *settings) error {
		if n < 0 {
			return fmt.Errorf("%d is less than none", n)
		}
		s.retries = n
		return nil
	}}
}

// Backoff waits d before the first retry of an item and factor times as long before each that follows.
func Backoff(d time.Duration, factor float64) Option {
	return Option{"Backoff", forPool | forCall | forTask, func(s *settings) error {
		if !(factor >= 1) || math.IsInf(factor, 0) {
			return fmt.Errorf("a factor of %v: it must be at least 1", factor)
		}
		s.factor = factor
		return positive(d, &s.delay)
	}}
}

// RetryIf says which errors are worth a retry. It is called where the call was made, not in a worker.
func RetryIf(f func(error) bool) Option {
	return Option{"RetryIf", forPool | forCall | forTask, func(s *settings) error {
		if f == nil {
			return errors.New("the function is nil")
		}
		s.retryIf = f
		return nil
	}}
}

// Deaths says how often an item is tried again after a worker died that it was running in, from a
// cause that isn't known to be the item's: 1 if the option isn't given.
func Deaths(n int) Option {
	return Option{"Deaths", forPool | forCall | forTask, func(s *settings) error {
		if n < 0 {
			return fmt.Errorf("%d is less than none", n)
		}
		s.deaths = n
		return nil
	}}
}

// Priority makes calls go before those with a lower one, which is 0 if the option isn't given.
func Priority(n int) Option {
	return Option{"Priority", forPool | forCall | forTask, func(s *settings) error { s.priority = n; return nil }}
}

// Quiet leaves out progress and advice.
func Quiet() Option {
	return Option{"Quiet", forPool | forCall | forTask, func(s *settings) error { s.quiet = true; return nil }}
}

// Unordered hands out results as they come.
func Unordered() Option {
	return Option{"Unordered", forPool | forCall, func(s *settings) error { s.unordered = true; return nil }}
}

// CPUs says how many processors a task keeps busy: 1 if the option isn't given.
func CPUs(n float64) Option {
	return Option{"CPUs", forTask | forCluster, func(s *settings) error { s.needs.CPUs = n; return amount(n) }}
}

// GPUs says how many graphics processors a task needs for itself.
func GPUs(n float64) Option {
	return Option{"GPUs", forTask | forCluster, func(s *settings) error { s.needs.GPUs = n; return amount(n) }}
}

// Memory says how much memory a task needs: "500MB".
func Memory(size string) Option {
	return Option{"Memory", forTask | forCluster, func(s *settings) (err error) {
		s.needs.Memory, err = Size(size)
		return err
	}}
}

// Resource says how much a task needs of something that cluster.Init was told of.
func Resource(name string, n float64) Option {
	return Option{"Resource", forTask | forCluster, func(s *settings) error {
		custom := maps.Clone(s.needs.Custom)
		if custom == nil {
			custom = map[string]float64{}
		}
		custom[name] = n
		s.needs.Custom = custom
		return amount(n)
	}}
}

func amount(n float64) error {
	if !(n >= 0) || math.IsInf(n, 0) {
		return fmt.Errorf("%v: it must be a number that isn't less than 0", n)
	}
	return nil
}

// units are those of Size.
var units = map[string]int64{
	"": 1, "b": 1,
	"k": 1e3, "kb": 1e3, "kib": 1 << 10,
	"m": 1e6, "mb": 1e6, "mib": 1 << 20,
	"g": 1e9, "gb": 1e9, "gib": 1 << 30,
	"t": 1e12, "tb": 1e12, "tib": 1 << 40,
}

// Size reads a number of bytes: "500MB" (of a million), "2GiB" (of 2³⁰), "1.5 GB", "4096".
func Size(text string) (int64, error) {
	t := strings.ToLower(strings.TrimSpace(text))
	end := strings.LastIndexAny(t, "0123456789.") + 1
	n, err := strconv.ParseFloat(t[:end], 64)
	unit, ok := units[strings.TrimSpace(t[end:])]
	if bytes := n * float64(unit); err == nil && ok && bytes >= 1 && bytes < math.MaxInt64 {
		return int64(bytes), nil
	}
	return 0, fmt.Errorf("%q is no size: write a number and a unit, such as 500MB, 1.5GB or 2GiB", text)
}
