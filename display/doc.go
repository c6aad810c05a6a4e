// Package display shows values in a notebook: HTML, pictures, formulas, any
// MIME type, updated in place, and questions to the person in front of it.
//
//	display.HTML("<b>bold</b>")            // as a statement of a cell: shown
//	h := display.Show(display.Text("0 %")) // shown now, and …
//	h.Update(display.Text("100 %"))        // … replaced
//
// The last value of a cell is shown by itself. Any type can say how it is shown,
// by methods: MIMEBundle() Bundle, or HTML, Markdown, LaTeX or SVG returning a
// string, PNG or JPEG returning bytes, JSON returning any value, String or Error.
// A text form always stands beside the others.
//
// It is not a kernel and knows none: it makes bundles and hands events to a
// [Sink], which whoever runs the program connects. Without one, as in a program
// started by go run, the text form goes to standard output and questions are
// asked there. All functions may be called from any goroutine.
package display
