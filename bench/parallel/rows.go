//go:build linux

package main

const workers = 4

// A row is a line of the table.
type row struct {
	id, name string
	unit     string  // of its values: "s", "/s", of which more is better, "B"
	goal     float64 // of goherd, 0 for none
	want     string  // the check
	harness  bool    // it comes with others
}

// The files serve.py and cells.go say how each is measured.
var rows = []row{
	{"first", "start of everything to the first results", "s", 0, "", true},
	{"start", "start of 4 workers to the first results", "s", 0.05, "28", true},
	{"worker", "idle memory of a worker, PSS", "B", 15e6, "", true},
	{"memory", "idle memory of all that 4 workers need, PSS", "B", 0, "", true},
	{"roundtrip", "round trip of a task, median", "s", 0.15e-3, "499500", false},
	{"futures", "no-op tasks, begun one by one", "/s", 40e3, "right", false},
	{"singles", "no-op tasks, map, a message each", "/s", 40e3, "right", false},
	{"chunked", "no-op tasks, map in chunks", "/s", 5e6, "right", false},
	{"threads1", "no-op, goroutines or threads, an item each", "/s", 0, "right", false},
	{"threads", "no-op, goroutines or threads, in chunks", "/s", 1e6, "right", false},
	{"squares1", "squares of 1 to 10,000, an item each", "s", 0, "333383335000", false},
	{"squares", "squares of 1 to 10,000, in chunks", "s", 0, "333383335000", false},
	{"tiny", "100 tiny tasks", "s", 0, "328350", false},
	{"ten", "10 workers started, a sleep of 1 s in each", "s", 0, "10", false},
	{"waits", "100 sleeps of 0.1 s", "s", 0, "100", false},
	{"heavy", "1000 loops of 100,000 steps, interpreted", "s", 0, "150499500", false},
	{"retries", "100 tasks of 10 ms that fail in half of 3 tries", "s", 0, "82 done, 201 tries", false},
	{"array", "80 MB of float64 there and back", "s", 0, "10000000 49999995000000", false},
	{"killed", "kill -9 of a worker to the result of its task", "s", 0.05, "4", false},
	{"interrupted", "interrupt of a map to the results of the next", "s", 0.2, "4", false},
}
