package lower

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
)

var testLib = std.NewImporter()

// checkUnit checks a file as the cell with a serial number.
func checkUnit(t *testing.T, serial int, src string) (*Unit, *ast.File) {
	t.Helper()
	return checkWith(t, serial, "main", testLib, src)
}

func checkWith(t *testing.T, serial int, path string, imports types.Importer, src string) (*Unit, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Instances:  map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: imports}
	pkg, err := conf.Check(path, fset, []*ast.File{f}, info)
	if err != nil {
		t.Fatal(err)
	}
	return &Unit{Info: info, Pkg: pkg, Pos: func(p token.Pos) link.Pos {
		at := fset.Position(p)
		return link.MakePos(serial, at.Line, at.Column)
	}}, f
}

// declareAll begins a program with all functions of a file.
func declareAll(t *testing.T, l *Linker, u *Unit, f *ast.File) *Program {
	t.Helper()
	p := l.Begin(u)
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok {
			if err := p.Declare(fd); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

func finish(t *testing.T, p *Program) *code.Program {
	t.Helper()
	out, err := p.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func lookup(u *Unit, name string) types.Type { return u.Pkg.Scope().Lookup(name).Type() }

const session = `package main
import "sort"
type T struct { next *T; f func(T, ...int) (L, error); in interface{ Get() T; put() } }
type L []map[string]L
type P[K comparable, V any] struct { m map[K]V; self *P[K, V] }
func (p P[K, V]) Get(k K) V { return p.m[k] }
func (t T) Len() int { return 0 }
func (t *T) Swap(i, j int) {}
func Id[X any](x X) X { return x }
type E struct { *T; sort.Interface }
var (
	a P[string, T]
	b chan<- struct{ T; x int "tag" }
	c = Id[P[int, L]]
	d interface{ sort.Interface; error }
	e E
	u unsafe
)
type unsafe [3]complex64
`

func TestSameAcrossCells(t *testing.T) {
	l := NewLinker(testLib)
	ids := map[string]code.TypeID{}
	for serial := 1; serial <= 3; serial++ {
		u, f := checkUnit(t, serial, session)
		p := declareAll(t, l, u, f)
		for _, name := range u.Pkg.Scope().Names() {
			obj := u.Pkg.Scope().Lookup(name)
			if _, isFunc := obj.(*types.Func); isFunc || name == "P" {
				continue
			}
			id := p.typeID(obj.Type())
			if old := ids[name]; old != 0 && old != id {
				t.Errorf("cell %d: the type of %s is %d, was %d", serial, name, id, old)
			}
			ids[name] = id
			if v, ok := obj.(*types.Var); ok {
				p.Global(v)
			}
		}
		out := finish(t, p)
		if serial > 1 && (len(out.Types) > 0 || len(out.Globals) > 0) {
			t.Errorf("cell %d: %d types and %d variables are sent again: %v", serial, len(out.Types), len(out.Globals), out.Types)
		}
		seen := map[code.TypeID]bool{}
		for _, typ := range out.Types {
			if seen[typ.ID] {
				t.Errorf("type %d is there twice", typ.ID)
			}
			seen[typ.ID] = true
		}
		p.Commit()
	}
	distinct := map[code.TypeID]bool{}
	for _, id := range ids {
		distinct[id] = true
	}
	if len(distinct) != len(ids)-2 { // e is an E, u an unsafe
		t.Errorf("%d types for %d names: %v", len(distinct), len(ids), ids)
	}
	all := l.Everything()
	if len(all.Types) != int(l.lastType) || len(all.Globals) != 6 {
		t.Errorf("everything has %d types of %d, %d variables", len(all.Types), l.lastType, len(all.Globals))
	}
}

func TestUncommitted(t *testing.T) {
	l := NewLinker(testLib)
	u, f := checkUnit(t, 1, session)
	p := declareAll(t, l, u, f)
	p.Global(u.Pkg.Scope().Lookup("e").(*types.Var))
	first := finish(t, p)
	p = declareAll(t, l, u, f)
	p.Global(u.Pkg.Scope().Lookup("e").(*types.Var))
	second := finish(t, p)
	if len(second.Types) != len(first.Types) || second.Globals[0].ID == first.Globals[0].ID {
		t.Errorf("what was not committed left a trace: %d types, then %d", len(first.Types), len(second.Types))
	}
}

func TestMethodsGrow(t *testing.T) {
	l := NewLinker(testLib)
	const types1 = "package main\ntype T struct{ x int }\ntype U struct{ *T }\nvar v map[string][]T\nvar n []int\nfunc (T) A() {}\n"
	u, f := checkUnit(t, 1, types1)
	p := declareAll(t, l, u, f)
	id, outer := p.typeID(lookup(u, "T")), p.typeID(lookup(u, "U"))
	p.Global(u.Pkg.Scope().Lookup("v").(*types.Var))
	p.Global(u.Pkg.Scope().Lookup("n").(*types.Var))
	finish(t, p)
	p.Commit()
	// The cell only declares a method.
	u, f = checkUnit(t, 2, types1+"func (t *T) B(u U) int { return 0 }\n")
	p = declareAll(t, l, u, f)
	out := finish(t, p)
	if len(out.Globals) != 1 || out.Globals[0].Name != "v" {
		t.Errorf("variables sent again: %v", out.Globals)
	}
	sent := map[code.TypeID]code.Type{}
	for _, typ := range out.Types {
		sent[typ.ID] = typ
	}
	for _, typ := range []code.TypeID{id, outer} {
		m := sent[typ].Methods
		if len(m) != 2 || m[0].Name != "A" || m[1].Name != "B" || m[0].Pointer || m[1].Pointer != (typ == id) {
			t.Errorf("methods of type %d: %v", typ, m)
		}
	}
}

func TestEmbeddingTypeGrows(t *testing.T) {
	l := NewLinker(testLib)
	const first = "package main\ntype T struct{ x int }\ntype U struct{ T }\nvar u U\n"
	u, f := checkUnit(t, 1, first)
	p := declareAll(t, l, u, f)
	outer := p.typeID(lookup(u, "U"))
	finish(t, p)
	p.Commit()
	u, f = checkUnit(t, 2, first+"func (t T) A() {}\n") // which mentions T alone
	out := finish(t, declareAll(t, l, u, f))
	i := slices.IndexFunc(out.Types, func(typ code.Type) bool { return typ.ID == outer })
	if i < 0 || len(out.Types[i].Methods) != 1 {
		t.Error("U did not get the method of the T in it")
	}
}

// An importFunc imports packages.
type importFunc func(path string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

// TestPackage has a package that is lowered too, and whose generic function a cell calls.
func TestPackage(t *testing.T) {
	l := NewLinker(testLib)
	u, f := checkWith(t, 1, "example.com/geo", testLib, `package geo
type Point struct{ x int }
func (p Point) X() int { return p.x }
var Count int
func Of[T any](t T) (Point, T) { Count++; helper(); return Point{Count}, t }
func helper() {}
`)
	u.Name = "example.com/geo"
	geo := u.Pkg
	p := declareAll(t, l, u, f)
	point := p.typeID(lookup(u, "Point"))
	p.Global(geo.Scope().Lookup("Count").(*types.Var))
	finish(t, p)
	p.Commit()
	u, f = checkWith(t, 2, "main", importFunc(func(string) (*types.Package, error) { return geo, nil }), `package main
import "example.com/geo"
type Point struct{ geo.Point }
func f() (geo.Point, Point) { geo.Count = 2; return geo.Of(Point{}) }
`)
	p = declareAll(t, l, u, f)
	own := p.typeID(lookup(u, "Point"))
	out := finish(t, p)
	var names []string
	for _, fn := range out.Funcs {
		names = append(names, fn.Name)
	}
	if want := []string{"f", "Point.X", "example.com/geo.Of[main.Point]"}; !slices.Equal(names, want) {
		t.Errorf("functions %q, want %q", names, want)
	}
	if own == point || p.typeID(geo.Scope().Lookup("Point").Type()) != point || len(out.Globals) != 0 {
		t.Errorf("types %d and %d, variables %v", own, point, out.Globals)
	}
}

// TestEndless has what go/types would refuse if it saw all of it.
func TestEndless(t *testing.T) {
	u, f := checkUnit(t, 1, "package main\ntype T[P any] struct { next *P }\nfunc F[P any]() {}\n")
	p := declareAll(t, NewLinker(testLib), u, f)
	arg := types.Type(types.Typ[types.Int])
	for range maxDepth + 1 {
		inner, err := types.Instantiate(nil, lookup(u, "T"), []types.Type{arg}, false)
		if err != nil {
			t.Fatal(err)
		}
		arg = types.NewSlice(inner)
	}
	p.funcID(u.Pkg.Scope().Lookup("F").(*types.Func), []types.Type{arg})
	if _, err := p.Finish(); err == nil || !strings.Contains(err.Error(), "endlessly") {
		t.Errorf("error %v", err)
	}
}

func TestDeterministic(t *testing.T) {
	var first []byte
	for range 5 {
		u, f := checkUnit(t, 1, session)
		p := declareAll(t, NewLinker(testLib), u, f)
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			p.Global(u.Pkg.Scope().Lookup(name).(*types.Var))
		}
		b := finish(t, p).Encode()
		if first == nil {
			first = b
		}
		if !bytes.Equal(b, first) {
			t.Fatal("one program is lowered in two ways")
		}
	}
}

func TestTypeChanged(t *testing.T) {
	l := NewLinker(testLib)
	u, _ := checkUnit(t, 1, "package main\ntype T struct{ x int }")
	p := l.Begin(u)
	p.typeID(lookup(u, "T"))
	finish(t, p)
	p.Commit()
	u, _ = checkUnit(t, 2, "package main\ntype T struct{ x string }")
	p = l.Begin(u)
	p.typeID(lookup(u, "T"))
	if _, err := p.Finish(); err == nil {
		t.Error("another type under the same key is no error")
	}
}

func TestInstances(t *testing.T) {
	l := NewLinker(testLib)
	u, f := checkUnit(t, 1, `package main
import "iter"
type T struct{}
type Pair[K, V any] struct { k K; v V; next *Pair[K, V] }
func (p Pair[K, V]) Key() K { return p.k }
func (p *Pair[K, V]) Set(k K) { p.k = k }
type E struct { *Pair[T, int] }
func Map[K comparable, V any](m map[K]V) iter.Seq[V] { return nil }
`)
	p := declareAll(t, l, u, f)
	F := u.Pkg.Scope().Lookup("Map").(*types.Func)
	str, T := types.Typ[types.String], lookup(u, "T")
	id := p.funcID(F, []types.Type{str, T})
	if p.funcID(F, []types.Type{str, T}) != id || p.funcID(F, []types.Type{T, str}) == id {
		t.Error("an instance is not itself")
	}
	e := p.typeID(lookup(u, "E"))
	out := finish(t, p)
	var names []string
	for _, fn := range out.Funcs {
		names = append(names, fn.Name)
	}
	want := []string{"Map[string,main.T]", "Map[main.T,string]", "(*Pair[main.T,int]).Set", "E.Key", "E.Set", "Pair[main.T,int].Key"}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("functions %q, want %q", names, want)
	}
	for _, typ := range out.Types {
		if typ.ID == e && (len(typ.Methods) != 2 || typ.Methods[0].Pointer || typ.Methods[1].Pointer) {
			t.Errorf("an embedded pointer gives a struct %v", typ.Methods)
		}
	}
}

func TestRedeclaredGeneric(t *testing.T) {
	l := NewLinker(testLib)
	const decls = "package main\ntype T struct{ t *T }\n"
	const f1 = "func F[A, B any](a A, b B) {}\n"
	ask := func(p *Program, u *Unit) code.FuncID {
		return p.funcID(u.Pkg.Scope().Lookup("F").(*types.Func), []types.Type{types.Typ[types.Int], types.NewMap(types.Typ[types.String], lookup(u, "T"))})
	}
	u, f := checkUnit(t, 1, decls+f1)
	p := declareAll(t, l, u, f)
	id := ask(p, u)
	out := finish(t, p)
	if len(out.Funcs) != 1 || out.Funcs[0].ID != id || out.Funcs[0].Name != "F[int,map[string]main.T]" {
		t.Errorf("%v is %+v", id, out.Funcs)
	}
	p.Commit()
	// The same declaration in the next cell: nothing to do.
	pos := u.Pos
	u, f = checkUnit(t, 2, decls+f1)
	u.Pos = func(at token.Pos) link.Pos { return pos(at) }
	p = declareAll(t, l, u, f)
	if again := ask(p, u); again != id {
		t.Errorf("now it is %d, was %d", again, id)
	}
	if out := finish(t, p); len(out.Funcs) != 0 {
		t.Errorf("lowered again: %v", out.Funcs)
	}
	p.Commit()
	// What it refers to has changed.
	u, f = checkUnit(t, 2, decls+f1)
	u.Pos = func(at token.Pos) link.Pos { return pos(at) }
	p = l.Begin(u)
	if err := p.Renew(f.Decls[1].(*ast.FuncDecl)); err != nil {
		t.Fatal(err)
	}
	if out := finish(t, p); len(out.Funcs) != 1 || out.Funcs[0].ID != id {
		t.Errorf("the instance was not lowered again: %v", out.Funcs)
	}
	// A new one: those who call it get the new body.
	u, f = checkUnit(t, 3, decls+f1)
	p = declareAll(t, l, u, f)
	if out := finish(t, p); len(out.Funcs) != 1 || out.Funcs[0].ID != id {
		t.Errorf("the instance was not lowered again: %v", out.Funcs)
	}
	p.Commit()
	// With another signature it is another function.
	u, f = checkUnit(t, 4, decls+"func F[A, B any](b B) {}\n")
	p = declareAll(t, l, u, f)
	if other := ask(p, u); other == id {
		t.Error("it has another type and the same ID")
	}
}

// BenchmarkCell is a cell that mentions forty types of earlier ones.
func BenchmarkCell(b *testing.B) {
	var src strings.Builder
	src.WriteString("package main\n")
	for i := range 40 {
		fmt.Fprintf(&src, "type T%d struct { next *T%d; m map[string][]T%d; f func(T%d, ...int) (*T%[1]d, error) }\n", i, i, max(i-1, 0)&^1, i/2)
		fmt.Fprintf(&src, "func (t T%d) A(x int) string { return \"\" }\nfunc (t *T%[1]d) B(x T%[1]d) {}\n", i)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src.String(), 0)
	if err != nil {
		b.Fatal(err)
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	pkg, err := new(types.Config).Check("main", fset, []*ast.File{f}, info)
	if err != nil {
		b.Fatal(err)
	}
	u := &Unit{Info: info, Pkg: pkg}
	l := NewLinker(testLib)
	p := l.Begin(u)
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok {
			if err := p.Declare(fd); err != nil {
				b.Fatal(err)
			}
		}
	}
	p.typeID(lookup(u, "T39"))
	if _, err := p.Finish(); err != nil {
		b.Fatal(err)
	}
	p.Commit()
	for b.Loop() {
		p := l.Begin(u)
		p.typeID(lookup(u, "T39"))
		if out, err := p.Finish(); err != nil || len(out.Types) > 0 {
			b.Fatal(err, out.Types)
		}
	}
}
