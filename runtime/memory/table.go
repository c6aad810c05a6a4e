package memory

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goherd/goherd/runtime/bus"
)

// kept is how many measurements of a worker a sparkline has: a minute of them.
const kept = 60

// A history is what workers used at the last measurements, oldest first, by ID.
type history map[uint64][]int64

// add takes in a measurement. Workers that are gone are forgotten.
func (h history) add(s bus.Runtime) {
	there := map[uint64]bool{}
	for _, w := range s.Workers {
		there[w.ID] = true
		list := append(h[w.ID], held(w))
		h[w.ID] = list[max(0, len(list)-kept):]
	}
	for id := range h {
		if !there[id] {
			delete(h, id)
		}
	}
}

// held is what the machine would have back if the worker ended, as near as it is known.
func held(w bus.WorkerStatus) int64 { return cmp.Or(w.Unique, w.PSS, w.RSS) }

// A column is one of the table's.
type column struct {
	title, about string
	left         bool // text, not a number
	cell         func(w bus.WorkerStatus) string
}

var columns = []column{
	{"worker", "", true, func(w bus.WorkerStatus) string { return w.Name }},
	{"pid", "", false, func(w bus.WorkerStatus) string {
		if w.Pid == 0 {
			return ""
		}
		return fmt.Sprint(w.Pid)
	}},
	{"state", "", true, state},
	{"task", "what it runs, and for how long", true, doing},
	{"RSS", "bytes in memory, shared ones too", false, func(w bus.WorkerStatus) string { return some(w.RSS) }},
	{"PSS", "bytes in memory, each shared one divided by who shares it", false, func(w bus.WorkerStatus) string { return some(w.PSS) }},
	{"unique", "bytes that nobody shares: what its end would free", false, func(w bus.WorkerStatus) string { return some(w.Unique) }},
	{"Go heap", "bytes of values that live in Go's heap", false, func(w bus.WorkerStatus) string { return some(w.Heap) }},
	{"peak", "the most that RSS has been", false, func(w bus.WorkerStatus) string { return some(w.Peak) }},
	{"limit", "RSS at which it is ended", false, func(w bus.WorkerStatus) string { return some(w.Limit) }},
	{"tasks", "done", false, func(w bus.WorkerStatus) string { return count(w.Tasks) }},
	{"in", "bytes that it was sent", false, func(w bus.WorkerStatus) string { return some(w.In) }},
	{"out", "bytes of its results", false, func(w bus.WorkerStatus) string { return some(w.Out) }},
}

func state(w bus.WorkerStatus) string {
	if w.Stopped {
		return w.State + ", stopped"
	}
	return w.State
}

// doing says what a worker runs.
func doing(w bus.WorkerStatus) string {
	if w.Job == "" {
		return ""
	}
	text := fmt.Sprintf("%s, item %s, %s", w.Job, count(int64(w.Item)), span(w.Since))
	if w.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", w.Attempt)
	}
	return text
}

// A table is the workers at one time.
type table struct {
	status  bus.Runtime
	history history
	at      time.Time
	ended   string // why it isn't updated any more; "" if it is
}

// workers returns the workers by pool and name.
func (t *table) workers() []bus.WorkerStatus {
	out := slices.Clone(t.status.Workers)
	slices.SortFunc(out, func(a, b bus.WorkerStatus) int { return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.ID, b.ID)) })
	return out
}

// summary is the line below the table.
func (t *table) summary() string {
	var all int64
	busy := 0
	for _, w := range t.status.Workers {
		all += held(w)
		if w.State == "busy" {
			busy++
		}
	}
	if len(t.status.Workers) == 0 {
		return "there are no workers: pool.New and task.Go start some" + t.use()
	}
	text := fmt.Sprintf("%s, %d busy, hold %s", plural(int64(len(t.status.Workers)), "worker", "workers"), busy, size(all))
	if len(t.status.Workers) == 1 {
		text = fmt.Sprintf("1 worker, %d busy, holds %s", busy, size(all))
	}
	text += t.use()
	if t.status.BlobBytes > 0 {
		text += fmt.Sprintf("; %s of arguments and results are on their way", size(t.status.BlobBytes))
	}
	return text
}

// use says what the machine has.
func (t *table) use() string {
	total := t.status.MemoryTotal
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("; of %s that %s has %s are in use", size(total), cmp.Or(whose(t.status.MemoryBy), "the machine"), size(t.status.MemoryUsed))
}

// whose says in a sentence what sets the memory there is.
func whose(by string) string {
	if strings.HasPrefix(by, "/") {
		return "the control group"
	}
	return by
}

func (t *table) foot() string {
	if t.ended == "" {
		return ""
	}
	return "as of " + t.at.Format(time.TimeOnly) + ": " + t.ended
}

// Text returns the table for a terminal.
func (t *table) Text() string {
	list := t.workers()
	var rows [][]string
	head := make([]string, 0, len(columns)+1)
	for _, c := range columns {
		head = append(head, c.title)
	}
	rows = append(rows, append(head, "last minute"))
	for _, w := range list {
		var row []string
		for _, c := range columns {
			row = append(row, plain(c.cell(w)))
		}
		rows = append(rows, append(row, bars(t.history[w.ID])))
	}
	var b strings.Builder
	if len(list) > 0 {
		widths := make([]int, len(rows[0]))
		empty := make([]bool, len(rows[0]))
		for i := range widths {
			empty[i] = true
			for r, row := range rows {
				widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
				empty[i] = empty[i] && (r == 0 || row[i] == "")
			}
		}
		for _, row := range rows {
			line := ""
			for i, cell := range row {
				if empty[i] {
					continue
				}
				pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
				if i < len(columns) && !columns[i].left {
					cell = pad + cell
				} else {
					cell += pad
				}
				line += cell + "  "
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	b.WriteString(t.summary())
	if foot := t.foot(); foot != "" {
		b.WriteString("\n" + foot)
	}
	return b.String()
}

// plain takes out of a text what would break a line of a table.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }

// blocks are the eighths of a character's height.
var blocks = []rune("▁▂▃▄▅▆▇█")

// bars draws numbers as a line of characters, from 0 to the largest.
func bars(list []int64) string {
	const most = 20
	if len(list) > most {
		list = list[len(list)-most:]
	}
	top := int64(1)
	for _, n := range list {
		top = max(top, n)
	}
	var b strings.Builder
	for _, n := range list {
		b.WriteRune(blocks[min(int(max(n, 0)*int64(len(blocks))/top), len(blocks)-1)])
	}
	return b.String()
}

// HTML returns the table for a page. It has the page's colours and fonts.
func (t *table) HTML() string {
	list := t.workers()
	var b strings.Builder
	b.WriteString(`<div class="goherd-workers" style="overflow-x:auto">`)
	if len(list) > 0 {
		b.WriteString(`<table style="border-collapse:collapse;font-variant-numeric:tabular-nums"><thead><tr>`)
		for _, c := range columns {
			title := ""
			if c.about != "" {
				title = fmt.Sprintf(` title="%s"`, html.EscapeString(c.about))
			}
			fmt.Fprintf(&b, `<th scope="col"%s style="%s">%s</th>`, title, align(c.left), html.EscapeString(c.title))
		}
		fmt.Fprintf(&b, `<th scope="col" style="%s">last minute</th></tr></thead><tbody>`, align(true))
		for _, w := range list {
			b.WriteString(`<tr>`)
			for i, c := range columns {
				tag := "td"
				if i == 0 {
					tag = `th scope="row"`
				}
				title := ""
				if c.title == "task" && w.Place != "" {
					title = fmt.Sprintf(` title="%s"`, html.EscapeString(w.Place))
				}
				fmt.Fprintf(&b, `<%s%s style="%s">%s</%s>`, tag, title, align(c.left), html.EscapeString(c.cell(w)), tag[:2])
			}
			fmt.Fprintf(&b, `<td style="%s">%s</td></tr>`, align(true), spark(t.history[w.ID]))
		}
		b.WriteString(`</tbody></table>`)
	}
	fmt.Fprintf(&b, `<div>%s</div>`, html.EscapeString(t.summary()))
	if foot := t.foot(); foot != "" {
		fmt.Fprintf(&b, `<div style="opacity:.7">%s</div>`, html.EscapeString(foot))
	}
	b.WriteString(`</div>`)
	return b.String()
}

func align(left bool) string {
	if left {
		return "text-align:left;white-space:nowrap;padding:.1em .6em"
	}
	return "text-align:right;white-space:nowrap;padding:.1em .6em"
}

// spark draws numbers as a small line in the colour of the text, from 0 to the largest.
func spark(list []int64) string {
	if len(list) == 0 {
		return ""
	}
	const width, height = 120, 20
	top, low := int64(1), list[0]
	for _, n := range list {
		top, low = max(top, n), min(low, n)
	}
	var points strings.Builder
	for i, n := range list {
		x := float64(width) * float64(kept-len(list)+i) / (kept - 1)
		y := 1 + (height-2)*(1-float64(max(n, 0))/float64(top))
		fmt.Fprintf(&points, "%.1f,%.1f ", x, y)
	}
	label := html.EscapeString(fmt.Sprintf("memory held, from %s to %s", size(low), size(top)))
	return fmt.Sprintf(`<svg role="img" aria-label="%s" width="%d" height="%d" viewBox="0 0 %d %d"><title>%s</title>`+
		`<polyline points="%s" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>`,
		label, width, height, width, height, label, strings.TrimSpace(points.String()))
}
