package core

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// said holds what was told once and isn't told again.
var said sync.Map

// once reports true the first time that it is asked about something.
func once(what string) bool {
	_, before := said.LoadOrStore(what, true)
	return !before
}

const (
	smallItem = 20 * time.Microsecond // below it the way to a worker costs more than the work
	smallCall = time.Millisecond      // what is over sooner needs no advice
)

// advise says so where a pool cost more than it won.
func (j *job) advise() {
	if j.set.quiet || j.nested || j.call.One || j.done < 2 || j.bad > 0 || j.set.delay > 0 || j.noted.Load() {
		return
	}
	wall := time.Since(j.began)
	if !j.pool.seen.Load() && !j.first.IsZero() {
		wall = time.Since(j.first) // the workers had to start
	}
	if wall < smallCall || j.took > wall/2 || j.took/time.Duration(j.done) > smallItem {
		return
	}
	if !once("small " + at(j.name, j.place)) {
		return
	}
	do := "use a plain loop"
	if j.set.chunk > 0 {
		do = "leave out Chunk, or use a plain loop"
	}
	j.host.Warn(j.run, fmt.Sprintf("%s: the items of %s are small: a plain loop takes about %s, the pool took %s: %s",
		j.call.Name, at(j.name, j.place), duration(j.took), duration(wall), do))
}

// lost warns of variables that a function writes to in a worker, where that has no effect on the session's. For package
// task the cell compiler does.
func (j *job) lost(p *Packed) {
	if len(p.Lost) == 0 || j.pool.tasks || j.set.quiet {
		return
	}
	if !once("lost " + at(j.name, j.place)) {
		return
	}
	var names []string
	for _, v := range p.Lost {
		names = append(names, at(v.Name, v.Place))
	}
	j.host.Warn(j.run, fmt.Sprintf("%s: %s may change %s in a worker process, which has a copy: the session's stays as it is. "+
		"Return the value, or use a pool of goroutines", j.call.Name, at(j.name, j.place), strings.Join(names, " and ")))
}
