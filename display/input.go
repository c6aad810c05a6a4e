package display

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Input asks the person at the notebook for a line and waits for it. It fails
// where no one can be asked, for example in a notebook that is run unattended.
func Input(prompt string) (string, error) { return ask(prompt, false) }

// Password asks as [Input] does but doesn't show what is typed.
func Password(prompt string) (string, error) { return ask(prompt, true) }

func ask(prompt string, password bool) (string, error) {
	s, err := sink().Input(prompt, password)
	if err != nil {
		return "", fmt.Errorf("asking for input: %w", err)
	}
	return s, nil
}

func (terminal) Input(prompt string, password bool) (string, error) {
	stdout.Lock()
	_, err := os.Stdout.WriteString(prompt)
	stdout.Unlock()
	if err != nil {
		return "", err
	}
	if fd := int(os.Stdin.Fd()); password && term.IsTerminal(fd) {
		line, err := term.ReadPassword(fd)
		fmt.Println() // the end of the line wasn't shown either
		return string(line), err
	}
	return readLine(os.Stdin)
}

// readLine reads byte by byte: what follows the line is the program's.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		if n > 0 {
			if b[0] == '\n' {
				break
			}
			line = append(line, b[0])
			continue
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case errors.Is(err, io.EOF):
			return "", io.ErrUnexpectedEOF
		default:
			return "", err
		}
	}
	return strings.TrimSuffix(string(line), "\r"), nil
}
