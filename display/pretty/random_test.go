package pretty

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"
)

// randomType makes types that no one would write.
func randomType(r *rand.Rand, depth int) reflect.Type {
	leaves := []reflect.Type{
		reflect.TypeFor[int](), reflect.TypeFor[string](), reflect.TypeFor[uint8](), reflect.TypeFor[float32](), reflect.TypeFor[any](),
		reflect.TypeFor[error](), reflect.TypeFor[time.Time](), reflect.TypeFor[Weekday](), reflect.TypeFor[*Failure](), reflect.TypeFor[Line](),
		reflect.TypeFor[complex64](), reflect.TypeFor[func(int)](), reflect.TypeFor[chan int](), reflect.TypeFor[*Chain](), reflect.TypeFor[bool](),
	}
	if depth == 0 {
		return leaves[r.IntN(len(leaves))]
	}
	elem := randomType(r, r.IntN(depth))
	switch r.IntN(6) {
	case 0:
		return reflect.SliceOf(elem)
	case 1:
		return reflect.ArrayOf(r.IntN(5), elem)
	case 2:
		return reflect.PointerTo(elem)
	case 3:
		key := randomType(r, 0)
		if !key.Comparable() {
			key = reflect.TypeFor[string]()
		}
		return reflect.MapOf(key, elem)
	case 4:
		var fields []reflect.StructField
		for i := range r.IntN(5) {
			fields = append(fields, reflect.StructField{Name: fmt.Sprint("Xf", i), Type: randomType(r, r.IntN(depth))})
		}
		return reflect.StructOf(fields)
	}
	return elem
}

func randomString(r *rand.Rand) string {
	b := make([]byte, r.IntN(40))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func fillRandom(r *rand.Rand, v reflect.Value, depth int) {
	if depth == 0 || r.IntN(10) == 0 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(r.IntN(10) - 5))
	case reflect.Uint8:
		v.SetUint(uint64(r.IntN(256)))
	case reflect.Float32:
		v.SetFloat(r.NormFloat64())
	case reflect.String:
		v.SetString(randomString(r))
	case reflect.Interface:
		x := reflect.New(randomType(r, depth%3)).Elem()
		fillRandom(r, x, depth-1)
		if x.Type().Implements(v.Type()) {
			v.Set(x)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillRandom(r, v.Elem(), depth-1)
	case reflect.Slice:
		n := r.IntN(5)
		if r.IntN(8) == 0 {
			n = r.IntN(300)
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fillRandom(r, v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(6) {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			if key.Kind() != reflect.Interface { // an unhashable key would panic here
				fillRandom(r, key, depth-1)
			}
			fillRandom(r, elem, depth-1)
			v.SetMapIndex(key, elem)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillRandom(r, v.Field(i), depth-1)
		}
	}
}

func TestRandomValues(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 1))
		v := reflect.New(randomType(r, 6)).Elem()
		fillRandom(r, v, 12)
		for _, o := range []Options{{}, {MaxBytes: 500, Width: 30, Interpreted: true}, {MaxDepth: 1, MaxItems: 1}} {
			got := Format(v, nil, o)
			o = o.withDefaults()
			// Each line of a text that is broken may add indentation.
			if limit := 5*o.MaxBytes + 5000; len(got) > limit || got == "" || !utf8.ValidString(got) {
				t.Fatalf("seed %d: %s: %d bytes of %d: %.300q", seed, v.Type(), len(got), limit, got)
			}
			if again := Format(v, nil, o); again != got {
				t.Fatalf("seed %d: two texts of one value:\n%s\n%s", seed, got, again)
			}
		}
	}
}
