package interp

import "github.com/goherd/goherd/kernel/interp/link"

// Runtime answers an EventRuntime: how to reach the parallel runtime, or the reason why that can't be.
func (i *Interp) Runtime(n int, r *link.Runtime, reason string) error {
	return i.request(link.Request{Op: link.OpRuntime, Run: n, Runtime: r, Error: reason})
}
