package rtype

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A builder does one Add:
//
//   - plan finds what is new and what must be made anew;
//   - declare makes a descriptor for each type with a name, laid out, with its name and
//     hash, so that reflect can make pointers, slices and maps of it;
//   - resolve makes the types without a name of these;
//   - fill completes the ones with a name;
//   - methods gives them methods.
//
// Until publish nobody else sees any of it.
type builder struct {
	t       *Table
	old     []entry
	descs   map[code.TypeID]*code.Type // to be made
	order   []code.TypeID              // their IDs, sorted
	shapes  map[code.TypeID]reflect.Type
	shaping map[code.TypeID]bool
	types   map[code.TypeID]*abiType
	objects []*object
	fills   []slotFill
	slots   map[slotKey]int // those that are new
	next    int             // stub
}

// An object is a type that reflect can't make.
type object struct {
	desc *code.Type
	typ  *abiType
	ptr  *abiType // to typ
	cmp  []comparison

	own  []code.Method // of typ, in order
	all  []code.Method // of ptr
	xown int           // how many are exported
	xall int
}

// pointer is laid out as all pointers are.
var pointer = reflect.TypeFor[*byte]()

func newBuilder(t *Table) *builder {
	return &builder{
		t:       t,
		old:     *t.entries.Load(),
		descs:   map[code.TypeID]*code.Type{},
		shapes:  map[code.TypeID]reflect.Type{},
		shaping: map[code.TypeID]bool{},
		types:   map[code.TypeID]*abiType{},
		slots:   map[slotKey]int{},
		next:    nextStub,
	}
}

// desc returns the description of a type.
func (b *builder) desc(id code.TypeID) *code.Type {
	if d := b.find(id); d != nil {
		return d
	}
	fail("type %d is not there", id)
	return nil
}

func (b *builder) find(id code.TypeID) *code.Type {
	if d, ok := b.descs[id]; ok {
		return d
	}
	if id > 0 && int(id) < len(b.old) {
		return b.old[id].desc
	}
	return nil
}

// label returns a name for messages.
func (b *builder) label(id code.TypeID) string {
	d := b.find(id)
	switch {
	case d == nil || d.Name == "":
		return "type " + strconv.Itoa(int(id))
	case d.Path == "":
		return d.Name
	}
	return packageName(d.Path) + "." + d.Name
}

// plan finds out what must be made. It reports whether there is anything.
func (b *builder) plan(types []code.Type) bool {
	changed := false
	for i := range types {
		d := &types[i]
		if d.PkgName != "" {
			packageNames[d.Path] = d.PkgName
		}
		if d.ID <= 0 {
			fail("type %q has the ID %d", d.Name, d.ID)
		}
		if was := b.find(d.ID); was != nil {
			if !sameButMethods(was, d) {
				fail("type %d can't become another type", d.ID)
			}
			if slices.Equal(was.Methods, d.Methods) {
				continue
			}
			if d.Kind == code.Interface || d.Compiled {
				fail("the methods of %s can't change", b.label(d.ID))
			}
			changed = true
		}
		c := *d
		c.Fields = slices.Clone(d.Fields)
		c.In, c.Out = slices.Clone(d.In), slices.Clone(d.Out)
		c.Methods = slices.Clone(d.Methods)
		b.descs[d.ID] = &c
	}
	if changed {
		b.spread()
	}
	b.order = slices.Sorted(maps.Keys(b.descs))
	for _, id := range b.order {
		b.check(b.descs[id])
	}
	return len(b.order) > 0
}

// sameButMethods reports whether two descriptions with one ID say the same, methods apart.
func sameButMethods(a, b *code.Type) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.Path == b.Path && a.Compiled == b.Compiled &&
		a.Elem == b.Elem && a.Key == b.Key && a.Len == b.Len && a.Dir == b.Dir && a.Variadic == b.Variadic &&
		slices.Equal(a.Fields, b.Fields) && slices.Equal(a.In, b.In) && slices.Equal(a.Out, b.Out)
}

// spread adds the types that depend on one that is to be made: they are made anew.
func (b *builder) spread() {
	users := map[code.TypeID][]code.TypeID{}
	for i := range b.old {
		if d := b.find(code.TypeID(i)); d != nil {
			for id := range refs(d) {
				users[id] = append(users[id], d.ID)
			}
		}
	}
	todo := slices.Collect(maps.Keys(b.descs))
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, u := range users[id] {
			if _, ok := b.descs[u]; !ok {
				b.descs[u] = b.old[u].desc
				todo = append(todo, u)
			}
		}
	}
}

// refs yields the types that d mentions.
func refs(d *code.Type) func(yield func(code.TypeID) bool) {
	return func(yield func(code.TypeID) bool) {
		for _, id := range [...]code.TypeID{d.Elem, d.Key} {
			if id != 0 && !yield(id) {
				return
			}
		}
		for _, f := range d.Fields {
			if !yield(f.Type) {
				return
			}
		}
		for _, ids := range [...][]code.TypeID{d.In, d.Out} {
			for _, id := range ids {
				if !yield(id) {
					return
				}
			}
		}
		for _, m := range d.Methods {
			if !yield(m.Sig) {
				return
			}
		}
	}
}

// check fails if d isn't a description that can be built from.
func (b *builder) check(d *code.Type) {
	if d.Compiled {
		return
	}
	for id := range refs(d) {
		r := b.find(id)
		if r == nil {
			fail("%s needs type %d, which is not there", b.label(d.ID), id)
		}
		if r.Kind == code.Tuple {
			fail("%s needs type %d, which is a tuple", b.label(d.ID), id)
		}
	}
	if d.Name == "" && d.Path != "" {
		fail("a type of package %s has no name", d.Path)
	}
	if d.Name != "" && d.Path == "" && b.native(d) == nil && d.Kind != code.Tuple {
		fail("%s is not a predeclared type and has no package", d.Name)
	}
	need := func(ok bool, what string) {
		if !ok {
			fail("%s has no %s", b.label(d.ID), what)
		}
	}
	switch d.Kind {
	case code.Array, code.Chan, code.Pointer, code.Slice:
		need(d.Elem != 0, "element type")
	case code.Map:
		need(d.Elem != 0, "element type")
		need(d.Key != 0, "key type")
	case code.Struct:
		for _, f := range d.Fields {
			need(f.Name != "", "name for a field")
			need(exported(f.Name) || f.Path != "", "package for field "+f.Name)
		}
	case code.FuncKind, code.Interface, code.Tuple:
	default:
		if basic(d.Kind) == nil {
			fail("%s has the kind %d", b.label(d.ID), d.Kind)
		}
	}
	if d.Kind == code.Chan && (d.Dir < int(reflect.RecvDir) || d.Dir > int(reflect.BothDir)) {
		fail("%s has the direction %d", b.label(d.ID), d.Dir)
	}
	if d.Kind == code.Array && d.Len < 0 {
		fail("%s has the length %d", b.label(d.ID), d.Len)
	}
	for _, m := range d.Methods {
		if b.find(m.Sig).Kind != code.FuncKind {
			fail("method %s of %s has no func type", m.Name, b.label(d.ID))
		}
		if !exported(m.Name) && m.Path == "" {
			fail("method %s of %s has no package", m.Name, b.label(d.ID))
		}
	}
}

func (b *builder) build() {
	for _, id := range b.order {
		if d := b.descs[id]; d.Path != "" && b.native(d) == nil {
			b.declare(d)
		}
	}
	named := b.objects
	for _, id := range b.order {
		if b.descs[id].Kind != code.Tuple {
			b.resolve(id)
		}
	}
	for _, o := range named {
		b.fill(o)
	}
	for _, o := range b.objects {
		b.methods(o)
	}
	if b.next > stubCount {
		fail("there are too many methods: %d more are needed, room for %d is left", b.next-nextStub, stubCount-nextStub)
	}
}

// declare makes the descriptor of a type with a name.
func (b *builder) declare(d *code.Type) {
	o := b.object(d, packageName(d.Path)+"."+d.Name)
	b.types[d.ID] = o.typ
	switch d.Kind {
	case code.FuncKind:
		ft := (*funcType)(unsafe.Pointer(o.typ))
		ft.inCount, ft.outCount = uint16(len(d.In)), uint16(len(d.Out))
		if d.Variadic {
			ft.outCount |= variadic
		}
	case code.Chan:
		(*chanType)(unsafe.Pointer(o.typ)).dir = d.Dir
	case code.Interface:
		(*interfaceType)(unsafe.Pointer(o.typ)).pkgPath = encodeName(d.Path, "", 0, false, false)
	}
}

// object makes the descriptor of a type and that of the pointer to it, with string,
// layout and room for methods.
func (b *builder) object(d *code.Type, str string) *object {
	o := &object{desc: d}
	if d.Kind != code.Interface {
		o.all, o.xall = sortMethods(d.Methods)
		for i, m := range o.all {
			if !m.Pointer {
				o.own = append(o.own, m)
				if i < o.xall {
					o.xown++
				}
			}
		}
	}

	shape := desc(b.shape(d.ID))
	args := 0
	if d.Kind == code.FuncKind {
		args = len(d.In) + len(d.Out)
	}
	// A name with a star serves both types.
	off := strOff("*" + str)

	o.typ = alloc(reflect.Kind(d.Kind), args, len(o.own))
	o.typ.head(shape)
	o.typ.kind = uint8(d.Kind)
	o.typ.str = off
	o.typ.tflag |= flagExtraStar
	// Types may have one string, so it doesn't make a good hash alone.
	o.typ.hash = hash(hash(uint32(len(keep)), d.Path), str)
	switch {
	case d.Kind == code.Struct:
		st := (*structType)(unsafe.Pointer(o.typ))
		st.fields = (*structType)(unsafe.Pointer(shape)).fields // for reflect, until it has its own
	case d.Kind == code.Array:
		at, from := (*arrayType)(unsafe.Pointer(o.typ)), (*arrayType)(unsafe.Pointer(shape))
		at.elem, at.slice, at.len = from.elem, from.slice, from.len
	}
	switch {
	case o.typ.equal == nil:
	case d.Kind != code.Struct && d.Kind != code.Array:
	case regular(shape.reflect()):
		o.typ.tflag |= flagRegular
		o.typ.equal = memEqual(o.typ.size)
	case d.Kind == code.Struct:
		o.typ.equal = structEqual(&o.cmp)
	case d.Kind == code.Array:
		o.typ.equal = arrayEqual((*arrayType)(unsafe.Pointer(o.typ)))
	}

	o.ptr = alloc(reflect.Pointer, 0, len(o.all))
	o.ptr.head(desc(pointer))
	o.ptr.str = off
	o.ptr.hash = hash(o.typ.hash, "*")
	(*elemType)(unsafe.Pointer(o.ptr)).elem = o.typ
	o.typ.ptrToThis = addReflectOff(unsafe.Pointer(o.ptr))

	if d.Path != "" {
		o.typ.tflag |= flagNamed
	}
	if d.Path != "" || len(o.own) > 0 {
		o.typ.follow(d.Path, args, len(o.own), o.xown)
	}
	if len(o.all) > 0 {
		o.ptr.follow(d.Path, 0, len(o.all), o.xall)
	}
	b.objects = append(b.objects, o)
	return o
}

// fill completes a type with a name.
func (b *builder) fill(o *object) {
	d := o.desc
	switch d.Kind {
	case code.Array:
		at := (*arrayType)(unsafe.Pointer(o.typ))
		at.elem = b.resolve(d.Elem)
		at.slice = desc(reflect.SliceOf(at.elem.reflect()))
	case code.Chan:
		(*chanType)(unsafe.Pointer(o.typ)).elem = b.resolve(d.Elem)
	case code.Pointer, code.Slice:
		(*elemType)(unsafe.Pointer(o.typ)).elem = b.resolve(d.Elem)
	case code.FuncKind:
		args := (*funcType)(unsafe.Pointer(o.typ)).args()
		for i, id := range slices.Concat(d.In, d.Out) {
			args[i] = b.resolve(id)
		}
	case code.Interface:
		b.setMethods((*interfaceType)(unsafe.Pointer(o.typ)), d.Methods)
	case code.Map:
		// All but what comes from the name is that of the type without one.
		mt := (*mapType)(unsafe.Pointer(o.typ))
		from := *(*mapType)(Ptr(reflect.MapOf(b.resolve(d.Key).reflect(), b.resolve(d.Elem).reflect())))
		from.abiType = mt.abiType
		*mt = from
	case code.Struct:
		b.setFields(o)
	}
}

// setFields gives a struct type its fields.
func (b *builder) setFields(o *object) {
	st := (*structType)(unsafe.Pointer(o.typ))
	fs := make([]structField, len(st.fields))
	for i, f := range o.desc.Fields {
		fs[i] = structField{
			name:   encodeName(f.Name, f.Tag, 0, exported(f.Name), f.Embedded),
			typ:    b.resolve(f.Type),
			offset: st.fields[i].offset,
		}
		got, want := fs[i].typ, st.fields[i].typ
		if got.size != want.size || got.ptrBytes != want.ptrBytes || got.align != want.align {
			fail("the layout of %s came out wrong", got)
		}
		if !exported(f.Name) && st.pkgPath == nil {
			st.pkgPath = encodeName(f.Path, "", 0, false, false)
		}
	}
	st.fields = fs
	o.cmp = comparisons(fs)
}

// resolve returns the type with the ID. One with a name may not be filled yet.
func (b *builder) resolve(id code.TypeID) *abiType {
	if t, ok := b.types[id]; ok {
		return t
	}
	d, ok := b.descs[id]
	if !ok {
		return desc(b.old[id].typ)
	}
	var t *abiType
	if n := b.native(d); n != nil {
		t = desc(n)
	} else {
		t = b.compose(d)
	}
	b.types[id] = t
	return t
}

// compose makes a type without a name.
func (b *builder) compose(d *code.Type) *abiType {
	elem := func(id code.TypeID) reflect.Type { return b.resolve(id).reflect() }
	switch d.Kind {
	case code.Array:
		return desc(reflect.ArrayOf(int(d.Len), elem(d.Elem)))
	case code.Chan:
		t := desc(reflect.ChanOf(reflect.ChanDir(d.Dir), elem(d.Elem)))
		if t.heap() && t.ptrToThis > 0 {
			t.ptrToThis = 0 // reflect leaves that of the type that it copies, which is compiled
		}
		return t
	case code.FuncKind:
		return desc(b.funcOf(nil, d))
	case code.Interface:
		return b.interfaceOf(d)
	case code.Map:
		if k := b.resolve(d.Key); k.equal == nil {
			fail("invalid map key type %s", k)
		}
		return desc(reflect.MapOf(elem(d.Key), elem(d.Elem)))
	case code.Pointer:
		return desc(reflect.PointerTo(elem(d.Elem)))
	case code.Slice:
		return desc(reflect.SliceOf(elem(d.Elem)))
	}
	return b.structOf(d)
}

// funcOf returns the func type d, with recv as the first parameter if it isn't nil.
func (b *builder) funcOf(recv reflect.Type, d *code.Type) reflect.Type {
	var in, out []reflect.Type
	if recv != nil {
		in = append(in, recv)
	}
	for _, id := range d.In {
		in = append(in, b.resolve(id).reflect())
	}
	for _, id := range d.Out {
		out = append(out, b.resolve(id).reflect())
	}
	return reflect.FuncOf(in, out, d.Variadic)
}

// structOf returns a struct type without a name.
func (b *builder) structOf(d *code.Type) *abiType {
	if b.plain(d) {
		fs := make([]reflect.StructField, len(d.Fields))
		for i, f := range d.Fields {
			fs[i] = reflect.StructField{
				Name:      f.Name,
				Type:      b.resolve(f.Type).reflect(),
				Tag:       reflect.StructTag(f.Tag),
				Anonymous: f.Embedded,
			}
			if !exported(f.Name) {
				fs[i].PkgPath = f.Path
			}
		}
		t := desc(reflect.StructOf(fs))
		skipBlank(t)
		return t
	}

	str := []byte("struct {")
	for i, f := range d.Fields {
		if i > 0 {
			str = append(str, ';')
		}
		str = append(str, ' ')
		if !f.Embedded {
			str = append(append(str, f.Name...), ' ')
		}
		str = append(str, b.resolve(f.Type).String()...)
		if f.Tag != "" {
			str = strconv.AppendQuote(append(str, ' '), f.Tag)
		}
	}
	str = append(str, " }"...)
	for _, t := range typesByString(string(str)) {
		if b.identical(t, d) {
			return t
		}
	}
	o := b.object(d, string(str))
	b.setFields(o)
	return o.typ
}

// plain reports whether reflect.StructOf can make the type d as it should be.
func (b *builder) plain(d *code.Type) bool {
	if len(d.Methods) > 0 {
		return false
	}
	for _, f := range d.Fields {
		if !f.Embedded {
			continue
		}
		// reflect would take over methods that the language doesn't promote, because two
		// fields have them.
		t := b.desc(f.Type)
		if t.Kind == code.Pointer && !t.Compiled {
			t = b.desc(t.Elem)
		}
		if !exported(f.Name) || t.Compiled || len(t.Methods) > 0 || t.Name == "error" {
			return false
		}
	}
	return true
}

// identical reports whether t, which has the right string, is the struct type d.
func (b *builder) identical(t *abiType, d *code.Type) bool {
	st := (*structType)(unsafe.Pointer(t))
	if t.kind != uint8(reflect.Struct) || t.tflag&flagNamed != 0 || len(st.fields) != len(d.Fields) {
		return false
	}
	rt := t.reflect()
	for i, f := range d.Fields {
		g := rt.Field(i)
		if g.Name != f.Name || g.Anonymous != f.Embedded || string(g.Tag) != f.Tag || st.fields[i].typ != b.resolve(f.Type) {
			return false
		}
		if !exported(f.Name) && g.PkgPath != f.Path {
			return false
		}
	}
	return true
}
