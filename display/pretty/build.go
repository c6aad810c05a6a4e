package pretty

import (
	"reflect"
	"strconv"
	"unicode/utf8"
)

// builder makes the tree of one attempt.
type builder struct {
	Options
	tighter uint           // how often the text was too long
	left    int            // bytes still free; negative: too long
	comment string         // what stands behind the whole text
	path    map[visit]bool // the references above the one being written
}

// visit is one reference of a cycle.
type visit struct {
	ptr uintptr
	len int
	typ reflect.Type
}

// place says what the surroundings of a value tell about its type.
type place struct {
	top   bool // nothing surrounds it
	iface bool // it is held by an interface
	elide bool // an element whose type stands before the list
	depth int
}

// bare reports whether the reader knows the type from the surroundings.
func (p place) bare() bool { return !p.top && !p.iface }

const ellipsis = "…"

// fits returns t if it describes v, else nil: a wrong static type must not make
// a wrong text.
func fits(t *Type, v reflect.Value) *Type {
	switch {
	case t == nil || t.Kind != v.Kind().String():
		return nil
	case v.Kind() == reflect.Struct && len(t.Fields) != v.NumField():
		return nil
	}
	return t
}

func elemOf(t *Type) *Type {
	if t == nil {
		return nil
	}
	return t.Elem
}

func keyOf(t *Type) *Type {
	if t == nil {
		return nil
	}
	return t.Key
}

// unwrap takes v out of an interface, with the type it has in there.
func (b *builder) unwrap(v reflect.Value, t *Type) (reflect.Value, *Type) {
	if !v.IsValid() || v.Kind() != reflect.Interface && !isValueInterface(v.Type()) {
		return v, t
	}
	t = nil
	if b.Dynamic != nil {
		t = b.Dynamic(v)
	}
	return Unwrap(v), t
}

// text makes a leaf and pays for it.
func (b *builder) text(s string) *node {
	b.left -= len(s)
	return leaf(s)
}

func (b *builder) value(v reflect.Value, t *Type, at place) *node {
	if b.left < 0 {
		return b.text(ellipsis)
	}
	if v.IsValid() && (v.Kind() == reflect.Interface || isValueInterface(v.Type())) {
		v, t = b.unwrap(v, t)
		if !at.top {
			at.iface, at.elide = true, false
		}
	}
	if !v.IsValid() {
		return b.text("nil")
	}
	if t != nil && t.Kind == "interface" && v.Kind() != reflect.Interface {
		t, at.elide = nil, false // what is shown is the value itself
		at.iface = !at.top
	}
	t = fits(t, v)

	note := ""
	if s, kind, failed := b.method(v, t); kind != noMethod {
		return b.text(b.inline(s, kind, v, t))
	} else if failed != "" {
		note = " /* " + failed + " */"
	}
	n := b.structure(v, t, at)
	if note != "" {
		b.left -= len(note)
		n.after(note)
	}
	return n
}

// structure writes v by its kind.
func (b *builder) structure(v reflect.Value, t *Type, at place) *node {
	switch v.Kind() {
	case reflect.Pointer:
		return b.pointer(v, t, at)
	case reflect.Struct:
		return b.structValue(v, t, at)
	case reflect.Slice:
		if v.IsNil() {
			return b.nilText(v, t, at)
		}
		return b.slice(v, t, at)
	case reflect.Array:
		return b.listValue(v, t, at)
	case reflect.Map:
		if v.IsNil() {
			return b.nilText(v, t, at)
		}
		return b.mapValue(v, t, at)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if v.IsNil() {
			return b.nilText(v, t, at)
		}
		return b.opaque(v, t)
	}
	return b.scalar(v, t, at)
}

// nilText writes a nil of v's type.
func (b *builder) nilText(v reflect.Value, t *Type, at place) *node {
	if at.bare() {
		return b.text("nil")
	}
	name := b.nameOf(v.Type(), t)
	switch v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Chan:
		name = "(" + name + ")"
	}
	return b.text(name + "(nil)")
}

// opaque writes what has no literal: a function, a channel, an address.
func (b *builder) opaque(v reflect.Value, t *Type) *node {
	name := b.nameOf(v.Type(), t)
	switch v.Kind() {
	case reflect.Chan:
		s := "(" + name + ")"
		if v.Cap() > 0 {
			s += "(" + group(v.Len()) + " of " + group(v.Cap()) + ")"
		}
		return b.text(s)
	case reflect.Func:
		return b.text(name + " {" + ellipsis + "}")
	}
	return b.text(name + "(0x" + strconv.FormatUint(uint64(v.Pointer()), 16) + ")")
}

// enter marks a reference as being written and reports whether it was already.
func (b *builder) enter(k visit) (cycle bool) {
	if b.path[k] {
		return true
	}
	if b.path == nil {
		b.path = map[visit]bool{}
	}
	b.path[k] = true
	return false
}

func (b *builder) leave(k visit) { delete(b.path, k) }

func (b *builder) pointer(v reflect.Value, t *Type, at place) *node {
	if v.IsNil() {
		return b.nilText(v, t, at)
	}
	k := visit{v.Pointer(), 0, v.Type()}
	if b.enter(k) {
		return b.text("<cycle>")
	}
	defer b.leave(k)
	// &{…} in a list would hide that these are pointers, so the name stays.
	n := b.value(v.Elem(), elemOf(t), place{top: at.top, iface: at.iface, depth: at.depth})
	return n.before("&")
}

func (b *builder) structValue(v reflect.Value, t *Type, at place) *node {
	rt := v.Type()
	if isWrapper(rt) {
		return b.value(v.Field(0), nil, at)
	}
	open := b.nameOf(rt, t)
	switch {
	case at.elide:
		open = ""
	case t == nil && rt.Name() == "" || t != nil && t.Name == "":
		open = "struct" // its fields, with their names, follow
	}
	open += "{"
	b.left -= len(open) + len("}")
	if v.NumField() == 0 {
		return leaf(open + "}")
	}
	if b.deep(at.depth) || rt.PkgPath() == "sync" {
		return leaf(open + ellipsis + "}") // the inside of a lock says nothing
	}
	v = addressable(v)
	var kids []*node
	for i := range v.NumField() {
		if b.left < 0 {
			kids = append(kids, leaf(ellipsis))
			break
		}
		f := rt.Field(i)
		name, ft := b.fieldName(f), (*Type)(nil)
		if t != nil {
			name, ft = t.Fields[i].Name, t.Fields[i].Type
		}
		if name == "_" {
			continue
		}
		fv := v.Field(i)
		if f.Type == timeType {
			fv, _ = accessible(fv)
		}
		label := name + ": "
		b.left -= len(label)
		kids = append(kids, b.value(fv, ft, place{depth: at.depth + 1}).setLabel(label))
	}
	return newList(open, kids, "}")
}

// deep reports whether a composite at that depth is too deep to be opened.
func (b *builder) deep(depth int) bool {
	return depth >= max(b.MaxDepth-2*int(b.tighter), min(b.MaxDepth, 3))
}

// items is the length up to which a list at that depth is shown whole.
func (b *builder) items(depth int) int {
	return max(b.MaxItems>>(uint(min(depth, 8))+2*b.tighter), 4)
}

// cut returns how many elements of a list of n are shown at its head and tail.
func (b *builder) cut(n, depth int) (head, tail int) {
	limit := b.items(depth)
	if n <= limit {
		return n, 0
	}
	return max(limit/10, 3), max(limit/20, 2)
}

func more(n int) *node { return leaf(ellipsis + " " + group(n) + " more " + ellipsis) }

// lenComment notes the length of a list that stands at the top and is cut.
func (b *builder) lenComment(n, shown int, at place, extra string) {
	if at.top && at.depth == 0 && shown < n {
		b.comment = " // len " + strconv.Itoa(n) + extra
	}
}

func (b *builder) slice(v reflect.Value, t *Type, at place) *node {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if n, ok := b.bytes(v, t, at); ok {
			return n
		}
	}
	if v.Len() > 0 {
		k := visit{v.Pointer(), v.Len(), v.Type()}
		if b.enter(k) {
			return b.text("<cycle>")
		}
		defer b.leave(k)
	}
	return b.listValue(v, t, at)
}

// listValue writes an array or a slice, whose elements are visited only if they
// are shown.
func (b *builder) listValue(v reflect.Value, t *Type, at place) *node {
	open := "{"
	if !at.elide {
		open = b.nameOf(v.Type(), t) + open
	}
	b.left -= len(open) + len("}")
	n := v.Len()
	if n > 0 && b.deep(at.depth) {
		return leaf(open + ellipsis + "}")
	}
	head, tail := b.cut(n, at.depth)
	et := elemOf(t)
	hex := v.Type().Elem().Kind() == reflect.Uint8
	in := place{elide: true, depth: at.depth + 1}
	var kids []*node
	add := func(from, to int) int {
		for i := from; i < to; i++ {
			if b.left < 0 {
				return i - from
			}
			e := v.Index(i)
			if hex {
				kids = append(kids, b.text(hexByte(e.Uint())))
			} else {
				kids = append(kids, b.value(e, et, in))
			}
			b.left -= len(", ")
		}
		return to - from
	}
	shown := add(0, head)
	if gap := n - shown - tail; gap > 0 {
		kids = append(kids, more(gap))
	}
	if tail > 0 {
		if done := add(n-tail, n); done < tail {
			kids = append(kids, more(tail-done))
			shown += done
		} else {
			shown += tail
		}
	}
	b.lenComment(n, shown, at, "")
	return newList(open, kids, "}")
}

// maxSorted is the size up to which a map's keys are all read to sort them.
func maxSorted(depth int) int {
	if depth == 0 {
		return 10_000
	}
	return 1000 // there may be many
}

func (b *builder) mapValue(v reflect.Value, t *Type, at place) *node {
	open := "{"
	if !at.elide {
		open = b.nameOf(v.Type(), t) + open
	}
	b.left -= len(open) + len("}")
	n := v.Len()
	if n > 0 && b.deep(at.depth) {
		return leaf(open + ellipsis + "}")
	}
	k := visit{v.Pointer(), 0, v.Type()}
	if b.enter(k) {
		return b.text("<cycle>")
	}
	defer b.leave(k)

	head, tail := b.cut(n, at.depth)
	extra := ""
	var entries []entry
	limit := maxSorted(at.depth)
	if n <= limit {
		entries = sortedEntries(v, n)
		n = len(entries) // entries with NaN keys or a racing writer
		head, tail = b.cut(n, at.depth)
	} else {
		entries = sortedEntries(v, head+tail)
		extra = ", some of the keys"
	}
	var kids []*node
	shown := 0
	add := func(es []entry) {
		for _, e := range es {
			if b.left < 0 {
				return
			}
			kids = append(kids, b.entry(e, t, at.depth))
			shown++
		}
	}
	add(entries[:head])
	switch {
	case n > limit: // the rest isn't in order, so nothing stands behind it
		add(entries[head:])
		kids = append(kids, more(n-shown))
	case shown < head || tail > 0:
		kids = append(kids, more(n-shown-tail))
		add(entries[len(entries)-tail:])
	}
	b.lenComment(n, shown, at, extra)
	return newList(open, kids, "}")
}

func (b *builder) entry(e entry, t *Type, depth int) *node {
	in := place{elide: true, depth: depth + 1}
	key := writer{width: 1 << 30} // a key stays on one line
	key.writeFlat(b.value(e.key, keyOf(t), in))
	label := key.String()
	if len(label) > b.Width {
		label, _ = clip(label, b.Width)
		label += ellipsis
	}
	label += ": "
	b.left -= len(", : ")
	return b.value(e.value, elemOf(t), in).setLabel(label)
}

// group writes n with commas between its thousands.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plain reports whether s can stand in a line without quotes.
func plain(s string) bool {
	if s == "" || len(s) > 200 || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}
