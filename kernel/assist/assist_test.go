package assist_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/assist"
	"github.com/goherd/goherd/kernel/cell/std"
)

// session is what the cells of the tests have before them.
const session = `package main

import (
	"bytes"
	"net/http"
	"strings"
)

// Point is a place
// on the plane.
type Point struct {
	X, Y  int
	label string
}

// Move shifts p.
func (p *Point) Move(dx, dy int) *Point { return p }

// String shows a point.
func (p Point) String() string { return "" }

type Circle struct {
	*Point
	Radius float64
	inner  struct{ depth int }
}

type Shape interface {
	Area() float64
	Name() string
}

type Stack[T any] struct{ Items []T }

// Push adds on top.
func (s *Stack[T]) Push(x T) {}

// Pop takes from the top.
func (s *Stack[T]) Pop() (x T, ok bool) { return }

// origin is where we start.
var origin = Point{}

var circle = &Circle{}

var shape Shape

var stack Stack[string]

var replacer = strings.NewReplacer("a", "b")

var buffer bytes.Buffer

var client *http.Client

var numbers = []int{1, 2, 3}

var points = map[string]*Point{}

// greet greets
// a person.
func greet(name string, times int) string { return name }

func apply[T, U any](list []T, f func(T) U) []U { return nil }

const limit = 10

const größe = 3
`

func newEnv(tb testing.TB) *assist.Env {
	tb.Helper()
	imp := std.NewImporter()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "session.go", session, parser.ParseComments)
	if err != nil {
		tb.Fatal(err)
	}
	pkg, err := (&types.Config{Importer: imp}).Check("main", fset, []*ast.File{f}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	for _, name := range []string{"data.csv", "Data2.csv", "sub/inner.txt", ".hidden"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	var pkgs []assist.Package
	for _, p := range std.Packages() {
		pkgs = append(pkgs, assist.Package(p))
	}
	return &assist.Env{
		Pkg:      pkg,
		Imports:  map[string]string{"strings": "strings", "web": "net/http", "bytes": "bytes"},
		Import:   imp.Import,
		ByName:   std.ByName,
		Packages: func() []assist.Package { return pkgs },
		Doc:      std.Doc,
		Source: func(obj types.Object) (string, int, bool) {
			for _, d := range f.Decls {
				if d.Pos() <= obj.Pos() && obj.Pos() < d.End() {
					from := d.Pos()
					switch d := d.(type) {
					case *ast.FuncDecl:
						if d.Doc != nil {
							from = d.Doc.Pos()
						}
					case *ast.GenDecl:
						if d.Doc != nil {
							from = d.Doc.Pos()
						}
					}
					return session[fset.Position(from).Offset:fset.Position(d.End()).Offset], 7, true
				}
			}
			return "", 0, false
		},
		Value: func(name string) (string, bool) {
			if name == "numbers" {
				return "[]int{1, 2, 3}", true
			}
			return "", false
		},
		Magics: []assist.Magic{
			{Name: "%time", Doc: "Time a statement.\nIt prints how long it took.", Arg: assist.ArgGo},
			{Name: "%timeit", Doc: "Time it often.", Arg: assist.ArgGo},
			{Name: "%cd", Doc: "Change the directory.", Arg: assist.ArgFile},
			{Name: "%del", Doc: "Delete a variable.", Arg: assist.ArgName},
			{Name: "%env", Doc: "Set an environment variable."},
			{Name: "%%bash", Doc: "Run the cell with bash.", Arg: assist.ArgFile},
			{Name: "%%time", Doc: "Time the cell.", Arg: assist.ArgGo},
		},
		Dir: dir,
	}
}

// at splits a cell at its mark, which stands for the cursor, and counts in
// code points.
func at(tb testing.TB, src string) (code string, cursor int) {
	tb.Helper()
	before, after, ok := strings.Cut(src, "‸")
	if !ok {
		tb.Fatalf("no ‸ in %q", src)
	}
	return before + after, len([]rune(before))
}
