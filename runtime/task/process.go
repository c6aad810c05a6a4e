package task

import "github.com/goherd/goherd/runtime/core"

// A Process is a function that runs in a process of its own: Pid, Join, Wait, ExitCode, Kill.
type Process = core.Process

// Start begins f in a process of its own, which ends with it.
//
//	p, err := task.Start(func() { serve() })
//	defer p.Kill()
func Start(f func(), opts ...Option) (*Process, error) {
	run := func(in []struct{}, out []struct{}, at *int, fail func(int, error)) {
		f()
		*at = 1
	}
	return core.StartProcess(core.Call{Name: "task.Start", Func: f, Run: run, In: make([]struct{}, 1), Out: make([]struct{}, 1), One: true, Options: opts})
}
