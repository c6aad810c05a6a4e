package lower

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// shown is the name of an object, which may be an embedded field, as the user knows it.
func (p *Program) shown(obj types.Object) string {
	if u := p.unit(obj.Pkg()); u != nil && u.Shown != nil {
		return u.Shown(obj.Name())
	}
	return obj.Name()
}

// typeName is the name of a type as reflect has it, without its package.
func (p *Program) typeName(t *types.Named) string {
	name := p.shown(t.Obj())
	if l, ok := p.locals[t.Obj()]; ok {
		return name + l.args
	}
	if t.TypeArgs().Len() == 0 {
		return name
	}
	var args []types.Type
	for a := range t.TypeArgs().Types() {
		args = append(args, a)
	}
	return name + p.typeArgs(args)
}

// typeArgs writes type arguments as the names of instances have them.
func (p *Program) typeArgs(list []types.Type) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, t := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		p.writeType(&b, t)
	}
	b.WriteByte(']')
	return b.String()
}

// writeType writes a type as the compiler does it for the names of instances: packages by their
// paths, and types of functions with their number.
func (p *Program) writeType(b *strings.Builder, t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			b.WriteString("unsafe.Pointer")
		} else {
			b.WriteString(types.Typ[t.Kind()].Name())
		}
	case *types.Named:
		obj := t.Obj()
		if obj.Pkg() != nil {
			b.WriteString(p.path(obj.Pkg()) + ".")
		}
		b.WriteString(p.typeName(t))
		if obj.Pkg() != nil && p.isLocal(obj) {
			fmt.Fprintf(b, "·%d", p.localNumber(obj))
		}
	case *types.Pointer:
		b.WriteByte('*')
		p.writeType(b, t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		p.writeType(b, t.Elem())
	case *types.Array:
		fmt.Fprintf(b, "[%d]", t.Len())
		p.writeType(b, t.Elem())
	case *types.Map:
		b.WriteString("map[")
		p.writeType(b, t.Key())
		b.WriteByte(']')
		p.writeType(b, t.Elem())
	case *types.Chan:
		elem, _ := types.Unalias(t.Elem()).(*types.Chan)
		switch {
		case t.Dir() == types.SendOnly:
			b.WriteString("chan<- ")
		case t.Dir() == types.RecvOnly:
			b.WriteString("<-chan ")
		case elem != nil && elem.Dir() == types.RecvOnly:
			b.WriteString("chan (")
			p.writeType(b, elem)
			b.WriteByte(')')
			return
		default:
			b.WriteString("chan ")
		}
		p.writeType(b, t.Elem())
	case *types.Signature:
		b.WriteString("func")
		p.writeSignature(b, t)
	case *types.Struct:
		p.writeStruct(b, t)
	case *types.Interface:
		p.writeInterface(b, t)
	default:
		p.fail(0, "lowering: a type argument %s", t)
	}
}

func (p *Program) writeSignature(b *strings.Builder, t *types.Signature) {
	b.WriteByte('(')
	for i := range t.Params().Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		v := t.Params().At(i).Type()
		if s, ok := types.Unalias(v).(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
			b.WriteString("...")
			v = s.Elem()
		}
		p.writeType(b, v)
	}
	b.WriteByte(')')
	switch n := t.Results().Len(); n {
	case 0:
	case 1:
		b.WriteByte(' ')
		p.writeType(b, t.Results().At(0).Type())
	default:
		b.WriteString(" (")
		for i := range n {
			if i > 0 {
				b.WriteString(", ")
			}
			p.writeType(b, t.Results().At(i).Type())
		}
		b.WriteByte(')')
	}
}

func (p *Program) writeStruct(b *strings.Builder, t *types.Struct) {
	b.WriteString("struct {")
	for i := range t.NumFields() {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteByte(' ')
		f := t.Field(i)
		if f.Embedded() {
			if _, name, ok := strings.Cut(p.embeddedName(f.Type()), "["); ok && name != "" {
				p.writeMember(b, f)
				b.WriteString(" = ")
			}
		} else {
			p.writeMember(b, f)
			b.WriteByte(' ')
		}
		p.writeType(b, f.Type())
		if tag := t.Tag(i); tag != "" {
			b.WriteString(" " + strconv.Quote(tag))
		}
	}
	if t.NumFields() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}

// embeddedName is the name of the type of an embedded field.
func (p *Program) embeddedName(t types.Type) string {
	t = types.Unalias(t)
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return p.typeName(n)
	}
	return ""
}

func (p *Program) writeInterface(b *strings.Builder, t *types.Interface) {
	b.WriteString("interface {")
	var methods []*types.Func
	for m := range t.Methods() {
		methods = append(methods, m)
	}
	slices.SortFunc(methods, func(a, b *types.Func) int {
		if a.Exported() != b.Exported() {
			if a.Exported() {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name(), b.Name())
	})
	for i, m := range methods {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteByte(' ')
		p.writeMember(b, m)
		p.writeSignature(b, m.Signature())
	}
	if len(methods) > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}

// writeMember writes the name of a field or method.
func (p *Program) writeMember(b *strings.Builder, obj types.Object) {
	if !obj.Exported() {
		b.WriteString(p.path(obj.Pkg()) + ".")
	}
	b.WriteString(p.shown(obj))
}

// localNumber is the number of a type among those that the functions of its
// package declare.
func (p *Program) localNumber(obj *types.TypeName) int {
	if l, ok := p.locals[obj]; ok {
		obj = l.of
	}
	u := p.unit(obj.Pkg())
	if p.numbers[u] == nil {
		all := map[token.Pos]bool{}
		for _, def := range u.Info.Defs {
			if tn, ok := def.(*types.TypeName); ok && !tn.IsAlias() && p.isLocal(tn) {
				if _, isParam := types.Unalias(tn.Type()).(*types.TypeParam); !isParam {
					all[tn.Pos()] = true
				}
			}
		}
		p.numbers[u] = map[token.Pos]int{}
		for i, pos := range slices.Sorted(maps.Keys(all)) {
			p.numbers[u][pos] = i + 1
		}
	}
	return p.numbers[u][obj.Pos()]
}
