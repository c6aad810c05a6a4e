package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/goherd/goherd/kernel/history"
	"github.com/goherd/goherd/kernel/wire"
)

// records are writes to the history that wait for it to be open: the first cell of a
// session doesn't.
type records struct {
	number  int // of this session in the history, 0 until it is known
	queue   []func(number int)
	writing bool
	cancel  context.CancelFunc // of opening the history; nil while that isn't under way
}

// giveUp ends the wait for a history that can't be opened: the session is closed.
func (s *Session) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records.cancel != nil {
		s.records.cancel()
	}
}

// remember calls write with the number of this session in the history, soon and in
// order.
func (s *Session) remember(write func(number int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records.queue = append(s.records.queue, write)
	if !s.records.writing && !s.closed {
		s.records.writing = true
		s.wg.Go(s.write)
	}
}

func (s *Session) write() {
	for {
		s.mu.Lock()
		number, queue := s.records.number, s.records.queue
		s.records.queue = nil
		if len(queue) == 0 {
			s.records.writing = false
			s.mu.Unlock()
			return
		}
		ctx, cancel := context.WithCancel(context.Background())
		s.records.cancel = cancel
		s.mu.Unlock()
		if number == 0 {
			n, err := s.opts.History.NewSession(ctx)
			if err != nil {
				s.opts.Log.Warn("history", "error", err)
				n = 1
			}
			number = n
			s.mu.Lock()
			s.records.number = n
			s.mu.Unlock()
		}
		for _, write := range queue {
			write(number)
		}
		cancel()
	}
}

// History answers a request for earlier inputs.
func (s *Session) History(ctx context.Context, r wire.HistoryRequest) ([]wire.HistoryEntry, error) {
	if s.opts.History == nil {
		return nil, nil
	}
	written := make(chan struct{})
	s.remember(func(int) { close(written) })
	select {
	case <-written:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.ctx.Done():
		return nil, errClosed
	}
	var entries []history.Entry
	var err error
	switch r.AccessType {
	case "tail":
		entries, err = s.opts.History.Tail(ctx, r.N, r.Output)
	case "range":
		entries, err = s.opts.History.Range(ctx, r.Session, r.Start, r.Stop, r.Output)
	case "search":
		entries, err = s.opts.History.Search(ctx, r.Pattern, r.N, r.Unique, r.Output)
	default:
		return nil, fmt.Errorf("history: unknown access type %q", r.AccessType)
	}
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	out := make([]wire.HistoryEntry, len(entries))
	for i, e := range entries {
		out[i] = wire.HistoryEntry{Session: e.Session, Line: e.Line, Input: e.Source, Output: e.Output, HasOutput: r.Output}
	}
	return out, nil
}

// pastCells writes this session's cells, or those of a glob, for %history.
func (s *Session) pastCells(ctx context.Context, args string) (string, error) {
	if s.opts.History == nil {
		return "", errors.New("%history: this kernel keeps none")
	}
	r := wire.HistoryRequest{AccessType: "range", Raw: true}
	if pattern, ok := strings.CutPrefix(args, "-g"); ok {
		r = wire.HistoryRequest{AccessType: "search", Pattern: "*" + strings.TrimSpace(pattern) + "*", N: 100, Raw: true}
	} else if args != "" {
		if _, err := fmt.Sscanf(args, "%d-%d", &r.Start, &r.Stop); err != nil {
			if _, err := fmt.Sscanf(args, "%d", &r.Start); err != nil {
				return "", fmt.Errorf("usage: %%history, %%history 3, %%history 3-7 or %%history -g text")
			}
			r.Stop = r.Start
		}
		r.Stop++
	}
	entries, err := s.History(ctx, r)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, e := range entries {
		number := fmt.Sprint(e.Line)
		if r.AccessType == "search" {
			number = fmt.Sprintf("%d/%d", e.Session, e.Line)
		}
		fmt.Fprintf(&b, "%s: %s\n", number, strings.ReplaceAll(strings.TrimRight(e.Input, "\n"), "\n", "\n"+strings.Repeat(" ", len(number)+2)))
	}
	return b.String(), nil
}
