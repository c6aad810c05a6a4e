package lower

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/natives"
)

// A description is a type that is to be described, or described again.
type description struct {
	id code.TypeID
	t  types.Type
}

// An origin is what a type with a name was made from, by identities that outlive a check.
type origin struct {
	key  string // of the object; empty for types that are local to a function
	args []code.TypeID
}

// A local is a type of a generic function as one instance of the function has it.
type local struct {
	of    *types.TypeName
	args  string // of the instance, as they are shown
	key   string
	depth int // of the nesting of the arguments
}

// typeID returns the identity of a type without type parameters.
func (p *Program) typeID(t types.Type) code.TypeID {
	t = types.Unalias(t)
	if id := p.typeIDs[t]; id != 0 {
		return id
	}
	id := p.makeID(t)
	p.typeIDs[t] = id
	return id
}

// tupleID returns the type of several values.
func (p *Program) tupleID(list ...types.Type) code.TypeID {
	out := make([]code.TypeID, len(list))
	for i, t := range list {
		out[i] = p.typeID(t)
	}
	id, isNew := p.intern("u" + idList(out))
	if isNew {
		p.send(&code.Type{ID: id, Kind: code.Tuple, Out: out})
	}
	return id
}

// sigID returns the type of a function; recv, if there is one, is the first parameter.
func (p *Program) sigID(sig *types.Signature, recv types.Type) code.TypeID {
	var in, out []code.TypeID
	if recv != nil {
		in = append(in, p.typeID(recv))
	}
	for v := range sig.Params().Variables() {
		in = append(in, p.typeID(v.Type()))
	}
	for v := range sig.Results().Variables() {
		out = append(out, p.typeID(v.Type()))
	}
	key := "f" + idList(in) + idList(out)
	if sig.Variadic() {
		key += "v"
	}
	id, isNew := p.intern(key)
	if isNew {
		p.send(&code.Type{ID: id, Kind: code.FuncKind, In: in, Out: out, Variadic: sig.Variadic()})
	}
	return id
}

// intern returns the ID of the type with a key.
func (p *Program) intern(key string) (id code.TypeID, isNew bool) {
	if id := p.types[key]; id != 0 {
		return id, false
	}
	if id := p.l.types[key]; id != 0 {
		return id, false
	}
	p.l.lastType++
	id = p.l.lastType
	p.types[key] = id
	return id, true
}

// send makes a description a part of the program.
func (p *Program) send(t *code.Type) {
	p.described[t.ID] = t
	p.out.Types = append(p.out.Types, *t)
}

func (p *Program) makeID(t types.Type) code.TypeID {
	switch t := t.(type) {
	case *types.Tuple:
		var list []types.Type
		for v := range t.Variables() {
			list = append(list, v.Type())
		}
		return p.tupleID(list...)
	case *types.Signature:
		return p.sigID(t, nil)
	case *types.Named:
		return p.namedID(t)
	case *types.Basic:
		if t.Info()&types.IsUntyped != 0 || t.Kind() == types.Invalid {
			p.fail(0, "lowering: a value of type %s", t)
			return 0
		}
		id, isNew := p.intern("b" + strconv.Itoa(int(t.Kind())))
		if isNew {
			p.send(&code.Type{ID: id, Kind: basicKinds[t.Kind()], Name: types.Typ[t.Kind()].Name()})
		}
		return id
	case *types.Struct:
		id, isNew := p.intern("s" + p.structKey(t))
		embeds := false
		for f := range t.Fields() {
			embeds = embeds || f.Embedded()
		}
		if embeds { // it may have methods, and later more
			p.pending = append(p.pending, description{id, t})
		} else if isNew {
			p.send(p.structure(id, t))
		}
		return id
	case *types.Pointer, *types.Slice, *types.Array, *types.Map, *types.Chan, *types.Interface:
		id, isNew := p.intern(p.compositeKey(t))
		if isNew {
			p.send(p.structure(id, t))
		}
		return id
	}
	p.fail(0, "lowering: a value of type %s", t)
	return 0
}

func (p *Program) compositeKey(t types.Type) string {
	switch t := t.(type) {
	case *types.Pointer:
		return fmt.Sprint("*", p.typeID(t.Elem()))
	case *types.Slice:
		return fmt.Sprint("[]", p.typeID(t.Elem()))
	case *types.Array:
		return fmt.Sprint("[", t.Len(), "]", p.typeID(t.Elem()))
	case *types.Map:
		return fmt.Sprint("m", p.typeID(t.Key()), ":", p.typeID(t.Elem()))
	case *types.Chan:
		return fmt.Sprint("c", int(t.Dir()), ":", p.typeID(t.Elem()))
	case *types.Interface:
		var b strings.Builder
		b.WriteString("i")
		for _, m := range p.interfaceMethods(t) {
			fmt.Fprintf(&b, " %s:%s:%d", m.Name, m.Path, m.Sig)
		}
		return b.String()
	}
	panic(fmt.Sprintf("no composite type: %s", t))
}

func (p *Program) structKey(t *types.Struct) string {
	var b strings.Builder
	for _, f := range p.fields(t) {
		fmt.Fprintf(&b, " %s:%s:%d:%t:%q", f.Name, f.Path, f.Type, f.Embedded, f.Tag)
	}
	return b.String()
}

func idList(ids []code.TypeID) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(id)))
	}
	b.WriteByte(')')
	return b.String()
}

// namedID returns the identity of a type with a name.
func (p *Program) namedID(t *types.Named) code.TypeID {
	obj := t.Obj()
	if obj.Pkg() == nil { // error; comparable is the type of no value
		id, isNew := p.intern("b" + obj.Name())
		if isNew {
			d := p.structure(id, t.Underlying())
			d.Name = obj.Name()
			p.send(d)
		}
		return id
	}
	if p.tooDeep(obj.Name(), slices.Collect(t.TypeArgs().Types())) {
		return 0
	}
	from := origin{args: p.typeIDList(t.TypeArgs())}
	var key string
	if p.isLocal(obj) {
		key = "l" + p.localKey(t)
	} else {
		from.key = p.objectKey(obj)
		key = "n" + from.key
	}
	if len(from.args) > 0 {
		key += idList(from.args)
	}
	id, isNew := p.intern(key)
	if isNew {
		p.made[id] = from
	}
	if p.isCompiled(t) {
		if isNew {
			p.send(&code.Type{ID: id, Kind: kindOf(t), Name: p.typeName(t), Path: obj.Pkg().Path(), Compiled: true})
		}
		return id
	}
	p.pending = append(p.pending, description{id, t})
	return id
}

func (p *Program) typeIDList(list *types.TypeList) []code.TypeID {
	var out []code.TypeID
	for t := range list.Types() {
		out = append(out, p.typeID(t))
	}
	return out
}

// isCompiled reports whether a type is one that the engine's program has. Of the instances of generic
// types these are few.
func (p *Program) isCompiled(t *types.Named) bool {
	if p.unit(t.Obj().Pkg()) != nil {
		return false
	}
	path := t.Obj().Pkg().Path()
	if t.TypeArgs().Len() == 0 && t.Obj().Exported() && !isInternal(path) {
		return true
	}
	// Others without an exported name are met as fields only, as in type T bytes.Buffer or sync/atomic.Pointer[T].
	_, ok := natives.Type(path, p.typeName(t))
	return ok
}

// isInternal reports whether only the standard library itself can import a package of it.
func isInternal(path string) bool {
	return strings.HasPrefix(path, "internal/") || strings.Contains(path, "/internal/") || strings.HasSuffix(path, "/internal") || strings.HasPrefix(path, "vendor/")
}

// isLocal reports whether a type is declared in a function.
func (p *Program) isLocal(obj *types.TypeName) bool {
	if _, ok := p.locals[obj]; ok {
		return true
	}
	scope := obj.Pkg().Scope()
	return p.unit(obj.Pkg()) != nil && obj.Parent() != scope && scope.Lookup(obj.Name()) != obj
}

// localKey is the identity of a type that a function declares: where it is declared, and which
// types of the session it mentions, because these may be declared anew
// where the function isn't.
func (p *Program) localKey(t *types.Named) string {
	obj := t.Obj()
	if l, ok := p.locals[obj]; ok {
		return l.key
	}
	u := p.unit(obj.Pkg())
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s@%d", u.path(), obj.Name(), u.pos(obj.Pos()))
	if u.Pos == nil {
		fmt.Fprintf(&b, "+%d", obj.Pos())
	}
	p.mentions(&b, t.Underlying(), map[*types.TypeName]bool{obj: true})
	return b.String()
}

// mentions writes the identities of the types with names that t is made of.
func (p *Program) mentions(b *strings.Builder, t types.Type, seen map[*types.TypeName]bool) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		obj := t.Obj()
		if obj.Pkg() != nil && p.isLocal(obj) {
			if _, ok := p.locals[obj]; !ok {
				if !seen[obj] {
					seen[obj] = true
					fmt.Fprintf(b, " %s{", obj.Name())
					p.mentions(b, t.Underlying(), seen)
					b.WriteString("}")
				}
				return
			}
		}
		if obj.Pkg() != nil && p.unit(obj.Pkg()) != nil && !p.isLocal(obj) {
			b.WriteString(" " + p.objectKey(obj))
		}
		for a := range t.TypeArgs().Types() {
			p.mentions(b, a, seen)
		}
	case *types.Pointer:
		p.mentions(b, t.Elem(), seen)
	case *types.Slice:
		p.mentions(b, t.Elem(), seen)
	case *types.Array:
		p.mentions(b, t.Elem(), seen)
	case *types.Chan:
		p.mentions(b, t.Elem(), seen)
	case *types.Map:
		p.mentions(b, t.Key(), seen)
		p.mentions(b, t.Elem(), seen)
	case *types.Signature:
		for v := range t.Params().Variables() {
			p.mentions(b, v.Type(), seen)
		}
		for v := range t.Results().Variables() {
			p.mentions(b, v.Type(), seen)
		}
	case *types.Struct:
		for f := range t.Fields() {
			p.mentions(b, f.Type(), seen)
		}
	case *types.Interface:
		for m := range t.Methods() {
			p.mentions(b, m.Type(), seen)
		}
	}
}

// describe makes the description of a type that can have methods, and makes it a part of the program
// if it is new or differs from the one that the engine has.
func (p *Program) describe(d description) {
	if p.described[d.id] != nil {
		return
	}
	t := p.structure(d.id, d.t.Underlying())
	if n, ok := d.t.(*types.Named); ok {
		t.Name = p.typeName(n)
		t.Path = p.path(n.Obj().Pkg())
		if p.l.modules.load(n.Obj().Pkg()) != nil {
			t.PkgName = n.Obj().Pkg().Name()
		}
	}
	old := p.l.described[d.id]
	switch {
	case t.Kind == code.Interface:
	case old != nil && (!p.grown || p.l.modules.byPath[t.Path] != nil):
		t.Methods = old.Methods
	default:
		p.described[d.id] = t // methods may ask for it
		t.Methods = p.methods(d.id, d.t)
	}
	if old != nil {
		methods := t.Methods
		t.Methods = old.Methods
		t.Name = old.Name // which may have the number of a type of a function, in another cell
		same := reflect.DeepEqual(t, old)
		t.Methods = methods
		if !same {
			p.fail(0, "lowering: type %s has changed under its identity", d.t)
			return
		}
		if slices.Equal(methods, old.Methods) {
			p.described[d.id] = old
			return
		}
	}
	p.send(t)
}

var basicKinds = [...]code.Kind{
	types.Bool:          code.Bool,
	types.Int:           code.Int,
	types.Int8:          code.Int8,
	types.Int16:         code.Int16,
	types.Int32:         code.Int32,
	types.Int64:         code.Int64,
	types.Uint:          code.Uint,
	types.Uint8:         code.Uint8,
	types.Uint16:        code.Uint16,
	types.Uint32:        code.Uint32,
	types.Uint64:        code.Uint64,
	types.Uintptr:       code.Uintptr,
	types.Float32:       code.Float32,
	types.Float64:       code.Float64,
	types.Complex64:     code.Complex64,
	types.Complex128:    code.Complex128,
	types.String:        code.String,
	types.UnsafePointer: code.UnsafePointer,
}

func kindOf(t types.Type) code.Kind {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return basicKinds[t.Kind()]
	case *types.Pointer:
		return code.Pointer
	case *types.Slice:
		return code.Slice
	case *types.Array:
		return code.Array
	case *types.Map:
		return code.Map
	case *types.Chan:
		return code.Chan
	case *types.Struct:
		return code.Struct
	case *types.Signature:
		return code.FuncKind
	case *types.Interface:
		return code.Interface
	}
	return code.Invalid
}

// structure describes what a type is made of.
func (p *Program) structure(id code.TypeID, t types.Type) *code.Type {
	out := &code.Type{ID: id, Kind: kindOf(t)}
	switch t := t.(type) {
	case *types.Pointer:
		out.Elem = p.typeID(t.Elem())
	case *types.Slice:
		out.Elem = p.typeID(t.Elem())
	case *types.Array:
		out.Elem, out.Len = p.typeID(t.Elem()), t.Len()
	case *types.Map:
		out.Key, out.Elem = p.typeID(t.Key()), p.typeID(t.Elem())
	case *types.Chan:
		out.Elem, out.Dir = p.typeID(t.Elem()), int(chanDirs[t.Dir()])
	case *types.Struct:
		out.Fields = p.fields(t)
	case *types.Signature:
		for v := range t.Params().Variables() {
			out.In = append(out.In, p.typeID(v.Type()))
		}
		for v := range t.Results().Variables() {
			out.Out = append(out.Out, p.typeID(v.Type()))
		}
		out.Variadic = t.Variadic()
	case *types.Interface:
		out.Methods = p.interfaceMethods(t)
	}
	return out
}

var chanDirs = [...]reflect.ChanDir{
	types.SendRecv: reflect.BothDir,
	types.SendOnly: reflect.SendDir,
	types.RecvOnly: reflect.RecvDir,
}

func (p *Program) fields(t *types.Struct) []code.Field {
	out := make([]code.Field, t.NumFields())
	for i := range out {
		f := t.Field(i)
		out[i] = code.Field{Name: p.shown(f), Type: p.typeID(f.Type()), Tag: t.Tag(i), Embedded: f.Embedded()}
		if !f.Exported() {
			out[i].Path = p.path(f.Pkg())
		}
	}
	return out
}

func (p *Program) interfaceMethods(t *types.Interface) []code.Method {
	var out []code.Method
	for m := range t.Methods() {
		cm := code.Method{Name: m.Name(), Sig: p.sigID(m.Signature(), nil)}
		if !m.Exported() {
			cm.Path = p.path(m.Pkg())
		}
		out = append(out, cm)
	}
	sortMethods(out)
	return out
}

// sortMethods puts methods into the order that reflect has: exported ones first.
func sortMethods(list []code.Method) {
	slices.SortFunc(list, func(a, b code.Method) int {
		if a.Path == "" != (b.Path == "") {
			if a.Path == "" {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Path, b.Path))
	})
}

// fromID returns a type of an earlier cell as it is in this one, nil if it isn't there.
func (p *Program) fromID(id code.TypeID) types.Type {
	d := p.l.described[id]
	if d == nil {
		return nil
	}
	if from, ok := p.l.made[id]; ok {
		return p.namedFrom(d, from)
	}
	if d.Name != "" {
		if kind := slices.Index(basicKinds[:], d.Kind); kind > 0 && d.Kind != code.Interface {
			return types.Typ[kind]
		}
		return types.Universe.Lookup(d.Name).Type()
	}
	elem := func(id code.TypeID, make func(types.Type) types.Type) types.Type {
		if t := p.fromID(id); t != nil {
			return make(t)
		}
		return nil
	}
	switch d.Kind {
	case code.Pointer:
		return elem(d.Elem, func(t types.Type) types.Type { return types.NewPointer(t) })
	case code.Slice:
		return elem(d.Elem, func(t types.Type) types.Type { return types.NewSlice(t) })
	case code.Array:
		return elem(d.Elem, func(t types.Type) types.Type { return types.NewArray(t, d.Len) })
	case code.Chan:
		return elem(d.Elem, func(t types.Type) types.Type {
			return types.NewChan(types.ChanDir(slices.Index(chanDirs[:], reflect.ChanDir(d.Dir))), t)
		})
	case code.Map:
		return elem(d.Key, func(k types.Type) types.Type {
			return elem(d.Elem, func(t types.Type) types.Type { return types.NewMap(k, t) })
		})
	case code.FuncKind:
		return p.signatureFrom(d)
	case code.Struct:
		fields := make([]*types.Var, len(d.Fields))
		tags := make([]string, len(d.Fields))
		for i, f := range d.Fields {
			t := p.fromID(f.Type)
			if t == nil {
				return nil
			}
			fields[i], tags[i] = types.NewField(token.NoPos, p.packageOf(f.Path), f.Name, t, f.Embedded), f.Tag
		}
		return types.NewStruct(fields, tags)
	case code.Interface:
		methods := make([]*types.Func, len(d.Methods))
		for i, m := range d.Methods {
			sig, ok := p.fromID(m.Sig).(*types.Signature)
			if !ok {
				return nil
			}
			methods[i] = types.NewFunc(token.NoPos, p.packageOf(m.Path), m.Name, sig)
		}
		return types.NewInterfaceType(methods, nil).Complete()
	}
	return nil
}

func (p *Program) signatureFrom(d *code.Type) types.Type {
	var tuples [2]*types.Tuple
	for i, list := range [][]code.TypeID{d.In, d.Out} {
		var vars []types.Type
		for _, id := range list {
			t := p.fromID(id)
			if t == nil {
				return nil
			}
			vars = append(vars, t)
		}
		tuples[i] = params(vars)
	}
	return types.NewSignatureType(nil, nil, nil, tuples[0], tuples[1], d.Variadic)
}

// namedFrom finds a type with a name.
func (p *Program) namedFrom(d *code.Type, from origin) types.Type {
	if from.key == "" {
		return nil // a check of another cell declared it in a function
	}
	if pkg := p.packageOf(d.Path); pkg != nil {
		for _, name := range pkg.Scope().Names() {
			tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || tn.IsAlias() || p.objectKey(tn) != from.key {
				continue
			}
			if len(from.args) == 0 {
				return tn.Type()
			}
			var args []types.Type
			for _, id := range from.args {
				t := p.fromID(id)
				if t == nil {
					return nil
				}
				args = append(args, t)
			}
			t, err := types.Instantiate(p.ctxt, tn.Type(), args, false)
			if err != nil {
				return nil
			}
			return t
		}
	}
	return nil
}

// packageOf returns the package with a path that the names of types have.
func (p *Program) packageOf(path string) *types.Package {
	switch {
	case path == "":
		return nil
	case path == p.u.path():
		return p.u.Pkg
	}
	if u := p.l.units[path]; u != nil {
		return u.Pkg
	}
	pkg, err := p.l.lib.Import(path)
	if err != nil {
		return nil
	}
	return pkg
}
