package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/notebook"
	"github.com/goherd/goherd/kernel/wire"
)

// Tags of cells, as nbclient understands them.
const (
	tagSkip   = "skip-execution"   // is not run
	tagRaises = "raises-exception" // may fail
)

// How long a kernel has to start; after an interrupt, before it is interrupted
// again (which forces it) and before it is killed; and to shut down.
const (
	startGrace     = time.Minute
	interruptGrace = 5 * time.Second
	killGrace      = 5 * time.Second
	shutdownGrace  = 5 * time.Second
)

// A session is one run of a notebook.
//
// Its goroutines: run, which executes the cells one after the other; for each
// cell one that waits for the reply, which ends before run goes on; and those
// of the client, which call onIOPub, onUnexpected and input until the kernel is
// closed.
type session struct {
	cfg    *config
	nb     *notebook.Notebook
	print  *printer
	ask    *asker
	kernel kernel

	mu      sync.Mutex
	rec     notebook.Recorder
	cells   map[string]*notebook.Cell // by the ID of their execute_request
	current *notebook.Cell            // nil between cells
	closed  bool                      // the outputs are final
	broken  error                     // a message that could not be recorded
}

func newSession(cfg *config, nb *notebook.Notebook, p *printer, a *asker) *session {
	return &session{cfg: cfg, nb: nb, print: p, ask: a, cells: make(map[string]*notebook.Cell)}
}

// onIOPub records a message with the cell whose request it answers, which may
// be one that has ended: its goroutines may still print. The first message
// that answers a new request belongs to the cell that runs.
func (s *session) onIOPub(m *wire.Message) {
	if m.Parent.MsgType != wire.MsgExecuteRequest {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	c := s.cells[m.Parent.MsgID]
	if c == nil {
		if s.current == nil {
			return
		}
		c = s.current
		s.cells[m.Parent.MsgID] = c
	}
	if err := s.rec.Record(c, m.Header.MsgType, m.Content); err != nil && s.broken == nil {
		s.broken = err
	}
	s.print.message(m.Header.MsgType, m.Content)
}

// onUnexpected notes what the client could not make sense of. Messages that are
// sound but that nobody asked for, such as a late reply, are no concern of ours.
func (s *session) onUnexpected(_ wire.Channel, _ *wire.Message, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = err
	}
}

// ended says how a cell ended.
type ended int

const (
	succeeded ended = iota
	failed
	timedOut
	interrupted
	killed // by the user, with the kernel
	died   // with the kernel
)

// run executes the cells, ends the kernel and returns the exit code.
func (s *session) run(ctx context.Context, signals <-chan os.Signal) int {
	var todo []*notebook.Cell
	for _, c := range s.nb.Cells {
		if c.Type == notebook.Code && strings.TrimSpace(c.Source) != "" && !c.HasTag(tagSkip) {
			todo = append(todo, c)
		}
	}
	code, failures, gone := exitOK, 0, false
	for i, c := range todo {
		s.print.begin(i+1, len(todo))
		how, reason, sig := s.cell(ctx, c, signals)
		s.print.end()
		if how == succeeded || how == failed && c.HasTag(tagRaises) {
			continue
		}
		s.print.errorf("cell %d of %d %s %s", i+1, len(todo), name(c), reason)
		failures++
		if s.cfg.allowErrors && (how == failed || how == timedOut) {
			continue
		}
		gone = how == killed || how == died
		code = exitFailed
		switch {
		case sig != nil:
			code = exitCode(sig)
		case how == killed:
			code = exitInterrupted
		}
		break
	}
	if err := s.stop(); err != nil && !gone {
		s.print.errorf("ending the kernel: %s", oneLine(err.Error()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.broken != nil {
		s.print.errorf("the kernel sent what is not in the outputs: %v", s.broken)
		code = max(code, exitFailed)
	}
	if failures > 0 && code == exitOK {
		s.print.note("%d of %d cells failed", failures, len(todo))
	}
	return code
}

// name names a cell by its ID and its first line.
func name(c *notebook.Cell) string {
	line := []rune(c.FirstLine())
	if len(line) > 60 {
		line = append(line[:59], '…')
	}
	if c.ID == "" {
		return fmt.Sprintf("(%s)", string(line))
	}
	return fmt.Sprintf("(id %s: %s)", c.ID, string(line))
}

// start starts the kernel. Where that fails it returns the exit code.
func (s *session) start(ctx context.Context, launch launcher, dir string, signals <-chan os.Signal) (code int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startGrace, fmt.Errorf("it was not ready within %v", startGrace))
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var sig os.Signal
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case sig = <-signals:
			stop(errors.New("interrupted"))
		case <-ctx.Done():
		}
	})
	s.kernel, err = launch(ctx, dir, client.Options{OnIOPub: s.onIOPub, OnUnexpected: s.onUnexpected})
	stop(nil)
	waiting.Wait()
	switch {
	case err == nil && sig == nil:
		return exitOK, nil
	case err == nil: // in the last moment
		s.stop()
		err = errors.New("interrupted")
	}
	return exitCode(sig), fmt.Errorf("the kernel did not start: %w", err)
}

// exitCode is the exit code of a run that a signal ended; without one, of a run
// that could not begin.
func exitCode(sig os.Signal) int {
	switch sig {
	case nil:
		return exitUsage
	case os.Interrupt:
		return exitInterrupted
	}
	return exitTerminated
}

// stop ends the kernel: by request, and by force if it does not comply.
func (s *session) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	return s.kernel.Shutdown(ctx)
}

type reply struct {
	*wire.ExecuteReply
	err error
}

// cell executes one cell and returns how it ended and, where it did not
// succeed, the end of a sentence about it, and the signal that ended it.
func (s *session) cell(ctx context.Context, c *notebook.Cell, signals <-chan os.Signal) (how ended, reason string, sig os.Signal) {
	s.mu.Lock()
	s.current = c
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.current = nil
		s.mu.Unlock()
	}()

	replies := make(chan reply, 1)
	go func() {
		// It ends with the kernel process at the latest.
		r, err := s.kernel.Execute(context.Background(), c.Source, client.ExecOptions{
			GoOn:  true, // a cell that was allowed to fail must not abort the next one
			Input: s.input(),
		}, nil)
		replies <- reply{r, err}
	}()

	var timeout, again, last <-chan time.Time
	if s.cfg.timeout > 0 {
		timeout = time.After(s.cfg.timeout)
	}
	kill := func() {
		s.kernel.Kill()
		<-replies
	}
	for {
		select {
		case r := <-replies:
			return s.finish(c, r, how, sig)
		case <-timeout:
			how = timedOut
			s.interrupt()
			again = time.After(interruptGrace)
		case <-again:
			s.interrupt()
			last = time.After(killGrace)
		case <-last:
			kill()
			return died, fmt.Sprintf("timed out after %v and did not stop when interrupted; the kernel was killed", s.cfg.timeout), nil
		case sig = <-signals:
			if how == interrupted || sig != os.Interrupt {
				kill()
				return killed, "was killed with the kernel", sig
			}
			how, timeout, again, last = interrupted, nil, nil, nil
			s.print.note("interrupting the cell; once more kills the kernel")
			s.interrupt()
		case <-ctx.Done():
			kill()
			return killed, "was killed with the kernel", nil
		}
	}
}

func (s *session) interrupt() {
	ctx, cancel := context.WithTimeout(context.Background(), interruptGrace)
	defer cancel()
	if err := s.kernel.Interrupt(ctx); err != nil {
		s.print.errorf("interrupting the kernel: %v", err)
	}
}

// input returns what answers the requests for input of a cell, or nil where
// there is nobody to ask: the kernel then refuses to ask. A cell that waits for
// input that cannot come is interrupted.
func (s *session) input() func(context.Context, wire.InputRequest) (string, error) {
	if !s.ask.terminal {
		return nil
	}
	return func(ctx context.Context, r wire.InputRequest) (string, error) {
		text, err := s.ask.line(ctx, r)
		if err != nil && ctx.Err() == nil {
			s.print.note("%v; interrupting the cell", err)
			s.interrupt()
			<-ctx.Done() // an error would give up the cell, not end it
		}
		return text, err
	}
}

// finish judges the reply to a cell that may have been interrupted meanwhile.
func (s *session) finish(c *notebook.Cell, r reply, how ended, sig os.Signal) (ended, string, os.Signal) {
	if r.err != nil {
		return died, "was lost: " + oneLine(r.err.Error()), nil
	}
	s.mu.Lock()
	if c.ExecutionCount == 0 {
		c.ExecutionCount = r.ExecutionCount
	}
	s.mu.Unlock()
	if text := pageText(r.Payload); text != "" {
		s.print.text(text)
	}
	switch {
	case how == timedOut:
		return timedOut, fmt.Sprintf("timed out after %v", s.cfg.timeout), nil
	case how == interrupted:
		return interrupted, "was interrupted", sig
	case r.Status == wire.StatusOK:
		return succeeded, "", nil
	case r.Status == wire.StatusError:
		text := r.Ename
		if r.Evalue != "" {
			text += ": " + r.Evalue
		}
		return failed, "failed: " + oneLine(text), nil
	}
	return failed, fmt.Sprintf("was not run: the kernel replied %q", r.Status), nil
}
