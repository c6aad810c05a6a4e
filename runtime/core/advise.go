package core

import (
	"fmt"
	"runtime"
)

// A Load is what work does most of its time.
type Load int

// What work does most of its time.
const (
	CPUBound Load = iota // compute
	IOBound              // wait
	Mixed
)

func (l Load) String() string {
	switch l {
	case CPUBound:
		return "CPU-bound"
	case IOBound:
		return "I/O-bound"
	}
	return "mixed"
}

// An Advice is a pool that suits some work.
type Advice struct {
	Workers    int
	Goroutines bool
	Why        string
}

// Advise returns which pool suits a kind of work on this machine.
func Advise(load Load) Advice {
	n := processors()
	switch load {
	case IOBound:
		return Advice{max(32, 8*n), true, "what waits needs no processor: many goroutines of one process wait at once, each for some kilobytes"}
	case Mixed:
		return Advice{2 * n, false, fmt.Sprintf("twice as many processes as the %s: while some wait, others compute", count(n, "processor"))}
	}
	return Advice{n, false, fmt.Sprintf("a process for each of the %s: more would take turns, and memory", count(n, "processor"))}
}

// String writes the advice as code, with its reason.
func (a Advice) String() string {
	if a.Goroutines {
		return fmt.Sprintf("pool.New(%d, pool.Goroutines): %s", a.Workers, a.Why)
	}
	return fmt.Sprintf("pool.New(%d): %s", a.Workers, a.Why)
}

// processors is how many this process may use: Go looks at the control group.
func processors() int { return runtime.GOMAXPROCS(0) }
