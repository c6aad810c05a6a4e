package conform

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A Program is one file, package main, and what came of it.
type Program struct {
	Name   string // its path, from the folder that was asked for
	Source []byte
	Reason string // why it can't be compared; "" if it can

	Want, Got *Outcome
	Class     Class
	Detail    string
}

// Load reads the programs of a folder.
func Load(dir string) ([]*Program, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no programs in %s", dir)
	}
	var out []*Program
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		out = append(out, &Program{Name: filepath.Base(f), Source: src})
	}
	return out, nil
}

// A Reasons list says something about programs, by name.
type Reasons map[string]string

// ReadReasons reads a list: a name, blanks, and the reason in each line; # begins a
// comment. A reason is a must.
func ReadReasons(file string) (Reasons, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := Reasons{}
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		line, _, _ := strings.Cut(s.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, reason, _ := strings.Cut(line, " ")
		if reason = strings.TrimSpace(reason); reason == "" {
			return nil, fmt.Errorf("%s:%d: %s has no reason", file, n, name)
		}
		if out[name] != "" {
			return nil, fmt.Errorf("%s:%d: %s is there twice", file, n, name)
		}
		out[name] = reason
	}
	return out, s.Err()
}

// WriteMisses writes a list of what is not the same, with the difference as reason.
func WriteMisses(file string, programs []*Program) error {
	var b strings.Builder
	b.WriteString("# Programs that the kernel gets wrong, and how. The test fails when one of them comes right, too.\n")
	for _, p := range programs {
		if p.Class != Same && p.Class != Excluded {
			fmt.Fprintf(&b, "%s %s: %s\n", filepath.Base(p.Name), p.Class, strings.ReplaceAll(p.Detail, "#", "№"))
		}
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// A Suite runs programs.
type Suite struct {
	Binary  string // goherd
	Native  *Native
	Whole   bool // each program is one cell, with its package clause
	Workers int
	Done    func(*Program) // called for each, one at a time; may be nil
}

// Run runs the programs that can be compared and fills in what came of them. The error
// is of the machinery, not of a program.
func (s *Suite) Run(ctx context.Context, programs []*Program) error {
	work := make(chan *Program)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range max(s.Workers, 1) {
		wg.Go(func() {
			for p := range work {
				if err := s.one(ctx, p); err != nil {
					cancel(fmt.Errorf("%s: %w", p.Name, err))
					continue
				}
				if s.Done != nil {
					mu.Lock()
					s.Done(p)
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range programs {
		if ctx.Err() != nil {
			break
		}
		work <- p
	}
	close(work)
	wg.Wait()
	return context.Cause(ctx)
}

func (s *Suite) one(ctx context.Context, p *Program) error {
	if p.Reason != "" {
		p.Class, p.Detail = Excluded, p.Reason
		return nil
	}
	cells := []string{string(p.Source)}
	var err error
	if !s.Whole {
		cells, err = Cells(p.Source)
	}
	if err == nil {
		p.Want, err = s.Native.Run(ctx, p.Source)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		p.Class, p.Detail = Unusable, oneLine(err.Error())
		return nil
	}
	if p.Got, err = RunCells(ctx, s.Binary, cells, Limit(p.Want.Millis)); err != nil {
		return err
	}
	p.Class, p.Detail = Compare(p.Want, p.Got)
	if p.Class != Same && len(cells) > 1 && p.Got.Name != "" {
		p.Detail = fmt.Sprintf("cell %d of %d: %s", p.Got.Cell, len(cells), p.Detail)
	}
	return nil
}

// Report prints the table, by folder, and the misses.
func Report(w io.Writer, programs []*Program) {
	counts := map[string]map[Class]int{}
	var folders []string
	for _, p := range programs {
		for _, dir := range []string{filepath.Dir(p.Name), "all"} {
			if counts[dir] == nil {
				counts[dir] = map[Class]int{}
				if dir != "all" {
					folders = append(folders, dir)
				}
			}
			counts[dir][p.Class]++
		}
	}
	slices.Sort(folders)
	fmt.Fprintf(w, "%-16s", "")
	for _, c := range Classes {
		fmt.Fprintf(w, " %10s", c)
	}
	fmt.Fprintln(w, "    same of compared")
	if len(folders) > 1 {
		folders = append(folders, "all")
	}
	for _, dir := range folders {
		fmt.Fprintf(w, "%-16s", dir)
		total := 0
		for _, c := range Classes {
			n := counts[dir][c]
			fmt.Fprintf(w, " %10d", n)
			if c != Excluded && c != Unusable {
				total += n
			}
		}
		fmt.Fprintf(w, " %10.1f %% of %d\n", 100*float64(counts[dir][Same])/float64(max(total, 1)), total)
	}
	for _, c := range []Class{Different, Crashed, Hang, Errored, Unusable, Excluded} {
		first := true
		for _, p := range programs {
			if p.Class != c {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s:\n", c)
				first = false
			}
			fmt.Fprintf(w, "  %-32s %s\n", p.Name, p.Detail)
		}
	}
}
