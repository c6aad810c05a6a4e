// Command cmd compares the kernel with compiled Go: it runs the programs of folders,
// or those of the Go distribution's test folder, and prints a table and the misses.
//
//	go run ./tests/conform/cmd -kernel goherd tests/conform/testdata/programs
//	go run ./tests/conform/cmd -kernel goherd -go-tests "$(go env GOROOT)/test"
//	go run ./tests/conform/cmd -kernel goherd -random 20
//
// A file in place of a folder runs that program alone, and prints both outputs. The exit
// status is 1 if a program is not the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/goherd/goherd/tests/conform"
	"github.com/goherd/goherd/tests/conform/gen"
)

var (
	kernel  = flag.String("kernel", "", "the goherd `binary`")
	goTests = flag.String("go-tests", "", "the Go distribution's test `folder`")
	folders = flag.String("folders", strings.Join(conform.GoTestFolders, ","), "which folders in there, separated by commas")
	reasons = flag.String("reasons", "tests/conform/testdata/gotests.txt", "`file` with the programs that can't be compared, and why")
	random  = flag.Int("random", 0, "compare `N` random programs")
	seed    = flag.Int("seed", 1, "the first random program")
	whole   = flag.Bool("whole", false, "each program is one cell")
	match   = flag.String("run", "", "only programs whose name matches the `expression`")
	workers = flag.Int("j", min(runtime.NumCPU(), 4), "how many programs at a time")
	cache   = flag.String("cache", "", "`folder` that keeps what compiled programs do; default in the user's cache")
	misses  = flag.String("misses", "", "write the list of misses to `file`, in the form of known.txt")
	save    = flag.String("save", "", "write what the compiled programs do to `file`")
	verbose = flag.Bool("v", false, "print each program as it ends")
	cells   = flag.Bool("cells", false, "print the cells of each program, run nothing")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conform:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// load finds the programs that the arguments ask for. single says that it is one.
func load() (programs []*conform.Program, single bool, err error) {
	list := conform.Reasons{}
	if *reasons != "" {
		if list, err = conform.ReadReasons(*reasons); err != nil {
			return nil, false, err
		}
	}
	if *goTests != "" {
		if programs, err = conform.LoadGoTests(*goTests, strings.Split(*folders, ","), list); err != nil {
			return nil, false, err
		}
	}
	for i := range *random {
		name := fmt.Sprintf("random/%d", *seed+i)
		programs = append(programs, &conform.Program{Name: name, Source: []byte(gen.Example(*seed + i))})
	}
	for _, arg := range flag.Args() {
		if strings.HasSuffix(arg, ".go") {
			src, err := os.ReadFile(arg)
			if err != nil {
				return nil, false, err
			}
			programs = append(programs, &conform.Program{Name: filepath.Base(arg), Source: src})
			single = flag.NArg() == 1
			continue
		}
		more, err := conform.Load(arg)
		if err != nil {
			return nil, false, err
		}
		for _, p := range more {
			p.Name = filepath.ToSlash(filepath.Join(filepath.Base(arg), p.Name))
			p.Reason = list[filepath.Base(p.Name)]
		}
		programs = append(programs, more...)
	}
	if *match != "" {
		re, err := regexp.Compile(*match)
		if err != nil {
			return nil, false, err
		}
		var kept []*conform.Program
		for _, p := range programs {
			if re.MatchString(p.Name) {
				kept = append(kept, p)
			}
		}
		programs = kept
	}
	if len(programs) == 0 {
		return nil, false, errors.New("no programs")
	}
	return programs, single, nil
}

func run(ctx context.Context) (bool, error) {
	programs, single, err := load()
	if err != nil {
		return false, err
	}
	if *cells {
		return true, show(programs)
	}
	if *kernel == "" {
		return false, errors.New("-kernel says which goherd to run")
	}
	binary, err := filepath.Abs(*kernel)
	if err != nil {
		return false, err
	}
	native, err := conform.NewNative(*cache)
	if err != nil {
		return false, err
	}
	suite := &conform.Suite{Binary: binary, Native: native, Whole: *whole, Workers: *workers}
	done := 0
	suite.Done = func(p *conform.Program) {
		done++
		if *verbose {
			fmt.Fprintf(os.Stderr, "%4d/%d %-10s %-32s %s\n", done, len(programs), p.Class, p.Name, p.Detail)
		}
	}
	if err := suite.Run(ctx, programs); err != nil {
		return false, err
	}
	if single && programs[0].Got != nil {
		p := programs[0]
		fmt.Printf("--- Go, exit status %d %s\n%s\n--- kernel\n%s\n%s\n---\n", p.Want.Exit, p.Want.Crash, p.Want.Output, p.Got.Output, p.Got.Text)
	}
	conform.Report(os.Stdout, programs)
	if *save != "" {
		if err := native.Save(*save, programs); err != nil {
			return false, err
		}
	}
	if *misses != "" {
		if err := conform.WriteMisses(*misses, programs); err != nil {
			return false, err
		}
	}
	for _, p := range programs {
		if p.Class != conform.Same && p.Class != conform.Excluded {
			return false, nil
		}
	}
	return true, nil
}

// show prints cells.
func show(programs []*conform.Program) error {
	for _, p := range programs {
		list, err := conform.Cells(p.Source)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		for i, text := range list {
			fmt.Printf("--- %s, cell %d\n%s\n", p.Name, i+1, text)
		}
	}
	return nil
}
