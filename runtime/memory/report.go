package memory

import (
	"fmt"
	"html"
	"strings"
)

// A Report is what [Advise] found. It shows itself.
type Report struct {
	Summary string   // what there is
	Advice  []Advice // what saves most first
}

func report(f facts) Report {
	var all int64
	for _, v := range f.variables {
		all += v.bytes
	}
	r := Report{Advice: advise(f)}
	t := table{status: f.status}
	if f.err == nil {
		r.Summary = t.summary() + "; "
	} else {
		r.Summary = "no workers to look at (" + f.err.Error() + "); "
	}
	r.Summary += fmt.Sprintf("the session's %s hold %s", plural(int64(len(f.variables)), "variable", "variables"), size(all))
	if len(f.variables) == 1 {
		r.Summary = strings.Replace(r.Summary, "variable hold", "variable holds", 1)
	}
	return r
}

const nothing = "nothing to advise"

// String returns the report as text.
func (r Report) String() string {
	if len(r.Advice) == 0 {
		return nothing + ": " + r.Summary
	}
	var b strings.Builder
	for i, a := range r.Advice {
		fmt.Fprintf(&b, "%d. %s", i+1, a.Title)
		if a.Saves > 0 {
			fmt.Fprintf(&b, ": saves about %s", size(a.Saves))
		}
		fmt.Fprintf(&b, "\n   %s\n   → %s\n", a.Why, a.Do)
	}
	b.WriteString(r.Summary)
	return b.String()
}

// HTML returns the report for a page.
func (r Report) HTML() string {
	var b strings.Builder
	b.WriteString(`<div class="goherd-advice">`)
	if len(r.Advice) == 0 {
		fmt.Fprintf(&b, `<div>%s</div>`, nothing)
	} else {
		b.WriteString(`<ol>`)
		for _, a := range r.Advice {
			fmt.Fprintf(&b, `<li><b>%s</b>`, html.EscapeString(a.Title))
			if a.Saves > 0 {
				fmt.Fprintf(&b, `: saves about %s`, html.EscapeString(size(a.Saves)))
			}
			fmt.Fprintf(&b, `<br>%s<br>→ <code>%s</code></li>`, html.EscapeString(a.Why), html.EscapeString(a.Do))
		}
		b.WriteString(`</ol>`)
	}
	fmt.Fprintf(&b, `<div style="opacity:.7">%s</div></div>`, html.EscapeString(r.Summary))
	return b.String()
}
