package pretty

import (
	"strings"
	"unicode/utf8"
)

// A node is a piece of text, or a list between brackets that stands on one line
// if it fits and on several if not.
type node struct {
	label string // "X: " before a field's value, `"key": ` before a map's
	text  string // a leaf's text
	open  string // a list's head, for example "Point{"
	kids  []*node
	end   string // a list's foot, "}" and perhaps a note
	list  bool
	flat  int // width in columns on one line, with the label
}

func leaf(text string) *node { return &node{text: text, flat: utf8.RuneCountInString(text)} }

// newList measures: kids' widths must be final.
func newList(open string, kids []*node, end string) *node {
	n := &node{open: open, kids: kids, end: end, list: true}
	n.flat = utf8.RuneCountInString(open) + utf8.RuneCountInString(end)
	for i, k := range kids {
		if i > 0 {
			n.flat += len(", ")
		}
		n.flat += k.flat
	}
	return n
}

func (n *node) setLabel(s string) *node {
	n.label = s
	n.flat += utf8.RuneCountInString(s)
	return n
}

// before puts s before the node's own text, after its label.
func (n *node) before(s string) *node {
	if n.list {
		n.open = s + n.open
	} else {
		n.text = s + n.text
	}
	n.flat += utf8.RuneCountInString(s)
	return n
}

// after puts s behind the node.
func (n *node) after(s string) *node {
	if n.list {
		n.end += s
	} else {
		n.text += s
	}
	n.flat += utf8.RuneCountInString(s)
	return n
}

const indentStep = "    "

type writer struct {
	strings.Builder
	width int
}

// write puts n at column col; lines of its own begin with indent. tail is the
// width of what follows on the last line.
func (w *writer) write(n *node, indent string, col, tail int) {
	if !n.list || len(n.kids) == 0 || col+n.flat+tail <= w.width {
		w.writeFlat(n)
		return
	}
	inner := indent + indentStep
	w.WriteString(n.label + n.open + "\n")
	if n.dense() {
		w.fill(n.kids, inner)
	} else {
		for _, k := range n.kids {
			w.WriteString(inner)
			w.write(k, inner, len(inner), len(","))
			w.WriteString(",\n")
		}
	}
	w.WriteString(indent + n.end)
}

func (w *writer) writeFlat(n *node) {
	w.WriteString(n.label)
	if !n.list {
		w.WriteString(n.text)
		return
	}
	w.WriteString(n.open)
	for i, k := range n.kids {
		if i > 0 {
			w.WriteString(", ")
		}
		w.writeFlat(k)
	}
	w.WriteString(n.end)
}

// dense reports whether the elements are so short that several share a line.
func (n *node) dense() bool {
	const short = 24
	for _, k := range n.kids {
		if k.list || k.label != "" || k.flat > short {
			return false
		}
	}
	return true
}

func (w *writer) fill(kids []*node, indent string) {
	col := 0
	for _, k := range kids {
		switch {
		case col == 0:
			w.WriteString(indent)
			col = len(indent)
		case col+len(" ")+k.flat+len(",") > w.width:
			w.WriteString("\n" + indent)
			col = len(indent)
		default:
			w.WriteString(" ")
			col++
		}
		w.writeFlat(k)
		w.WriteString(",")
		col += k.flat + len(",")
	}
	w.WriteString("\n")
}
