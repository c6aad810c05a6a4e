package core

import (
	"crypto/rand"
	"fmt"
	"html"
	"strings"
	"time"
)

const (
	progressAfter = 500 * time.Millisecond // that a call takes
	progressEvery = 100 * time.Millisecond
)

// A progress shows how far a job is. Its methods belong to the job's goroutine.
type progress struct {
	off  bool
	id   string // of the display, "" before it is there
	next time.Time
}

func newProgress(j *job) *progress {
	return &progress{off: j.set.quiet || j.nested || j.call.One, next: j.began.Add(progressAfter)}
}

// due is how long it is until something is to be shown.
func (p *progress) due() time.Duration {
	if p.off {
		return time.Hour
	}
	return time.Until(p.next)
}

// tick shows how far the job is, if it is time to.
func (p *progress) tick(j *job) {
	if p.off {
		return
	}
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressEvery)
	p.show(j, j.bar(now))
}

// end leaves a line behind, if something was shown.
func (p *progress) end(j *job) {
	if p.id != "" {
		p.show(j, j.summary(time.Now()))
	}
}

func (p *progress) show(j *job, c Content) {
	update := p.id != ""
	if !update {
		p.id = "goherd-" + rand.Text()[:12]
	}
	j.host.Display(j.run, p.id, update, c)
}

const barWidth = 24

// bar is the progress while the job runs.
func (j *job) bar(now time.Time) Content {
	elapsed := now.Sub(j.began)
	busy := min(j.flying, j.back.capacity())
	facts := []string{rate(j.done, elapsed)}
	part := 0.0
	if j.ended && j.total > 0 {
		part = float64(j.done) / float64(j.total)
		facts = append([]string{fmt.Sprintf("%s of %s", thousands(j.done), thousands(j.total))}, facts...)
		if j.done > 0 {
			left := time.Duration(float64(elapsed) * (1 - part) / part)
			facts = append(facts, duration(left)+" left")
		}
	} else {
		facts = append([]string{count(j.done, "item")}, facts...)
	}
	facts = append(facts, fmt.Sprintf("%d of %d workers busy", busy, j.back.capacity()))
	if n := j.bad; n > 0 {
		facts = append(facts, thousands(n)+" failed")
	}
	text := strings.Join(facts, ", ")
	full := int(part * barWidth)
	percent := int(part * 100)
	bar := strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
	if !j.ended {
		return Content{Text: j.name + ": " + text, HTML: line(j.name + ": " + text)}
	}
	return Content{
		Text: fmt.Sprintf("%s %s %d %%  %s", j.name, bar, percent, text),
		HTML: fmt.Sprintf(`<div style="display:flex;align-items:center;gap:.6em;font-size:90%%"><span>%s</span>`+
			`<span role="progressbar" aria-label="%s" aria-valuemin="0" aria-valuemax="100" aria-valuenow="%d" style="flex:0 0 12em;height:.7em;border:1px solid currentColor;border-radius:.35em;overflow:hidden;opacity:.8">`+
			`<span style="display:block;height:100%%;width:%d%%;background:currentColor;opacity:.6"></span></span><span>%s</span></div>`,
			html.EscapeString(j.name), html.EscapeString(j.name), percent, percent, html.EscapeString(text)),
	}
}

// summary is what stays when the job is over.
func (j *job) summary(now time.Time) Content {
	elapsed := now.Sub(j.began)
	text := fmt.Sprintf("%s of %s in %s, %s, %s", count(j.done, "item"), j.name, duration(elapsed), rate(j.done, elapsed), count(j.pool.Size(), "worker"))
	if n := j.bad; n > 0 {
		text += ", " + thousands(n) + " failed"
	}
	if j.err != nil {
		text += "; ended: " + j.err.Error()
	}
	return Content{Text: text, HTML: line(text)}
}

func line(text string) string {
	return `<div style="font-size:90%">` + html.EscapeString(text) + `</div>`
}
