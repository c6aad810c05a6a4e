package core

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// simulate shares items out among workers and returns when each of them was done, and how many chunks there were.
func simulate(items, workers int, each func(i int) time.Duration) (ends []time.Duration, chunks int) {
	p := &pace{target: 8 * time.Millisecond}
	const overhead = 200 * time.Microsecond
	ends = make([]time.Duration, workers)
	for next := 0; next < items; chunks++ {
		w := slices.Index(ends, slices.Min(ends))
		n := p.size(items-next, workers, maxChunk)
		var took time.Duration
		for range n {
			took += each(next)
			next++
		}
		p.note(n, took)
		ends[w] += took + overhead
	}
	return ends, chunks
}

// Chunks become as large as is good, and workers end together.
func TestPace(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		items     int
		each      func(int) time.Duration
		maxChunks int
		idle      time.Duration // between the first worker that is done and the last
	}{
		"tiny":     {1_000_000, func(int) time.Duration { return 100 }, 100, 10 * time.Millisecond},
		"small":    {10_000, func(int) time.Duration { return time.Microsecond }, 40, 4 * time.Millisecond},
		"medium":   {10_000, func(int) time.Duration { return 100 * time.Microsecond }, 400, 10 * time.Millisecond},
		"large":    {100, func(int) time.Duration { return 100 * time.Millisecond }, 100, 101 * time.Millisecond},
		"growing":  {10_000, func(i int) time.Duration { return time.Duration(i) * 100 }, 900, 20 * time.Millisecond},
		"mixed":    {10_000, func(int) time.Duration { return time.Duration(random.ExpFloat64() * 1e5) }, 600, 15 * time.Millisecond},
		"slow 1st": {10_000, func(i int) time.Duration { return time.Duration(1000 + 1e7*max(0, 1-i)) }, 150, 12 * time.Millisecond},
	} {
		ends, chunks := simulate(c.items, 4, c.each)
		if idle := slices.Max(ends) - slices.Min(ends); chunks > c.maxChunks || idle > c.idle {
			t.Errorf("%s: %d chunks, the workers end within %v", name, chunks, idle)
		}
	}
}

func TestFormat(t *testing.T) {
	for got, want := range map[string]string{
		count(1, "item"):                    "1 item",
		count(2_000_000, "item"):            "2,000,000 items",
		thousands(-1000):                    "-1,000",
		duration(2300 * time.Millisecond):   "2.3 s",
		duration(90 * time.Second):          "1m30s",
		duration(100 * time.Microsecond):    "100 µs",
		duration(3 * time.Millisecond):      "3.0 ms",
		duration(25 * time.Nanosecond):      "25 ns",
		rate(430, time.Second):              "430/s",
		rate(3, 2*time.Second):              "1.5/s",
		rate(5_300_000, time.Second):        "5.3M/s",
		size(1_234_567):                     "1.2 MB",
		size(12):                            "12 bytes",
		size(80_000_000_000):                "80 GB",
		at("parse", "cell [3], line 2"):     "parse (cell [3], line 2)",
		counted(1, "process", "processes"):  "1 process",
		counted(10, "process", "processes"): "10 processes",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]int64{
		"500MB": 500e6, "2GiB": 2 << 30, "1.5 gb": 1.5e9, "4096": 4096, " 10 kB ": 10e3, "": 0, "MB": 0, "-1GB": 0, "0": 0, "5 apples": 0,
	} {
		got, err := Size(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %d, want %d: %v", text, got, want, err)
		}
	}
}

type celsius float64

func (c celsius) String() string { return "warm" }

type panics struct{}

func (panics) String() string { panic("no") }

func TestShortValue(t *testing.T) {
	type point struct {
		x, y int
		next *point
	}
	loop := &point{x: 1}
	loop.next = loop
	for _, c := range []struct {
		v    any
		want string
	}{
		{5, "5"}, {"a\nb", `"a\nb"`}, {[]int{1, 2}, "[1 2]"}, {point{1, 2, nil}, "{1 2 nil}"}, {[]byte(nil), "nil"},
		{celsius(3), "warm"}, {map[int]int{1: 2}, "map of 1"}, {any(nil), "nil"}, {[2]any{1, "x"}, `[1 "x"]`},
		{struct{}{}, "{}"}, {(*point)(nil), "nil"}, {func() {}, "func()"},
	} {
		if got := shortValue(reflect.ValueOf(&c.v).Elem()); got != c.want {
			t.Errorf("%#v is %q, want %q", c.v, got, c.want)
		}
	}
	for _, v := range []any{make([]int, 1e6), strings.Repeat("ä", 1e6), loop, panics{}, [][][][][][]int{{{{{{1}}}}}}} {
		if got := shortValue(reflect.ValueOf(v)); len(got) > maxValue || got == "" {
			t.Errorf("%T is %q", v, got)
		}
	}
}

// What a person sees of a job can't break a page, and a front end that reads aloud knows how far it is.
func TestProgress(t *testing.T) {
	j := &job{name: `f<script>`, pool: &Pool{size: 4}, total: 1000, ended: true, done: 630, bad: 3, flying: 9, began: time.Now().Add(-1500 * time.Millisecond)}
	j.back = &local{j: j, places: &places{size: 4}}
	bar := j.bar(j.began.Add(1500 * time.Millisecond))
	if want := "f<script> ███████████████░░░░░░░░░ 63 %  630 of 1,000, 420/s, 881 ms left, 4 of 4 workers busy, 3 failed"; bar.Text != want {
		t.Errorf("%q, want %q", bar.Text, want)
	}
	for _, want := range []string{"f&lt;script&gt;", `role="progressbar"`, `aria-valuenow="63"`} {
		if !strings.Contains(bar.HTML, want) {
			t.Errorf("%q isn't in %q", want, bar.HTML)
		}
	}
	if strings.Contains(bar.HTML, "<script>") {
		t.Error("the page isn't safe")
	}
	j.done, j.total = 1000, 1000
	if s := j.summary(j.began.Add(2300 * time.Millisecond)).Text; s != "1,000 items of f<script> in 2.3 s, 435/s, 4 workers, 3 failed" {
		t.Error(s)
	}
	j.ended = false
	if s := j.bar(j.began.Add(time.Second)).Text; s != "f<script>: 1,000 items, 1,000/s, 4 of 4 workers busy, 3 failed" {
		t.Error(s)
	}
}

func TestComparison(t *testing.T) {
	ms := time.Millisecond
	way := func(name string, took, start time.Duration) Way { return Way{Name: name, Took: took, Start: start} }
	for _, c := range []struct {
		loop, threads, procs, start time.Duration
		want                        string
	}{
		{1 * ms, 1 * ms, 3 * ms, 40 * ms, "use a plain loop: an item takes 10 µs"},
		{1000 * ms, 300 * ms, 280 * ms, 40 * ms, "use pool.Goroutines: 3.3 times as fast as a loop, processes 3.6 times"},
		{1000 * ms, 900 * ms, 250 * ms, 40 * ms, "use pool.New(0): 4.0 times as fast as a loop"},
		{10 * ms, 9 * ms, 5 * ms, 40 * ms, "pays off from 9 such calls on"},
	} {
		cmp := &Comparison{Name: "f", Items: 100, Ways: []Way{way("plain loop", c.loop, 0), way("4 goroutines", c.threads, 0), way("4 processes", c.procs, c.start)}}
		cmp.Use = cmp.advice()
		if !strings.Contains(cmp.String(), c.want) || !strings.Contains(cmp.HTML(), "4 goroutines") {
			t.Errorf("%s\nwant %q", cmp, c.want)
		}
	}
}

// A stack tells calls that are the same once, and isn't endless.
func TestItemErrorText(t *testing.T) {
	e := &ItemError{Item: 3, Value: "7", Func: "f", Place: "cell [1], line 2", Kind: "panic", Err: errText("no end"), Worker: "worker 1", Pid: 5, Attempt: 2}
	e.Stack = append(e.Stack, Frame{"g", "cell [1], line 9"})
	for range 100 {
		e.Stack = append(e.Stack, Frame{"", "cell [1], line 3"})
	}
	for i := range 20 {
		e.Stack = append(e.Stack, Frame{"h", "cell [2], line " + thousands(i)})
	}
	text := e.Error()
	if want := "item 3 (value 7) of f (cell [1], line 2): panic: no end; worker 1 (pid 5), attempt 2\n    at g (cell [1], line 9)\n    at cell [1], line 3, 100 times\n    at h (cell [2], line 0)"; !strings.HasPrefix(text, want) {
		t.Errorf("%q, want %q", text, want)
	}
	if !strings.HasSuffix(text, "\n    and 14 calls") {
		t.Errorf("%q", text)
	}
}

type errText string

func (e errText) Error() string { return string(e) }
