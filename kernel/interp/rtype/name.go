package rtype

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// encodeName returns a name as descriptors have it. pkg is the number of a package's path
// or 0.
func encodeName(name, tag string, pkg int32, exported, embedded bool) *byte {
	b := make([]byte, 1, len(name)+len(tag)+12)
	if exported {
		b[0] |= 1 << 0
	}
	b = binary.AppendUvarint(b, uint64(len(name)))
	b = append(b, name...)
	if tag != "" {
		b[0] |= 1 << 1
		b = binary.AppendUvarint(b, uint64(len(tag)))
		b = append(b, tag...)
	}
	if pkg != 0 {
		b[0] |= 1 << 2
		b = binary.NativeEndian.AppendUint32(b, uint32(pkg))
	}
	if embedded {
		b[0] |= 1 << 3
	}
	return &b[0]
}

// decodeName returns the name at p.
func decodeName(p *byte) string {
	if p == nil {
		return ""
	}
	n, shift, i := 0, 0, 1
	for {
		c := *(*byte)(unsafe.Add(unsafe.Pointer(p), i))
		n |= int(c&0x7f) << shift
		i++
		if c < 0x80 {
			break
		}
		shift += 7
	}
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(p), i)), n)
}

type nameKey struct {
	name, pkg string
	exported  bool
}

// names has the numbers of names that are used again and again: those of methods and
// packages.
var names = map[nameKey]int32{}

// nameOff returns the number of a name, with its package if pkg isn't empty.
func nameOff(name, pkg string, exported bool) int32 {
	k := nameKey{name, pkg, exported}
	off, ok := names[k]
	if !ok {
		var p int32
		if pkg != "" {
			p = nameOff(pkg, "", false)
		}
		off = addReflectOff(unsafe.Pointer(encodeName(name, "", p, exported, false)))
		names[k] = off
	}
	return off
}

// strOff returns the number of the string of a type.
func strOff(s string) int32 {
	return addReflectOff(unsafe.Pointer(encodeName(s, "", 0, false, false)))
}

func methodName(m code.Method) int32 {
	if exported(m.Name) {
		return nameOff(m.Name, "", true)
	}
	return nameOff(m.Name, m.Path, false)
}

func exported(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(r)
}

// sortMethods returns the methods in the order in which the runtime compares method sets,
// and how many are exported.
func sortMethods(ms []code.Method) ([]code.Method, int) {
	ms = slices.Clone(ms)
	n := 0
	for _, m := range ms {
		if exported(m.Name) {
			n++
		}
	}
	slices.SortFunc(ms, func(a, b code.Method) int {
		if x, y := exported(a.Name), exported(b.Name); x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Path, b.Path))
	})
	return ms, n
}

// packageName returns the name of a package, which is taken to follow from its path by the
// usual rules: the last part, without a version.
func packageName(path string) string {
	if name := packageNames[path]; name != "" {
		return name
	}
	dir, last := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, last = path[:i], path[i+1:]
	}
	if dir != "" && isVersion(last) {
		return packageName(dir)
	}
	if i := strings.LastIndex(last, ".v"); i > 0 && isVersion(last[i+1:]) {
		last = last[:i]
	}
	return last
}

// packageNames are the names of packages, by path, that types have told; under adding.
var packageNames = map[string]string{}

// isVersion reports whether s is a v and a number.
func isVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}

// hash mixes s into h; it is FNV-1, like that of package reflect.
func hash(h uint32, s string) uint32 {
	for i := range len(s) {
		h = h*16777619 ^ uint32(s[i])
	}
	return h
}
