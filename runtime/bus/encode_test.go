package bus

import (
	"encoding/binary"
	"math"
	"reflect"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"
)

// messages are all kinds, for filling with anything.
func messages() []Message {
	return []Message{&Code{}, &Open{}, &Job{}, &Task{}, &Cancel{}, &Close{}, &Result{}, &Note{}, &Capacity{}, &Hello{}, &Beat{},
		&Retire{}, &Drop{}, &Taken{}, &Started{}, &Request{}, &Reply{}}
}

// What is written is read, whatever is in it.
func TestEncoding(t *testing.T) {
	for _, m := range messages() {
		check := func(v reflect.Value) bool {
			in := v.Interface().(Message)
			if r, ok := in.(*Result); ok {
				r.Status %= 3
			}
			tidy(reflect.ValueOf(in).Elem())
			ms, err := parse(appendMessage(appendMessage(nil, in), &Retire{}))
			if err != nil || len(ms) != 2 {
				t.Errorf("%T: %v", in, err)
				return false
			}
			if d := cmp.Diff(in, ms[0]); d != "" {
				t.Errorf("%T differs: %s", in, d)
				return false
			}
			return true
		}
		f := reflect.MakeFunc(reflect.FuncOf([]reflect.Type{reflect.TypeOf(m)}, []reflect.Type{reflect.TypeFor[bool]()}, false),
			func(args []reflect.Value) []reflect.Value {
				return []reflect.Value{reflect.ValueOf(args[0].IsNil() || check(args[0]))}
			})
		if err := quick.Check(f.Interface(), &quick.Config{MaxCount: 50}); err != nil {
			t.Error(err)
		}
	}
}

// tidy makes empty lists nil, as reading does: the messages know no difference.
func tidy(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			tidy(v.Field(i))
		}
	case reflect.Slice, reflect.Map:
		if v.Len() == 0 {
			v.SetZero()
		}
		for i := 0; v.Kind() == reflect.Slice && i < v.Len(); i++ {
			tidy(v.Index(i))
		}
	}
}

// Damaged messages are errors: those that are too short, too long, or have lengths beyond their end.
func TestDamaged(t *testing.T) {
	good := appendMessage(nil, &Result{Job: 1, Task: 2, Fails: []Failure{{Text: "x", Chain: []string{"a", "b"}, Stack: []Frame{{Func: "f"}}}}})
	for n := 1; n < len(good); n++ {
		if _, err := parse(good[:n]); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(good))
		}
	}
	for _, bad := range [][]byte{
		{0}, {2, kindClose, 1, 1}, {3, kindClose, 1, 1}, {1, 99}, {2, kindRetire, 0},
		binary.AppendUvarint(nil, math.MaxUint64),
		append([]byte{12, kindTaken}, binary.AppendUvarint(nil, 1<<40)...),
		append(binary.AppendUvarint(nil, 8), kindHello, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
	} {
		if ms, err := parse(bad); err == nil {
			t.Errorf("%x was read as %+v", bad, ms)
		}
	}
}

// FuzzParse looks for bytes that aren't refused as they should be, or are read and not written the same way.
func FuzzParse(f *testing.F) {
	for _, m := range messages() {
		f.Add(appendMessage(nil, m))
	}
	f.Add(appendMessage(nil, &Open{Job: 1, Spec: Spec{Name: "f", Code: []string{"a"}, Needs: Resources{Custom: map[string]float64{"x": 1}}}}))
	f.Add(appendMessage(nil, &Result{Output: Payload{Data: []byte("x"), Segments: []int64{1}}, Fails: []Failure{{Chain: []string{"a"}, Stack: []Frame{{}}}}}))
	f.Fuzz(func(t *testing.T, p []byte) {
		ms, err := parse(p)
		if err != nil {
			return
		}
		var b []byte
		for _, m := range ms {
			b = appendMessage(b, m)
		}
		again, err := parse(b)
		if err != nil {
			t.Fatalf("%x was read and can't be read again: %v", p, err)
		}
		var c []byte
		for _, m := range again {
			c = appendMessage(c, m)
		}
		if string(b) != string(c) {
			t.Fatalf("%x, then %x", b, c)
		}
	})
}

// FuzzAssemble looks for payloads that make an assembler fail in a way that it mustn't.
func FuzzAssemble(f *testing.F) {
	f.Add([]byte{whole, 1, kindRetire}, []byte{begun, 1}, []byte{ended, kindRetire})
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		var as assembler
		for _, p := range [][]byte{a, b, c} {
			_, _ = as.take(p) // errors are what is asked for
		}
	})
}

// A batch is cut between messages where it can be, and inside one where it must be, and comes out the same.
func TestSplit(t *testing.T) {
	for _, sizes := range [][]int{{}, {0}, {10, 20}, {maxPayload / 2, maxPayload, 5}, {maxPayload - 20, 3}, {1, maxPayload, 1}, {5 * maxPayload / 2, 7}, {maxPayload - 10, 9}} {
		batch := []byte{0}
		for i, n := range sizes {
			batch = appendMessage(batch, &Code{ID: string(rune('a' + i)), Program: make([]byte, n)})
		}
		var as assembler
		var got []Message
		split(batch, func(p []byte) {
			if len(p) > maxPayload {
				t.Errorf("%v: a payload of %d bytes", sizes, len(p))
			}
			ms, err := as.take(append([]byte(nil), p...))
			if err != nil {
				t.Errorf("%v: %v", sizes, err)
			}
			got = append(got, ms...)
		})
		if len(got) != len(sizes) {
			t.Errorf("%v: %d messages", sizes, len(got))
			continue
		}
		for i, m := range got {
			if c := m.(*Code); c.ID != string(rune('a'+i)) || len(c.Program) != sizes[i] {
				t.Errorf("%v: message %d is %q with %d bytes", sizes, i, c.ID, len(c.Program))
			}
		}
	}
}

func BenchmarkTask(b *testing.B) {
	in := &Task{Job: 3, Task: 12345, First: 1000, Items: 1, Attempt: 1, Input: Payload{Data: make([]byte, 16), Size: 16}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = appendMessage(buf[:0], in)
		if _, err := parse(buf); err != nil {
			b.Fatal(err)
		}
	}
}
