package rtype

import (
	"bytes"
	"os"
	"reflect"
	"testing"
	"unsafe"
)

// mirrored are the compiled types, by the name of the type or variable in
// mirror_types_test.go.
var mirrored = map[string]reflect.Type{
	"mBool": reflect.TypeFor[mBool](), "mInt": reflect.TypeFor[mInt](), "mFloat": reflect.TypeFor[mFloat](),
	"mString": reflect.TypeFor[mString](), "mBytes": reflect.TypeFor[mBytes](),
	"mEmpty": reflect.TypeFor[mEmpty](), "mPad": reflect.TypeFor[mPad](), "mTail": reflect.TypeFor[mTail](),
	"mBlank": reflect.TypeFor[mBlank](), "mMixed": reflect.TypeFor[mMixed](), "mNot": reflect.TypeFor[mNot](),
	"mWord": reflect.TypeFor[mWord](), "mOne": reflect.TypeFor[mOne](), "mNode": reflect.TypeFor[mNode](),
	"mKey": reflect.TypeFor[mKey](), "mKeys": reflect.TypeFor[mKeys](), "mSelfF": reflect.TypeFor[mSelfF](),
	"mSelfL": reflect.TypeFor[mSelfL](), "mSelfM": reflect.TypeFor[mSelfM](), "mSelfP": reflect.TypeFor[mSelfP](),
	"mSelfC": reflect.TypeFor[mSelfC](), "mSelfI": reflect.TypeFor[mSelfI](), "mSelfA": reflect.TypeFor[mSelfA](),
	"mThrough": reflect.TypeFor[mThrough](), "mCycleA": reflect.TypeFor[mCycleA](), "mCycleB": reflect.TypeFor[mCycleB](),
	"mVari": reflect.TypeFor[mVari](), "mChan": reflect.TypeFor[mChan](), "mIface": reflect.TypeFor[mIface](),
	"mNone": reflect.TypeFor[mNone](), "mBig": reflect.TypeFor[mBig](), "mBigger": reflect.TypeFor[mBigger](),
	"mLongKeys": reflect.TypeFor[mLongKeys](), "mInst": reflect.TypeFor[mInst](), "mDeep": reflect.TypeFor[mDeep](),
	"mBase": reflect.TypeFor[mBase](), "mWithMethods": reflect.TypeFor[mWithMethods](),
	"uAnon": reflect.TypeOf(&uAnon).Elem(), "uEmbed": reflect.TypeOf(&uEmbed).Elem(),
	"uEmbedPtr": reflect.TypeOf(&uEmbedPtr).Elem(), "uEmbedIf": reflect.TypeOf(&uEmbedIf).Elem(),
	"uBlank": reflect.TypeOf(&uBlank).Elem(), "uIface": reflect.TypeOf(&uIface).Elem(),
	"uNested": reflect.TypeOf(&uNested).Elem(), "uBoth": reflect.TypeOf(&uBoth).Elem(),
}

// TestMirror makes types that are compiled too and compares all that there is to say of
// them.
func TestMirror(t *testing.T) {
	src, err := os.ReadFile("mirror_types_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, src, _ = bytes.Cut(src, []byte("package rtype\n"))
	s := newSession(t, nil)
	s.path = reflect.TypeFor[mBool]().PkgPath()
	s.declare(string(src))
	n := 0
	for _, name := range s.scope.Names() {
		if name[0] == 'm' || name[0] == 'u' {
			want, ok := mirrored[name]
			if !ok {
				if name != "mGen" {
					t.Errorf("%s isn't in mirrored", name)
				}
				continue
			}
			n++
			c := &comparer{t: t, seen: map[[2]reflect.Type]bool{}}
			c.types(name, s.typ(name), want)
			c.shape(name, s.typ(name))
			c.shape(name, want)
		}
	}
	if n != len(mirrored) {
		t.Errorf("%d types compared, there are %d", n, len(mirrored))
	}
}

type comparer struct {
	t    *testing.T
	seen map[[2]reflect.Type]bool
}

func (c *comparer) equal(where string, got, want any) {
	c.t.Helper()
	if got != want {
		c.t.Errorf("%s: %v, want %v", where, got, want)
	}
}

func (c *comparer) types(where string, got, want reflect.Type) {
	if c.seen[[2]reflect.Type{got, want}] {
		return
	}
	c.seen[[2]reflect.Type{got, want}] = true
	if got == want {
		if got.PkgPath() == reflect.TypeFor[mBool]().PkgPath() {
			c.t.Errorf("%s: %v is the compiled type itself", where, got)
		}
		return
	}
	c.equal(where+" string", got.String(), want.String())
	c.equal(where+" name", got.Name(), want.Name())
	c.equal(where+" path", got.PkgPath(), want.PkgPath())
	c.equal(where+" kind", got.Kind(), want.Kind())
	c.equal(where+" comparable", got.Comparable(), want.Comparable())

	g, w := desc(got), desc(want)
	c.equal(where+" size", g.size, w.size)
	c.equal(where+" pointers", g.ptrBytes, w.ptrBytes)
	c.equal(where+" alignment", [2]uint8{g.align, g.fieldAlign}, [2]uint8{w.align, w.fieldAlign})
	flags := uint8(flagRegular | flagOnDemand | flagDirect | flagNamed)
	if want.Name() == "" { // reflect is more careful than need be
		flags &^= flagRegular
	}
	c.equal(where+" flags", g.tflag&flags, w.tflag&flags)
	if g.tflag&flagOnDemand == 0 && g.ptrBytes > 0 {
		for i := range g.ptrBytes / 8 {
			// The first word of an interface isn't a pointer to the compiler, but is to reflect,
			// which does no harm.
			if pointerBit(g, i) < pointerBit(w, i) || pointerBit(g, i) > pointerBit(w, i) && pointerBit(w, i+1) == 0 {
				c.t.Errorf("%s: word %d has pointer bit %d", where, i, pointerBit(g, i))
			}
		}
	}

	if got.Kind() != want.Kind() {
		return
	}
	if got.Kind() != reflect.Interface {
		c.methods(where, got, want)
		if got.Kind() != reflect.Pointer || got.Name() != "" {
			c.types("*"+where, reflect.PointerTo(got), reflect.PointerTo(want))
		}
	}
	c.parts(where, got, want)
}

// shape compares the layout of a type with that of its shape.
func (c *comparer) shape(where string, typ reflect.Type) {
	s := Shape(typ)
	g, w := desc(s), desc(typ)
	c.equal(where+" shape size", [2]uintptr{g.size, g.ptrBytes}, [2]uintptr{w.size, w.ptrBytes})
	c.equal(where+" shape alignment", g.align, w.align)
	c.equal(where+" shape comparable", s.Comparable(), typ.Comparable())
	if g.tflag&flagOnDemand == 0 {
		for i := range g.ptrBytes / 8 {
			if pointerBit(g, i) < pointerBit(w, i) {
				c.t.Errorf("%s: word %d of the shape is no pointer", where, i)
			}
		}
	}
}

// pointerBit says whether word i of a value is a pointer.
func pointerBit(t *abiType, i uintptr) byte {
	if i >= t.ptrBytes/8 {
		return 0
	}
	return *(*byte)(unsafe.Add(unsafe.Pointer(t.gcData), i/8)) >> (i % 8) & 1
}

func (c *comparer) methods(where string, got, want reflect.Type) {
	gu, wu := desc(got).uncommon(), desc(want).uncommon()
	c.equal(where+" has a name or methods", gu != nil, wu != nil)
	if gu != nil && wu != nil {
		c.equal(where+" methods", gu.mcount, wu.mcount)
		c.equal(where+" exported methods", gu.xcount, wu.xcount)
	}
	c.equal(where+" number of methods", got.NumMethod(), want.NumMethod())
	for i := range min(got.NumMethod(), want.NumMethod()) {
		m, n := got.Method(i), want.Method(i)
		c.equal(where+" method", m.Name, n.Name)
		c.types(where+"."+n.Name, m.Type, n.Type)
	}
}

func (c *comparer) parts(where string, got, want reflect.Type) {
	switch want.Kind() {
	case reflect.Array:
		c.equal(where+" length", got.Len(), want.Len())
		c.types(where+" elem", got.Elem(), want.Elem())
		c.types(where+" slice", (*arrayType)(Ptr(got)).slice.reflect(), (*arrayType)(Ptr(want)).slice.reflect())
	case reflect.Chan:
		c.equal(where+" direction", got.ChanDir(), want.ChanDir())
		c.types(where+" elem", got.Elem(), want.Elem())
	case reflect.Pointer, reflect.Slice:
		c.types(where+" elem", got.Elem(), want.Elem())
	case reflect.Map:
		g, w := (*mapType)(Ptr(got)), (*mapType)(Ptr(want))
		c.types(where+" key", got.Key(), want.Key())
		c.types(where+" elem", got.Elem(), want.Elem())
		c.equal(where+" group", [4]uintptr{g.groupSize, g.slotSize, g.elemOff, uintptr(g.flags)},
			[4]uintptr{w.groupSize, w.slotSize, w.elemOff, uintptr(w.flags)})
		c.equal(where+" group pointers", g.group.ptrBytes, w.group.ptrBytes)
	case reflect.Func:
		c.equal(where+" variadic", got.IsVariadic(), want.IsVariadic())
		c.equal(where+" in", got.NumIn(), want.NumIn())
		c.equal(where+" out", got.NumOut(), want.NumOut())
		for i := range got.NumIn() {
			c.types(where+" in", got.In(i), want.In(i))
		}
		for i := range got.NumOut() {
			c.types(where+" out", got.Out(i), want.Out(i))
		}
	case reflect.Interface:
		c.equal(where+" methods", got.NumMethod(), want.NumMethod())
		for i := range got.NumMethod() {
			m, n := got.Method(i), want.Method(i)
			c.equal(where+" method", m.Name, n.Name)
			c.equal(where+" method package", m.PkgPath, n.PkgPath)
			c.types(where+"."+n.Name, m.Type, n.Type)
		}
	case reflect.Struct:
		c.equal(where+" fields", got.NumField(), want.NumField())
		for i := range got.NumField() {
			f, h := got.Field(i), want.Field(i)
			c.equal(where+" field", f.Name, h.Name)
			c.equal(where+" field package", f.PkgPath, h.PkgPath)
			c.equal(where+" tag", f.Tag, h.Tag)
			c.equal(where+" offset", f.Offset, h.Offset)
			c.equal(where+" embedded", f.Anonymous, h.Anonymous)
			c.types(where+"."+f.Name, f.Type, h.Type)
		}
	}
}
