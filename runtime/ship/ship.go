// Package ship writes Go values as bytes and reads them in another process: values of
// any type that can have a meaning there, with unexported fields, pointers that share and
// cycles, maps, interfaces, errors, funcs of the session.
//
// It knows neither workers nor buses. Types and functions of a session, which are made at run time, it names
// as a Code says.
//
// # What arrives
//
// Within one call of Encode, what is one thing here is one thing there: the target of pointers of one
// type, a map, a func value, a variable that closures capture, an array that slices of the same start and
// length show. So cycles, and rings through maps, interfaces and closures, arrive as they are, of any length.
// Where memory is reached in several ways, as by &xs[3] and xs, by two slices that overlap, or by a pointer to
// the first field of a struct and one to the struct, it is sent once and what
// leads to it leads into it again. What Encode doesn't see, it can't keep: a pointer to an element
// arrives as one to a copy if the slice isn't sent too.
//
// A nil slice arrives as nil, an empty one as empty; the capacity of a slice is its length. Map keys that are NaN
// arrive. Blank fields arrive if they hold plain data.
//
// Types of the session always travel by their fields. So do compiled types, with three exceptions: a
// Traveller; a struct with unexported fields and a pair of methods GobEncode and GobDecode,
// MarshalBinary and UnmarshalBinary or MarshalText and UnmarshalText (looked for in this order), which
// travels by them: big.Int, netip.Addr; and what package ship knows itself:
//
//   - time.Time keeps instant and location, but no monotonic clock; a *time.Location is looked up by its name,
//     UTC and Local stay what they are;
//   - *regexp.Regexp is compiled again from its text;
//   - strings.Builder, atomic.Pointer and reflect.Type arrive as what they hold;
//   - an error that a variable holds, such as io.EOF, is named, so that errors.Is finds the same.
//
// A compiled function travels by its name, if it has one.
//
// # What can't travel
//
// Channels, locks and the other types of package sync, files, connections, timers, contexts other than
// Background and TODO, unsafe pointers, closures and method values of compiled code, and types
// that have no name which the other process could know. Encode then returns an *Error that says
// where the value is, and nothing is sent. Nil pointers, channels and the like of any type can travel.
//
// # Bytes
//
// The bytes begin with a version and a checksum of the types' shapes: the other process may have been built by
// another compiler, but if a struct has other fields there, that is an error. Numbers lie as in the memory
// of a little-endian machine with words of 64 bits. Damaged bytes give an error and never more than
// a small multiple of their size in memory.
package ship

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
)

// A Code knows the types, functions and errors that are named on the wire. Its methods may be called from any
// goroutine.
type Code interface {
	// TypeID returns the ID of a type of the session, which it has in every process.
	TypeID(reflect.Type) (id int32, ok bool)
	// Type returns the type with an ID.
	Type(id int32) (reflect.Type, error)
	// Compiled returns the type that compiled code calls path.name, exported or not. name may be that of an
	// instance: "Pointer[int]".
	Compiled(path, name string) (reflect.Type, error)
	// Open takes a func value apart. ErrCompiled is the error for a compiled function.
	Open(f reflect.Value) (Func, error)
	// Make makes a func value of type t. What f.Captured point to may be set after it was called.
	Make(t reflect.Type, f Func) (reflect.Value, error)
	// Captures returns the types of the variables that a function captures and, for one bound to a
	// receiver, of that.
	Captures(id int32, bound bool) (captured []reflect.Type, recv reflect.Type, err error)
	// CompiledFunc returns the compiled function that has a name such as "strings.ToUpper".
	CompiledFunc(name string) (reflect.Value, error)
	// ErrorName returns the name of the variable that holds an error, where errors.Is must find the same value
	// in every process: "io.EOF", or a variable of the session. ErrorNamed is its inverse.
	ErrorName(err error) (name string, ok bool)
	ErrorNamed(name string) (error, bool)
}

// ErrCompiled is what Code.Open returns for a function that is compiled.
var ErrCompiled = errors.New("ship: a compiled function")

// A Func is a func value of the session, taken apart.
type Func struct {
	ID int32
	// Captured are pointers to the variables of surrounding functions, which other closures may share.
	Captured    []reflect.Value
	Names       []string      // of Captured
	Recv        reflect.Value // the receiver of a method value; else not valid
	Name, Place string        // for messages
}

// A Pending is a value that isn't there yet, such as the result of a task: what uses it can't be
// written before.
type Pending interface {
	// Ready returns a channel that closes when the value is there.
	Ready() <-chan struct{}
}

// A Traveller is a value that says itself what is written in its place. The methods are called on a compiled type, or a
// pointer to one.
type Traveller interface {
	// Travel returns what is written, or ErrPending, or why the value can't travel.
	Travel() (any, error)
	// Arrive is called on a zero value with what was written.
	Arrive(any) error
}

// ErrPending is what Travel returns for a value that isn't there yet. If the value is a Pending, its Ready is
// asked first.
var ErrPending = errors.New("ship: the value isn't there yet")

// An Encoded is a value written. The large slices in it aren't copied: they are those of the value.
type Encoded struct {
	Data     []byte
	Segments [][]byte
	// Types and Funcs are the types and functions of the session that the bytes name: those of
	// values in interfaces and of funcs. The types of the variables themselves aren't named.
	Types, Funcs []int32
}

// A Decoder reads one value that was written.
type Decoder struct {
	Data []byte // is not referred to by what is read
	// Segment reads the large slice i whole into p, which has its size. It may be nil where there are none.
	Segment func(i int, p []byte) error
	// Sizes are those of the large slices in bytes. They are taken for true.
	Sizes []int64
}

// A Variable is a value with a name. The value of a pointer to it is kept if
// it is settable: what points to the variable here points to its counterpart there.
type Variable struct {
	Name  string // for messages; may be empty
	Value reflect.Value
}

// A Codec writes and reads values. Its methods may be called from any goroutine.
type Codec struct {
	code  Code
	plans sync.Map // reflect.Type to *plan
	// newest is the plan that was asked for last.
	newest atomic.Pointer[plan]
	mu     sync.Mutex
	// Of the goroutine that has mu: plans that are being made.
	making map[reflect.Type]*plan
	tabs   sync.Map // tabKey to unsafe.Pointer
}

// New returns a codec for a session's values.
func New(c Code) *Codec { return &Codec{code: c, making: map[reflect.Type]*plan{}} }

// Encode writes v. The error is an *Error if something can't travel, a *Waiting if something isn't there yet. The
// bytes of a map are in no particular order. The value must not be changed meanwhile, and what Segments show
// not before they are sent.
func (c *Codec) Encode(v reflect.Value) (Encoded, error) {
	e := encoders.Get().(*encoder)
	e.vars = append(e.vars, Variable{Value: v})
	return e.finish(c)
}

// EncodeAll writes several values together: what they share stays shared.
func (c *Codec) EncodeAll(vs ...Variable) (Encoded, error) {
	e := encoders.Get().(*encoder)
	e.vars = append(e.vars, vs...)
	return e.finish(c)
}

// Decode reads a value of dst's type into dst, which must be settable, or a slice, which is filled: then the
// length must be the same. A settable slice of the same length is filled too, and isn't allocated. If there is an
// error, dst may hold a part of the value.
func (c *Codec) Decode(d Decoder, dst reflect.Value) error {
	r := decoders.Get().(*decoder)
	r.dsts = append(r.dsts, dst)
	return r.finish(c, d)
}

// DecodeAll reads what EncodeAll wrote into as many variables, each as Decode does, but that only slices that
// aren't settable are filled: what a variable showed before stays as it is.
func (c *Codec) DecodeAll(d Decoder, dsts ...reflect.Value) error {
	r := decoders.Get().(*decoder)
	r.dsts = append(r.dsts, dsts...)
	return r.finish(c, d)
}
