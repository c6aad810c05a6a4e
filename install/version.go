package install

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/goherd/goherd/kernel/wire"
)

// Version returns the version of the running program: the module's version where it was built as one, as by
// `go install`, else "devel" with the revision of its source where that is known. It never returns "".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value
		}
	}
	if revision == "" {
		return "devel"
	}
	v := "devel-" + revision[:min(12, len(revision))]
	if modified == "true" {
		v += "-modified"
	}
	return v
}

// module returns the version of a module that is built in.
func module(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			if m.Replace != nil {
				m = m.Replace
			}
			return m.Version
		}
	}
	return "unknown"
}

func (c *command) version(_ context.Context, args []string) error {
	if err := c.parse(flag.NewFlagSet(c.verb, flag.ContinueOnError), args, "Prints the version of goherd and of what it is made of."); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s %s\n", versionPrefix, Version())
	printTable(c.stdout, [][2]string{
		{"Go", runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{"Jupyter protocol", wire.ProtocolVersion},
		{"yaegi", module("github.com/traefik/yaegi")},
		{"zmq4", module("github.com/go-zeromq/zmq4")},
	})
	return nil
}

// versionPrefix begins the first line of `goherd version`; the version follows.
const versionPrefix = "goherd"

// parseVersion reads the version from the output of `goherd version`.
func parseVersion(out string) (string, bool) {
	line, _, _ := strings.Cut(out, "\n")
	v, ok := strings.CutPrefix(strings.TrimSpace(line), versionPrefix+" ")
	return v, ok && v != ""
}

// printTable prints names and values in two columns.
func printTable(w io.Writer, rows [][2]string) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r[0]))
	}
	for _, r := range rows {
		fmt.Fprintf(w, "%-*s  %s\n", width, r[0], r[1])
	}
}
