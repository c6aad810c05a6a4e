//lint:file-ignore SA4000 calls that are compared with themselves

// Package exercise uses all that is generic in the standard library. Tests compare what it prints as
// compiled code with what it prints in the interpreter.
package exercise

import (
	"bytes"
	"cmp"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"iter"
	"maps"
	"math"
	"math/rand"
	randv2 "math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unique"
	"weak"
)

// Run prints what the functions do with inputs that depend on seed.
func Run(w io.Writer, seed int64) {
	r := rand.New(rand.NewSource(seed))
	for _, part := range []func(io.Writer, *rand.Rand){sorting, searching, editing, sequences, panics, comparing, dictionaries, pulling, others} {
		part(w, r)
	}
}

type celsius float64

type item struct {
	Key, No int
	name    string
}

type items []item

func ints(r *rand.Rand, n, limit int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = r.Intn(limit) - limit/2
	}
	return s
}

func someItems(r *rand.Rand, n, limit int) items {
	s := make(items, n)
	for i := range s {
		s[i] = item{r.Intn(limit), i, fmt.Sprint("n", i)}
	}
	return s
}

func byKey(a, b item) int { return cmp.Compare(a.Key, b.Key) }

// order writes the numbers of items.
func order(s items) string {
	var b strings.Builder
	for _, v := range s {
		fmt.Fprint(&b, " ", v.No)
	}
	return b.String()
}

// sorting has many equal elements: their order is that of the algorithm.
func sorting(w io.Writer, r *rand.Rand) {
	for _, n := range []int{0, 1, 2, 11, 12, 13, 50, 51, 100, 700} {
		for _, limit := range []int{1, 2, 5, 1000} {
			s := someItems(r, n, limit)
			switch r.Intn(4) {
			case 0:
				slices.SortStableFunc(s, byKey)
			case 1:
				slices.SortStableFunc(s, func(a, b item) int { return byKey(b, a) })
			}
			calls := 0
			slices.SortFunc(s, func(a, b item) int { calls++; return byKey(a, b) })
			fmt.Fprintln(w, n, limit, calls, order(s), slices.IsSortedFunc(s, byKey))
			slices.Reverse(s)
			slices.SortStableFunc(s, byKey)
			fmt.Fprintln(w, order(s))
		}
	}
	f := []float64{3, math.NaN(), -1, 0, math.Copysign(0, -1), math.Inf(1), math.NaN(), 2}
	slices.Sort(f)
	c := []celsius{3, celsius(math.NaN()), -1}
	fmt.Fprintln(w, f, slices.IsSorted(f), slices.IsSorted(c))
	slices.Sort(c)
	fmt.Fprintln(w, c, slices.Max(c[1:2]), slices.Max(c), slices.Min([]celsius{2, 1}), slices.Max([]string{"a", "c", "b"}))
	type names []string
	list := names{"q", "", "zz", "a"}
	slices.Sort(list)
	fmt.Fprintf(w, "%v %T\n", list, list)
	fmt.Fprintln(w, slices.MinFunc(someItems(r, 20, 5), byKey), slices.MaxFunc(someItems(r, 20, 5), byKey))
	fmt.Fprintln(w, slices.Sorted(slices.Values(ints(r, 20, 9))), slices.Sorted(maps.Keys(map[celsius]int{3: 1, 1: 2})))
	fmt.Fprintln(w, order(slices.SortedFunc(slices.Values(someItems(r, 40, 3)), byKey)))
	fmt.Fprintln(w, order(slices.SortedStableFunc(slices.Values(someItems(r, 40, 3)), byKey)))
	var none []string
	slices.Sort(none)
	slices.SortFunc(none, strings.Compare)
	fmt.Fprintln(w, none == nil)
}

func searching(w io.Writer, r *rand.Rand) {
	for range 50 {
		s := ints(r, r.Intn(20), 20)
		x := r.Intn(20) - 10
		fmt.Fprint(w, slices.Index(s, x), slices.Contains(s, x), slices.IndexFunc(s, func(v int) bool { return v > x }), slices.ContainsFunc(s, func(v int) bool { return v == x }))
		slices.Sort(s)
		i, ok := slices.BinarySearch(s, x)
		j, found := slices.BinarySearchFunc(s, fmt.Sprint(x), func(v int, t string) int {
			var n int
			fmt.Sscan(t, &n)
			return v - n
		})
		fmt.Fprintln(w, i, ok, j, found)
	}
	temps := []celsius{1, 2, celsius(math.NaN())}
	fmt.Fprintln(w, slices.Index(temps, 2), slices.Index(temps, celsius(math.NaN())), slices.Contains(temps, 1))
	fmt.Fprintln(w, slices.Index([]any{1, "a", nil, 2.5, item{1, 2, "x"}}, any(item{1, 2, "x"})), slices.Contains([]item{{1, 2, ""}}, item{1, 2, ""}))
	fmt.Fprintln(w, slices.Equal(temps, temps), slices.Equal(temps[:2], []celsius{1, 2}), slices.Equal([]any{1}, []any{int8(1)}))
	fmt.Fprintln(w, slices.EqualFunc(temps[:2], []string{"1", "2"}, func(c celsius, s string) bool { return fmt.Sprint(c) == s }))
	for range 30 {
		a, b := ints(r, r.Intn(4), 3), ints(r, r.Intn(4), 3)
		fmt.Fprint(w, slices.Compare(a, b), slices.CompareFunc(a, b, func(x, y int) int { return y - x }), slices.Equal(a, b), " ")
	}
	fmt.Fprintln(w)
}

func show[E any](w io.Writer, s []E) { fmt.Fprintln(w, len(s), s == nil, s, s[len(s):cap(s)]) }

func editing(w io.Writer, r *rand.Rand) {
	for range 200 {
		room := make([]int, r.Intn(12), 30)
		copy(room, ints(r, len(room), 100))
		s := room[:len(room):min(len(room)+r.Intn(10), 30)]
		i := r.Intn(len(s) + 1)
		j := i + r.Intn(len(s)-i+1)
		v := ints(r, r.Intn(5), 9)
		if r.Intn(3) == 0 { // elements of the slice itself, or beyond its end
			from := r.Intn(cap(s) + 1)
			v = s[:cap(s)][from : from+r.Intn(cap(s)-from+1)]
		}
		switch r.Intn(7) {
		case 0, 1:
			s = slices.Insert(s, i, v...)
		case 2:
			s = slices.Delete(s, i, j)
		case 3, 4:
			s = slices.Replace(s, i, j, v...)
		case 5:
			s = slices.DeleteFunc(s, func(v int) bool { return v&1 == 0 })
		case 6:
			for k := range s {
				s[k] &= 1
			}
			s = slices.Compact(s)
		}
		fmt.Fprintln(w, s, room)
	}
	pairs := []string{}
	s := slices.CompactFunc(ints(r, 30, 4), func(a, b int) bool {
		pairs = append(pairs, fmt.Sprint(a, b))
		return a == b
	})
	fmt.Fprintln(w, s, pairs)
	show(w, slices.Clone(items(nil)))
	show(w, slices.Clip(make([]int, 2, 5)))
	fmt.Fprintln(w, slices.Clone([]int{}) == nil, cap(slices.Grow([]int{1}, 100)) >= 101, slices.Grow([]int(nil), 0) == nil)
	show(w, slices.Concat[[]int]())
	show(w, slices.Concat([]string{"a"}, nil, []string{"b", "c"}))
	show(w, slices.Repeat(items{{1, 2, "a"}, {3, 4, "b"}}, 3))
	show(w, slices.Repeat([]int{}, 3))
	fmt.Fprintf(w, "%T %T\n", slices.Clone(items{}), slices.Concat(items{}, items{}))
}

func sequences(w io.Writer, r *rand.Rand) {
	s := someItems(r, 7, 100)
	for i, v := range slices.All(s) {
		if i == 4 {
			break
		}
		fmt.Fprintln(w, i, v)
	}
	for i, v := range slices.Backward(s) {
		if i == 2 {
			break
		}
		fmt.Fprintln(w, i, v)
	}
	for v := range slices.Values(s) {
		if v.No > 3 {
			break
		}
		fmt.Fprintln(w, v)
	}
	for c := range slices.Chunk(s, 3) {
		fmt.Fprintf(w, "%T %d %d\n", c, len(c), cap(c))
	}
	fmt.Fprintln(w, slices.Collect(slices.Values([]int(nil))) == nil, slices.AppendSeq(items{{}}, slices.Values(s)))
	fmt.Fprintln(w, slices.Collect(strings.SplitSeq("a,b,c", ",")), slices.Collect(bytes.Lines([]byte("x\ny"))))
	for v := range twice(slices.Values([]int{1, 2, 3})) {
		if v == 3 {
			continue
		}
		fmt.Fprintln(w, v)
	}
}

func twice[T any](seq iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range seq {
			if !yield(v) || !yield(v) {
				return
			}
		}
	}
}

// try prints what a function panics with.
func try(w io.Writer, f func()) {
	defer func() {
		v := recover()
		_, isRuntime := v.(runtime.Error)
		fmt.Fprintf(w, "%v %T %t\n", v, v, isRuntime)
	}()
	f()
}

func panics(w io.Writer, r *rand.Rand) {
	s := make([]int, 3, 5)
	for _, f := range []func(){
		func() { _ = slices.Insert(s, 4) },
		func() { _ = slices.Insert(s, -1+len(s)-3, 1) },
		func() { _ = slices.Delete(s, 2, 4) },
		func() { _ = slices.Delete(s, 3, 2) },
		func() { _ = slices.Replace(s, 2, 6) },
		func() { _ = slices.Max([]int(nil)) },
		func() { _ = slices.Min([]celsius{}) },
		func() { _ = slices.MaxFunc(items{}, byKey) },
		func() { _ = slices.MinFunc(items{}, byKey) },
		func() { _ = slices.Grow(s, -1) },
		func() { _ = slices.Repeat(s, -1) },
		func() { _ = slices.Repeat(s, math.MaxInt) },
		func() { _ = slices.Chunk(s, 0) },
		func() { maps.Copy(map[int]int(nil), map[int]int{1: 1}) },
		func() { _ = slices.Index([]any{[]int{}}, any([]int{})) },
		func() { randv2.N(0) },
		func() { reflect.TypeAssert[int](reflect.Value{}) },
		func() { reflect.TypeAssert[string](reflect.ValueOf(item{}).Field(2)) },
		func() { slices.SortFunc(s, func(a, b int) int { panic("in cmp") }) },
		func() { runtime.AddCleanup((*int)(nil), func(int) {}, 1) },
		func() { x := new(int); runtime.AddCleanup(x, func(*int) {}, x) },
	} {
		try(w, f)
	}
}

func comparing(w io.Writer, r *rand.Rand) {
	f := []float64{1, math.NaN(), -1, math.Inf(-1), 0}
	for _, x := range f {
		for _, y := range f {
			fmt.Fprint(w, cmp.Compare(x, y), cmp.Less(x, y), " ")
		}
	}
	fmt.Fprintln(w, cmp.Compare("a", "b"), cmp.Less(celsius(1), 2), cmp.Or(0, 0, 3, 4), cmp.Or("", ""), cmp.Or(item{}, item{No: 2}), cmp.Or[error](nil, io.EOF))
}

func dictionaries(w io.Writer, r *rand.Rand) {
	m := map[string]item{}
	for i := range 20 {
		m[fmt.Sprint(r.Intn(30))] = item{i, r.Intn(9), "x"}
	}
	type mine map[string]item
	c := maps.Clone(mine(m))
	fmt.Fprintf(w, "%T %v %v\n", c, maps.Equal(m, c), slices.Sorted(maps.Keys(c)))
	fmt.Fprintln(w, order(slices.SortedFunc(maps.Values(m), func(a, b item) int { return cmp.Or(a.No-b.No, a.Key-b.Key) })))
	maps.DeleteFunc(c, func(k string, v item) bool { return v.No < 4 })
	fmt.Fprintln(w, c, maps.Equal(m, c), maps.EqualFunc(m, m, func(a, b item) bool { return a != b }), maps.Clone(mine(nil)) == nil)
	maps.Copy(c, map[string]item{"new": {No: 7}})
	maps.Insert(c, maps.All(map[string]item{"newer": {No: 8}}))
	fmt.Fprintln(w, c, maps.Collect(slices.All([]string{"a", "b"})), maps.Collect(maps.All(map[int]int(nil))))
	n := 0
	for range maps.All(m) {
		if n++; n == 3 {
			break
		}
	}
	fmt.Fprintln(w, n, maps.Equal(map[string]float64{"a": math.NaN()}, map[string]float64{"a": math.NaN()}))
}

func pulling(w io.Writer, r *rand.Rand) {
	seq := func(yield func(int, item) bool) {
		defer fmt.Fprintln(w, "done")
		for i := range 3 {
			if !yield(i, item{No: i}) {
				fmt.Fprintln(w, "stopped")
				return
			}
		}
	}
	next, stop := iter.Pull2(seq)
	for {
		k, v, ok := next()
		fmt.Fprintln(w, k, v, ok)
		if !ok {
			break
		}
	}
	stop()
	next, stop = iter.Pull2(seq)
	fmt.Fprintln(w, first(next()))
	stop()
	stop()
	fmt.Fprintln(w, first(next()))
	_, stop = iter.Pull2(seq)
	stop() // never begun
	one, end := iter.Pull(func(yield func(error) bool) {
		yield(io.EOF)
		panic("in sequence")
	})
	fmt.Fprintln(w, first(one()))
	try(w, func() { one() })
	fmt.Fprintln(w, first(one()))
	end()
}

func first(v ...any) string { return fmt.Sprint(v...) }

type failure struct{ code int }

func (f *failure) Error() string { return fmt.Sprint("failure ", f.code) }

type money struct{ cents int64 }

func (m money) Value() (driver.Value, error) { return m.cents, nil }
func (m *money) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return errors.New("no number")
	}
	m.cents = n
	return nil
}

func others(w io.Writer, r *rand.Rand) {
	wrapped := fmt.Errorf("outer: %w", &failure{3})
	f, ok := errors.AsType[*failure](wrapped)
	fmt.Fprintln(w, f, ok)
	_, isPath := errors.AsType[*fs.PathError](wrapped)
	any1, isTimeout := errors.AsType[interface {
		error
		Timeout() bool
	}](wrapped)
	fmt.Fprintln(w, isPath, any1, isTimeout)

	calls := 0
	once := sync.OnceValue(func() items { calls++; return items{{No: calls}} })
	two := sync.OnceValues(func() (int, error) { calls++; return calls, io.EOF })
	fmt.Fprintln(w, once(), once(), first(two()), first(two()), calls)
	bad := sync.OnceValue(func() int { calls++; panic("once") })
	try(w, func() { bad() })
	try(w, func() { bad() })
	fmt.Fprintln(w, calls)

	var p atomic.Pointer[item]
	a, b := &item{No: 1}, &item{No: 2}
	fmt.Fprintln(w, p.Load() == nil, p.CompareAndSwap(nil, a), p.CompareAndSwap(b, a), p.Swap(b).No, p.Load().No)
	p.Store(a)
	fmt.Fprintf(w, "%v %T\n", p.Load() == a, &p)
	var counter atomic.Pointer[int]
	counter.Store(new(int))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				for {
					old := counter.Load()
					next := *old + 1
					if counter.CompareAndSwap(old, &next) {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	fmt.Fprintln(w, *counter.Load())

	for range 100 {
		if n := randv2.N(7); n < 0 || n > 6 {
			fmt.Fprintln(w, "out of range", n)
		}
		if d := randv2.N(3 * time.Second); d < 0 || d >= 3*time.Second {
			fmt.Fprintln(w, "out of range", d)
		}
	}

	fmt.Fprintln(w, unique.Make(item{No: 1}) == unique.Make(item{No: 1}), unique.Make("a") == unique.Make("b"), unique.Make(item{No: 3}).Value(), unique.Make[any](1) == unique.Make[any](1.0))
	fmt.Fprintf(w, "%T\n", unique.Make(item{}))

	fmt.Fprintln(w, reflect.TypeFor[item](), reflect.TypeFor[error](), reflect.TypeFor[[]celsius](), reflect.TypeFor[struct{ A int }]())
	n, ok := reflect.TypeAssert[celsius](reflect.ValueOf(celsius(3)))
	_, notOK := reflect.TypeAssert[float64](reflect.ValueOf(celsius(3)))
	e, isError := reflect.TypeAssert[error](reflect.ValueOf(&failure{4}))
	fmt.Fprintln(w, n, ok, notOK, e, isError)

	x := &item{No: 5}
	weakX := weak.Make(x)
	fmt.Fprintln(w, weakX.Value() == x, weakX == weak.Make(x), weak.Make[item](nil).Value() == nil)
	cleaned := make(chan string, 1)
	runtime.AddCleanup(x, func(s string) { cleaned <- s }, "cleaned")
	runtime.KeepAlive(x)

	var null sql.Null[int]
	fmt.Fprintln(w, null.Scan("12"), null, first(null.Value()), null.Scan(nil), null, first(null.Value()), null.Scan("x"))
	var cash sql.Null[money]
	fmt.Fprintln(w, cash.Scan(int64(5)), cash, first(cash.Value()), cash.Scan("x"))
	var valuer driver.Valuer = sql.Null[*money]{Valid: true}
	fmt.Fprintln(w, first(valuer.Value()))
	var scanner sql.Scanner = &null
	fmt.Fprintln(w, scanner.Scan(int64(7)), null.V)

	key, err := hkdf.Key(sha256.New, []byte("secret"), []byte("salt"), "info", 16)
	prk, _ := hkdf.Extract(sha256.New, []byte("secret"), []byte("salt"))
	out, _ := hkdf.Expand(sha256.New, prk, "info", 16)
	fmt.Fprintf(w, "%x %v %t\n", key, err, bytes.Equal(out, key))
	pass, err := pbkdf2.Key(sha256.New, "password", []byte("salt"), 10, 16)
	fmt.Fprintf(w, "%x %v\n", pass, err)

	seed := maphash.MakeSeed()
	fmt.Fprintln(w, maphash.Comparable(seed, item{No: 1}) == maphash.Comparable(seed, item{No: 1}), maphash.Comparable(seed, "a") == maphash.Comparable(seed, "b"))
	var h1, h2 maphash.Hash
	h1.SetSeed(seed)
	h2.SetSeed(seed)
	maphash.WriteComparable(&h1, item{No: 1})
	maphash.WriteComparable(&h2, item{No: 1})
	fmt.Fprintln(w, h1.Sum64() == h2.Sum64())
}
