package runner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/goherd/goherd/kernel/wire"
)

// An asker answers the input requests of cells from a terminal.
type asker struct {
	print    *printer
	terminal bool
	readLine func() (string, error)
	password func() (string, error)

	mu    sync.Mutex // held by who asks
	lines chan answer
	// pending is whether a read is under way whose answer nobody took, because
	// its cell ended first. The next request takes it.
	pending bool
}

type answer struct {
	text string
	err  error
}

func newAsker(stdin io.Reader, p *printer) *asker {
	fd, ok := isTerminal(stdin)
	a := &asker{print: p, terminal: ok, lines: make(chan answer, 1)}
	in := bufio.NewReader(stdin)
	a.readLine = func() (string, error) {
		s, err := in.ReadString('\n')
		if err != nil && s == "" {
			return "", err
		}
		return strings.TrimRight(s, "\r\n"), nil
	}
	a.password = func() (string, error) {
		b, err := term.ReadPassword(fd)
		return string(b), err
	}
	return a
}

// line asks for a line. Whoever asks meanwhile waits. The error is that of ctx,
// or says why the terminal gives no line.
func (a *asker) line(ctx context.Context, req wire.InputRequest) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.print.prompt(req.Prompt)
	if !a.pending {
		a.pending = true
		read := a.readLine
		if req.Password {
			read = a.password
		}
		// A read from a terminal cannot be called off: this goroutine stays
		// until the user types a line or the process ends.
		go func() {
			text, err := read()
			a.lines <- answer{text, err}
		}()
	}
	select {
	case l := <-a.lines:
		a.pending = false
		a.print.answered()
		if errors.Is(l.err, io.EOF) {
			return "", errors.New("the input has ended")
		}
		if l.err != nil {
			return "", fmt.Errorf("reading the input: %w", l.err)
		}
		return l.text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
