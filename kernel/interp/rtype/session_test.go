package rtype

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A session makes types from Go source, as the cell compiler does. Methods do what bodies
// says, by name: "T.M" or "(*T).M".
type session struct {
	*Table
	t      *testing.T
	path   string
	known  []types.Type // with ID index+1
	funcs  map[code.FuncID]impl
	bodies map[string]body
	queue  []types.Type
	out    []code.Type
	scope  *types.Scope

	mu    sync.Mutex
	calls map[string]int // of the method maker, by method
}

// A body is a method. recv is what it is declared with.
type body func(recv reflect.Value, args []reflect.Value) []reflect.Value

// An impl is where to find the body of a method, which may be promoted.
type impl struct {
	key     string
	index   []int // of fields, down to the receiver
	pointer bool  // the body takes a pointer
}

func newSession(t *testing.T, bodies map[string]body) *session {
	s := &session{
		t: t, path: "main", funcs: map[code.FuncID]impl{}, bodies: bodies,
		calls: map[string]int{},
	}
	s.Table = NewTable(func(path, name string) (reflect.Type, bool) { return nil, false }, s.make)
	return s
}

// declare adds the types of a source file, which has no imports.
func (s *session) declare(src string) {
	s.t.Helper()
	if err := s.add(src); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) add(src string) error {
	s.t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", "package "+packageName(s.path)+"\n"+src, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	pkg, err := (&types.Config{}).Check(s.path, fset, []*ast.File{f}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.scope = pkg.Scope()
	s.out, s.queue = nil, nil
	done := map[code.TypeID]bool{}
	for _, name := range s.scope.Names() {
		switch o := s.scope.Lookup(name).(type) {
		case *types.TypeName:
			if n, ok := o.Type().(*types.Named); !ok || n.TypeParams() == nil {
				s.id(o.Type())
			}
		case *types.Var:
			s.id(o.Type())
		}
	}
	for len(s.queue) > 0 {
		t := s.queue[0]
		s.queue = s.queue[1:]
		if id := s.index(t); !done[id] {
			done[id] = true
			s.out = append(s.out, s.describe(id, t))
		}
	}
	return s.Add(s.out)
}

// typ returns a type of the last source: T, or the type of a variable.
func (s *session) typ(name string) reflect.Type {
	s.t.Helper()
	o := s.scope.Lookup(name)
	if o == nil {
		s.t.Fatalf("no %s", name)
	}
	return s.Type(s.index(o.Type()))
}

func (s *session) id(t types.Type) code.TypeID {
	t = types.Unalias(t)
	s.queue = append(s.queue, t)
	if i := s.index(t); i > 0 {
		return i
	}
	s.known = append(s.known, t)
	return code.TypeID(len(s.known))
}

// index returns the ID of a type that is known, else 0.
func (s *session) index(t types.Type) code.TypeID {
	t = types.Unalias(t)
	return code.TypeID(slices.IndexFunc(s.known, func(u types.Type) bool { return identical(t, u) }) + 1)
}

// identical is types.Identical, but a declared type is still the same if another source
// declares it again.
func identical(t, u types.Type) bool {
	n, ok1 := t.(*types.Named)
	m, ok2 := u.(*types.Named)
	if ok1 && ok2 {
		return types.TypeString(n, nil) == types.TypeString(m, nil)
	}
	if ok1 || ok2 {
		return false
	}
	return types.Identical(t, u) || types.TypeString(t, nil) == types.TypeString(u, nil)
}

func (s *session) describe(id code.TypeID, t types.Type) code.Type {
	d := code.Type{ID: id}
	if n, ok := t.(*types.Named); ok {
		d.Name = n.Obj().Name()
		if n.Obj().Pkg() != nil {
			d.Path = n.Obj().Pkg().Path()
		}
		if args := n.TypeArgs(); args.Len() > 0 {
			d.Name += "["
			for i := range args.Len() {
				if i > 0 {
					d.Name += ","
				}
				d.Name += strings.ReplaceAll(types.TypeString(args.At(i), nil), ", ", ",")
			}
			d.Name += "]"
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		d.Kind = basicKinds[u.Kind()]
		if d.Path == "" {
			d.Name = u.Name()
		}
	case *types.Array:
		d.Kind, d.Elem, d.Len = code.Array, s.id(u.Elem()), u.Len()
	case *types.Chan:
		d.Kind, d.Elem = code.Chan, s.id(u.Elem())
		d.Dir = map[types.ChanDir]int{types.SendRecv: 3, types.SendOnly: 2, types.RecvOnly: 1}[u.Dir()]
	case *types.Map:
		d.Kind, d.Key, d.Elem = code.Map, s.id(u.Key()), s.id(u.Elem())
	case *types.Pointer:
		d.Kind, d.Elem = code.Pointer, s.id(u.Elem())
	case *types.Slice:
		d.Kind, d.Elem = code.Slice, s.id(u.Elem())
	case *types.Signature:
		d.Kind, d.Variadic = code.FuncKind, u.Variadic()
		for v := range u.Params().Variables() {
			d.In = append(d.In, s.id(v.Type()))
		}
		for v := range u.Results().Variables() {
			d.Out = append(d.Out, s.id(v.Type()))
		}
	case *types.Struct:
		d.Kind = code.Struct
		for i := range u.NumFields() {
			f := u.Field(i)
			d.Fields = append(d.Fields, code.Field{
				Name: f.Name(), Path: f.Pkg().Path(), Type: s.id(f.Type()), Tag: u.Tag(i), Embedded: f.Embedded(),
			})
		}
	case *types.Interface:
		d.Kind = code.Interface
		for i := range u.NumMethods() {
			m := u.Method(i)
			d.Methods = append(d.Methods, code.Method{Name: m.Name(), Path: path(m), Sig: s.id(plainSig(m))})
		}
	}
	if d.Kind != code.Interface && d.Kind != code.Pointer {
		s.describeMethods(&d, t)
	}
	return d
}

// describeMethods adds the methods of a type that isn't an interface.
func (s *session) describeMethods(d *code.Type, t types.Type) {
	values := types.NewMethodSet(t)
	all := types.NewMethodSet(types.NewPointer(t))
	for i := range all.Len() {
		sel := all.At(i)
		m := sel.Obj().(*types.Func)
		recv := m.Signature().Recv().Type()
		_, pointer := recv.(*types.Pointer)
		im := impl{key: types.TypeString(recv, func(*types.Package) string { return "" }) + "." + m.Name(), index: sel.Index(), pointer: pointer}
		if pointer {
			im.key = "(" + im.key[:len(im.key)-len(m.Name())-1] + ")." + m.Name()
		}
		im.index = im.index[:len(im.index)-1]
		id := code.FuncID(len(s.funcs) + 1)
		s.funcs[id] = im
		for old, was := range s.funcs {
			if was.key == im.key && reflect.DeepEqual(was.index, im.index) {
				id = min(id, old)
			}
		}
		if id <= code.FuncID(len(s.funcs)-1) {
			delete(s.funcs, code.FuncID(len(s.funcs)))
		}
		d.Methods = append(d.Methods, code.Method{
			Name: m.Name(), Path: path(m), Sig: s.id(plainSig(m)), Func: id,
			Pointer: values.Lookup(m.Pkg(), m.Name()) == nil,
		})
	}
}

// path returns the package of a method; that of error.Error is none.
func path(m *types.Func) string {
	if m.Pkg() == nil {
		return ""
	}
	return m.Pkg().Path()
}

func plainSig(m *types.Func) *types.Signature {
	sig := m.Signature()
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}

var basicKinds = map[types.BasicKind]code.Kind{
	types.Bool: code.Bool, types.Int: code.Int, types.Int8: code.Int8, types.Int16: code.Int16, types.Int32: code.Int32,
	types.Int64: code.Int64, types.Uint: code.Uint, types.Uint8: code.Uint8, types.Uint16: code.Uint16,
	types.Uint32: code.Uint32, types.Uint64: code.Uint64, types.Uintptr: code.Uintptr, types.Float32: code.Float32,
	types.Float64: code.Float64, types.Complex64: code.Complex64, types.Complex128: code.Complex128,
	types.String: code.String, types.UnsafePointer: code.UnsafePointer,
}

// make is the session's MethodMaker.
func (s *session) make(m code.Method, recv, typ reflect.Type, word bool) unsafe.Pointer {
	im := s.funcs[m.Func]
	s.mu.Lock()
	s.calls[im.key]++
	s.mu.Unlock()
	if word != (typ.In(0) == reflect.TypeFor[unsafe.Pointer]()) || !word && typ.In(0) != recv || word && !IsDirect(recv) {
		panic(fmt.Sprint("method maker called with ", recv, typ, word))
	}
	fn := reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
		v := args[0]
		if word {
			p := v.Interface().(unsafe.Pointer)
			v = reflect.NewAt(recv, unsafe.Pointer(&p)).Elem()
		} else if recv.Kind() != reflect.Pointer || recv.Name() != "" {
			p := reflect.New(recv)
			p.Elem().Set(v)
			v = p.Elem()
		} else {
			v = v.Elem()
		}
		for _, i := range im.index {
			if v.Kind() == reflect.Pointer {
				v = v.Elem()
			}
			f := v.Field(i)
			v = reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
		}
		if v.Kind() == reflect.Pointer && !im.pointer {
			v = v.Elem()
		} else if v.Kind() != reflect.Pointer && im.pointer {
			v = v.Addr()
		}
		b := s.bodies[im.key]
		if b == nil {
			panic("no body of " + im.key)
		}
		return b(v, args[1:])
	})
	// The func value is the word that an interface with it has.
	x := fn.Interface()
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&x))[1]
}

// text makes a method's result of a string.
func text(s string) []reflect.Value { return []reflect.Value{reflect.ValueOf(s)} }

// set writes a field, exported or not.
func set(v reflect.Value, field string, x any) {
	f := v.FieldByName(field)
	reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(x).Convert(f.Type()))
}
