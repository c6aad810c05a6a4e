package cell

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/goherd/goherd/display/pretty"
)

// A typePrinter writes types as Go source.
type typePrinter struct {
	pkg *types.Package
	// session names a type of the session, foreign the package of another.
	session func(name string) string
	foreign func(path string) string
	bad     error // the first part that can't be written
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
		if t.Obj().Pkg() != nil && t.Obj().Exported() {
			return p.named(t.Obj(), t.TypeArgs())
		}
		return p.text(types.Unalias(t))
	case *types.Named:
		return p.named(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		return t.Obj().Name()
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
				fields[i] = p.text(f.Type())
			}
			if tag := t.Tag(i); tag != "" {
				fields[i] += fmt.Sprintf(" %q", tag)
			}
		}
		return "struct{" + strings.Join(fields, "; ") + "}"
	case *types.Interface:
		if t.NumEmbeddeds() == 0 && t.NumMethods() == 0 {
			return "interface{}"
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
			parts = append(parts, tp.Obj().Name()+" "+p.text(tp.Constraint()))
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

// sessionTypes adds to uses the names of the session's types that t mentions.
func sessionTypes(pkg *types.Package, t types.Type, uses map[string]bool) {
	p := typePrinter{pkg: pkg, foreign: func(string) string { return "" }}
	p.session = func(name string) string {
		uses[name] = true
		return name
	}
	p.text(t)
}

// shown are the methods by which a value says how it is shown.
var shown = []string{"String", "Error", "MIMEBundle", "HTML", "Markdown", "SVG", "LaTeX", "PNG", "JPEG"}

// A describer makes the type descriptions that go to the interpreter with a program.
type describer struct {
	pkg   *types.Package
	types []*pretty.Type
	index map[types.Type]int
	done  map[types.Type]*pretty.Type
	// methods are the types whose methods the program must say how to call.
	methods map[string]types.Type
}

func newDescriber(pkg *types.Package) *describer {
	return &describer{pkg: pkg, index: map[types.Type]int{}, done: map[types.Type]*pretty.Type{}, methods: map[string]types.Type{}}
}

// add returns the index of t's description.
func (d *describer) add(t types.Type) int {
	if i, ok := d.index[t]; ok {
		return i
	}
	d.types = append(d.types, d.describe(t))
	d.index[t] = len(d.types) - 1
	return len(d.types) - 1
}

func (d *describer) describe(t types.Type) *pretty.Type {
	t = types.Unalias(t)
	if p, ok := d.done[t]; ok {
		return p
	}
	p := &pretty.Type{Kind: kindOf(t)}
	d.done[t] = p
	relative := types.RelativeTo(d.pkg)
	switch n := t.(type) {
	case *types.Named, *types.TypeParam:
		p.Name = types.TypeString(t, relative)
	case *types.Signature, *types.Chan, *types.Interface:
		p.Name = types.TypeString(t, relative)
	case *types.Basic:
		p.Name = n.Name()
	}
	if obj := owner(t); obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == d.pkg.Path() && !types.IsInterface(t) {
		set := types.NewMethodSet(t)
		for _, name := range shown {
			if sel := set.Lookup(d.pkg, name); sel != nil && showMethod(sel.Obj()) {
				p.Methods = append(p.Methods, name)
			}
		}
		if len(p.Methods) > 0 && obj.Parent() == obj.Pkg().Scope() {
			d.methods[types.TypeString(t, relative)] = t
		}
	}
	if obj := owner(t); obj != nil && obj.Pkg() != nil && obj.Pkg().Path() != d.pkg.Path() {
		return p // compiled: reflection knows it
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			p.Fields = append(p.Fields, pretty.Field{Name: f.Name(), Type: d.describe(f.Type()), Embedded: f.Embedded()})
		}
	case *types.Pointer:
		p.Elem = d.describe(u.Elem())
	case *types.Slice:
		p.Elem = d.describe(u.Elem())
	case *types.Array:
		p.Elem, p.Len = d.describe(u.Elem()), int(u.Len())
	case *types.Map:
		p.Key, p.Elem = d.describe(u.Key()), d.describe(u.Elem())
	case *types.Chan:
		p.Elem = d.describe(u.Elem())
	}
	return p
}

// owner returns the name of t, or of what it points to; nil if it has none.
func owner(t types.Type) *types.TypeName {
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj()
	}
	return nil
}

// showMethod reports whether m takes nothing and returns something.
func showMethod(m types.Object) bool {
	sig, ok := m.Type().(*types.Signature)
	return ok && sig.Params().Len() == 0 && sig.Results().Len() == 1
}

func kindOf(t types.Type) string {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Name()
	case *types.Struct:
		return "struct"
	case *types.Pointer:
		return "ptr"
	case *types.Slice:
		return "slice"
	case *types.Array:
		return "array"
	case *types.Map:
		return "map"
	case *types.Chan:
		return "chan"
	case *types.Signature:
		return "func"
	}
	return "interface"
}

// methodResult returns the result type of the method called name of t.
func methodResult(pkg *types.Package, t types.Type, name string) types.Type {
	obj, _, _ := types.LookupFieldOrMethod(t, true, pkg, name)
	if f, ok := obj.(*types.Func); ok {
		return f.Type().(*types.Signature).Results().At(0).Type()
	}
	return types.Typ[types.Invalid]
}
