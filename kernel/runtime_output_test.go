//go:build unix

package kernel_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/wire"
)

// What workers print comes in whole lines, with the worker's name, and none is lost.
func TestRuntimeOutput(t *testing.T) {
	f := start(t)
	f.Run("p, err := pool.New(4, pool.Quiet)")
	r := f.Cell("_ = pool.ForEach(p, func(x int) {\n\tfor i := range 5000 {\n\t\tfmt.Print(\"item \", x)\n\t\tfmt.Println(\" line\", i)\n\t}\n}, []int{0, 1, 2, 3}, pool.Chunk(1))\nfmt.Println(\"after\")")
	shown, _ := text(t, r.Idle("input: …", "stdout: …"), "stdout")
	r.Reply(wire.MsgExecuteReply, nil)
	line := regexp.MustCompile(`^\[worker [1-9]\d*\] item (\d) line (\d+)$`)
	var next [4]int
	lines := strings.Split(strings.TrimSuffix(shown, "\n"), "\n")
	for i, l := range lines {
		if i == len(lines)-1 && l == "after" {
			break
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Fatalf("line %d: %q", i, l)
		}
		item, _ := strconv.Atoi(m[1])
		if m[2] != fmt.Sprint(next[item]) {
			t.Fatalf("line %d is %q, after line %d of it", i, l, next[item]-1)
		}
		next[item]++
	}
	if next != [4]int{5000, 5000, 5000, 5000} || lines[len(lines)-1] != "after" {
		t.Errorf("%v lines, the last %q", next, lines[len(lines)-1])
	}

	// Both streams; a line without an end; what isn't a line of text.
	f.Run("_ = pool.ForEach(p, func(x int) {\n\tfmt.Fprintln(os.Stderr, \"to stderr\")\n\tprintln(\"by println\")\n\tfmt.Print(\"no end\")\n}, []int{1})\nfmt.Println(\"next\")",
		"stderr: [worker …] to stderr\n[worker …] by println\n", "stdout: next\n[worker …] no end\n")
	f.Run("var name string\npool.Map(p, func(x int) string { _, err := fmt.Scanln(&name); return err.Error() }, []int{1}, pool.Quiet)", `result: []string{"a worker has no input: read it in the cell, and pass it on"}`)
	f.Run("pool.ForEach(p, func(x int) { display.Show(x) }, []int{6})", "stdout: [worker …] 6\n")

	// What is printed belongs to the cell that has begun the work.
	f.Run("func say(x int) {\n\ttime.Sleep(300 * time.Millisecond)\n\tfmt.Println(\"said\", x)\n}")
	first := f.Cell("said := pool.MapAsync(p, func(x int) int { say(x); return x }, []int{1})")
	first.End()
	second := f.Cell("said2 := pool.MapAsync(p, func(x int) int { say(x); return x }, []int{2})")
	second.End()
	f.Run("_, err = said.Get()\nfmt.Sprint(said2.Get())", `result: "[2] <nil>"`)
	first.Late("stdout: [worker …] said 1\n")
	second.Late("stdout: [worker …] said 2\n")
}

// A call that takes long shows how far it is, and leaves one line.
func TestRuntimeProgress(t *testing.T) {
	for _, kind := range both {
		f := start(t)
		f.Run("p, err := pool.New(2" + kind + ")")
		f.Run("pool.ForEach(p, func(x int) { time.Sleep(time.Millisecond) }, make([]int, 10))") // short ones show nothing
		began := time.Now()
		r := f.Cell("err = pool.ForEachErr(p, func(x int) error {\n\ttime.Sleep(20 * time.Millisecond)\n\tif x == 1 {\n\t\treturn io.EOF\n\t}\n\treturn nil\n}, append(make([]int, 99), 1))")
		shown := r.Shows()
		took := time.Since(began)
		all := strings.Split(shown, "\nupdate: ")
		if len(all) < 2 || !glob("busy\ninput: …\ndisplay: …of 100…/s…2 workers…", all[0]) {
			t.Fatalf("shows\n%s", shown)
		}
		if most := int(took/(100*time.Millisecond)) + 2; len(all) > most {
			t.Errorf("%d updates in %s", len(all), took)
		}
		if last := all[len(all)-1]; !glob("100 items of a func literal in … s, …/s, 2 workers, 1 failed\nidle", last) {
			t.Errorf("the last is %q", last)
		}
		f.Run("pool.ForEach(p, func(x int) { time.Sleep(20 * time.Millisecond) }, make([]int, 60), pool.Quiet)")
	}
}

// Small items are warned of once, as are writes that are lost, and choices can be measured.
func TestRuntimeAdvice(t *testing.T) {
	f := start(t)
	f.Run("p, err := pool.New(2)")
	f.Run("xs := make([]int, 2000)\npool.ForEach(p, func(x int) {}, xs, pool.Quiet)")
	f.Run("func tiny(x int) int { return x + 1 }")
	f.Run("for range 3 {\n\tif ys, err := pool.Map(p, tiny, xs, pool.Chunk(10)); err != nil || len(ys) != len(xs) {\n\t\tpanic(err)\n\t}\n}",
		"stderr: pool.Map: the items of tiny (cell [3], line 1) are small: a plain loop takes about …s, the pool took … ms: …use a plain loop\n")

	f.Run("total := 0\nfor range 3 {\n\tif err := pool.ForEach(p, func(x int) { total += x; time.Sleep(time.Millisecond) }, []int{1, 2, 3}); err != nil {\n\t\tpanic(err)\n\t}\n}\ntotal",
		"stderr: pool.ForEach: a func literal (cell […], line 3) may change total (cell […], line …) in a worker process, which has a copy: …\n", "result: 0")
	f.Run("g, err := pool.New(1, pool.Goroutines)\npool.ForEach(g, func(x int) { total += x; time.Sleep(time.Millisecond) }, []int{1, 2, 3})")
	f.Run("total", "result: 6")

	f.Run("pool.Compare(func(x int) int {\n\ts := 0\n\tfor i := range 50_000 {\n\t\ts += i * x\n\t}\n\treturn s\n}, []int{1, 2, 3, 4, 5, 6, 7, 8})",
		"result: a func literal, 8 items\n  plain loop   …█…s\n  … goroutines …█…s…\n  … processes …█…s…and …s to start\nuse …")
	f.Run("pool.Compare(func(x int) int {\n\tif x == 2 {\n\t\tpanic(\"two\")\n\t}\n\treturn x\n}, []int{1, 2})", "error: …two…")
	f.Run("pool.Advise(pool.IOBound)", "result: …goroutines…")
}
