package cell

import (
	"cmp"
	"slices"
	"strings"
)

// An edit replaces bytes of a text, or inserts where n is 0. At one offset come
// first the insertions that close something (after), the innermost, which is the
// last that was made, first; then those that open something, the outermost first;
// then the replacement.
type edit struct {
	at, n int
	text  string
	after bool
}

func (e edit) rank() int {
	switch {
	case e.n > 0:
		return 2
	case e.after:
		return 0
	}
	return 1
}

// apply makes edits, which must be in the order in which they were made. What lies
// within a replacement vanishes with it.
func apply(text string, edits []edit) string {
	order := make([]int, len(edits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := edits[i], edits[j]
		made := cmp.Compare(i, j)
		if a.after && b.after {
			made = -made
		}
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank(), b.rank()), made)
	})
	var b strings.Builder
	pos := 0
	for _, i := range order {
		e := edits[i]
		if e.at < pos { // within what was replaced
			continue
		}
		b.WriteString(text[pos:e.at])
		b.WriteString(e.text)
		pos = e.at + e.n
	}
	b.WriteString(text[pos:])
	return b.String()
}
