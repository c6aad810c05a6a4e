package link

import (
	"errors"
	"io"
	"os"
	"time"
)

// silence is how long a pipe whose writer has ended may be silent before its reader
// gives up.
const silence = 100 * time.Millisecond

// Drain returns a reader of a pipe that comes to its end soon after ended was closed,
// because the process that wrote to it has ended, even if another process that it left
// behind holds the pipe open: what is in the pipe is read, however long the reader
// takes, and nothing is waited for.
func Drain(f *os.File, ended <-chan struct{}) io.Reader {
	go func() {
		<-ended
		// A reader that waits is woken. Where a pipe can't have a deadline, it comes
		// to its end with the last process that holds it.
		_ = f.SetReadDeadline(time.Now().Add(silence))
	}()
	return &drained{f, ended}
}

type drained struct {
	f     *os.File
	ended <-chan struct{}
}

func (d *drained) Read(p []byte) (int, error) {
	for {
		over := false
		select {
		case <-d.ended:
			over = true
			_ = d.f.SetReadDeadline(time.Now().Add(silence))
		default:
		}
		n, err := d.f.Read(p)
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			if !over {
				continue // it ended while we waited
			}
			err = io.EOF
		}
		return n, err
	}
}
