//go:build unix

package kernel_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/wire"
)

// An interrupt ends what its cell has begun, whatever that does; the pool can be used at once.
func TestRuntimeInterrupt(t *testing.T) {
	const spin = "for i := x; ; i++ {\n\tif i < 0 {\n\t\treturn i\n\t}\n}"
	for _, kind := range both {
		f := start(t)
		f.Run("p, err := pool.New(2, pool.Quiet" + kind + ")")
		f.Run("pool.Map(p, func(x int) int { return x }, []int{1, 2})", "result: []int{1, 2}")
		f.Run("func lock(mu *sync.Mutex) *sync.Mutex {\n\tmu.Lock()\n\treturn mu\n}")
		f.Run("endless := func(yield func(int) bool) {\n\tfor i := 0; yield(i); i++ {\n\t}\n}")
		bodies := []string{spin, "time.Sleep(time.Hour)\nreturn 1", "select {}", "lock(lock(new(sync.Mutex)))\nreturn 1"}
		if kind == "" {
			// Compiled code, which takes no notice: its worker is replaced.
			bodies = append(bodies, "return new(big.Int).Exp(big.NewInt(3), big.NewInt(1<<30), nil).BitLen()")
		}
		for _, body := range bodies {
			for _, call := range []string{
				"pool.Map(p, work, []int{1, 2, 3, 4, 5, 6})",
				"pool.Map(p, work, []int{1})",
				"pool.Go(p, func() int { return work(1) }).Get()",
				"for y, err := range pool.Stream(p, work, endless) {\n\tfmt.Println(y, err)\n}",
			} {
				r := f.Cell("fmt.Println(\"go\")\nwork := func(x int) int {\n" + body + "\n}\n" + call)
				r.Until("stdout: go\n")
				f.Interrupt()
				r.End("stdout: go\n", "error: interrupted: …")
				f.Run("pool.Map(p, func(x int) int { return x }, []int{1, 2, 3})", "result: []int{1, 2, 3}")
			}
		}
		f.Run("p.Kill()")
	}
}

// Only the work of the cell that is interrupted ends.
func TestRuntimeInterruptOthers(t *testing.T) {
	f := start(t)
	var sub wire.CreateSubshellReply
	f.Ask(wire.Control, wire.MsgCreateSubshellRequest, nil, &sub)
	in := func(m *wire.Message) { m.Header.SubshellID = sub.SubshellID }
	for _, kind := range both {
		f.Run("p, err := pool.New(4, pool.Quiet" + kind + ")")
		f.Run("func slow(x int) int {\n\ttime.Sleep(20 * time.Millisecond)\n\treturn x\n}\nxs := make([]int, 100)")
		f.Run("earlier := pool.MapAsync(p, slow, xs, pool.Chunk(1))\nlone := pool.Go(p, func() int { time.Sleep(500 * time.Millisecond); return 7 })")
		beside := f.Execute(wire.ExecuteRequest{Code: "fmt.Println(\"beside\")\nys, err := pool.Map(p, slow, xs, pool.Chunk(1))\nlen(ys)", StoreHistory: true}, in)
		beside.Until("stdout: beside\n")
		r := f.Cell("fmt.Println(\"go\")\npool.Map(p, func(x int) int { time.Sleep(time.Hour); return x }, xs, pool.Chunk(1))")
		r.Until("stdout: go\n")
		f.Interrupt()
		r.End("stdout: go\n", "error: interrupted: …")
		// Waiting for what another cell has begun can be interrupted, too, and that goes on.
		r = f.Cell("fmt.Println(\"wait\")\nforever := pool.Go(p, func() int { time.Sleep(time.Hour); return 7 })\nforever.Get()")
		r.Until("stdout: wait\n")
		f.Interrupt()
		r.End("stdout: wait\n", "error: interrupted: …")
		f.Run("ys, err := earlier.Get()\nn, err2 := lone.Get()\nfmt.Sprint(len(ys), err, n, err2)", "result: \"100 <nil> 7 <nil>\"")
		beside.End("stdout: beside\n", "result: 100")
		f.Run("_, err = forever.Get()\nerr.Error()", "result: …interrupted…")
	}
	f.Ask(wire.Control, wire.MsgDeleteSubshellRequest, wire.DeleteSubshellRequest{SubshellID: sub.SubshellID}, nil)
}
