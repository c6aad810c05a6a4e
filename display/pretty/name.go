package pretty

import (
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameOf is the name of a value's type: the static one if there is one.
func (b *builder) nameOf(rt reflect.Type, t *Type) string {
	if t != nil {
		return t.String()
	}
	return b.reflectName(rt, 0)
}

func (b *builder) reflectName(rt reflect.Type, depth int) string {
	if rt.Name() != "" {
		if name, ok := wrapperName(rt); ok {
			return name
		}
		if isValueInterface(rt) {
			return "interface{…}" // its methods are lost
		}
		return shortName(rt.String())
	}
	if depth > maxTypeDepth {
		return "…"
	}
	switch rt.Kind() {
	case reflect.Pointer:
		return "*" + b.reflectName(rt.Elem(), depth+1)
	case reflect.Slice:
		return "[]" + b.elemName(rt.Elem(), depth+1)
	case reflect.Array:
		return "[" + strconv.Itoa(rt.Len()) + "]" + b.elemName(rt.Elem(), depth+1)
	case reflect.Map:
		return "map[" + b.reflectName(rt.Key(), depth+1) + "]" + b.reflectName(rt.Elem(), depth+1)
	case reflect.Chan:
		elem := b.reflectName(rt.Elem(), depth+1)
		switch rt.ChanDir() {
		case reflect.RecvDir:
			return "<-chan " + elem
		case reflect.SendDir:
			return "chan<- " + elem
		}
		if strings.HasPrefix(elem, "<-") {
			elem = "(" + elem + ")"
		}
		return "chan " + elem
	case reflect.Func:
		return b.funcName(rt, depth)
	case reflect.Struct:
		return structText(rt.NumField(), func(i int) (string, string) {
			f := rt.Field(i)
			if f.Anonymous {
				return "", b.reflectName(f.Type, depth+1)
			}
			return b.fieldName(f), b.reflectName(f.Type, depth+1)
		})
	case reflect.Interface:
		if rt.NumMethod() == 0 {
			return "any"
		}
	}
	return shortName(rt.String())
}

// elemName is the name of a list's element: bytes are what a list of uint8 is
// nearly always of.
func (b *builder) elemName(rt reflect.Type, depth int) string {
	if rt == reflect.TypeFor[byte]() {
		return "byte"
	}
	return b.reflectName(rt, depth)
}

func (b *builder) funcName(rt reflect.Type, depth int) string {
	var s strings.Builder
	s.WriteString("func(")
	for i := range rt.NumIn() {
		if i > 0 {
			s.WriteString(", ")
		}
		in := rt.In(i)
		if rt.IsVariadic() && i == rt.NumIn()-1 {
			s.WriteString("..." + b.reflectName(in.Elem(), depth+1))
		} else {
			s.WriteString(b.reflectName(in, depth+1))
		}
	}
	s.WriteString(")")
	switch n := rt.NumOut(); n {
	case 0:
	case 1:
		s.WriteString(" " + b.reflectName(rt.Out(0), depth+1))
	default:
		s.WriteString(" (")
		for i := range n {
			if i > 0 {
				s.WriteString(", ")
			}
			s.WriteString(b.reflectName(rt.Out(i), depth+1))
		}
		s.WriteString(")")
	}
	return s.String()
}

// fieldName is the name of a struct field as the source has it.
func (b *builder) fieldName(f reflect.StructField) string {
	if !b.Interpreted || len(f.Name) < 2 || f.Name[0] != 'X' {
		return f.Name
	}
	// The interpreter builds its structs by reflect.StructOf, which takes
	// exported names only: it puts an X before all others.
	if r, _ := utf8.DecodeRuneInString(f.Name[1:]); unicode.IsUpper(r) {
		return f.Name
	}
	return f.Name[1:]
}

// shortName drops "main." and the directories of import paths, also within type
// arguments: "main.Pair[int,example.org/x/y.T]" becomes "Pair[int, y.T]".
func shortName(s string) string {
	if !strings.ContainsAny(s, "./,{") {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		n := strings.IndexFunc(s, func(r rune) bool {
			return r != '.' && r != '/' && r != '-' && r != '_' && r != '~' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
		switch n {
		case -1:
			n = len(s)
		case 0:
			_, n = utf8.DecodeRuneInString(s)
			out.WriteString(s[:n])
			if s[:n] == "," && len(s) > 1 && s[1] != ' ' {
				out.WriteString(" ")
			}
			s = s[n:]
			continue
		}
		word := s[:n]
		dots := "" // of "...T"
		for strings.HasPrefix(word, ".") {
			dots, word = dots+".", word[1:]
		}
		word = word[strings.LastIndexByte(word, '/')+1:]
		out.WriteString(dots + strings.TrimPrefix(word, "main."))
		s = s[n:]
	}
	return strings.ReplaceAll(out.String(), "interface {}", "any")
}
