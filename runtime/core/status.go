package core

import (
	"context"
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// counts are what a pool of goroutines has done.
type counts struct {
	calls  int
	items  int
	failed int
	took   time.Duration
}

func (c *counts) add(j *job) {
	c.calls++
	c.items += j.done
	c.failed += j.bad
	c.took += j.took
}

// PoolStatus is the state of a pool.
type PoolStatus struct {
	Name       string
	Goroutines bool
	State      string // "open", "closing", "closed", "failed: …"
	Size       int    // workers that it is to have
	Workers    int    // that take work
	Busy       int
	Queued     int           // chunks that no worker has begun
	Calls      int           // that are under way
	Items      int           // done so far
	Failed     int           // of them
	Restarts   int           // workers that were replaced because they died
	Took       time.Duration // computing
	In, Out    int64         // bytes sent to workers and back
}

// Status returns the state of the pool.
func (p *Pool) Status() (PoolStatus, error) {
	if p.places == nil {
		return p.remoteStatus()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s := PoolStatus{Name: p.name, Goroutines: true, State: "open", Calls: len(p.jobs), Items: p.counts.items, Failed: p.counts.failed, Took: p.counts.took}
	s.Size, s.Busy, s.Queued = p.places.state()
	s.Workers = s.Size
	switch {
	case p.closed && len(p.jobs) > 0:
		s.State = "closing"
	case p.closed:
		s.State = "closed"
	}
	return s, nil
}

func (p *Pool) remoteStatus() (PoolStatus, error) {
	p.mu.Lock()
	c, over := p.c, p.closed
	p.mu.Unlock()
	if c == nil { // the pool of tasks before the first
		var err error
		if c, err = connect(false); err != nil {
			return PoolStatus{}, err
		}
	}
	b, err := request(c, func(ctx context.Context, conn *bus.Conn) (bus.PoolStatus, error) { return conn.Pool(ctx, p.id) })
	if err != nil {
		if over {
			return PoolStatus{Name: p.name, State: "closed"}, nil
		}
		return PoolStatus{}, fmt.Errorf("%s: %w", p.name, err)
	}
	s := PoolStatus{
		Name: p.name, State: b.State, Size: b.Size, Workers: b.Workers, Busy: b.Busy, Queued: b.Queued, Calls: b.Jobs,
		Items: int(b.Items), Failed: int(b.Failed), Restarts: b.Restarts, Took: b.Took, In: b.In, Out: b.Out,
	}
	if b.Why != "" {
		s.State += ": " + b.Why
	}
	return s, nil
}

// rows are what is shown of a state.
func (s PoolStatus) rows() [][2]string {
	kind := "processes"
	if s.Goroutines {
		kind = "goroutines"
	}
	rows := [][2]string{
		{"workers", fmt.Sprintf("%d of %d %s, %d busy", s.Workers, s.Size, kind, s.Busy)},
		{"work", fmt.Sprintf("%s under way, %s waiting", count(s.Calls, "call"), count(s.Queued, "chunk"))},
		{"done", fmt.Sprintf("%s in %s of computing", count(s.Items, "item"), duration(s.Took))},
	}
	if s.Failed > 0 {
		rows = append(rows, [2]string{"failed", count(s.Failed, "item")})
	}
	if s.Restarts > 0 {
		rows = append(rows, [2]string{"replaced", count(s.Restarts, "worker")})
	}
	if s.In+s.Out > 0 {
		rows = append(rows, [2]string{"sent", size(s.In) + " there, " + size(s.Out) + " back"})
	}
	return rows
}

// String writes the state as a few lines.
func (s PoolStatus) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", s.Name, s.State)
	for _, r := range s.rows() {
		fmt.Fprintf(&b, "\n  %-8s %s", r[0], r[1])
	}
	return b.String()
}

// HTML writes the state as a table.
func (s PoolStatus) HTML() string {
	return table(fmt.Sprintf("%s (%s)", s.Name, s.State), s.rows())
}

// table writes rows under a title as a table.
func table(title string, rows [][2]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<table><thead><tr><th colspan="2" style="text-align:left">%s</th></tr></thead><tbody>`, html.EscapeString(title))
	for _, r := range rows {
		fmt.Fprintf(&b, `<tr><td style="text-align:left">%s</td><td style="text-align:left">%s</td></tr>`, html.EscapeString(r[0]), html.EscapeString(r[1]))
	}
	b.WriteString("</tbody></table>")
	return b.String()
}

// String writes the state of the pool, as far as it can be had.
func (p *Pool) String() string {
	if p == nil {
		return "no pool"
	}
	s, err := p.Status()
	if err != nil {
		return p.name + ": " + err.Error()
	}
	return s.String()
}

// HTML is String for a page.
func (p *Pool) HTML() string {
	if p == nil {
		return "no pool"
	}
	s, err := p.Status()
	if err != nil {
		return html.EscapeString(p.name + ": " + err.Error())
	}
	return s.HTML()
}
