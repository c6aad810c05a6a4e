package ship_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"reflect"
	"testing"

	"github.com/goherd/goherd/runtime/ship"
)

// A Record is a struct as users have them.
type Record struct {
	ID    int
	Name  string
	Score float64
	Tags  []string
	OK    bool
}

func records(n int) []Record {
	rs := make([]Record, n)
	for i := range rs {
		rs[i] = Record{i, fmt.Sprint("record ", i), float64(i) / 3, nil, i%2 == 0}
		if i%4 == 0 {
			rs[i].Tags = []string{"a", "bc"}
		}
	}
	return rs
}

func benchmarks(b *testing.B, f func(b *testing.B, v any)) {
	ints := make([]int, 10_000)
	floats := make([]float64, 1_000_000)
	strs := make([]string, 10_000)
	m := map[string]int{}
	var tree *node
	for i := range ints {
		ints[i], strs[i] = i, fmt.Sprint(i)
		m[strs[i]] = i
		tree = &node{v: i, next: tree}
	}
	anys := make([]any, 10_000)
	for i := range anys {
		anys[i] = i
	}
	rows := make([][]float64, 1000)
	for i := range rows {
		rows[i] = make([]float64, 1000)
	}
	for _, test := range []struct {
		name string
		v    any
	}{{"int", 7}, {"ints", ints}, {"structs", records(10_000)}, {"strings", strs}, {"map", m}, {"list", tree}, {"anys", anys}, {"rows", rows}, {"8MB", floats}} {
		b.Run(test.name, func(b *testing.B) { f(b, test.v) })
	}
}

func BenchmarkEncode(b *testing.B) {
	benchmarks(b, func(b *testing.B, v any) {
		c := ship.New(newRegistry(reflect.TypeFor[node]()))
		rv := reflect.ValueOf(v)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Encode(rv); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	benchmarks(b, func(b *testing.B, v any) {
		c := ship.New(newRegistry(reflect.TypeFor[node]()))
		e, err := c.Encode(reflect.ValueOf(v))
		if err != nil {
			b.Fatal(err)
		}
		d := decoder(e)
		b.ReportAllocs()
		for b.Loop() {
			dst := reflect.New(reflect.TypeOf(v)).Elem()
			if err := c.Decode(d, dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkGob is what encoding/gob needs for the same, with a new stream for each value as tasks have one.
func BenchmarkGob(b *testing.B) {
	benchmarks(b, func(b *testing.B, v any) {
		for b.Loop() {
			var buf bytes.Buffer
			if err := gob.NewEncoder(&buf).Encode(v); err != nil {
				b.Skip(err)
			}
			if err := gob.NewDecoder(&buf).DecodeValue(reflect.New(reflect.TypeOf(v))); err != nil {
				b.Skip(err)
			}
		}
	})
}
