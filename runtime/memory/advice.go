package memory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goherd/goherd/runtime/bus"
)

// From which sizes on things are worth a word, in bytes.
const (
	bigWorker   = 500e6
	bigIdle     = 200e6
	bigChunk    = 32e6
	goodChunk   = 8e6
	bigVariable = 20e6
	bigShipped  = 16e6
	bigFloats   = 32e6
	bigPointers = 8e6
	bigTwin     = 64e6
)

// When what there is counts as short, as a part of all memory.
const (
	tight = 0.6
	short = 0.85
)

// unusedFor is after how many cells that don't mention a variable it counts as not needed.
const unusedFor = 3

// An Advice is one thing that would help.
type Advice struct {
	Title string // "float32 for xs"
	Why   string // what was measured
	Do    string // what to do, as code where that is possible
	Saves int64  // bytes, 0 where that can't be told beforehand
}

// advise returns what would help, what saves most first.
func advise(f facts) []Advice {
	var out []Advice
	for _, rule := range []func(facts) []Advice{pressure, fewer, idle, chunks, repeated, unused, half, packed, twins} {
		out = append(out, rule(f)...)
	}
	slices.SortStableFunc(out, func(a, b Advice) int { return cmp.Compare(b.Saves, a.Saves) })
	return out
}

// used is which part of the memory there is is in use.
func (f facts) used() float64 {
	if f.status.MemoryTotal <= 0 {
		return 0
	}
	return float64(f.status.MemoryUsed) / float64(f.status.MemoryTotal)
}

// byPool returns the workers of each pool, in the order of the pools.
func (f facts) byPool() (ids []uint64, workers map[uint64][]bus.WorkerStatus) {
	workers = map[uint64][]bus.WorkerStatus{}
	for _, w := range f.status.Workers {
		workers[w.Pool] = append(workers[w.Pool], w)
	}
	for id := range workers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, workers
}

// pool returns what a pool is called in a sentence.
func (f facts) pool(id uint64) string {
	for _, p := range f.status.Pools {
		if p.ID == id && p.Name != "" {
			return "pool " + p.Name
		}
	}
	if id == bus.TasksPool {
		return "the workers of tasks"
	}
	return fmt.Sprintf("pool %d", id)
}

// pressure is about a machine that has little left.
func pressure(f facts) []Advice {
	if f.used() < short {
		return nil
	}
	left := f.status.MemoryTotal - f.status.MemoryUsed
	a := Advice{
		Title: "little memory is left",
		Why: fmt.Sprintf("%s of %s are in use: %s are left, and what takes them is ended",
			size(f.status.MemoryUsed), size(f.status.MemoryTotal), size(left)),
		Do: "write what isn't needed now to a file and forget it with %del, or give the machine swap",
	}
	var all int64
	limited := true
	for _, w := range f.status.Workers {
		all += held(w)
		limited = limited && w.Limit > 0
	}
	if n := int64(len(f.status.Workers)); n > 0 && !limited {
		each := (left + all) * 8 / 10 / n
		a.Do += fmt.Sprintf("; pool.New(%d, pool.MemoryLimit(%q)) ends only the worker that takes too much", n, limit(each))
	}
	return []Advice{a}
}

// limit writes a size as options take it.
func limit(n int64) string {
	if n >= 10e9 {
		return fmt.Sprintf("%dGB", n/1e9)
	}
	return fmt.Sprintf("%dMB", max(n/1e6, 1))
}

// fewer is about pools whose workers are big.
func fewer(f facts) (out []Advice) {
	ids, workers := f.byPool()
	for _, id := range ids {
		var most bus.WorkerStatus
		var all int64
		for _, w := range workers[id] {
			all += held(w)
			if w.State != "idle" && held(w) > held(most) {
				most = w
			}
		}
		if held(most) < bigWorker {
			continue
		}
		n := int64(len(workers[id]))
		why := fmt.Sprintf("%s (pid %d) holds %s", most.Name, most.Pid, size(held(most)))
		if most.Peak > held(most) {
			why += fmt.Sprintf(", %s at its peak", size(most.Peak))
		}
		if most.Job != "" {
			why += fmt.Sprintf(", and runs item %s of %s", count(int64(most.Item)), most.Job)
		}
		if n == 1 {
			out = append(out, Advice{
				Title: "one worker holds much", Why: why,
				Do: "give each item less to do, or split it: what a worker holds is what an item of " + cmp.Or(most.Job, "its function") + " needs at once",
			})
			continue
		}
		why += fmt.Sprintf("; the %d workers of %s hold %s", n, f.pool(id), size(all))
		fit := n / 2
		if total := f.status.MemoryTotal; total > 0 {
			room := (total-f.status.MemoryUsed+all)*7/10 - all/n // beside them
			why += fmt.Sprintf(" of %s", size(total))
			fit = min(n-1, max(room/max(most.Peak, held(most)), 1))
		}
		out = append(out, Advice{
			Title: fmt.Sprintf("fewer workers in %s", f.pool(id)), Why: why,
			Do: fmt.Sprintf("p.Resize(%d)", fit), Saves: all / n * (n - fit),
		})
	}
	return out
}

// idle is about workers that hold much and do nothing.
func idle(f facts) (out []Advice) {
	ids, workers := f.byPool()
	for _, id := range ids {
		var all int64
		n := 0
		for _, w := range workers[id] {
			if w.State == "idle" && held(w) > bigIdle {
				all += held(w)
				n++
			}
		}
		if n == 0 {
			continue
		}
		out = append(out, Advice{
			Title: "idle workers hold memory",
			Why:   fmt.Sprintf("%s of %s, with nothing to do, hold %s", plural(int64(n), "worker", "workers"), f.pool(id), size(all)),
			Do:    "p.Close() gives it back; pool.MaxTasks(n) replaces a worker after n chunks, if its function leaks", Saves: all,
		})
	}
	return out
}

// chunks is about jobs that send much at once.
func chunks(f facts) (out []Advice) {
	for _, j := range f.status.Jobs {
		if j.Tasks == 0 || j.Items <= j.Tasks || j.In/j.Tasks < bigChunk {
			continue
		}
		each := max(j.In/j.Items, 1)
		n := max(goodChunk/each, 1)
		out = append(out, Advice{
			Title: "smaller chunks for " + j.Name,
			Why: fmt.Sprintf("a chunk of %s has %s items on average, %s: the worker holds that, and its results, at once",
				j.Name, count(j.Items/j.Tasks), size(j.In/j.Tasks)),
			Do:    fmt.Sprintf("pool.Map(p, %s, xs, pool.Chunk(%d))", j.Name, n),
			Saves: (j.In/j.Tasks - n*each) * int64(max(j.Running, 1)),
		})
	}
	return out
}

// repeated is about what travels again and again.
func repeated(f facts) (out []Advice) {
	for _, s := range f.shipped {
		if s.times < 3 || s.bytes < bigShipped {
			continue
		}
		out = append(out, Advice{
			Title: fmt.Sprintf("what %s captures travels often", s.fn),
			Why: fmt.Sprintf("the variables that %s (%s) uses went to workers with %s: %s, %s each",
				s.fn, s.place, plural(int64(s.times), "call", "calls"), size(s.bytes), size(s.bytes/int64(s.times))),
			Do: "give all items to one call, which sends the variables to each worker once; or capture only the part that is used",
		})
	}
	return out
}

// unused reports whether a variable is big and nobody mentions it any more.
func (v variable) unused() bool { return v.bytes >= bigVariable && v.idle >= unusedFor }

// unused is about variables that nobody mentions any more.
func unused(f facts) []Advice {
	var names, list []string
	var all int64
	for _, v := range bySize(f.variables) {
		if !v.unused() {
			continue
		}
		names = append(names, v.name)
		list = append(list, fmt.Sprintf("%s (%s, %s; no mention in the last %d cells)", v.name, v.typ, size(v.bytes), v.idle))
		all += v.bytes
	}
	if len(names) == 0 {
		return nil
	}
	return []Advice{{
		Title: "variables that nothing uses", Why: strings.Join(list, ", "), Do: "%del " + strings.Join(names, " "), Saves: all,
	}}
}

// bySize returns variables, the largest first.
func bySize(list []variable) []variable {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b variable) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.name, b.name)) })
	return list
}

// half is about numbers that need not be so precise.
func half(f facts) (out []Advice) {
	for _, v := range bySize(f.variables) {
		n := v.floats
		if v.unused() || n == nil || n.count*8 < bigFloats || n.over {
			continue
		}
		why := fmt.Sprintf("%s has %s of float64, %s; as float32 they take %s", v.name, plural(n.count, "number", "numbers"), size(n.count*8), size(n.count*4))
		if n.absolute == 0 {
			why += ", and none of them changes"
		} else {
			why += fmt.Sprintf(", with an error of %.1g of the value at most, of %.1g at %.6g", n.relative, n.absolute, n.at)
		}
		if n.seen < n.count {
			why += fmt.Sprintf(" (among %s of them)", count(n.seen))
		}
		out = append(out, Advice{
			Title: "float32 for " + v.name, Why: why,
			Do: "declare it as " + strings.ReplaceAll(v.typ, "float64", "float32"), Saves: n.count * 4,
		})
	}
	return out
}

// packed is about slices of pointers.
func packed(f facts) (out []Advice) {
	for _, v := range bySize(f.variables) {
		p := v.pointers
		if v.unused() || p == nil || p.now-p.then < bigPointers || p.elem == "" {
			continue
		}
		out = append(out, Advice{
			Title: "values in place of pointers in " + v.name,
			Why: fmt.Sprintf("%s has %s to %s, in about %s; the values side by side take %s, are faster to walk and to send, and the garbage collector has one pointer to follow",
				v.name, plural(p.count, "pointer", "pointers"), p.elem, size(p.now), size(p.then)),
			Do: fmt.Sprintf("declare it as []%s, and use &%s[i] where a pointer is needed", p.elem, v.name), Saves: p.now - p.then,
		})
	}
	return out
}

// twins is about variables that look like the input and the output of one step, where memory is tight.
func twins(f facts) (out []Advice) {
	if f.used() < tight {
		return nil
	}
	list := bySize(f.variables)
	for i := 1; i < len(list); i++ {
		a, b := list[i-1], list[i]
		if a.unused() || b.unused() || a.bytes < bigTwin || a.bytes != b.bytes || a.typ != b.typ || !strings.HasPrefix(a.typ, "[]") {
			continue
		}
		out = append(out, Advice{
			Title: fmt.Sprintf("%s and %s in one", a.name, b.name),
			Why:   fmt.Sprintf("%s and %s are both %s of %s, and %.0f %% of the memory is in use", a.name, b.name, a.typ, size(a.bytes), f.used()*100),
			Do:    fmt.Sprintf("if one is made of the other, let it take its place: %s, err = pool.Map(p, f, %s)", a.name, a.name), Saves: a.bytes,
		})
	}
	return out
}
