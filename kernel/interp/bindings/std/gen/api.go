package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"math/big"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// An api is what a package exports on one platform.
type api struct {
	name    string
	entries map[entry]bool
	missing map[string]string // name -> reason
}

// An entry is one symbol as it will stand in a table.
type entry struct {
	kind kind
	name string
	// text is the value of a constant that can't be given by its name, and the
	// declaration of a wrapper.
	text string
	// imports are the packages, in order and separated by blanks, that text needs.
	imports string
}

// A kind is the method of table that takes an entry. The order is that of the
// generated files.
type kind string

const (
	funcs    kind = "funcs"
	vars     kind = "vars"
	consts   kind = "consts" // typed
	ints     kind = "ints"   // untyped, as are the next
	uints    kind = "uints"
	strs     kind = "strs"
	floats   kind = "floats"
	typs     kind = "types"
	wrappers kind = "wrappers"
)

var kinds = []kind{funcs, vars, consts, ints, uints, strs, floats, typs, wrappers}

// excluded are the packages that aren't bound at all.
var excluded = map[string]string{
	"plugin": "a binary that can open plugins must be linked with cgo and keep every function",
}

// bound tells whether the bindings of a package are generated.
func bound(path string) bool { return path != "unsafe" && excluded[path] == "" }

// unsafeMissing is what package unsafe, which is bound by hand, lacks.
var unsafeMissing = map[string]string{"Slice": "generic function", "SliceData": "generic function"}

// importable tells whether user code may import a package.
func importable(path string) bool {
	for e := range strings.SplitSeq(path, "/") {
		if e == "internal" || e == "vendor" {
			return false
		}
	}
	// unsafe is no package for the type checker to look into; it is bound by hand.
	return path != "unsafe" && path != "runtime/cgo" && !strings.HasPrefix(path, "cmd/")
}

// load reads the exported API of the whole standard library on a platform, as it is
// without cgo and without experiments.
func load(p platform) (map[string]*api, error) {
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedDeps | packages.NeedTypes | packages.NeedSyntax,
		Env: append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED=0", "GOEXPERIMENT=", "GOFLAGS=-buildvcs=false"),
		ParseFile: func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
			f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
			if f != nil {
				dropBodies(f)
			}
			return f, err
		},
	}, "std")
	if err != nil {
		return nil, fmt.Errorf("load std for %s/%s: %w", p.os, p.arch, err)
	}
	apis := map[string]*api{}
	var errs []error
	for _, pkg := range pkgs {
		if !importable(pkg.PkgPath) {
			continue
		}
		for _, e := range pkg.Errors {
			// What used the import was a body.
			if e.Kind != packages.TypeError || !strings.Contains(e.Msg, "imported") || !strings.HasSuffix(e.Msg, "and not used") {
				errs = append(errs, fmt.Errorf("%s on %s/%s: %w", pkg.PkgPath, p.os, p.arch, e))
			}
		}
		apis[pkg.PkgPath] = extract(pkg.Types)
	}
	apis["unsafe"] = &api{name: "unsafe", missing: unsafeMissing}
	return apis, errors.Join(errs...)
}

// dropBodies takes the bodies of functions out of a file: the API doesn't depend on
// them, and checking them takes most of the time. Generic functions must have one.
func dropBodies(f *ast.File) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name == "init" || fn.Type.TypeParams != nil {
			continue
		}
		if fn.Recv != nil && len(fn.Recv.List) == 1 {
			t := fn.Recv.List[0].Type
			if s, ok := t.(*ast.StarExpr); ok {
				t = s.X
			}
			if _, plain := t.(*ast.Ident); !plain {
				continue
			}
		}
		fn.Body = nil
	}
}

// extract lists what a package exports.
func extract(p *types.Package) *api {
	a := &api{name: p.Name(), entries: map[entry]bool{}, missing: map[string]string{}}
	scope := p.Scope()
	for _, name := range scope.Names() {
		o := scope.Lookup(name)
		if !o.Exported() {
			continue
		}
		if why, ok := excluded[p.Path()]; ok {
			a.missing[name] = why
			continue
		}
		e := entry{name: name}
		switch o := o.(type) {
		case *types.Const:
			e = constEntry(o)
		case *types.Func:
			if o.Signature().TypeParams().Len() > 0 {
				a.missing[name] = "generic function"
				continue
			}
			e.kind = funcs
		case *types.Var:
			e.kind = vars
		case *types.TypeName:
			why, wrap := typeEntry(p, o)
			if why != "" {
				a.missing[name] = why
				continue
			}
			if wrap.kind != "" {
				a.entries[wrap] = true
			}
			e.kind = typs
		}
		a.entries[e] = true
	}
	return a
}

// constEntry returns the entry of a constant: by its name where the compiler can
// convert that to the parameter of the table's method.
func constEntry(o *types.Const) entry {
	e := entry{kind: consts, name: o.Name()}
	basic, ok := o.Type().(*types.Basic)
	if !ok || basic.Info()&types.IsUntyped == 0 {
		return e
	}
	switch basic.Kind() {
	case types.UntypedInt, types.UntypedRune:
		v := constant.ToInt(o.Val())
		if _, ok := constant.Int64Val(v); ok {
			e.kind = ints
		} else if _, ok := constant.Uint64Val(v); ok {
			e.kind = uints
		} else {
			panic(fmt.Sprintf("%s: %s is no 64-bit integer", o.Name(), v))
		}
	case types.UntypedString:
		e.kind = strs
	case types.UntypedFloat:
		e.kind, e.text = floats, decimal(o.Val())
	case types.UntypedBool:
		// as yaegi has it: bool
	default:
		panic(fmt.Sprintf("%s: a constant of kind %s", o.Name(), basic))
	}
	return e
}

// decimal writes a constant as a floating-point literal: exactly, or to the 512 bits
// that go/constant computes with where that would be long.
func decimal(v constant.Value) string {
	const precision, long = 512, 100
	var f *big.Float
	switch x := constant.Val(constant.ToFloat(v)).(type) {
	case *big.Rat:
		if n, exact := x.FloatPrec(); exact && n < long {
			return literal(x.FloatString(n))
		}
		f = new(big.Float).SetPrec(precision).SetRat(x)
	case *big.Float:
		f = x
	case *big.Int:
		f = new(big.Float).SetPrec(precision).SetInt(x)
	case int64:
		f = new(big.Float).SetPrec(precision).SetInt64(x)
	default:
		panic(fmt.Sprintf("constant of type %T", x))
	}
	return literal(f.Text('g', -1))
}

// literal makes a floating-point literal of a number.
func literal(s string) string {
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// typeEntry returns why a type can't be bound, or the wrapper that lets an
// interpreted type implement it, if it is an interface that needs one.
func typeEntry(p *types.Package, o *types.TypeName) (why string, wrap entry) {
	switch t := o.Type().(type) {
	case *types.Named:
		if t.TypeParams().Len() > 0 {
			return "generic type", entry{}
		}
	case *types.Alias:
		if t.TypeParams().Len() > 0 {
			return "generic type", entry{}
		}
	}
	i, ok := o.Type().Underlying().(*types.Interface)
	if !ok {
		return "", entry{}
	}
	if !i.IsMethodSet() {
		return "constraint", entry{}
	}
	// The wrapper of an alias is found where the type is declared.
	if o.IsAlias() || i.NumMethods() == 0 {
		return "", entry{}
	}
	return "", wrapper(p, o.Name(), i)
}

// wrapper declares the type that yaegi fills to pass an interpreted value as an
// interface to compiled code: the value in the field IValue, the methods in fields
// named W and the method. Methods that aren't exported can't be had.
func wrapper(p *types.Package, name string, i *types.Interface) entry {
	imports := map[string]string{} // name -> path
	qualify := func(q *types.Package) string {
		if old, ok := imports[q.Name()]; ok && old != q.Path() {
			panic(fmt.Sprintf("%s.%s: two packages %s", p.Path(), name, q.Name()))
		}
		imports[q.Name()] = q.Path()
		return q.Name()
	}
	typeString := func(t types.Type) string { return types.TypeString(t, qualify) }
	typ := "_" + strings.NewReplacer("/", "_", "-", "_").Replace(p.Path()) + "_" + name

	var fields, methods strings.Builder
	for m := range i.Methods() {
		if !m.Exported() {
			continue
		}
		sig := m.Signature()
		var params, args, results []string
		for j := range sig.Params().Len() {
			t, arg := sig.Params().At(j).Type(), fmt.Sprintf("a%d", j)
			if sig.Variadic() && j == sig.Params().Len()-1 {
				params = append(params, arg+" ..."+typeString(t.(*types.Slice).Elem()))
				arg += "..."
			} else {
				params = append(params, arg+" "+typeString(t))
			}
			args = append(args, arg)
		}
		for r := range sig.Results().Variables() {
			results = append(results, typeString(r.Type()))
		}
		decl := "(" + strings.Join(params, ", ") + ") (" + strings.Join(results, ", ") + ")"
		call := "w.W" + m.Name() + "(" + strings.Join(args, ", ") + ")"
		if len(results) > 0 {
			call = "return " + call
		}
		if m.Name() == "String" { // of a zero wrapper, asked for by package flag
			call = "if w.WString == nil {\nreturn \"\"\n}\n" + call
		}
		fmt.Fprintf(&fields, "W%s func%s\n", m.Name(), decl)
		fmt.Fprintf(&methods, "func (w %s) %s%s { %s }\n", typ, m.Name(), decl, call)
	}
	e := entry{kind: wrappers, name: name, text: fmt.Sprintf("type %s struct {\nIValue any\n%s}\n\n%s", typ, &fields, &methods)}
	var paths []string
	for _, path := range imports {
		if !importable(path) && path != "unsafe" {
			panic(fmt.Sprintf("%s.%s: a method mentions %s", p.Path(), name, path))
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	e.imports = strings.Join(paths, " ")
	return e
}
