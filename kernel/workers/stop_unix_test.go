//go:build unix

package workers_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A worker that a signal has stopped is seen to be, and replaced; its item is tried again.
func TestStopped(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(1, ""))
	n.cell("f := pool.Go(p, func() int { time.Sleep(300*time.Millisecond); return 1 })")
	until(t, "the item", func() bool {
		ws := n.launched.all()
		return len(ws) == 1 && ws[0].Usage().Running != 0
	})
	w := n.launched.all()[0]
	if err := unix.Kill(w.Pid(), unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	until(t, "a worker that is stopped", func() bool { return w.Usage().Stopped })
	has(t, n.cell("fmt.Println(f.Get())"), "1 <nil>")
	<-w.Gone()
	if d := w.Death(); !d.Wanted || !strings.Contains(d.Text, "stopped") {
		t.Errorf("%+v", d)
	}
}
