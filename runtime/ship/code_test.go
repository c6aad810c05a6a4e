package ship_test

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/ship"
)

// A registry is a Code for tests: some compiled types and functions stand for those of a session.
type registry struct {
	ids      map[reflect.Type]int32
	types    map[int32]reflect.Type
	compiled map[string]reflect.Type
	funcs    map[string]reflect.Value
	errs     map[string]error
}

func newRegistry(session ...reflect.Type) *registry {
	r := &registry{ids: map[reflect.Type]int32{}, types: map[int32]reflect.Type{}, compiled: map[string]reflect.Type{}, funcs: map[string]reflect.Value{},
		errs: map[string]error{"io.EOF": io.EOF, "os.ErrNotExist": os.ErrNotExist}}
	for i, t := range session {
		r.ids[t], r.types[int32(i+1)] = int32(i+1), t
	}
	wrapped := fmt.Errorf("x %w", io.EOF)
	for _, t := range []reflect.Type{
		reflect.TypeFor[big.Int](), reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[url.URL](),
		reflect.TypeFor[os.PathError](), reflect.TypeFor[syscall.Errno](), reflect.TypeFor[regexp.Regexp](), reflect.TypeFor[sync.Mutex](), reflect.TypeFor[strings.Builder](),
		reflect.TypeFor[error](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[future](), reflect.TypeFor[item](), reflect.TypeFor[list.List](),
		reflect.TypeOf(errors.New("")).Elem(), reflect.TypeOf(wrapped).Elem(), reflect.TypeOf(errors.Join(io.EOF)).Elem(), reflect.TypeOf(context.Background()),
		reflect.TypeOf(context.TODO()),
	} {
		r.compiled[t.PkgPath()+"."+t.Name()] = t
	}
	for _, f := range []any{strings.ToUpper, strings.Repeat} {
		v := reflect.ValueOf(f)
		r.funcs[runtime.FuncForPC(v.Pointer()).Name()] = v
	}
	return r
}

func (r *registry) TypeID(t reflect.Type) (int32, bool) { id, ok := r.ids[t]; return id, ok }

func (r *registry) Type(id int32) (reflect.Type, error) {
	if t, ok := r.types[id]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("no type %d", id)
}

func (r *registry) Compiled(path, name string) (reflect.Type, error) {
	if t, ok := r.compiled[path+"."+name]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("no type %s.%s", path, name)
}

func (r *registry) Open(reflect.Value) (ship.Func, error) { return ship.Func{}, ship.ErrCompiled }

func (r *registry) Make(reflect.Type, ship.Func) (reflect.Value, error) {
	return reflect.Value{}, errors.New("no functions here")
}

func (r *registry) Captures(int32, bool) ([]reflect.Type, reflect.Type, error) {
	return nil, nil, errors.New("no functions here")
}

func (r *registry) CompiledFunc(name string) (reflect.Value, error) {
	if f, ok := r.funcs[name]; ok {
		return f, nil
	}
	return reflect.Value{}, fmt.Errorf("no function %s", name)
}

func (r *registry) ErrorName(err error) (string, bool) {
	for name, e := range r.errs {
		if e == err {
			return name, true
		}
	}
	return "", false
}

func (r *registry) ErrorNamed(name string) (error, bool) { e, ok := r.errs[name]; return e, ok }

// decoder returns what a transport would hand over: the segments are read from a copy.
func decoder(e ship.Encoded) ship.Decoder {
	d := ship.Decoder{Data: e.Data}
	for _, s := range e.Segments {
		d.Sizes = append(d.Sizes, int64(len(s)))
	}
	d.Segment = func(i int, p []byte) error {
		if copy(p, e.Segments[i]) != len(e.Segments[i]) {
			return errors.New("the segment has another size")
		}
		return nil
	}
	return d
}

// send writes v and reads it again, by another codec.
func send[T any](t testing.TB, v T, session ...reflect.Type) T {
	t.Helper()
	out, err := trySend(v, session...)
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	return out
}

func trySend[T any](v T, session ...reflect.Type) (out T, err error) {
	e, err := ship.New(newRegistry(session...)).Encode(reflect.ValueOf(&v).Elem())
	if err != nil {
		return out, err
	}
	err = ship.New(newRegistry(session...)).Decode(decoder(e), reflect.ValueOf(&out).Elem())
	return out, err
}
