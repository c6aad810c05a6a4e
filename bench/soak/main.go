// Command soak uses a goherd kernel for a long time as a notebook would, and looks whether anything grows: it runs
// cells that make pools and close them, fail, are interrupted, kill workers and the interpreter, redefine functions and send large values; each is checked.
// Every ten seconds it notes the memory, goroutines and open files of the kernel process, the interpreter and the workers.
// In the end there is a table of how much each grew by the hour. It exits with 1 if one did, if a cell went wrong, or
// if anything was left behind.
//
//	go run ./bench/soak -for 20m
//
// It is the kernel itself, too: its processes are goherd's but for what tells of their insides.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/goherd/goherd/kernel/client"
)

func main() {
	if len(os.Args) > 1 {
		if code, ok := part(os.Args[1], os.Args[2:]); ok {
			os.Exit(code)
		}
	}
	length := flag.Duration("for", 20*time.Minute, "how long")
	every := flag.Duration("every", 10*time.Second, "how long from one sample to the next")
	pause := flag.Duration("pause", 100*time.Millisecond, "how long from one cell to the next")
	crash := flag.Duration("crash", 10*time.Minute, "how long from one death of the interpreter to the next")
	only := flag.String("only", "", "play but the `scenes` with these names, with commas, for finding what grows")
	out := flag.String("o", "", "write the report to this `file`, too")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "for the order of the cells")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Printf("seed %d\n", *seed)
	s := &soak{scenes: scenes, took: map[string]time.Duration{}, out: *out, seed: *seed, every: *every, pause: *pause, crash: *crash, random: rand.New(rand.NewPCG(*seed, 0))}
	if *only != "" {
		s.scenes = nil
		for name := range strings.SplitSeq(*only, ",") {
			i := slices.IndexFunc(scenes, func(c scene) bool { return c.name == name })
			if i < 0 {
				fmt.Fprintf(os.Stderr, "soak: there is no scene %q\n", name)
				os.Exit(2)
			}
			s.scenes = append(s.scenes, scenes[i])
		}
	}
	if err := s.run(ctx, *length); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// A soak is one kernel in use.
type soak struct {
	every, pause, crash time.Duration
	seed                uint64
	random              *rand.Rand
	scenes              []scene
	out                 string // for the report; "" for none

	dir     string // of all files that are made
	began   time.Time
	k       *client.Kernel
	cells   int
	took    map[string]time.Duration // at the most, by scene
	samples []sample
}

func (s *soak) run(ctx context.Context, length time.Duration) (err error) {
	if s.dir, err = os.MkdirTemp("", "soak"); err != nil { // short, for the names of sockets
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	temp, insides := filepath.Join(s.dir, "tmp"), filepath.Join(s.dir, "in")
	for _, d := range []string{temp, insides} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s.k, err = client.Launch(ctx, []string{self, "kernel", "-f", client.ConnectionFileArg}, client.LaunchOptions{
		Dir: s.dir, Stderr: os.Stderr,
		Env: []string{"TMPDIR=" + temp, "TMP=" + temp, "GOHERD_HISTORY=" + filepath.Join(s.dir, "history.sqlite"), insidesVar + "=" + insides},
	})
	if err != nil {
		return err
	}
	defer s.k.Close()
	s.began = time.Now()
	used := s.use(ctx, length)
	grew := s.report(length)
	shut, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(used, grew, s.k.Shutdown(shut), empty(temp))
}

// use runs cells and takes samples until the time is over.
func (s *soak) use(ctx context.Context, length time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	printHead()
	if err := s.cell(ctx, setup, "ready"); err != nil {
		return err
	}
	if err := s.fill(ctx); err != nil {
		return err
	}
	sampled, crashed := time.Now(), time.Now()
	for ctx.Err() == nil {
		what := s.scenes[s.random.IntN(len(s.scenes))]
		if time.Since(crashed) > s.crash {
			what, crashed = crash, time.Now()
		}
		began := time.Now()
		if err := what.play(ctx, s); err != nil && ctx.Err() == nil {
			if errors.Is(err, errHangs) {
				s.stacks()
			}
			return fmt.Errorf("after %s and %d cells, %s: %w", time.Since(s.began).Round(time.Second), s.cells, what.name, err)
		}
		s.took[what.name] = max(s.took[what.name], time.Since(began))
		if time.Since(sampled) > s.every && ctx.Err() == nil {
			sampled = time.Now()
			if err := s.sample(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
		time.Sleep(s.pause)
	}
	if context.Cause(ctx) == context.DeadlineExceeded {
		return nil
	}
	return context.Cause(ctx)
}

// empty is an error for each file below dir.
func empty(dir string) error {
	var left []error
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != dir {
			left = append(left, fmt.Errorf("left behind: %s", path))
		}
		return err
	})
	return errors.Join(append(left, err)...)
}
