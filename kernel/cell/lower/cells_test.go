package lower_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
)

// A notebook is a session of several cells. A cell is a file that repeats what it needs of earlier
// ones: functions without their bodies.
type notebook struct {
	t      *testing.T
	host   *host
	engine *engine.Engine
	linker *lower.Linker
	fset   *token.FileSet
	serial int
}

func newNotebook(t *testing.T) *notebook {
	n := &notebook{t: t, host: &host{pkgs: map[string]map[string]reflect.Value{}}, linker: lower.NewLinker(lib), fset: token.NewFileSet()}
	n.restart()
	return n
}

// restart puts another engine in the place of the one that there is.
func (n *notebook) restart() {
	e, err := engine.New(n.host)
	if err != nil {
		n.t.Fatal(err)
	}
	n.engine = e
	if err := e.Load(n.linker.Everything()); err != nil {
		n.t.Fatal(err)
	}
}

// run runs the function main of a cell and returns what it prints.
func (n *notebook) run(src string) string {
	n.t.Helper()
	n.serial++
	serial := n.serial
	f, err := parser.ParseFile(n.fset, "x.go", "package main\n"+src, parser.SkipObjectResolution)
	if err != nil {
		n.t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: lib}
	pkg, err := conf.Check("main", n.fset, []*ast.File{f}, info)
	if err != nil {
		n.t.Fatal(err)
	}
	p := n.linker.Begin(&lower.Unit{Info: info, Pkg: pkg, Pos: func(pos token.Pos) link.Pos {
		at := n.fset.Position(pos)
		return link.MakePos(serial, at.Line, at.Column)
	}})
	var main ast.BlockStmt
	for _, d := range f.Decls {
		switch fd, ok := d.(*ast.FuncDecl); {
		case !ok || fd.Body == nil:
		case fd.Name.Name == "main":
			main = *fd.Body
		default:
			if err := p.Declare(fd); err != nil {
				n.t.Fatal(err)
			}
		}
	}
	for _, name := range pkg.Scope().Names() {
		if v, ok := pkg.Scope().Lookup(name).(*types.Var); ok {
			p.Global(v)
		}
	}
	if err := p.Entry(lower.Entry{Stmts: main.List}); err != nil {
		n.t.Fatal(err)
	}
	out, err := p.Finish()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.engine.Load(out); err != nil {
		n.t.Fatal(err)
	}
	p.Commit()
	n.host.out.Reset()
	if v := n.engine.Run(out.Entry); v != nil {
		n.t.Fatalf("panic: %v", v.Value)
	}
	return strings.TrimSpace(n.host.out.String())
}

func (n *notebook) want(src, want string) {
	n.t.Helper()
	if got := n.run(src); got != want {
		n.t.Errorf("%s\nprints %q, want %q", src, got, want)
	}
}

func TestMethodInLaterCell(t *testing.T) {
	n := newNotebook(t)
	n.want(`import "fmt"
type T struct{ X int }
var v = []any{}
var list []T
func add() any { return T{2} }
func main() { v = append(v, T{1}); list = append(list, T{7}); fmt.Println(v, list, add()) }`, "[{1}] [{7}] {2}")
	n.want(`import "fmt"
type T struct{ X int }
var list []T
func add() any
func (t T) String() string { return fmt.Sprint("T", t.X) }
func main() { fmt.Println(list, add(), T{3}); _, ok := add().(fmt.Stringer); fmt.Println(ok) }`, "[T7] T2 T3\ntrue")
}

func TestRedefinition(t *testing.T) {
	n := newNotebook(t)
	n.want(`import "fmt"
type P[T any] struct{ v T }
func (p P[T]) Show() string { return fmt.Sprint("first ", p.v) }
func twice[T any](x T) []T { return []T{x, x} }
func one() int { return 1 }
func call() string { return fmt.Sprint(twice(one()), P[string]{"p"}.Show()) }
func main() { fmt.Println(call()) }`, "[1 1]first p")
	n.want(`import "fmt"
type P[T any] struct{ v T }
func (p P[T]) Show() string { return fmt.Sprint("second ", p.v) }
func twice[T any](x T) []T { return []T{x, x, x} }
func one() int { return 2 }
func call() string
func main() { fmt.Println(call(), fmt.Sprint(P[int]{5}.Show())) }`, "[2 2 2]second p second 5")
	n.restart()
	n.want(`import "fmt"
func call() string
func main() { fmt.Println(call()) }`, "[2 2 2]second p")
}

// TestClosureOutlivesItsFunction has a literal whose function is another one now, which holds
// more.
func TestClosureOutlivesItsFunction(t *testing.T) {
	n := newNotebook(t)
	n.want(`import "fmt"
var f func() int
func make() func() int { a := 1; return func() int { a++; return a } }
func main() { f = make(); fmt.Println(f()) }`, "2")
	n.want(`import "fmt"
var f func() int
func make() func() int { a, b, c := 10, 20, 30; return func() int { a++; b++; c++; return a + b + c } }
func main() { fmt.Println(f(), make()()) }`, "3 63")
}
