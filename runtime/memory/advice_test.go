package memory

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/runtime/bus"
)

const mb = 1_000_000

func workers(list ...bus.WorkerStatus) facts {
	var f facts
	f.status.MemoryTotal, f.status.MemoryUsed = 8000*mb, 3000*mb
	f.status.Workers = list
	return f
}

func worker(id uint64, state string, unique, peak int64) bus.WorkerStatus {
	w := bus.WorkerStatus{ID: id, Name: "worker " + count(int64(id)), Pool: 7, Pid: 100 + int(id), State: state, Unique: unique * mb, RSS: (unique + 5) * mb, Peak: peak * mb}
	if state == "busy" {
		w.Job, w.Item = "square", 17
	}
	return w
}

func vars(list ...variable) facts { return facts{variables: list} }

func TestAdvise(t *testing.T) {
	full := workers(worker(1, "busy", 100, 100), worker(2, "busy", 100, 100))
	full.status.MemoryUsed = 7400 * mb
	limited := full
	limited.status.Workers = slices.Clone(full.status.Workers)
	for i := range limited.status.Workers {
		limited.status.Workers[i].Limit = 300 * mb
	}
	job := func(j bus.JobStatus) facts {
		f := workers()
		f.status.Jobs = []bus.JobStatus{j}
		return f
	}
	twin := vars(variable{name: "xs", typ: "[]int", bytes: 100 * mb}, variable{name: "ys", typ: "[]int", bytes: 100 * mb})
	crowded := twin
	crowded.status.MemoryTotal, crowded.status.MemoryUsed = 1000*mb, 700*mb
	for _, c := range []struct {
		name  string
		facts facts
		want  []Advice
	}{
		{"nothing", facts{}, nil},
		{"small workers", workers(worker(1, "busy", 100, 400), worker(2, "busy", 499, 499)), nil},
		{"a big worker among four", workers(worker(1, "busy", 100, 100), worker(2, "busy", 600, 800), worker(3, "busy", 300, 300), worker(4, "idle", 10, 10)), []Advice{{
			"fewer workers in pool 7",
			"worker 2 (pid 102) holds 600 MB, 800 MB at its peak, and runs item 17 of square; the 4 workers of pool 7 hold 1.01 GB of 8 GB",
			"p.Resize(3)", 252.5 * mb,
		}}},
		{"big workers where there is no room", func() facts {
			f := workers(worker(1, "busy", 1800, 1800), worker(2, "busy", 1900, 2000))
			f.status.MemoryUsed = 6500 * mb
			return f
		}(), []Advice{{
			"fewer workers in pool 7",
			"worker 2 (pid 102) holds 1.9 GB, 2 GB at its peak, and runs item 17 of square; the 2 workers of pool 7 hold 3.7 GB of 8 GB",
			"p.Resize(1)", 1850 * mb,
		}}},
		{"the only worker is big", workers(worker(1, "busy", 600, 600)), []Advice{{
			"one worker holds much", "worker 1 (pid 101) holds 600 MB, and runs item 17 of square",
			"give each item less to do, or split it: what a worker holds is what an item of square needs at once", 0,
		}}},
		{"idle workers", workers(worker(1, "idle", 300, 900), worker(2, "idle", 250, 250), worker(3, "idle", 20, 20)), []Advice{{
			"idle workers hold memory", "2 workers of pool 7, with nothing to do, hold 550 MB",
			"p.Close() gives it back; pool.MaxTasks(n) replaces a worker after n chunks, if its function leaks", 550 * mb,
		}}},
		{"pressure", full, []Advice{{
			"little memory is left", "7.4 GB of 8 GB are in use: 600 MB are left, and what takes them is ended",
			"write what isn't needed now to a file and forget it with %del, or give the machine swap; pool.New(2, pool.MemoryLimit(\"320MB\")) ends only the worker that takes too much", 0,
		}}},
		{"pressure, with limits", limited, []Advice{{
			"little memory is left", "7.4 GB of 8 GB are in use: 600 MB are left, and what takes them is ended",
			"write what isn't needed now to a file and forget it with %del, or give the machine swap", 0,
		}}},
		{"small chunks", job(bus.JobStatus{Name: "f", Counters: bus.Counters{Tasks: 10, Items: 100, In: 200 * mb}}), nil},
		{"large chunks", job(bus.JobStatus{Name: "f", Running: 4, Counters: bus.Counters{Tasks: 10, Items: 1000, In: 1000 * mb}}), []Advice{{
			"smaller chunks for f", "a chunk of f has 100 items on average, 100 MB: the worker holds that, and its results, at once",
			"pool.Map(p, f, xs, pool.Chunk(8))", 4 * 92 * mb,
		}}},
		{"one large item a chunk", job(bus.JobStatus{Name: "f", Counters: bus.Counters{Tasks: 10, Items: 10, In: 1000 * mb}}), nil},
		{"shipped once", facts{shipped: []shipped{{"score", "cell [3], line 2", 80 * mb, 1}}}, nil},
		{"shipped often", facts{shipped: []shipped{{"score", "cell [3], line 2", 960 * mb, 12}}}, []Advice{{
			"what score captures travels often",
			"the variables that score (cell [3], line 2) uses went to workers with 12 calls: 960 MB, 80 MB each",
			"give all items to one call, which sends the variables to each worker once; or capture only the part that is used", 0,
		}}},
		{"variables in use", vars(variable{name: "a", typ: "[]int", bytes: 900 * mb, idle: -1}, variable{name: "b", typ: "[]int", bytes: 900 * mb, idle: 2}, variable{name: "c", bytes: 19 * mb, idle: 9}), nil},
		{"variables out of use", vars(variable{name: "a", typ: "[]int", bytes: 20 * mb, idle: 3}, variable{name: "b", typ: "map[string]int", bytes: 30 * mb, idle: 12}), []Advice{{
			"variables that nothing uses", "b (map[string]int, 30 MB; no mention in the last 12 cells), a ([]int, 20 MB; no mention in the last 3 cells)", "%del b a", 50 * mb,
		}}},
		{"float64s that nothing uses", vars(variable{name: "xs", typ: "[]float64", bytes: 80 * mb, idle: 3, floats: &floats{count: 10 * mb, seen: 10 * mb}}), []Advice{{
			"variables that nothing uses", "xs ([]float64, 80 MB; no mention in the last 3 cells)", "%del xs", 80 * mb,
		}}},
		{"float64", vars(variable{name: "xs", typ: "[]float64", bytes: 80 * mb, floats: &floats{count: 10 * mb, seen: 5 * mb, relative: 5.9604e-8, absolute: 0.0039, at: 65432.1}}), []Advice{{
			"float32 for xs",
			"xs has 10,000,000 numbers of float64, 80 MB; as float32 they take 40 MB, with an error of 6e-08 of the value at most, of 0.004 at 65432.1 (among 5,000,000 of them)",
			"declare it as []float32", 40 * mb,
		}}},
		{"float64 that are float32", vars(variable{name: "xs", typ: "[][]float64", floats: &floats{count: 10 * mb, seen: 10 * mb}}), []Advice{{
			"float32 for xs", "xs has 10,000,000 numbers of float64, 80 MB; as float32 they take 40 MB, and none of them changes", "declare it as [][]float32", 40 * mb,
		}}},
		{"float64 that float32 doesn't reach", vars(variable{name: "xs", typ: "[]float64", floats: &floats{count: 10 * mb, over: true}}), nil},
		{"pointers", vars(variable{name: "ps", typ: "[]*Point", pointers: &pointers{"Point", mb, 24 * mb, 16 * mb}}), []Advice{{
			"values in place of pointers in ps",
			"ps has 1,000,000 pointers to Point, in about 24 MB; the values side by side take 16 MB, are faster to walk and to send, and the garbage collector has one pointer to follow",
			"declare it as []Point, and use &ps[i] where a pointer is needed", 8 * mb,
		}}},
		{"twins with room", twin, nil},
		{"twins without room", crowded, []Advice{{
			"xs and ys in one", "xs and ys are both []int of 100 MB, and 70 % of the memory is in use",
			"if one is made of the other, let it take its place: xs, err = pool.Map(p, f, xs)", 100 * mb,
		}}},
		{"the best comes first", vars(variable{name: "a", typ: "[]int", bytes: 20 * mb, idle: 3}, variable{name: "ps", typ: "[]*P", pointers: &pointers{"P", mb, 124 * mb, 16 * mb}}), []Advice{
			{Title: "values in place of pointers in ps", Saves: 108 * mb}, {Title: "variables that nothing uses", Saves: 20 * mb},
		}},
	} {
		got := advise(c.facts)
		if c.name == "the best comes first" {
			for i := range got {
				got[i].Why, got[i].Do = "", ""
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestFloats(t *testing.T) {
	type celsius float64
	for _, c := range []struct {
		v    any
		want *floats
	}{
		{[]int{1}, nil},
		{[]float32{1}, nil},
		{[]float64(nil), nil},
		{1.5, nil},
		{[]float64{1.5, math.NaN(), math.Inf(1), 0}, &floats{count: 4, seen: 4}},
		{[]float64{1, 0.1}, &floats{count: 2, seen: 2, relative: math.Abs(0.1-float64(float32(0.1))) / 0.1, absolute: math.Abs(0.1 - float64(float32(0.1))), at: 0.1}},
		{[][]celsius{{1, 2}, nil, {3}}, &floats{count: 3, seen: 3}},
		{[2][]float64{{1e300}, {1}}, &floats{count: 2, seen: 2, over: true}},
		{[3]float64{1, 2, 1e-60}, &floats{count: 3, seen: 3, relative: 1, absolute: 1e-60, at: 1e-60}},
	} {
		got := floatsOf(reflect.ValueOf(c.v))
		if d := cmp.Diff(c.want, got, cmp.AllowUnexported(floats{})); d != "" {
			t.Errorf("%T (-want +got):\n%s", c.v, d)
		}
	}
	// Of very many not all are looked at, and what repeats doesn't hide.
	many := make([]float64, 2*maxFloats)
	for i := range many {
		many[i] = float64(i%3) / 3
	}
	if f := floatsOf(reflect.ValueOf(many)); f.seen < maxFloats/2 || f.seen > maxFloats || f.absolute == 0 {
		t.Errorf("%+v", f)
	}
	if floatsOf(reflect.Value{}) != nil {
		t.Error("of no value")
	}
}

func TestPointers(t *testing.T) {
	type point struct{ _, _, _ float64 }
	p := &point{}
	for _, c := range []struct {
		v    any
		want *pointers
	}{
		{[]point{{}}, nil},
		{[]*point{}, nil},
		{[]*point{{}, nil}, nil},
		{[]*point{p, {}, p}, nil},
		{[]*point{{}, {}}, &pointers{"point", 2, 2 * (8 + 32), 2 * 24}},
	} {
		if d := cmp.Diff(c.want, pointersOf(reflect.ValueOf(c.v)), cmp.AllowUnexported(pointers{})); d != "" {
			t.Errorf("%T (-want +got):\n%s", c.v, d)
		}
	}
}

func TestReport(t *testing.T) {
	f := workers(worker(1, "busy", 30, 30))
	f.variables = []variable{{name: "a<b>", typ: "[]int", bytes: 40 * mb, idle: 5}}
	r := report(f)
	want := "1. variables that nothing uses: saves about 40 MB\n   a<b> ([]int, 40 MB; no mention in the last 5 cells)\n   → %del a<b>\n" +
		"1 worker, 1 busy, holds 30 MB; of 8 GB that the machine has 3 GB are in use; the session's 1 variable holds 40 MB"
	if d := cmp.Diff(want, r.String()); d != "" {
		t.Error(d)
	}
	if h := r.HTML(); strings.Contains(h, "a<b>") || !strings.Contains(h, "%del a&lt;b&gt;") {
		t.Error(h)
	}
	if got, want := report(facts{err: errors.New("it isn't there")}).String(), "nothing to advise: no workers to look at (it isn't there); the session's 0 variables hold 0 B"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
