package cell

import (
	"fmt"
	"go/types"
	"strings"
)

// A typePrinter writes types as Go source.
type typePrinter struct {
	pkg *types.Package
	// session names a type of the session, foreign the package of another.
	session func(name string) string
	foreign func(path string) string
	param   string // behind the names of type parameters
	bad     error  // the first part that can't be written
}

// newPrinter returns a printer for the interpreter: names says what the session's
// types are called there. The paths of other packages are added to paths, if that
// isn't nil.
func newPrinter(pkg *types.Package, names map[string]string, paths map[string]bool) *typePrinter {
	return &typePrinter{
		pkg: pkg,
		session: func(name string) string {
			if n := names[name]; n != "" {
				return n
			}
			return name
		},
		foreign: func(path string) string {
			if paths != nil {
				paths[path] = true
			}
			return alias(path)
		},
	}
}

// text returns t as source.
func (p *typePrinter) text(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return p.foreign("unsafe") + ".Pointer"
		}
		return t.Name()
	case *types.Alias:
		if t.Obj() == types.Universe.Lookup("any") {
			return "any"
		}
		if t.Obj().Pkg() != nil && t.Obj().Exported() {
			return p.named(t.Obj(), t.TypeArgs())
		}
		return p.text(types.Unalias(t))
	case *types.Named:
		return p.named(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		if t.Obj().Name() == "_" {
			return "_"
		}
		return t.Obj().Name() + p.param
	case *types.Pointer:
		return "*" + p.text(t.Elem())
	case *types.Slice:
		return "[]" + p.text(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), p.text(t.Elem()))
	case *types.Map:
		return "map[" + p.text(t.Key()) + "]" + p.text(t.Elem())
	case *types.Chan:
		elem := p.text(t.Elem())
		switch t.Dir() {
		case types.SendOnly:
			return "chan<- " + elem
		case types.RecvOnly:
			return "<-chan " + elem
		}
		if strings.HasPrefix(elem, "<-") {
			elem = "(" + elem + ")"
		}
		return "chan " + elem
	case *types.Signature:
		return "func" + p.signature(t)
	case *types.Struct:
		fields := make([]string, t.NumFields())
		for i := range fields {
			f := t.Field(i)
			if !f.Exported() && f.Pkg() != p.pkg && (f.Pkg() == nil || f.Pkg().Path() != p.pkg.Path()) {
				p.fail("a struct with the unexported field %s of package %s", f.Name(), f.Pkg().Path())
			}
			fields[i] = f.Name() + " " + p.text(f.Type())
			if f.Embedded() {
				fields[i] = p.embedded(f.Type())
			}
			if tag := t.Tag(i); tag != "" {
				fields[i] += fmt.Sprintf(" %q", tag)
			}
		}
		return "struct{" + strings.Join(fields, "; ") + "}"
	case *types.Interface:
		if t.NumEmbeddeds() == 0 && t.NumMethods() == 0 {
			return "any"
		}
		var parts []string
		for m := range t.ExplicitMethods() {
			parts = append(parts, m.Name()+p.signature(m.Type().(*types.Signature)))
		}
		for e := range t.EmbeddedTypes() {
			parts = append(parts, p.text(e))
		}
		return "interface{" + strings.Join(parts, "; ") + "}"
	case *types.Union:
		var parts []string
		for term := range t.Terms() {
			s := p.text(term.Type())
			if term.Tilde() {
				s = "~" + s
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, "|")
	}
	p.fail("the type %s", t)
	return "invalid"
}

// embedded returns the type of an embedded field, under the name that the field has from it.
func (p *typePrinter) embedded(t types.Type) string {
	if ptr, ok := t.(*types.Pointer); ok {
		return "*" + p.embedded(ptr.Elem())
	}
	if a, ok := t.(*types.Alias); ok && a.Obj().Pkg() != nil {
		return p.named(a.Obj(), a.TypeArgs())
	}
	return p.text(t)
}

func (p *typePrinter) fail(format string, args ...any) {
	if p.bad == nil {
		p.bad = fmt.Errorf(format, args...)
	}
}

func (p *typePrinter) named(obj *types.TypeName, args *types.TypeList) string {
	var s string
	switch {
	case obj.Pkg() == nil:
		s = obj.Name() // error, comparable, any
	case obj.Pkg().Path() == p.pkg.Path():
		if obj.Parent() != obj.Pkg().Scope() {
			p.fail("the type %s, which is declared inside a function", obj.Name())
		}
		s = p.session(obj.Name())
	case !obj.Exported():
		p.fail("the unexported type %s.%s", obj.Pkg().Path(), obj.Name())
	default:
		s = p.foreign(obj.Pkg().Path()) + "." + obj.Name()
	}
	if args.Len() == 0 {
		return s
	}
	texts := make([]string, 0, args.Len())
	for a := range args.Types() {
		texts = append(texts, p.text(a))
	}
	return s + "[" + strings.Join(texts, ", ") + "]"
}

func (p *typePrinter) signature(t *types.Signature) string {
	list := func(tuple *types.Tuple, variadic bool) string {
		var parts []string
		for v := range tuple.Variables() {
			parts = append(parts, p.text(v.Type()))
		}
		if n := len(parts); variadic {
			parts[n-1] = "..." + strings.TrimPrefix(parts[n-1], "[]")
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	s := list(t.Params(), t.Variadic())
	if t.TypeParams().Len() > 0 { // only compared, never compiled
		var parts []string
		for tp := range t.TypeParams().TypeParams() {
			parts = append(parts, p.text(tp)+" "+p.text(tp.Constraint()))
		}
		s = "[" + strings.Join(parts, ", ") + "]" + s
	}
	switch t.Results().Len() {
	case 0:
	case 1:
		s += " " + p.text(t.Results().At(0).Type())
	default:
		s += " " + list(t.Results(), false)
	}
	return s
}

// sessionTypes adds to uses the names of the session's types that t mentions. What earlier
// types mention, which nothing else tells, belongs to it.
func sessionTypes(pkg *types.Package, t types.Type, uses map[string]bool) {
	p := typePrinter{pkg: pkg, foreign: func(string) string { return "" }}
	p.session = func(name string) string {
		if !uses[name] {
			uses[name] = true
			if obj, ok := pkg.Scope().Lookup(name).(*types.TypeName); ok && isEarlier(name) {
				p.declaration(name, obj)
			}
		}
		return name
	}
	p.text(t)
}
