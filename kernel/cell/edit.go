package cell

import (
	"cmp"
	"slices"
	"strings"
)

// An edit replaces bytes of a text. Insertions at one offset keep their order and
// come before what is replaced there.
type edit struct {
	at, n int
	text  string
}

// A ref is a place in a text that names a session object or a package. What it is
// called in the interpreter is known when the text is emitted.
type ref struct {
	at, n int
	name  string // of the session object
	path  string // or of the package
}

// apply makes edits that do not overlap.
func apply(text string, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(min(a.n, 1), min(b.n, 1)))
	})
	var b strings.Builder
	pos := 0
	for _, e := range edits {
		if e.at < pos { // within what an earlier edit replaced
			continue
		}
		b.WriteString(text[pos:e.at])
		b.WriteString(e.text)
		pos = e.at + e.n
	}
	b.WriteString(text[pos:])
	return b.String()
}
