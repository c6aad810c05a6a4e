package main

import (
	"fmt"
	"time"
)

type Server struct {
	addr    string
	timeout time.Duration
	tls     bool
	tags    []string
}

type Option func(*Server) error

func WithTimeout(d time.Duration) Option {
	return func(s *Server) error {
		if d <= 0 {
			return fmt.Errorf("timeout must be positive, not %v", d)
		}
		s.timeout = d
		return nil
	}
}

func WithTLS() Option { return func(s *Server) error { s.tls = true; return nil } }
func WithTags(tags ...string) Option {
	return func(s *Server) error { s.tags = append(s.tags, tags...); return nil }
}

func New(addr string, opts ...Option) (*Server, error) {
	s := &Server{addr: addr, timeout: 30 * time.Second}
	for _, o := range opts {
		if err := o(s); err != nil {
			return nil, fmt.Errorf("new server: %w", err)
		}
	}
	return s, nil
}

func main() {
	s, err := New(":80", WithTLS(), WithTags("a", "b"), WithTimeout(5*time.Second))
	fmt.Printf("%+v %v\n", *s, err)
	s, err = New(":80", WithTimeout(-1))
	fmt.Println(s, err)
}
