package child

import (
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"reflect"
	"runtime"
	"slices"

	"github.com/traefik/yaegi/interp"

	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
)

// symbols returns what a cell finds in place of standard functions that would print
// past the notebook or end the process, and the package that the cell compiler calls.
func (s *session) symbols() interp.Exports {
	fn := reflect.ValueOf
	logger := log.New(s.stderr, "", log.LstdFlags)
	log.SetOutput(s.stderr) // compiled code's own
	fatal := func(print func(...any)) func(...any) {
		return func(v ...any) { print(v...); s.exit(1) }
	}
	flags := flag.NewFlagSet("cell", flag.ContinueOnError)
	flags.SetOutput(s.stderr)
	slog.SetDefault(slog.New(slog.NewTextHandler(s.stderr, nil)))

	return interp.Exports{
		"goherd/host/host": {
			"Result":    fn(s.Result),
			"Method":    fn(s.Method),
			"Panicking": fn(s.Panicking),
			"Describe":  fn(s.Describe),
			"Loops":     fn(s.Loops),
			"Discarded": fn(s.Discarded),
		},
		"fmt/fmt": {
			"Print":   fn(func(v ...any) (int, error) { return fmt.Fprint(s.out(), v...) }),
			"Printf":  fn(func(f string, v ...any) (int, error) { return fmt.Fprintf(s.out(), f, v...) }),
			"Println": fn(func(v ...any) (int, error) { return fmt.Fprintln(s.out(), v...) }),
			"Scan":    fn(func(v ...any) (int, error) { return fmt.Fscan(s.in(), v...) }),
			"Scanf":   fn(func(f string, v ...any) (int, error) { return fmt.Fscanf(s.in(), f, v...) }),
			"Scanln":  fn(func(v ...any) (int, error) { return fmt.Fscanln(s.in(), v...) }),
		},
		"os/os": {
			"Exit":   fn(s.exit),
			"Stdin":  fn(&s.stdin).Elem(),
			"Stdout": fn(&s.stdout).Elem(),
			"Stderr": fn(&s.stderr).Elem(),
			"Args":   fn(&[]string{"cell"}).Elem(),
		},
		"flag/flag": {
			"CommandLine": fn(&flags).Elem(),
		},
		"log/log": {
			"Default": fn(func() *log.Logger { return logger }),
			"Fatal":   fn(fatal(logger.Print)),
			"Fatalf": fn(func(f string, v ...any) {
				logger.Printf(f, v...)
				s.exit(1)
			}),
			"Fatalln":   fn(fatal(logger.Println)),
			"Flags":     fn(logger.Flags),
			"Output":    fn(logger.Output),
			"Panic":     fn(logger.Panic),
			"Panicf":    fn(logger.Panicf),
			"Panicln":   fn(logger.Panicln),
			"Prefix":    fn(logger.Prefix),
			"Print":     fn(logger.Print),
			"Printf":    fn(logger.Printf),
			"Println":   fn(logger.Println),
			"SetFlags":  fn(logger.SetFlags),
			"SetOutput": fn(logger.SetOutput),
			"SetPrefix": fn(logger.SetPrefix),
			"Writer":    fn(logger.Writer),
		},
	}
}

// out is what fmt.Print writes to: a cell may have put another file in the place of os.Stdout.
func (s *session) out() io.Writer {
	if f := os.Stdout; f != s.stdout.real {
		return f
	}
	return s.stdout
}

// in is what fmt.Scan reads.
func (s *session) in() io.Reader {
	if f := os.Stdin; s.engine != nil && f != s.stdin.File {
		return f
	}
	return s.stdin
}

// exit is os.Exit in a cell: it ends the run, with its state kept, where it would
// have ended the process.
func (s *session) exit(code int) {
	if s.worker != nil {
		os.Exit(code) // the process is there for that task
	}
	r := s.current()
	if r == nil {
		fmt.Fprintf(s.stderr, "os.Exit(%d) was called in a goroutine of a cell that has ended: only the goroutine ends\n", code)
		runtime.Goexit()
	}
	r.exited.Store(true)
	r.fail(&link.Failure{
		Kind: link.FailExit, Name: "exit", Text: fmt.Sprintf("exit status %d", code), Frames: here(),
	})
	s.interrupt(r.id)
	r.tok.Exit()
}

// here returns where the calling goroutine is in the cells.
func here() []link.Pos {
	if at := positions(engine.Here()); len(at) > 0 {
		return at
	}
	return link.Frames(stack())
}

// variables returns the variables of an environment, as the system has it.
func variables(environ []string) map[string]string {
	m := map[string]string{}
	for _, e := range environ {
		if name, value, ok := cutEnv(e); ok {
			m[name] = value
		}
	}
	return m
}

// cutEnv splits "NAME=value". Windows has names that begin with "=".
func cutEnv(e string) (name, value string, ok bool) {
	for i := 1; i < len(e); i++ {
		if e[i] == '=' {
			return e[:i], e[i+1:], true
		}
	}
	return "", "", false
}

func setenv(e string) {
	if name, value, ok := cutEnv(e); ok {
		os.Setenv(name, value)
	} else {
		os.Unsetenv(e)
	}
}

// changedEnv returns what changed in the environment since it was last called, so
// that the next interpreter gets it too. s.mu is held.
func (s *session) changedEnv() []string {
	environ := os.Environ()
	if slices.Equal(environ, s.environ) { // as after nearly every run
		return nil
	}
	now, before := variables(environ), variables(s.environ)
	var out []string
	for name, value := range now {
		if old, ok := before[name]; !ok || old != value {
			out = append(out, name+"="+value)
		}
	}
	for name := range before {
		if _, ok := now[name]; !ok {
			out = append(out, name)
		}
	}
	s.environ = environ
	return out
}
