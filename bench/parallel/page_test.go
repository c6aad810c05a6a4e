//go:build linux

package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestMiddle(t *testing.T) {
	v := []float64{9, 1, 2, 4}
	if got := middle(v); got != 3 {
		t.Errorf("the median of %v is %v", v, got)
	}
	if got := middle(v[:3]); got != 2 {
		t.Errorf("the median of %v is %v", v[:3], got)
	}
	if v[0] != 9 {
		t.Error("middle changed its argument")
	}
}

// Who is ahead is told from those that did the work, whether more is better or less.
func TestTable(t *testing.T) {
	b := &bench{results: map[string]map[string][]answer{}}
	b.add("goherd", "killed", answer{Value: 0.02})
	b.add("pool", "killed", answer{Missing: true, Note: "hangs"})
	b.add("executor", "killed", answer{Value: 0.001, Note: "by hand"})
	b.add("ray", "killed", answer{Value: 0.8})
	b.add("ray", "killed", answer{Value: 0.2})
	b.add("goherd", "singles", answer{Value: 30_000})
	b.add("pool", "singles", answer{Value: 60_000})
	b.add("ray", "singles", answer{Value: 1500})
	b.add("pool", "waits", answer{Value: 2.5})
	var out strings.Builder
	b.table(&out, true, b.median)
	b.table(&out, false, b.spread)
	for _, want := range []string{
		"| kill -9 of a worker to the result of its task | 20 ms | hangs | 1 ms *by hand* | – | 500 ms | 25 | ≤ 50 ms | reached |",
		"| no-op tasks, map, a message each | 30 k/s | 60 k/s | – | – | 1.5 k/s | 0.5 | ≥ 40 k/s | missed |",
		"| 100 sleeps of 0.1 s | – | 2.5 s | – | – | – | – | | |",
		"| kill -9 of a worker to the result of its task | 20 ms – 20 ms | – | 1 ms – 1 ms | – | 200 ms – 800 ms |",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

func TestParse(t *testing.T) {
	a, err := parse("a warning\nmeasured 0.25 82 done, 201 tries by 12 13\nmore\n")
	if err != nil || a.Value != 0.25 || a.Check != "82 done, 201 tries" || !slices.Equal(a.PIDs, []int{12, 13}) {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := parse("nothing\n"); err == nil {
		t.Error("a cell that measured nothing is no error")
	}
}

// Descendants are found, and so is their memory.
func TestTree(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sleep 100 & echo $!; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := adopt(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 20)
	if _, err := out.Read(line); err != nil {
		t.Fatal(err)
	}
	all := tree(os.Getpid())
	if len(all) != 3 || all[0] != os.Getpid() || all[1] != cmd.Process.Pid {
		t.Errorf("tree: %v, the child is %d", all, cmd.Process.Pid)
	}
	if sum, err := pss(all[1:]); err != nil || sum < 10_000 {
		t.Errorf("memory: %v, %v", sum, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if err := endOrphans(); err != nil {
		t.Error(err)
	}
	if all := tree(os.Getpid()); len(all) != 1 {
		t.Errorf("left: %v", all)
	}
}

// Each row has a cell for goherd and a method for the peers, and no cell is without a row.
func TestCells(t *testing.T) {
	serve, err := os.ReadFile("peers/serve.py")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"pids": true, "interrupted": true, "first": true, "worker": true, "memory": true}
	for _, r := range rows {
		if cells[r.id] == "" && !known[r.id] {
			t.Errorf("no cell for %s", r.id)
		}
		if !r.harness && !strings.Contains(string(serve), "\n    def "+r.id+"(self") {
			t.Errorf("no method for %s", r.id)
		}
		known[r.id] = true
	}
	for id := range cells {
		if !known[id] {
			t.Errorf("no row for the cell %s", id)
		}
	}
}
