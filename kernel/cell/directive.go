package cell

import (
	"go/scanner"
	"go/token"
	"strings"

	"github.com/goherd/goherd/kernel/interp/link"
)

// directives are comments that change what a program means and that mean nothing in a
// cell, with what to do.
var directives = []struct{ prefix, instead string }{
	{"//go:embed ", "a cell has no folder of sources to embed files from: read the file with os.ReadFile or os.DirFS"},
	{"//go:linkname ", "a cell can't be linked with another package: call what the package exports"},
	{"//go:wasmimport ", "a cell isn't compiled for WebAssembly"},
	{"//export ", "a cell can't export functions to C"},
}

// refuseDirectives reports comments that would be ignored without a word.
func (c *compilation) refuseDirectives() error {
	if !strings.Contains(c.src.Text, "//go:") && !strings.Contains(c.src.Text, "//export ") {
		return nil
	}
	out := &Error{}
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(c.src.Text))
	var s scanner.Scanner
	s.Init(file, []byte(c.src.Text), nil, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok != token.COMMENT {
			continue
		}
		for _, d := range directives {
			if strings.HasPrefix(lit, d.prefix) {
				at := file.Position(pos)
				out.Diagnostics = append(out.Diagnostics, Diagnostic{
					Pos:  link.MakePos(c.src.Serial, c.src.line0()+at.Line, at.Column),
					Text: strings.TrimPrefix(strings.TrimSpace(d.prefix), "//") + ": " + d.instead,
				})
			}
		}
	}
	if len(out.Diagnostics) > 0 {
		return out.sorted()
	}
	return nil
}
