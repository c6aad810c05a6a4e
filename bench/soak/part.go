package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof" // on the socket, for who looks for what grew
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/goherd/goherd/kernel"
	"github.com/goherd/goherd/kernel/interp/child"
)

// insidesVar names the folder in which each process has a socket with its process ID for a name.
const insidesVar = "SOAK_INSIDES"

// part is a process of goherd's. It returns its exit code, and whether the verb is one.
func part(verb string, args []string) (int, bool) {
	switch verb {
	case "kernel", "interp", "worker":
	default:
		return 0, false
	}
	path := insidesOf(os.Getenv(insidesVar), os.Getpid())
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1, true
	}
	defer l.Close()
	http.HandleFunc("/insides", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(measure()) })
	go func() { _ = http.Serve(l, nil) }() // ends with l
	switch verb {
	case "kernel":
		return kernel.Main(context.Background(), args, os.Stderr), true
	case "interp":
		err = child.Main()
	case "worker":
		err = child.WorkerMain()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1, true
	}
	return 0, true
}

func insidesOf(dir string, pid int) string { return filepath.Join(dir, strconv.Itoa(pid)) }

// Insides are what a process knows of itself.
type insides struct {
	Goroutines int
	Heap       uint64 // bytes that are reachable
}

// measure collects garbage: twice, for what finalizers have kept.
func measure() insides {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return insides{runtime.NumGoroutine(), m.HeapAlloc}
}

// ask asks a process for its insides.
func ask(ctx context.Context, dir string, pid int) (in insides, err error) {
	body, err := get(ctx, dir, pid, "/insides")
	if err != nil {
		return in, err
	}
	return in, json.Unmarshal(body, &in)
}

// get asks a process for a page.
func get(ctx context.Context, dir string, pid int, page string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", insidesOf(dir, pid))
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://insides"+page, nil)
	if err != nil {
		return nil, err
	}
	answer, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// stacks writes what all goroutines of all processes are at.
func (s *soak) stacks() {
	dir := filepath.Join(s.dir, "in")
	sockets, _ := os.ReadDir(dir) // a report that is missing is no error more
	for _, e := range sockets {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if text, err := get(context.Background(), dir, pid, "/debug/pprof/goroutine?debug=2"); err == nil {
			fmt.Fprintf(os.Stderr, "\n=== process %d\n\n%s\n", pid, text)
		}
	}
}
