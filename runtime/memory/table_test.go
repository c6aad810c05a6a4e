package memory

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/runtime/bus"
)

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1 kB", 1234: "1.23 kB", 12_340: "12.3 kB", 123_400: "123 kB", 999_400: "999 kB", 999_600: "1 MB",
		1_500_000: "1.5 MB", 9_999_000: "10 MB", 1e18: "1 EB", -5000: "-5 kB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestCountAndSpan(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 12345678: "12,345,678", -1234: "-1,234"} {
		if got := count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{-1: "0.0 s", 400 * time.Millisecond: "0.4 s", 12 * time.Second: "12 s", 3 * time.Minute: "3 min", 3 * time.Hour: "3.0 h"} {
		if got := span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// example is a table with what a page must not take for markup.
func example() *table {
	s := workers(worker(2, "idle", 10, 10), worker(1, "busy", 600, 800)).status
	w := &s.Workers[1]
	w.Job, w.Place, w.Attempt, w.Since, w.Stopped, w.Limit = "f<script>", "cell [\"1\"], line 2", 2, 1234*time.Millisecond, true, 900*mb
	w.Tasks, w.In, w.Out = 1234, 5*mb, 6000
	s.BlobBytes = 7 * mb
	h := history{}
	h.add(s)
	s.Workers[1].Unique /= 2
	h.add(s)
	return &table{status: s, history: h, at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ended: "nothing has changed"}
}

func TestTableText(t *testing.T) {
	got := example().Text()
	want := strings.Join([]string{
		"worker    pid  state          task                                     RSS  unique    peak   limit  tasks    in   out  last minute",
		"worker 1  101  busy, stopped  f<script>, item 17, 1.2 s, attempt 2  605 MB  300 MB  800 MB  900 MB  1,234  5 MB  6 kB  █▅",
		"worker 2  102  idle                                                  15 MB   10 MB   10 MB              0              ██",
		"2 workers, 1 busy, hold 310 MB; of 8 GB that the machine has 3 GB are in use; 7 MB of arguments and results are on their way",
		"as of 03:04:05: nothing has changed",
	}, "\n")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, want := (&table{}).Text(), "there are no workers: pool.New and task.Go start some"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The page is well formed whatever the names are, and takes the page's colours.
func TestTableHTML(t *testing.T) {
	page := example().HTML()
	d := xml.NewDecoder(strings.NewReader(page))
	var text []string
	elements := map[string]int{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, page)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			text = append(text, string(token))
		}
	}
	if elements["script"] != 0 || elements["svg"] != 2 || elements["tr"] != 3 {
		t.Errorf("%v", elements)
	}
	if !slices.Contains(text, "f<script>, item 17, 1.2 s, attempt 2") {
		t.Errorf("%q", text)
	}
	for _, c := range []string{"color:", "background", "=\"#"} {
		if strings.Contains(page, c) {
			t.Errorf("the page has a colour of its own: %s", page)
		}
	}
}

func TestHistory(t *testing.T) {
	h := history{}
	for i := range kept + 5 {
		h.add(bus.Runtime{Workers: []bus.WorkerStatus{{ID: 1, RSS: int64(i)}}})
	}
	if list := h[1]; len(list) != kept || list[kept-1] != kept+4 {
		t.Errorf("%v", list)
	}
	h.add(bus.Runtime{})
	if len(h) != 0 {
		t.Errorf("%v", h)
	}
	if spark(nil) != "" || bars(nil) != "" {
		t.Error("drawn from nothing")
	}
	if got := bars([]int64{0, 50, 100, -1}); got != "▁▅█▁" {
		t.Error(got)
	}
}
