package transport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/goherd/goherd/kernel/early"
)

// endpoint is a ZeroMQ endpoint in terms of package net.
type endpoint struct {
	text    string // as given
	network string // "tcp" or "unix"
	addr    string
}

// parse understands tcp://HOST:PORT, where * stands for all interfaces and any
// port, and ipc://PATH.
func parse(text string) (endpoint, error) {
	scheme, addr, ok := strings.Cut(text, "://")
	switch {
	case ok && scheme == "tcp":
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return endpoint{}, fmt.Errorf("endpoint %s: %w", text, err)
		}
		if host == "*" {
			host = ""
		}
		if port == "*" {
			port = "0"
		}
		return endpoint{text, "tcp", net.JoinHostPort(host, port)}, nil
	case ok && scheme == "ipc" && addr != "":
		return endpoint{text, "unix", addr}, nil
	}
	return endpoint{}, fmt.Errorf("endpoint %q: want tcp://HOST:PORT or ipc://PATH", text)
}

// file returns the path of the socket file, empty if there is none: names that
// begin with @ are Linux's abstract sockets.
func (e endpoint) file() string {
	if e.network != "unix" || strings.HasPrefix(e.addr, "@") {
		return ""
	}
	return e.addr
}

// listen binds the endpoint, unless that was done when the process began. A socket file that nobody listens on any more,
// left behind by a process that was killed, is replaced.
func (e endpoint) listen() (net.Listener, error) {
	if l := early.Take(e.addr); l != nil && e.network == "tcp" {
		return l, nil
	}
	l, err := net.Listen(e.network, e.addr)
	if err != nil && e.file() != "" && e.stale() {
		if err = os.Remove(e.file()); err == nil || errors.Is(err, fs.ErrNotExist) {
			l, err = net.Listen(e.network, e.addr)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", e.text, e.explain(err))
	}
	if e.file() != "" {
		// Whoever may write to the file may connect.
		if err := os.Chmod(e.file(), 0o600); err != nil {
			l.Close()
			return nil, fmt.Errorf("listen on %s: %w", e.text, err)
		}
	}
	return l, nil
}

// stale reports whether the socket file has no listener.
func (e endpoint) stale() bool {
	if info, err := os.Lstat(e.file()); err != nil || info.Mode().Type() != fs.ModeSocket {
		return false // never remove what isn't a socket
	}
	c, err := net.DialTimeout(e.network, e.addr, time.Second)
	if err == nil {
		c.Close()
		return false
	}
	const wsaRefused = syscall.Errno(10061) // what Windows says, and nobody else
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaRefused)
}

func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, e.network, e.addr)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", e.text, e.explain(err))
	}
	return c, nil
}

// explain replaces the system's "invalid argument" for a path that doesn't fit
// into a socket address (104 bytes on macOS, 108 on Linux and Windows).
func (e endpoint) explain(err error) error {
	if e.network == "unix" && len(e.addr) >= 104 && errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("the path of %d bytes is too long for a socket", len(e.addr))
	}
	return err
}

// resolved returns the endpoint that l is bound to, with the port that was
// chosen.
func (e endpoint) resolved(l net.Listener) string {
	if e.network == "tcp" {
		return "tcp://" + l.Addr().String()
	}
	return e.text
}
