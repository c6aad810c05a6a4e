package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"hash/maphash"
	"maps"

	"github.com/goherd/goherd/kernel/cell/vet"
	"github.com/goherd/goherd/kernel/interp/link"
)

// A Warning is a likely mistake in a cell that compiles.
type Warning struct {
	Pos  link.Pos
	Code string // what kind it is: "race", "copylocks"
	Text string // what is wrong
	Fix  string // how to do it right
}

// warn looks for likely mistakes in the cell. What it was warned of before, in a cell
// of the same text, it isn't again.
func (c *compilation) warn() (warnings []Warning, learned vet.Facts) {
	if c.s.Unwarned {
		return nil, nil
	}
	// The statements as written: the checker saw their variables taken out.
	body := &ast.FuncDecl{
		Name: &ast.Ident{NamePos: c.body.Lbrace, Name: "_"}, Type: &ast.FuncType{Func: c.body.Lbrace, Params: &ast.FieldList{}},
		Body: &ast.BlockStmt{Lbrace: c.body.Lbrace, List: c.stmts, Rbrace: c.body.Rbrace},
	}
	file := *c.file
	file.Decls = nil
	for _, d := range c.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body == c.body {
			continue
		}
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			continue // of the statements
		}
		file.Decls = append(file.Decls, d)
	}
	file.Decls = append(file.Decls, body)
	found, learned := vet.Check(vet.Pass{
		Fset: c.s.fset, Files: []*ast.File{&file}, Pkg: c.pkg, Info: c.info, Result: c.last, Known: c.s.facts,
		Only:   c.inCell,
		Line:   func(pos token.Pos) int { return c.s.pos(pos).Line() },
		Global: func(o types.Object) bool { return o.Parent() == c.pkg.Scope() },

		Shipped: shipped,
	})
	for _, w := range found {
		out := Warning{Pos: c.s.pos(w.Pos), Code: w.Code, Text: Readable(w.Text), Fix: Readable(w.Fix)}
		key := told{text: maphash.String(seed, c.src.Text), line: out.Pos.Line(), column: out.Pos.Column(), code: out.Code}
		if out.Pos != 0 && !c.s.told[key] {
			c.s.told[key] = true
			warnings = append(warnings, out)
		}
	}
	return warnings, learned
}

// shipped gives the parameters whose functions run in another process whatever happens. What those of
// package pool run in is known when they are called: they warn themselves.
func shipped(fn *types.Func) []int {
	if fn.Pkg() == nil || fn.Pkg().Path() != "github.com/goherd/goherd/runtime/task" || fn.Signature().Recv() != nil {
		return nil
	}
	switch fn.Name() {
	case "Go", "GoErr", "Start":
		return []int{0}
	}
	return nil
}

// told is a warning that was given.
type told struct {
	text         uint64 // hash of the cell
	line, column int
	code         string
}

var seed = maphash.MakeSeed()

// learn remembers what the cell's functions do, for warnings in later cells.
func (s *Session) learn(facts vet.Facts) { maps.Copy(s.facts, facts) }
