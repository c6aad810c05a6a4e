//go:build linux

package main

// setup is the first cell: the work of the rows, as in peers/work.py.
const setup = `import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/pool"
	"github.com/goherd/goherd/runtime/task"
)

func identity(x int) int { return x }

func square(x int) int { return x * x }

func same(xs []float64) []float64 { return xs }

func heavy(i int) int {
	s := 0
	for k := range 100_000 {
		s += k * k & 7
	}
	return s + i
}

func wait(d time.Duration) int {
	time.Sleep(d)
	return 1
}

func pid(d time.Duration) int {
	time.Sleep(d)
	return os.Getpid()
}

func spin(d time.Duration) int {
	n := 0
	for end := time.Now().Add(d); time.Now().Before(end); {
		n++
	}
	return n
}

type job struct {
	Item   int
	Folder string
}

func jobs(n int, folder string) []job {
	js := make([]job, n)
	for i := range js {
		js[i] = job{i, folder}
	}
	return js
}

func fails(item, attempt int) bool {
	x := item*101 + attempt*7 + 1
	for range 3 {
		x = x * 48271 % 2147483647
	}
	return x>>12&1 == 1
}

func flaky(j job) (int, error) {
	f, err := os.OpenFile(filepath.Join(j.Folder, strconv.Itoa(j.Item)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if _, err := f.WriteString("."); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	time.Sleep(10 * time.Millisecond)
	if fails(j.Item, int(info.Size())) {
		return 0, fmt.Errorf("item %d, attempt %d", j.Item, info.Size())
	}
	return 1, nil
}

func doomed(j job) int {
	if j.Item != 0 {
		return 1
	}
	f, err := os.OpenFile(filepath.Join(j.Folder, "begun"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	f.Close()
	name := filepath.Join(j.Folder, "pid")
	if os.WriteFile(name+".new", []byte(strconv.Itoa(os.Getpid())), 0o600) == nil && os.Rename(name+".new", name) == nil {
		time.Sleep(30 * time.Second)
	}
	return 0
}

// killer ends the process that doomed tells of, and tells when.
func killer(folder string) <-chan time.Time {
	killed := make(chan time.Time, 1)
	go func() {
		for {
			time.Sleep(10 * time.Millisecond)
			text, err := os.ReadFile(filepath.Join(folder, "pid"))
			if err != nil {
				continue
			}
			n, err := strconv.Atoi(string(text))
			must(err)
			time.Sleep(200 * time.Millisecond)
			process, err := os.FindProcess(n)
			must(err)
			killed <- time.Now()
			must(process.Kill())
			return
		}
	}()
	return killed
}

func count(n int) []int {
	xs := make([]int, n)
	for i := range xs {
		xs[i] = i
	}
	return xs
}

func repeat[T any](x T, n int) []T { return slices.Repeat([]T{x}, n) }

func sum(xs []int) int {
	s := 0
	for _, x := range xs {
		s += x
	}
	return s
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func get[T any](x T, err error) T {
	must(err)
	return x
}

func right(ok bool) string {
	if ok {
		return "right"
	}
	return "wrong"
}

func measured(value float64, check any) { fmt.Println("measured", value, check) }

var p *pool.Pool
`

// cells measure a row each. They stand in a block in which folder is the path of an empty folder.
var cells = map[string]string{
	"start": `
start := time.Now()
p = get(pool.New(4))
ys := get(pool.Map(p, identity, count(8), pool.Chunk(1)))
measured(time.Since(start).Seconds(), sum(ys))`,

	"pids": `
found := get(pool.Map(p, pid, repeat(50*time.Millisecond, 40), pool.Chunk(1)))
slices.Sort(found)
found = slices.Compact(found)
measured(0, fmt.Sprint(len(found), " by ", strings.Trim(fmt.Sprint(found), "[]")))`,

	"roundtrip": `
times, s := make([]float64, 1000), 0
for i := range times {
	start := time.Now()
	s += get(pool.Go(p, func() int { return i }).Get())
	times[i] = time.Since(start).Seconds()
}
slices.Sort(times)
measured(times[500], s)`,

	"futures": `
const n = 100_000
s, fs := 0, make([]*task.Future[int], n)
start := time.Now()
for i := range fs {
	fs[i] = pool.Go(p, func() int { return i })
}
for _, f := range fs {
	s += get(f.Get())
}
measured(n/time.Since(start).Seconds(), right(s == n*(n-1)/2))`,

	"singles": `
const n = 100_000
xs := count(n)
start := time.Now()
ys := get(pool.Map(p, identity, xs, pool.Chunk(1)))
measured(n/time.Since(start).Seconds(), right(slices.Equal(xs, ys)))`,

	"chunked": `
const n = 5_000_000
xs := count(n)
start := time.Now()
ys := get(pool.Map(p, identity, xs))
measured(n/time.Since(start).Seconds(), right(slices.Equal(xs, ys)))`,

	"threads1": `
const n = 100_000
xs := count(n)
start := time.Now()
g := get(pool.New(4, pool.Goroutines))
ys := get(pool.Map(g, identity, xs, pool.Chunk(1)))
took := time.Since(start)
must(g.Close())
measured(n/took.Seconds(), right(slices.Equal(xs, ys)))`,

	"threads": `
const n = 1_000_000
xs := count(n)
start := time.Now()
g := get(pool.New(4, pool.Goroutines))
ys := get(pool.Map(g, identity, xs))
took := time.Since(start)
must(g.Close())
measured(n/took.Seconds(), right(slices.Equal(xs, ys)))`,

	"squares1": `
xs := count(10_001)[1:]
start := time.Now()
s := sum(get(pool.Map(p, square, xs, pool.Chunk(1))))
measured(time.Since(start).Seconds(), s)`,

	"squares": `
xs := count(10_001)[1:]
start := time.Now()
s := sum(get(pool.Map(p, square, xs)))
measured(time.Since(start).Seconds(), s)`,

	"tiny": `
xs := count(100)
start := time.Now()
s := sum(get(pool.Map(p, square, xs)))
measured(time.Since(start).Seconds(), s)`,

	"ten": `
must(p.Close())
start := time.Now()
p = get(pool.New(10))
s := sum(get(pool.Map(p, wait, repeat(time.Second, 10), pool.Chunk(1))))
took := time.Since(start)
must(p.Close())
p = get(pool.New(4))
get(pool.Map(p, identity, count(8), pool.Chunk(1)))
measured(took.Seconds(), s)`,

	"waits": `
start := time.Now()
s := sum(get(pool.Map(p, wait, repeat(100*time.Millisecond, 100))))
measured(time.Since(start).Seconds(), s)`,

	"heavy": `
start := time.Now()
s := sum(get(pool.Map(p, heavy, count(1000))))
measured(time.Since(start).Seconds(), s)`,

	"retries": `
start := time.Now()
ys, err := pool.MapErr(p, flaky, jobs(100, folder), pool.Retries(2))
took := time.Since(start)
var failed *pool.Error
if !errors.As(err, &failed) || len(failed.Failed) != 100-sum(ys) {
	panic(fmt.Sprint("the error is ", err))
}
tries := int64(0)
for _, entry := range get(os.ReadDir(folder)) {
	tries += get(entry.Info()).Size()
}
measured(took.Seconds(), fmt.Sprint(sum(ys), " done, ", tries, " tries"))`,

	"array": `
xs := make([]float64, 10_000_000)
for i := range xs {
	xs[i] = float64(i)
}
get(pool.Map(p, same, repeat(xs[:100], 8), pool.Chunk(1)))
var times []float64
check := ""
for range 3 {
	start := time.Now()
	ys := get(pool.Map(p, same, [][]float64{xs}))[0]
	times = append(times, time.Since(start).Seconds())
	s := 0.0
	for _, y := range ys {
		s += y
	}
	check = fmt.Sprintf("%d %.0f", len(ys), s)
}
slices.Sort(times)
measured(times[1], check)`,

	"killed": `
killed := killer(folder)
ys := get(pool.Map(p, doomed, jobs(4, folder), pool.Chunk(1)))
measured(time.Since(<-killed).Seconds(), sum(ys))`,
}

// spinning is the cell that is interrupted, afterwards the one that follows it.
const (
	spinning   = `get(pool.Map(p, spin, repeat(3*time.Second, 8), pool.Chunk(1)))`
	afterwards = `measured(0, sum(get(pool.Map(p, wait, repeat(time.Millisecond, 4), pool.Chunk(1)))))`
)
