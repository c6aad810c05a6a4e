package lower_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"runtime"
	"sync"
	"testing"

	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/cell/std"
	stdsyms "github.com/goherd/goherd/kernel/interp/bindings/std"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
)

// host lets programs print into a buffer and nothing more.
type host struct {
	mu   sync.Mutex
	out  bytes.Buffer
	pkgs map[string]map[string]reflect.Value
	ends []*engine.Panic
}

func (h *host) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.Write(b)
}

func (h *host) Symbol(path, name string) (reflect.Value, bool) {
	if path == "fmt" {
		switch name {
		case "Println":
			return reflect.ValueOf(func(v ...any) (int, error) { return fmt.Fprintln(h, v...) }), true
		case "Printf":
			return reflect.ValueOf(func(f string, v ...any) (int, error) { return fmt.Fprintf(h, f, v...) }), true
		case "Print":
			return reflect.ValueOf(func(v ...any) (int, error) { return fmt.Fprint(h, v...) }), true
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	symbols, ok := h.pkgs[path]
	if !ok {
		symbols, _ = stdsyms.Symbols(path)
		h.pkgs[path] = symbols
	}
	v, ok := symbols[name]
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
func (h *host) Loops() int                                       { return 1 }
func (h *host) Check()                                           {}
func (h *host) Done() (<-chan struct{}, func())                  { return nil, runtime.Goexit }
func (h *host) Fatal(f engine.Fatal, at []engine.Frame)          { panic(fmt.Sprintf("%v at %v", f, at)) }
func (h *host) Unbox(v any) any                                  { return v }
func (h *host) Exiting() bool                                    { return false }
func (h *host) Started()                                         {}
func (h *host) Print(text string)                                { h.Write([]byte(text)) }
func (h *host) Ended(p *engine.Panic) {
	if p != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ends = append(h.ends, p)
	}
}

var lib = std.NewImporter()

// compile checks and lowers a program of one file.
func compile(src string) (*code.Program, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: lib, Sizes: types.SizesFor("gc", runtime.GOARCH), GoVersion: "go1.26"}
	pkg, err := conf.Check("main", fset, []*ast.File{f}, info)
	if err != nil {
		return nil, err
	}
	u := &lower.Unit{Info: info, Pkg: pkg, Pos: func(p token.Pos) link.Pos {
		at := fset.Position(p)
		return link.MakePos(1, at.Line, at.Column)
	}}
	p := lower.NewLinker(lib).Begin(u)
	entry := lower.Entry{}
	for _, d := range f.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if err := p.Declare(fd); err != nil {
			return nil, err
		}
		if fd.Recv == nil && fd.Name.Name == "init" {
			entry.After = append(entry.After, info.Defs[fd.Name].(*types.Func))
		}
	}
	for _, init := range info.InitOrder {
		lhs := make([]ast.Expr, len(init.Lhs))
		for i, v := range init.Lhs {
			lhs[i] = &ast.Ident{Name: v.Name(), NamePos: init.Rhs.Pos()}
		}
		entry.Stmts = append(entry.Stmts, &ast.AssignStmt{Lhs: lhs, Tok: token.ASSIGN, Rhs: []ast.Expr{init.Rhs}, TokPos: init.Rhs.Pos()})
	}
	for _, name := range pkg.Scope().Names() {
		if v, ok := pkg.Scope().Lookup(name).(*types.Var); ok {
			p.Global(v)
		}
	}
	if main, ok := pkg.Scope().Lookup("main").(*types.Func); ok {
		entry.After = append(entry.After, main)
	}
	if err := p.Entry(entry); err != nil {
		return nil, err
	}
	return p.Finish()
}

// run runs a program and returns what it prints.
func run(src string) (string, error) {
	program, err := compile(src)
	if err != nil {
		return "", err
	}
	decoded, err := code.Decode(program.Encode())
	if err != nil {
		return "", err
	}
	h := &host{pkgs: map[string]map[string]reflect.Value{}}
	e, err := engine.New(h)
	if err != nil {
		return "", err
	}
	if err := e.Load(decoded); err != nil {
		return "", err
	}
	if p := e.Run(program.Entry); p != nil {
		err = fmt.Errorf("panic: %v %v", p.Value, p.Frames)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.String(), err
}

// TestFile runs the program that the environment names, for looking at one by hand.
func TestFile(t *testing.T) {
	name := os.Getenv("LOWER_FILE")
	if name == "" {
		t.Log("LOWER_FILE names no program")
		return
	}
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := run(string(src))
	fmt.Print(out)
	if err != nil {
		t.Fatal(err)
	}
}
