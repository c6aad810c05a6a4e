package pretty

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Type is what a compiler knows about the static type of a value. It is read
// only: one Type may be used from many goroutines. Types may be cyclic, through
// named types, as Go's are.
type Type struct {
	// Name is the type as its user writes it: "main.Point", "time.Duration",
	// "Pair[int]". "main." is not shown. It is empty for a type without a name
	// whose text follows from the other fields; function, channel and interface
	// types without a name carry their whole text here.
	Name string
	// Kind is the kind of the underlying type in reflect's words: "struct",
	// "slice", "ptr", "int", "interface".
	Kind string
	// Fields are the fields of a struct in the order of their declaration.
	Fields []Field
	// Elem is the element of an array, chan, map, ptr or slice; Key the key of
	// a map. Both may be nil, which means unknown.
	Elem, Key *Type
	// Len is the length of an array.
	Len int
	// Methods names the methods of this type that display can use (String,
	// Error, HTML and so on), so that no other value's methods are looked for.
	Methods []string
}

// Field is one field of a struct.
type Field struct {
	Name     string // as written in the source, also when unexported
	Type     *Type  // nil: unknown
	Embedded bool
}

// HasMethod reports whether t lists a method of that name. A nil Type lists none.
func (t *Type) HasMethod(name string) bool {
	return t != nil && slices.Contains(t.Methods, name)
}

// String returns the type in Go's syntax, without "main.".
func (t *Type) String() string { return t.text(0) }

// maxTypeDepth bounds the text of a type without names: only damaged data can
// nest deeper, or without end.
const maxTypeDepth = 12

func (t *Type) text(depth int) string {
	switch {
	case t == nil:
		return "?"
	case t.Name != "":
		return shortName(t.Name)
	case depth > maxTypeDepth:
		return "…"
	}
	switch t.Kind {
	case "ptr":
		return "*" + t.Elem.text(depth+1)
	case "slice":
		return "[]" + t.Elem.text(depth+1)
	case "array":
		return "[" + strconv.Itoa(t.Len) + "]" + t.Elem.text(depth+1)
	case "map":
		return "map[" + t.Key.text(depth+1) + "]" + t.Elem.text(depth+1)
	case "chan":
		return "chan " + t.Elem.text(depth+1)
	case "struct":
		return structText(len(t.Fields), func(i int) (string, string) {
			f := t.Fields[i]
			if f.Embedded {
				return "", f.Type.text(depth + 1)
			}
			return f.Name, f.Type.text(depth + 1)
		})
	case "interface":
		return "any"
	case "func":
		return "func(…)"
	}
	return t.Kind
}

// The table's rows are arrays rather than objects, with short keys, because a
// session sends one for every cell.
type table struct {
	Rows  []row `json:"t"`
	Roots []int `json:"r"`
}

// row is one Type; references are indices into the table plus one, so that zero
// is nil.
type row struct {
	Name    string   `json:"n,omitempty"`
	Kind    string   `json:"k,omitempty"`
	Fields  []column `json:"f,omitempty"`
	Elem    int      `json:"e,omitempty"`
	Key     int      `json:"y,omitempty"`
	Len     int      `json:"l,omitempty"`
	Methods []string `json:"m,omitempty"`
}

type column struct {
	Name     string `json:"n"`
	Type     int    `json:"t,omitempty"`
	Embedded bool   `json:"e,omitempty"`
}

// Encode writes types, with all that they refer to, as a compact JSON table.
// Each Type is written once, also when it is shared or cyclic. A nil among the
// types comes back as nil.
func Encode(types ...*Type) ([]byte, error) {
	var tab table
	index := map[*Type]int{nil: 0}
	var queue []*Type
	ref := func(t *Type) int {
		i, ok := index[t]
		if !ok {
			queue = append(queue, t)
			i = len(queue)
			index[t] = i
		}
		return i
	}
	tab.Roots = make([]int, len(types))
	for i, t := range types {
		tab.Roots[i] = ref(t)
	}
	for i := 0; i < len(queue); i++ { // the queue grows while it is walked
		t := queue[i]
		r := row{Name: t.Name, Kind: t.Kind, Elem: ref(t.Elem), Key: ref(t.Key), Len: t.Len, Methods: t.Methods}
		for _, f := range t.Fields {
			r.Fields = append(r.Fields, column{f.Name, ref(f.Type), f.Embedded})
		}
		tab.Rows = append(tab.Rows, r)
	}
	data, err := json.Marshal(tab)
	if err != nil {
		return nil, fmt.Errorf("encoding a type table: %w", err)
	}
	return data, nil
}

// Decode reads what [Encode] wrote and returns the types in the same order. A
// table that is damaged is an error.
func Decode(data []byte) ([]*Type, error) {
	var tab table
	if err := json.Unmarshal(data, &tab); err != nil {
		return nil, fmt.Errorf("decoding a type table: %w", err)
	}
	types := make([]Type, len(tab.Rows))
	var bad error
	ref := func(i int) *Type {
		switch {
		case i == 0:
			return nil
		case i < 0 || i > len(types):
			bad = fmt.Errorf("decoding a type table: reference %d of %d rows", i, len(types))
			return nil
		}
		return &types[i-1]
	}
	for i, r := range tab.Rows {
		t := &types[i]
		*t = Type{Name: r.Name, Kind: r.Kind, Elem: ref(r.Elem), Key: ref(r.Key), Len: r.Len, Methods: r.Methods}
		for _, c := range r.Fields {
			t.Fields = append(t.Fields, Field{c.Name, ref(c.Type), c.Embedded})
		}
	}
	roots := make([]*Type, len(tab.Roots))
	for i, r := range tab.Roots {
		roots[i] = ref(r)
	}
	if bad != nil {
		return nil, bad
	}
	return roots, nil
}

// structText is the text of a struct type without a name.
func structText(n int, field func(int) (name, typ string)) string {
	if n == 0 {
		return "struct{}"
	}
	var b strings.Builder
	b.WriteString("struct{")
	for i := range n {
		if i > 0 {
			b.WriteString("; ")
		}
		if b.Len() > 80 {
			b.WriteString("…")
			break
		}
		name, typ := field(i)
		if name != "" {
			b.WriteString(name + " ")
		}
		b.WriteString(typ)
	}
	b.WriteString("}")
	return b.String()
}
