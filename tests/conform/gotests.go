package conform

import (
	"bytes"
	"fmt"
	"go/build/constraint"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// GoTestFolders are those of the Go distribution's test folder that are run by
// default.
var GoTestFolders = []string{".", "ken", "chan", "typeparam", "interface"}

// LoadGoTests reads from the Go distribution's test folder the programs that run
// without arguments: those whose first line is "// run". Names that stand in reasons
// are excluded with them.
func LoadGoTests(dir string, folders []string, reasons Reasons) ([]*Program, error) {
	var out []*Program
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(dir, folder, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			first, _, _ := bytes.Cut(src, []byte("\n"))
			if strings.TrimSpace(string(first)) != "// run" {
				continue
			}
			name := filepath.ToSlash(filepath.Join(folder, filepath.Base(f)))
			p := &Program{Name: name, Source: src, Reason: reasons[name]}
			if p.Reason == "" && !fits(src) {
				p.Reason = "its build constraint excludes this platform"
			}
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no programs to run in %s", dir)
	}
	return out, nil
}

// fits reports whether a program's build constraint holds here.
func fits(src []byte) bool {
	for line := range bytes.Lines(src) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "package ") {
			break
		}
		if !constraint.IsGoBuild(text) {
			continue
		}
		x, err := constraint.Parse(text)
		return err == nil && x.Eval(func(tag string) bool {
			unix := runtime.GOOS != "windows" && tag == "unix"
			return unix || tag == runtime.GOOS || tag == runtime.GOARCH || tag == "gc" || strings.HasPrefix(tag, "go1.")
		})
	}
	return true
}
