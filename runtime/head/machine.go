package head

import "runtime"

// thisMachine is the machine that the head runs on, as control groups limit it.
type thisMachine struct{}

// CPUs implements Machine. The Go runtime knows the limit of the control group.
func (thisMachine) CPUs() float64 { return float64(runtime.GOMAXPROCS(0)) }
