package lower

import (
	"go/types"
	"slices"
	"strings"
	"testing"

	cellstd "github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/interp/bindings/std"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/natives"
)

// TestLibrary compares the source of the generic library with what users are told that there is.
func TestLibrary(t *testing.T) {
	// These are the type checker's or plain types, or can't be.
	known := []string{"cmp.Ordered", "iter.Seq", "iter.Seq2", "plugin.Open", "plugin.Plugin", "plugin.Symbol", "unsafe.Slice", "unsafe.SliceData"}
	p := NewLinker(testLib).Begin(&Unit{Pkg: types.NewPackage("main", "main")})
	l := p.l.library
	used := map[*types.Func]bool{}
	for path, names := range std.Missing() {
		pkg, err := testLib.Import(path)
		for name, why := range names {
			if slices.Contains(known, path+"."+name) || !strings.Contains(why, "generic") {
				continue
			}
			if err != nil {
				t.Error(err)
				break
			}
			switch obj := pkg.Scope().Lookup(name).(type) {
			case *types.Func:
				d := l.declaration(obj)
				if d == nil {
					t.Errorf("no source of %s.%s: %v", path, name, l.err)
					continue
				}
				used[d.fn] = true
				// The names of type parameters and of their constraints are the same too.
				plain := func(*types.Package) string { return "" }
				if got, want := types.TypeString(d.fn.Type(), plain), types.TypeString(obj.Type(), plain); got != want {
					t.Errorf("%s.%s is %s, want %s", path, name, got, want)
				}
			case *types.TypeName:
				for m := range obj.Type().(*types.Named).Methods() {
					d := l.declaration(m)
					if d == nil {
						t.Errorf("no source of %s.%s.%s: %v", path, name, m.Name(), l.err)
						continue
					}
					used[d.fn] = true
					got, want := d.fn.Signature(), m.Signature()
					if got.Params().Len() != want.Params().Len()+1 || got.Results().Len() != want.Results().Len() {
						t.Errorf("%s.%s.%s is %s", path, name, m.Name(), got)
					}
					if a, b := got.Params().At(0).Type().String(), want.Recv().Type().String(); a != b {
						t.Errorf("%s.%s.%s has the receiver %s, want %s", path, name, m.Name(), a, b)
					}
				}
			}
		}
	}
	for path, u := range l.paths {
		if u == nil {
			continue
		}
		for _, d := range l.decls {
			if d.unit != u || d.params() == nil && d.node.Body != nil || used[d.fn] || d.fn.Name() == "overlap" || d.fn.Name() == "word" {
				continue
			}
			if !l.native(d.fn) {
				t.Errorf("%s.%s is for nobody", path, d.fn.Name())
			} else if _, ok := natives.Func(p.externName(d.fn)); !ok {
				t.Errorf("%s isn't compiled", p.externName(d.fn))
			}
		}
	}
}

// TestForeignTypes looks for types that the API of compiled packages has to do with and nobody can
// name: the engine must know them.
func TestForeignTypes(t *testing.T) {
	p := NewLinker(testLib).Begin(&Unit{Pkg: types.NewPackage("main", "main")})
	seen := map[types.Type]bool{}
	open := func(t types.Type) bool { // an instance with type parameters
		var b strings.Builder
		q := NewLinker(testLib).Begin(p.u)
		q.writeType(&b, t)
		return q.err != nil
	}
	internal := func(path string) bool {
		return strings.HasPrefix(path, "internal/") || strings.Contains(path, "/internal/")
	}
	var walk func(from string, typ types.Type)
	walk = func(from string, typ types.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		switch typ := typ.(type) {
		case *types.Alias:
			walk(from, types.Unalias(typ))
		case *types.Named:
			obj := typ.Obj()
			isInstance := typ.TypeArgs().Len() > 0 && !open(typ)
			if obj.Pkg() != nil && (!obj.Exported() || isInstance || internal(obj.Pkg().Path())) && typ.String() != "testing.testDeps" {
				if got, ok := natives.Type(obj.Pkg().Path(), p.typeName(typ)); !ok || kindOf(typ) != code.Kind(got.Kind()) {
					t.Errorf("%s: no type %s", from, typ)
				}
			}
			if obj.Pkg() != nil && internal(obj.Pkg().Path()) {
				return // it is all that there is to see of it
			}
			for m := range typ.Methods() {
				if m.Exported() {
					walk(from+"."+m.Name(), m.Type())
				}
			}
			walk(from, typ.Underlying())
		case interface{ Elem() types.Type }:
			if m, ok := typ.(*types.Map); ok {
				walk(from, m.Key())
			}
			walk(from, typ.Elem())
		case *types.Struct:
			for f := range typ.Fields() {
				if f.Exported() {
					walk(from+"."+f.Name(), f.Type())
				}
			}
		case *types.Interface:
			for m := range typ.Methods() {
				walk(from+"."+m.Name(), m.Type())
			}
		case *types.Signature:
			if typ.TypeParams() == nil && typ.RecvTypeParams() == nil {
				walk(from, typ.Params())
				walk(from, typ.Results())
			}
		case *types.Tuple:
			for v := range typ.Variables() {
				walk(from, v.Type())
			}
		}
	}
	for _, info := range cellstd.Packages() {
		pkg, err := testLib.Import(info.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			if obj := pkg.Scope().Lookup(name); obj.Exported() {
				walk(info.Path+"."+name, obj.Type())
			}
		}
	}
}

// BenchmarkLibrary is the first use of package slices in a session.
func BenchmarkLibrary(b *testing.B) {
	for b.Loop() {
		if newLibrary(testLib).load("slices") == nil {
			b.Fatal("no source")
		}
	}
}
