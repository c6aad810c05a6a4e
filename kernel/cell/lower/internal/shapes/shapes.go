//lint:file-ignore U1000 only the types matter

// Package shapes has types of all sorts, for tests that compare what the cell compiler says of
// them with what reflect knows.
package shapes

import (
	"bytes"
	"io"
	"iter"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

// Types are named ones, predeclared ones and structs.
var Types = []reflect.Type{
	reflect.TypeFor[int](),
	reflect.TypeFor[byte](),
	reflect.TypeFor[error](),
	reflect.TypeFor[point](),
	reflect.TypeFor[list](),
	reflect.TypeFor[tree](),
	reflect.TypeFor[fn](),
	reflect.TypeFor[rec](),
	reflect.TypeFor[shape](),
	reflect.TypeFor[circle](),
	reflect.TypeFor[wrap](),
	reflect.TypeFor[wrapPtr](),
	reflect.TypeFor[deep](),
	reflect.TypeFor[std](),
	reflect.TypeFor[clash](),
	reflect.TypeFor[time.Duration](),
	reflect.TypeFor[struct{ point }](),
	reflect.TypeFor[struct{ *point }](),
	reflect.TypeFor[struct{ shape }](),
	reflect.TypeFor[struct{ pair[int, point] }](),
	reflect.TypeFor[pair[int, point]](),
	reflect.TypeFor[pair[*point, []point]](),
	reflect.TypeFor[pair[map[string]point, func(int, ...string) (point, error)]](),
	reflect.TypeFor[pair[struct {
		X int
		y string
		point
	}, interface{}]](),
	reflect.TypeFor[pair[struct {
		X int `json:"a"`
	}, interface {
		M(int) string
		m()
	}]](),
	reflect.TypeFor[pair[any, error]](),
	reflect.TypeFor[pair[http.Header, bytes.Buffer]](),
	reflect.TypeFor[pair[pair[int, point], slice[list]]](),
	reflect.TypeFor[pair[chan int, <-chan point]](),
	reflect.TypeFor[pair[chan<- point, [3]byte]](),
	reflect.TypeFor[pair[rune, uintptr]](),
	reflect.TypeFor[pair[chan (<-chan int), chan<- (<-chan func())]](),
	reflect.TypeFor[pair[func(), func() int]](),
	reflect.TypeFor[pair[struct{}, interface {
		error
		Error() string
	}]](),
	reflect.TypeFor[pair[shape, interface {
		http.Handler
		x()
	}]](),
	reflect.TypeFor[pair[struct {
		*point
		slice[int]
	}, struct{ _ int }]](),
	reflect.TypeFor[pair[func(a, b int) (x, y int), func(...any)]](),
	reflect.TypeFor[pair[pair[pair[int, int], int], int]](),
	reflect.TypeFor[slice[slice[int]]](),
	reflect.TypeFor[node[point]](),
	reflect.TypeFor[atomic.Pointer[point]](),
	reflect.TypeFor[iter.Seq[point]](),
	reflect.TypeFor[iter.Seq[string]](),
}

type point struct{ X, y int }

func (p point) Area() int     { return p.X * p.y }
func (p *point) Move(n int)   { p.X += n }
func (p point) hidden() error { return nil }

type (
	list  []list
	tree  map[string]*tree
	fn    func(fn) fn
	rec   struct{ X interface{ Get() rec } }
	shape interface {
		Area() int
		hidden() error
	}
)

type circle struct {
	R float64 `json:"r"`
}

func (*circle) Scale(float64)  {}
func (circle) String() string  { return "circle" }
func (circle) Area() (r int)   { return }
func (c circle) hidden() error { return nil }

type wrap struct {
	point
	Name string
}

type wrapPtr struct {
	*wrap
	io.Reader
}

func (wrapPtr) Area() string { return "" }

type deep struct {
	wrapPtr
	shape
}

type std struct {
	*bytes.Buffer
	sync.Mutex
	time.Time
}

// clash has two fields with the same methods at one depth: none is promoted.
type clash struct {
	point
	circle
}

type slice[E any] []E

func (s slice[E]) Len() int   { return len(s) }
func (s *slice[E]) Push(e E)  { *s = append(*s, e) }
func (s slice[E]) first() *E  { return &s[0] }
func (s slice[E]) Pairs() int { return 0 }

type pair[K, V any] struct {
	k K
	v V
}

func (p pair[K, V]) Key() K           { return p.k }
func (p *pair[K, V]) Set(k K, v V)    { p.k, p.v = k, v }
func (p pair[K, V]) Swap() pair[V, K] { return pair[V, K]{p.v, p.k} }

type node[T any] struct {
	next *node[T]
	kids []node[T]
	val  T
}

func (n *node[T]) Each(f func(T) bool) {}
func (n node[T]) Self() node[T]        { return n }

// Local are types that functions declare.
func Local() (list []reflect.Type) {
	type loc struct{}
	list = append(list, reflect.TypeFor[loc](), reflect.TypeFor[pair[loc, []loc]]())
	{
		type loc int
		list = append(list, reflect.TypeFor[pair[loc, int]]())
	}
	func() {
		type loc struct{ wrap }
		type other int
		list = append(list, reflect.TypeFor[pair[loc, int]](), reflect.TypeFor[pair[other, int]](), reflect.TypeFor[loc]())
	}()
	generic[int](&list)
	generic[point](&list)
	generic[loc](&list)
	slice[int]{}.locals(&list)
	return list
}

func generic[P any](list *[]reflect.Type) {
	type node struct {
		v    P
		next *node
	}
	*list = append(*list, reflect.TypeFor[node](), reflect.TypeFor[pair[node, int]](), reflect.TypeFor[pair[[]node, int]]())
	func() {
		type node struct{ p P }
		*list = append(*list, reflect.TypeFor[node](), reflect.TypeFor[pair[int, node]]())
	}()
}

func (s slice[E]) locals(list *[]reflect.Type) {
	type loc struct{ e E }
	*list = append(*list, reflect.TypeFor[loc](), reflect.TypeFor[pair[loc, int]]())
}
