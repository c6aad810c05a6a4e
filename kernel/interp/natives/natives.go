// Package natives holds what the generic part of the standard library needs of compiled
// code: instances of functions that are worth it, the few that source can't do, and the instances of generic
// types, and types without an exported name, that compiled packages have in their API.
//
// The cell compiler asks it what there is, the engine for the values. The rest of
// the generic library is source: package kernel/cell/lower/generic.
package natives

import (
	"cmp"
	"crypto/hkdf"
	"crypto/pbkdf2"
	_ "database/sql" // has convertAssign
	"database/sql/driver"
	"encoding/binary"
	"encoding/gob"
	"go/ast"
	gotypes "go/types"
	"hash"
	"hash/maphash"
	"iter"
	"maps"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"unicode"
	"unsafe"
	"weak"

	"github.com/goherd/goherd/display"
)

// Func returns a function by the name that CallExtern has: "slices.Sort[int]" is an instance
// for []int, "iter.pull" is declared without a body in the source of the library.
func Func(name string) (f any, ok bool) {
	f, ok = funcs()[name]
	return f, ok
}

// Funcs returns the names of all functions with their values. The map is not to be changed.
func Funcs() map[string]any { return funcs() }

var funcs = sync.OnceValue(func() map[string]any {
	m := map[string]any{
		"crypto/hkdf.key":              hkdf.Key[hash.Hash],
		"crypto/hkdf.extract":          hkdf.Extract[hash.Hash],
		"crypto/hkdf.expand":           hkdf.Expand[hash.Hash],
		"crypto/pbkdf2.key":            pbkdf2.Key[hash.Hash],
		"database/sql.convertAssign":   convertAssign,
		"embed.files":                  embedFiles,
		"hash/maphash.hashValue":       maphash.Comparable[any],
		"hash/maphash.writeComparable": maphash.WriteComparable[any],
		"iter.pull":                    pull,
		"runtime.addCleanup":           addCleanup,
		"runtime.rangePanic":           rangePanic,
		"unique.canonical":             canonical,
		"weak.register":                register,
		"weak.strong":                  strong,
	}
	maps.Copy(m, linked)
	ordered[int](m)
	ordered[int8](m)
	ordered[int16](m)
	ordered[int32](m)
	ordered[int64](m)
	ordered[uint](m)
	ordered[uint8](m)
	ordered[uint16](m)
	ordered[uint32](m)
	ordered[uint64](m)
	ordered[uintptr](m)
	ordered[float32](m)
	ordered[float64](m)
	ordered[string](m)
	return m
})

// ordered adds the functions of package slices that compare elements.
func ordered[E cmp.Ordered](m map[string]any) {
	suffix := "[" + reflect.TypeFor[E]().Name() + "]"
	m["slices.BinarySearch"+suffix] = slices.BinarySearch[[]E]
	m["slices.Compare"+suffix] = slices.Compare[[]E]
	m["slices.Contains"+suffix] = slices.Contains[[]E]
	m["slices.Equal"+suffix] = slices.Equal[[]E]
	m["slices.Index"+suffix] = slices.Index[[]E]
	m["slices.IsSorted"+suffix] = slices.IsSorted[[]E]
	m["slices.Max"+suffix] = slices.Max[[]E]
	m["slices.Min"+suffix] = slices.Min[[]E]
	m["slices.Sort"+suffix] = slices.Sort[[]E]
}

// Symbol returns a function, or (*T)(nil) for a type, by import path and name: what an
// engine's host has beside the exports of packages.
func Symbol(path, name string) (reflect.Value, bool) {
	if f, ok := Func(path + "." + name); ok {
		return reflect.ValueOf(f), true
	}
	if t, ok := Type(path, name); ok {
		return reflect.Zero(reflect.PointerTo(t)), true
	}
	return reflect.Value{}, false
}

// Type returns a type that what compiled packages export has to do with and that isn't
// itself exported, or is an instance of a generic one. The name is as reflect has it.
func Type(path, name string) (reflect.Type, bool) {
	t, ok := types()[path+"."+name]
	return t, ok
}

var types = sync.OnceValue(func() map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, t := range []reflect.Type{
		reflect.TypeFor[iter.Seq[[]byte]](),
		reflect.TypeFor[iter.Seq[string]](),
		reflect.TypeFor[iter.Seq[reflect.Method]](),
		reflect.TypeFor[iter.Seq[reflect.StructField]](),
		reflect.TypeFor[iter.Seq[reflect.Type]](),
		reflect.TypeFor[iter.Seq[reflect.Value]](),
		reflect.TypeFor[iter.Seq2[reflect.Method, reflect.Value]](),
		reflect.TypeFor[iter.Seq2[reflect.StructField, reflect.Value]](),
		reflect.TypeFor[iter.Seq2[reflect.Value, reflect.Value]](),
		reflect.TypeFor[iter.Seq[ast.Node]](),
		reflect.TypeFor[iter.Seq[gotypes.Type]](),
		reflect.TypeFor[iter.Seq[*gotypes.Func]](),
		reflect.TypeFor[iter.Seq[*gotypes.Scope]](),
		reflect.TypeFor[iter.Seq[*gotypes.Selection]](),
		reflect.TypeFor[iter.Seq[*gotypes.Term]](),
		reflect.TypeFor[iter.Seq[*gotypes.TypeParam]](),
		reflect.TypeFor[iter.Seq[*gotypes.Var]](),
		reflect.TypeOf(binary.BigEndian),
		reflect.TypeOf(binary.LittleEndian),
		reflect.TypeOf(binary.NativeEndian),
		reflect.TypeOf(driver.Bool),
		reflect.TypeOf(driver.DefaultParameterConverter),
		reflect.TypeOf(driver.Int32),
		reflect.TypeOf(driver.ResultNoRows),
		reflect.TypeOf(driver.String),
		reflect.TypeOf(gob.CommonType{}.Id),
		reflect.TypeOf(http.LocalAddrContextKey).Elem(),
		reflect.TypeOf(http.NoBody),
		reflect.TypeOf(unicode.CaseRange{}.Delta),
		reflect.TypeFor[display.Option]().In(0).Elem(),
	} {
		m[t.PkgPath()+"."+t.Name()] = t
	}
	// Who embeds these interfaces has a method whose type mentions them.
	for _, t := range []reflect.Type{reflect.TypeFor[reflect.Type](), reflect.TypeFor[syscall.Sockaddr]()} {
		for method := range t.Methods() {
			if method.PkgPath == "" {
				continue
			}
			for out := range method.Type.Outs() {
				if out.Kind() == reflect.Pointer {
					out = out.Elem()
				}
				if out.PkgPath() != "" {
					m[out.PkgPath()+"."+out.Name()] = out
				}
			}
		}
	}
	return m
})

// convertAssign is what [database/sql.Rows.Scan] does with each column.
//
//go:linkname convertAssign database/sql.convertAssign
func convertAssign(dest, src any) error

// pull is [iter.Pull] of a sequence whose values go another way.
func pull(seq func(yield func() bool)) (next func() bool, stop func()) {
	step, stop := iter.Pull(func(yield func(struct{}) bool) {
		seq(func() bool { return yield(struct{}{}) })
	})
	return func() bool {
		_, ok := step()
		return ok
	}, stop
}

func addCleanup(ptr unsafe.Pointer, cleanup func()) runtime.Cleanup {
	return runtime.AddCleanup((*byte)(ptr), func(f func()) { f() }, cleanup)
}

// A uniqueKey is a value with a static type that it has, which typ is a pointer to.
type uniqueKey struct{ typ, value any }

var uniques sync.Map // of uniqueKey to pointers

// canonical returns the one pointer to a value, which fresh makes if there is none
// yet. typ is a pointer of the same type. Unlike the values of compiled handles these stay
// for ever.
func canonical(typ, value any, fresh func() any) any {
	key := uniqueKey{typ, value}
	if p, ok := uniques.Load(key); ok {
		return p
	}
	p, _ := uniques.LoadOrStore(key, fresh())
	return p
}

// register returns what a weak.Pointer of any type holds.
func register(ptr unsafe.Pointer) unsafe.Pointer {
	p := weak.Make((*byte)(ptr))
	return *(*unsafe.Pointer)(unsafe.Pointer(&p))
}

func strong(handle unsafe.Pointer) unsafe.Pointer {
	var p weak.Pointer[byte]
	*(*unsafe.Pointer)(unsafe.Pointer(&p)) = handle
	return unsafe.Pointer(p.Value())
}
