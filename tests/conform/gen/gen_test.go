package gen_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"pgregory.net/rapid"

	"github.com/goherd/goherd/tests/conform/gen"
)

// What is made up compiles: else the comparison would find nothing.
func TestPrograms(t *testing.T) {
	std := importer.ForCompiler(token.NewFileSet(), "source", nil)
	rapid.Check(t, func(r *rapid.T) {
		src := gen.Program().Draw(r, "program")
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
		if err != nil {
			r.Fatalf("%v\n%s", err, src)
		}
		conf := types.Config{Importer: std, GoVersion: "go1.26"}
		if _, err := conf.Check("main", fset, []*ast.File{f}, nil); err != nil {
			r.Fatalf("%v\n%s", err, src)
		}
	})
}

func TestExampleIsAlwaysTheSame(t *testing.T) {
	once, again := gen.Example(3), gen.Example(3)
	if once != again || once == gen.Example(4) {
		t.Error("the number doesn't make the program")
	}
}
