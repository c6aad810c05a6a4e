package cell_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/cell"
)

func TestDirectives(t *testing.T) {
	for text, want := range map[string]string{
		"import _ \"embed\"\n\n//go:embed x.txt\nvar x string": "3:1: go:embed: a cell has no folder of sources to embed files from: read the file with os.ReadFile or os.DirFS",
		"x := `\n//go:embed y\n`":                              "",
		"//go:noinline\nfunc f() {}":                           "",
		"func f() {\n\t//go:linkname a b\n}":                   "2:2: go:linkname: a cell can't be linked with another package: call what the package exports",
	} {
		_, err := cell.NewSession(lib).Compile(cell.Source{Serial: 1, Text: text}, cell.Normal)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q\ngot  %s\nwant %s", text, got, want)
		}
	}
}
