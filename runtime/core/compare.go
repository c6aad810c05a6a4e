package core

import (
	"context"
	"errors"
	"fmt"
	"html"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A Comparison is how long a call took in several ways. As a cell's value it is shown as bars.
type Comparison struct {
	Name  string // of the function
	Items int
	Ways  []Way // a plain loop, goroutines, processes
	Use   string
}

// A Way is one that a call can be carried out.
type Way struct {
	Name  string // "plain loop", "4 goroutines"
	Took  time.Duration
	Start time.Duration // of the workers, which isn't in Took
	Err   error         // why it couldn't be measured
}

// Compare carries a call out three times.
func Compare(c Call) (*Comparison, error) {
	n := processors()
	set := defaults()
	if err := set.apply(c.Name, forCall, c.Options); err != nil {
		return nil, err
	}
	if err := c.valid(); err != nil {
		return nil, err
	}
	h := host()
	cmp := &Comparison{Items: reflect.ValueOf(c.In).Len()}
	cmp.Name, _ = h.Describe(reflect.ValueOf(c.Func))
	if cmp.Items == 0 {
		return nil, fmt.Errorf("%s: there are no items to measure with", c.Name)
	}
	c.Options = append(slices.Clip(c.Options), Quiet())

	for _, way := range []struct {
		name string
		n    int
		pool []Option
		call []Option
	}{
		{"plain loop", 1, []Option{Goroutines()}, []Option{Chunk(maxChunk)}},
		{count(n, "goroutine"), n, []Option{Goroutines()}, nil},
		{counted(n, "process", "processes"), n, nil, nil},
	} {
		c := c
		c.Options = append(slices.Clip(c.Options), way.call...)
		w, err := measure(way.n, way.pool, c)
		if err != nil {
			return nil, err
		}
		w.Name = way.name
		cmp.Ways = append(cmp.Ways, w)
	}
	cmp.Use = cmp.advice()
	return cmp, nil
}

// measure carries a call out in a pool of its own. An error is one of the items, or of the options.
func measure(n int, opts []Option, c Call) (Way, error) {
	var w Way
	c.Out = reflect.MakeSlice(reflect.TypeOf(c.Out), reflect.ValueOf(c.In).Len(), reflect.ValueOf(c.In).Len()).Interface()
	began := time.Now()
	p, err := NewPool(n, opts)
	if err != nil {
		w.Err = err
		return w, nil
	}
	defer p.Kill()
	if p.places == nil {
		if w.Err = p.ready(); w.Err != nil {
			return w, nil
		}
		w.Start = time.Since(began)
	}
	began = time.Now()
	err = p.Map(c)
	w.Took = time.Since(began)
	var items *Error
	if err != nil && !errors.As(err, &items) && p.places == nil {
		w.Err = err // its function can't be sent
		return w, nil
	}
	return w, err
}

// ready waits until all workers of a new pool take tasks.
func (p *Pool) ready() error {
	_, err := request(p.c, func(ctx context.Context, conn *bus.Conn) (struct{}, error) {
		for {
			s, err := conn.Pool(ctx, p.id)
			if err != nil || s.Workers >= s.Size {
				return struct{}{}, err
			}
			if s.Why != "" {
				return struct{}{}, errors.New(s.Why)
			}
			select {
			case <-time.After(2 * time.Millisecond):
			case <-ctx.Done():
				return struct{}{}, ctx.Err()
			}
		}
	})
	return err
}

// worth is how much faster a way must be to be worth its trouble.
const worth = 1.2

func (c *Comparison) advice() string {
	loop, threads, procs := c.Ways[0], c.Ways[1], c.Ways[2]
	faster := func(w Way) float64 {
		if w.Err != nil || w.Took <= 0 {
			return 0
		}
		return float64(loop.Took) / float64(w.Took)
	}
	t, p := faster(threads), faster(procs)
	each := loop.Took / time.Duration(c.Items)
	switch {
	case t < worth && p < worth:
		return fmt.Sprintf("use a plain loop: an item takes %s, and sharing them out wins nothing", duration(each))
	case p > worth*t:
		text := fmt.Sprintf("use pool.New(0): %.1f times as fast as a loop", p)
		if pays := float64(procs.Start) / float64(loop.Took-procs.Took); pays > 1 {
			text += fmt.Sprintf("; the start of the workers pays off from %s on", counted(int(pays+1), "such call", "such calls"))
		}
		return text
	case p > 0:
		return fmt.Sprintf("use pool.Goroutines: %.1f times as fast as a loop, processes %.1f times; they need no copies", t, p)
	}
	return fmt.Sprintf("use pool.Goroutines: %.1f times as fast as a loop", t)
}

// counted is count for a plural of its own.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// longest is the time of the longest bar.
func (c *Comparison) longest() time.Duration {
	longest := time.Duration(1)
	for _, w := range c.Ways {
		longest = max(longest, w.Took)
	}
	return longest
}

// note says what the bar of a way doesn't.
func (c *Comparison) note(w Way) string {
	if w.Err != nil {
		return "not measured: " + w.Err.Error()
	}
	text := duration(w.Took)
	if w.Name != c.Ways[0].Name {
		text += fmt.Sprintf(", %.2g times as fast", float64(c.Ways[0].Took)/float64(max(w.Took, 1)))
	}
	if w.Start > 0 {
		text += ", and " + duration(w.Start) + " to start"
	}
	return text
}

func (c *Comparison) title() string { return c.Name + ", " + count(c.Items, "item") }

// String writes the bars as text.
func (c *Comparison) String() string {
	var b strings.Builder
	b.WriteString(c.title())
	width := 0
	for _, w := range c.Ways {
		width = max(width, len(w.Name))
	}
	for _, w := range c.Ways {
		n := 0
		if w.Err == nil {
			n = max(1, int(float64(barWidth)*float64(w.Took)/float64(c.longest())))
		}
		fmt.Fprintf(&b, "\n  %-*s %s%s %s", width, w.Name, strings.Repeat("█", n), strings.Repeat(" ", barWidth-n), c.note(w))
	}
	return b.String() + "\n" + c.Use
}

// HTML writes the bars for a page.
func (c *Comparison) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<table><caption style="text-align:left">%s</caption>`, html.EscapeString(c.title()))
	for _, w := range c.Ways {
		percent := 0.0
		if w.Err == nil {
			percent = 100 * float64(w.Took) / float64(c.longest())
		}
		fmt.Fprintf(&b, `<tr><td style="text-align:left">%s</td><td style="width:20em"><div style="width:%.1f%%;min-width:1px;height:.8em;background:currentColor;opacity:.6"></div></td>`+
			`<td style="text-align:left">%s</td></tr>`, html.EscapeString(w.Name), percent, html.EscapeString(c.note(w)))
	}
	fmt.Fprintf(&b, `</table><div>%s</div>`, html.EscapeString(c.Use))
	return b.String()
}
