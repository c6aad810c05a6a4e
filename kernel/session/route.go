package session

import (
	"context"
	"errors"
	"strings"

	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/wire"
)

// maxRoutes is how many ended runs are remembered, for late output.
const maxRoutes = 4096

// route remembers where output of a run goes. s.mu is held.
func (s *Session) route(run int, out *output) {
	s.routes[run] = out
	s.order = append(s.order, run)
	if len(s.order) > maxRoutes {
		delete(s.routes, s.order[0])
		s.order = s.order[1:]
	}
}

// output takes what the interpreter prints.
func (s *Session) output(run int, kind link.Kind, p []byte) {
	name := stdout
	if kind == link.Stderr || kind == interp.RawStderr {
		name = stderr
	}
	s.mu.Lock()
	out := s.routes[run]
	if out == nil {
		out = s.last
	}
	s.mu.Unlock()
	if out == nil {
		s.opts.Log.Info("output of no cell", "stream", name, "text", string(p[:min(len(p), 200)]))
		return
	}
	out.write(name, p)
}

// event takes what the interpreter reports.
func (s *Session) event(e *link.Event) {
	s.mu.Lock()
	out, x := s.routes[e.Run], s.running[e.Run]
	if out == nil {
		out = s.last
	}
	engine := s.engine
	s.mu.Unlock()
	if out == nil {
		return
	}
	switch e.Type {
	case link.EventDisplay:
		s.display(out, e.Display)
	case link.EventInput:
		s.spawn(func() { s.input(e, x, engine) })
	case link.EventLate:
		told := s.failure(e.Done.Failure).Traceback
		told[0] += "\n  in a goroutine that the cell had left behind"
		out.write(stderr, []byte(strings.Join(told, "\n")+"\n"))
		out.flush()
	case link.EventRuntime:
		s.spawn(func() { s.reach(e, engine) })
	case link.EventComm:
		if engine != nil && engine.remote != nil {
			out.flush()
			if err := engine.remote.Handle(WithParent(context.Background(), out.parent), *e.Comm); err != nil {
				s.opts.Log.Warn("comm", "error", err)
			}
		}
	}
}

func (s *Session) display(out *output, d *link.Display) {
	out.flush()
	content := wire.DisplayData{Data: d.Data, Metadata: d.Metadata}
	if d.ID != "" {
		content.Transient = &wire.Transient{DisplayID: d.ID}
	}
	switch d.Kind {
	case link.Show:
		s.opts.Front.Publish(out.parent, wire.MsgDisplayData, content, nil, nil)
	case link.Update:
		s.opts.Front.Publish(out.parent, wire.MsgUpdateDisplayData, content, nil, nil)
	case link.Clear:
		s.opts.Front.Publish(out.parent, wire.MsgClearOutput, wire.ClearOutput{Wait: d.Wait}, nil, nil)
	}
}

// errNoInput is what a cell gets that asks where nobody answers.
var errNoInput = errors.New("input is not allowed here: the front end can't be asked (in a notebook that runs unattended, give the value in the code)")

// input asks the front end for a line on behalf of a run.
func (s *Session) input(e *link.Event, x *execution, engine *engine) {
	var line string
	err := errors.New("the cell that asks for input has ended")
	if x != nil {
		line, err = s.line(x, e.Input)
		if x.isInterrupted() {
			return // the interpreter knows; an answer would let the code go on for a moment
		}
	}
	reason := ""
	if err != nil {
		reason = err.Error()
	}
	if engine == nil {
		return
	}
	if err := engine.Answer(e.Run, line, reason); err != nil {
		s.opts.Log.Debug("answering a request for input", "error", err)
	}
}

// line asks for a line.
func (s *Session) line(x *execution, in *link.Input) (string, error) {
	x.out.flush()
	if x.cell.AllowStdin {
		return s.opts.Front.Input(x.ctx, x.cell.Parent, in.Prompt, in.Password)
	}
	// Go code may ignore the error, and go on with nothing as if it were an answer.
	x.mu.Lock()
	first := !x.noInput
	x.noInput = true
	x.mu.Unlock()
	if first {
		x.out.write(stderr, []byte(errNoInput.Error()+"\n"))
	}
	return "", errNoInput
}
