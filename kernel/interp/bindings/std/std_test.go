package std_test

import (
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/tools/go/packages"

	"github.com/google/go-cmp/cmp"
	"github.com/traefik/yaegi/interp"

	"github.com/goherd/goherd/kernel/interp/bindings/std"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// library loads the types of the packages that user code may import, as the compiler
// of this machine has them.
func library(t *testing.T) map[string]*types.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedExportFile}, "std")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]*types.Package{}
	for _, p := range pkgs {
		if strings.HasPrefix(p.PkgPath, "vendor/") || strings.Contains("/"+p.PkgPath+"/", "/internal/") || p.PkgPath == "runtime/cgo" {
			continue
		}
		for _, e := range p.Errors {
			t.Error(e)
		}
		m[p.PkgPath] = p.Types
	}
	if len(m) < 150 {
		t.Fatalf("only %d packages in the standard library", len(m))
	}
	return m
}

// TestComplete compares what is bound with what the packages export: everything is
// there, or in missing.txt, and nothing else is.
func TestComplete(t *testing.T) {
	lib := library(t)
	missing := std.Missing()
	for _, path := range std.Packages() {
		if lib[path] == nil {
			t.Errorf("%s is bound, but isn't in the standard library", path)
		}
	}
	for path, p := range lib {
		symbols, ok := std.Symbols(path)
		if !ok && len(missing[path]) == 0 {
			t.Errorf("%s has no bindings", path)
			continue
		}
		for _, name := range p.Scope().Names() {
			o := p.Scope().Lookup(name)
			if !o.Exported() {
				continue
			}
			v, bound := symbols[name]
			delete(symbols, name)
			why := missing[path][name]
			delete(missing[path], name)
			switch {
			case !bound && why == "":
				t.Errorf("%s.%s: no binding, and no reason in missing.txt", path, name)
			case bound && why != "":
				t.Errorf("%s.%s: bound, and in missing.txt", path, name)
			case bound && path != "unsafe":
				check(t, o, v)
			}
		}
		for name := range symbols {
			t.Errorf("%s.%s: bound, but not in the package", path, name)
		}
		for name := range missing[path] {
			t.Errorf("%s.%s: in missing.txt, but not in the package", path, name)
		}
	}
	for path := range missing {
		if lib[path] == nil {
			t.Errorf("%s: in missing.txt, but not in the standard library", path)
		}
	}
}

// check compares the binding of an object with the object.
func check(t *testing.T, o types.Object, v reflect.Value) {
	t.Helper()
	where := o.Pkg().Path() + "." + o.Name()
	switch o := o.(type) {
	case *types.Func:
		if v.Kind() != reflect.Func {
			t.Errorf("%s is a function, bound is a %s", where, v.Kind())
			return
		}
		sig := o.Signature()
		got := []int{v.Type().NumIn(), v.Type().NumOut()}
		if want := []int{sig.Params().Len(), sig.Results().Len()}; !cmp.Equal(got, want) || v.Type().IsVariadic() != sig.Variadic() {
			t.Errorf("%s: bound is a %s", where, v.Type())
		}
	case *types.Var:
		if !v.CanAddr() {
			t.Errorf("%s: the binding is a copy of the variable", where)
		}
	case *types.TypeName:
		if v.Kind() != reflect.Pointer || !v.IsNil() {
			t.Errorf("%s is a type, bound is a %s", where, v.Type())
		} else if named, ok := types.Unalias(o.Type()).(*types.Named); ok && v.Type().Elem().Name() != named.Obj().Name() {
			t.Errorf("%s: bound is %s", where, v.Type().Elem())
		}
	case *types.Const:
		if got, want := constantOf(v), o.Val(); got == nil || !same(got, want) {
			t.Errorf("%s: %v, want %v", where, got, want)
		}
		basic, _ := o.Type().(*types.Basic)
		untyped := basic != nil && basic.Info()&types.IsUntyped != 0 && basic.Kind() != types.UntypedBool
		if _, ok := v.Interface().(constant.Value); ok != untyped {
			t.Errorf("%s: bound as a %s", where, v.Type())
		}
	}
}

// constantOf returns the value of a bound constant.
func constantOf(v reflect.Value) constant.Value {
	if c, ok := v.Interface().(constant.Value); ok {
		return c
	}
	switch {
	case v.CanInt():
		return constant.MakeInt64(v.Int())
	case v.CanUint():
		return constant.MakeUint64(v.Uint())
	case v.CanFloat():
		return constant.MakeFloat64(v.Float())
	case v.Kind() == reflect.String:
		return constant.MakeString(v.String())
	case v.Kind() == reflect.Bool:
		return constant.MakeBool(v.Bool())
	}
	return nil
}

// same compares constants; of floating-point ones the quotient, since the type
// checker may hold more digits than go/constant takes from a literal.
func same(a, b constant.Value) bool {
	if a.Kind() != constant.Float && b.Kind() != constant.Float {
		return a.ExactString() == b.ExactString()
	}
	a, b = constant.ToFloat(a), constant.ToFloat(b)
	if constant.Sign(b) == 0 {
		return constant.Sign(a) == 0
	}
	off := constant.BinaryOp(constant.BinaryOp(a, token.SUB, b), token.QUO, b) // (a - b) / b
	f, _ := constant.Float64Val(off)
	return f < 1e-150 && f > -1e-150
}

// TestWrappers checks that interpreted types can become every interface that has only
// exported methods.
func TestWrappers(t *testing.T) {
	i := interp.New(interp.Options{})
	if _, err := std.New(i); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range std.Packages() {
		symbols, _ := std.Symbols(path)
		for name, v := range symbols {
			if v.Kind() != reflect.Pointer || !v.IsNil() || v.Type().Elem().Kind() != reflect.Interface {
				continue
			}
			typ := v.Type().Elem()
			if typ.NumMethod() == 0 || typ.PkgPath() == "" {
				continue
			}
			w, ok := i.Symbols(typ.PkgPath())[typ.PkgPath()]["_"+typ.Name()]
			if !ok {
				t.Errorf("%s.%s has no wrapper", path, name)
				continue
			}
			n++
			exported := 0
			for m := range typ.NumMethod() {
				method := typ.Method(m)
				if !method.IsExported() {
					continue
				}
				exported++
				if f, ok := w.Type().Elem().FieldByName("W" + method.Name); !ok || f.Type != method.Type {
					t.Errorf("%s.%s: no field for %s", path, name, method.Name)
				}
			}
			if fields := w.Type().Elem().NumField(); fields != exported+1 || w.Type().Elem().Field(0).Name != "IValue" {
				t.Errorf("%s.%s: a wrapper of %d fields for %d methods", path, name, fields, exported)
			}
			if !w.Type().Elem().Implements(typ) && exported == typ.NumMethod() {
				t.Errorf("%s.%s isn't implemented by its wrapper", path, name)
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d interfaces", n)
	}
}
