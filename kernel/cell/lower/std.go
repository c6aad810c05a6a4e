package lower

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"github.com/goherd/goherd/kernel/cell/lower/generic"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/natives"
)

// A library has the source of what is generic in the standard library. A package is
// parsed and checked when something of it is first used.
//
// Such a package is not the one that users import: it has functions of the same names and types, and one
// function for each method of a generic type, "Pointer_Load" for Load of Pointer. The
// types themselves are those of the compiled packages. What it declares without a body is compiled: see package natives.
type library struct {
	lib   types.Importer
	paths map[string]*Unit // nil: there is no source, or it is broken
	units map[*types.Package]*Unit
	decls map[*types.Func]*declaration
	err   error // of a source that is broken
}

func newLibrary(lib types.Importer) *library {
	return &library{lib: lib, paths: map[string]*Unit{}, units: map[*types.Package]*Unit{}, decls: map[*types.Func]*declaration{}}
}

// load returns the package with the source of an import path, nil if there is none.
func (l *library) load(path string) *Unit {
	if u, ok := l.paths[path]; ok {
		return u
	}
	l.paths[path] = nil
	src, ok := generic.Source(path)
	if !ok {
		return nil
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		l.err = fmt.Errorf("source of %s: %w", path, err)
		return nil
	}
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Instances:  map[*ast.Ident]types.Instance{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	conf := types.Config{Importer: l.lib}
	pkg, err := conf.Check(path, fset, []*ast.File{f}, info)
	if err != nil {
		l.err = fmt.Errorf("source of %s: %w", path, err)
		return nil
	}
	u := &Unit{Info: info, Pkg: pkg, Name: path, Key: func(obj types.Object) string { return "library " + path + "." + obj.Name() }}
	l.paths[path] = u
	l.units[pkg] = u
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok {
			fn := info.Defs[fd.Name].(*types.Func)
			l.decls[fn] = &declaration{unit: u, node: fd, fn: fn}
		}
	}
	return u
}

// declaration returns the source of a function of the library, or of a generic function
// or method of the compiled package that it stands for.
func (l *library) declaration(f *types.Func) *declaration {
	if d := l.decls[f]; d != nil {
		return d
	}
	if f.Pkg() == nil || typeParams(f) == nil || l.units[f.Pkg()] != nil {
		return nil
	}
	u := l.load(f.Pkg().Path())
	if u == nil || f.Pkg() == u.Pkg {
		return nil
	}
	name := f.Name()
	if n := receiver(f); n != nil {
		name = n.Obj().Name() + "_" + name
	}
	fn, _ := u.Pkg.Scope().Lookup(name).(*types.Func)
	return l.decls[fn]
}

// native reports whether an object is a function of the library that is compiled.
func (l *library) native(obj types.Object) bool {
	f, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	d := l.decls[f]
	return d != nil && d.node.Body == nil
}

// native returns how to make an instance of a function of the library that is compiled for the
// types that its arguments are made of, nil if it is not: sorting a slice of a type that
// is a string is sorting strings.
func (p *Program) native(d *declaration, e *env, j job) func() (code.Func, error) {
	if p.l.library.decls[d.fn] == nil {
		return nil
	}
	params := d.params()
	last := params.At(params.Len() - 1)
	elem := e.args[last]
	basic, ok := elem.Underlying().(*types.Basic)
	if !ok {
		return nil
	}
	name := fmt.Sprintf("%s.%s[%s]", d.unit.path(), d.fn.Name(), types.Typ[basic.Kind()].Name())
	if _, ok := natives.Func(name); !ok {
		return nil
	}
	// The function as it is compiled: all type parameters but the last are slices of it.
	plain := []types.Type{}
	for i := range params.Len() {
		if params.At(i) == last {
			plain = append(plain, types.Typ[basic.Kind()])
		} else {
			plain = append(plain, types.NewSlice(types.Typ[basic.Kind()]))
		}
	}
	inner := p.env(d, plain)
	return func() (code.Func, error) { return p.callNative(d, e, inner, j, name), nil }
}

// callNative makes a function that calls a compiled instance with other type
// arguments of the same memory.
func (p *Program) callNative(d *declaration, outer, inner *env, j job, name string) code.Func {
	sig := d.fn.Signature()
	fn := code.Func{ID: j.id, Name: j.name, Flags: code.Wrapper | code.NoResultInit}
	var in, out, plainOut []types.Type
	call := &code.Node{Op: code.CallExtern, S: name}
	for v := range sig.Params().Variables() {
		from, to := outer.subst(v.Type()), inner.subst(v.Type())
		in = append(in, from)
		arg := &code.Node{Op: code.Local, Type: p.typeID(from), A: int64(len(fn.Slots))}
		fn.Slots = append(fn.Slots, p.typeID(from))
		call.Kids = append(call.Kids, p.reinterpret(arg, from, to))
	}
	fn.NumIn = len(fn.Slots)
	for v := range sig.Results().Variables() {
		out = append(out, outer.subst(v.Type()))
		plainOut = append(plainOut, inner.subst(v.Type()))
		fn.Slots = append(fn.Slots, p.typeID(out[len(out)-1]))
	}
	fn.NumOut = len(out)
	fn.Sig = p.typeID(signature(in, out))
	if len(out) == 1 {
		call.Type = p.typeID(plainOut[0])
		fn.Body = block(&code.Node{Op: code.Return, Kids: []*code.Node{p.reinterpret(call, plainOut[0], out[0])}})
		return fn
	}
	fn.Body = p.returnCall(&fn, call, out) // of the same types: an int and a bool
	return fn
}

// signature returns the type of a function.
func signature(in, out []types.Type) *types.Signature {
	return types.NewSignatureType(nil, nil, nil, params(in), params(out), false)
}

func params(list []types.Type) *types.Tuple {
	var vars []*types.Var
	for _, t := range list {
		vars = append(vars, types.NewParam(token.NoPos, nil, "", t))
	}
	return types.NewTuple(vars...)
}

// reinterpret makes a value of another type with the same memory: a basic one, or
// a slice of such.
func (p *Program) reinterpret(n *code.Node, from, to types.Type) *code.Node {
	if types.Identical(from, to) {
		return n
	}
	convert := func(n *code.Node, t types.Type) *code.Node {
		return &code.Node{Op: code.Convert, Type: p.typeID(t), Kids: []*code.Node{n}}
	}
	a, ok := from.Underlying().(*types.Slice)
	if !ok {
		return convert(n, to)
	}
	b := to.Underlying().(*types.Slice)
	if types.Identical(a.Elem(), b.Elem()) {
		return convert(n, to)
	}
	data := &code.Node{Op: code.Unsafe, S: "SliceData", Type: p.typeID(types.NewPointer(a.Elem())), Kids: []*code.Node{n}}
	ptr := convert(convert(data, types.Typ[types.UnsafePointer]), types.NewPointer(b.Elem()))
	length := &code.Node{Op: code.Len, Type: p.typeID(types.Typ[types.Int]), Kids: []*code.Node{n}}
	return &code.Node{Op: code.Unsafe, S: "Slice", Type: p.typeID(types.NewSlice(b.Elem())), Kids: []*code.Node{ptr, length}}
}

// libraryName is how stacks show a function of the library: Pointer_Load is a method.
func libraryName(path, name, args string) string {
	if recv, method, ok := strings.Cut(name, "_"); ok {
		return path + "." + recv + args + "." + method
	}
	return path + "." + name + args
}
