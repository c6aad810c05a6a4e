package engine_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/cell/std"
	symbols "github.com/goherd/goherd/kernel/interp/bindings/std"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/engine/internal/border"
	"github.com/goherd/goherd/kernel/interp/link"
)

// host lets programs use the standard library.
type host struct {
	engine.Host
	mu    sync.Mutex
	pkgs  map[string]map[string]reflect.Value
	loops int
	done  chan struct{}
}

func (h *host) Symbol(path, name string) (reflect.Value, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	pkg, ok := h.pkgs[path]
	if !ok {
		pkg, _ = symbols.Symbols(path)
		h.pkgs[path] = pkg
	}
	v, ok := pkg[name]
	if ok && v.CanAddr() {
		v = v.Addr()
	}
	return v, ok
}

func (h *host) Method(string) (reflect.Value, bool)              { return reflect.Value{}, false }
func (h *host) Box(v any) any                                    { return v }
func (h *host) Boxed(reflect.Type) bool                          { return false }
func (h *host) Result(bool, []string, []reflect.Value, link.Pos) {}
func (h *host) Describe(string, reflect.Value)                   {}
func (h *host) Loops() int                                       { return h.loops }
func (h *host) Check()                                           {}
func (h *host) Done() (<-chan struct{}, func())                  { return h.done, runtime.Goexit }
func (h *host) Unbox(v any) any                                  { return v }
func (h *host) Exiting() bool                                    { return false }
func (h *host) Started()                                         {}
func (h *host) Ended(*engine.Panic)                              {}
func (h *host) Fatal(engine.Fatal, []engine.Frame)               {}
func (h *host) Print(text string)                                { fmt.Fprint(os.Stderr, text) }

// A program is Go source in an engine.
type program struct {
	*engine.Engine
	code *code.Program
	vars map[string]code.GlobalID
}

// load loads a package. Its functions are to be found in variables.
func load(t testing.TB, h *host, src string) *program {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}
	lib := std.NewImporter()
	conf := types.Config{Importer: lib, Sizes: types.SizesFor("gc", runtime.GOARCH)}
	pkg, err := conf.Check("main", fset, []*ast.File{f}, info)
	if err != nil {
		t.Fatal(err)
	}
	p := lower.NewLinker(lib).Begin(&lower.Unit{Info: info, Pkg: pkg, Pos: func(p token.Pos) link.Pos {
		at := fset.Position(p)
		return link.MakePos(1, at.Line, at.Column)
	}})
	var entry lower.Entry
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok {
			if err := p.Declare(fd); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range pkg.Scope().Names() {
		if v, ok := pkg.Scope().Lookup(name).(*types.Var); ok {
			p.Global(v)
		}
	}
	for _, init := range info.InitOrder {
		lhs := make([]ast.Expr, len(init.Lhs))
		for i, v := range init.Lhs {
			lhs[i] = &ast.Ident{Name: v.Name(), NamePos: init.Rhs.Pos()}
		}
		entry.Stmts = append(entry.Stmts, &ast.AssignStmt{Lhs: lhs, Tok: token.ASSIGN, Rhs: []ast.Expr{init.Rhs}, TokPos: init.Rhs.Pos()})
	}
	if err := p.Entry(entry); err != nil {
		t.Fatal(err)
	}
	c, err := p.Finish()
	if err != nil {
		t.Fatal(err)
	}
	h.pkgs = map[string]map[string]reflect.Value{}
	e, err := engine.New(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Load(c); err != nil {
		t.Fatal(err)
	}
	if p := e.Run(c.Entry); p != nil {
		t.Fatalf("panic: %v\n%v", p.Value, p.Frames)
	}
	out := &program{e, c, map[string]code.GlobalID{}}
	for _, g := range c.Globals {
		out.vars[g.Name] = g.ID
	}
	return out
}

// value returns a pointer to a variable of a program.
func value[T any](t testing.TB, p *program, name string) *T {
	t.Helper()
	v, ok := p.Global(p.vars[name])
	if !ok {
		t.Fatalf("no variable %s", name)
	}
	return v.Addr().Interface().(*T)
}

// TestBorder runs package border as compiled code and in an engine.
func TestBorder(t *testing.T) { compare(t, border.Run, "Run") }

// compare compares what a function of package border writes as compiled code with what it writes in an engine.
func compare(t *testing.T, compiled func(io.Writer), name string) {
	src, err := os.ReadFile("internal/border/border.go")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, &host{}, strings.Replace(string(src), "package border", "package main", 1)+"\nvar run = "+name+"\n")
	var got, want strings.Builder
	compiled(&want)
	(*value[func(io.Writer)](t, p, "run"))(&got)
	fix := strings.NewReplacer("github.com/goherd/goherd/kernel/interp/engine/internal/border.", "main.", "border.", "main.")
	lines, gotLines := strings.Split(fix.Replace(want.String()), "\n"), strings.Split(got.String(), "\n")
	if len(lines) != len(gotLines) {
		t.Errorf("%d lines, want %d", len(gotLines), len(lines))
	}
	for i := range min(len(lines), len(gotLines)) {
		if gotLines[i] != lines[i] {
			t.Fatalf("line %d is\n%s\nwant\n%s\nafter\n%s", i, gotLines[i], lines[i], strings.Join(lines[max(0, i-2):i], "\n"))
		}
	}
}

// TestChanOf looks for what would break reflect.ChanOf for all: see chanOf.
func TestChanOf(t *testing.T) {
	type elem struct{ N int }
	if got := reflect.PointerTo(reflect.ChanOf(reflect.BothDir, reflect.TypeFor[elem]())); got.String() != "*chan engine_test.elem" {
		t.Error(got)
	}
}
