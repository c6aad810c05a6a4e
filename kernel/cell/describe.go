package cell

import (
	"go/types"

	"github.com/goherd/goherd/display/pretty"
)

// shown are the methods by which a value says how it is shown.
var shown = []string{"String", "Error", "MIMEBundle", "HTML", "Markdown", "SVG", "LaTeX", "PNG", "JPEG"}

// ShowsItself reports whether to show a value of type t, its own methods are called.
func ShowsItself(t types.Type) bool {
	set := types.NewMethodSet(types.NewPointer(t))
	for _, name := range append([]string{"JSON", "Format", "GoString"}, shown...) {
		if set.Lookup(nil, name) != nil {
			return true
		}
	}
	return false
}

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
	switch n := t.(type) {
	case *types.Named, *types.TypeParam:
		p.Name = typeString(t)
	case *types.Signature, *types.Chan, *types.Interface:
		p.Name = typeString(t)
	case *types.Basic:
		p.Name = n.Name()
	}
	obj := owner(t)
	foreign := obj != nil && obj.Pkg() != nil && obj.Pkg().Path() != d.pkg.Path()
	if obj != nil && obj.Pkg() != nil && !foreign && !types.IsInterface(t) {
		set := types.NewMethodSet(t)
		for _, name := range shown {
			if sel := set.Lookup(d.pkg, name); sel != nil && showMethod(sel.Obj()) {
				p.Methods = append(p.Methods, name)
			}
		}
		if len(p.Methods) > 0 && obj.Parent() == obj.Pkg().Scope() {
			d.methods[typeString(t)] = t
		}
	}
	if foreign {
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
