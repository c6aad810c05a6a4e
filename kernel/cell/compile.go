package cell

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/cell/vet"
	"github.com/goherd/goherd/kernel/interp/link"
)

// A compilation is the way of one cell through the compiler.
type compilation struct {
	s    *Session
	src  Source
	mode Mode

	l     layout
	tok   *token.File
	file  *ast.File // of the cell, changed for the checker
	body  *ast.BlockStmt
	stmts []ast.Stmt // the body as written
	last  ast.Expr   // the expression that may be the result

	program bool            // the cell is a whole program: its main runs
	inits   int             // functions called init
	decls   []*decl         // of this cell
	vars    []*ast.Ident    // that its statements declare, where they do
	varEnd  map[string]int  // offset after which the variable exists
	keys    map[string]bool // everything declared at the top level
	old     map[string]bool // variables also used as they were before this cell

	imports map[string]string  // by name: the path
	guessed map[string]bool    // names in imports that the cell doesn't import itself
	dots    []string           // paths of packages imported with a dot
	hidden  map[string]string  // packages that the cell imports under the name of a variable of its own
	shadows map[string]string  // packages that the cell uses under such a name
	length  map[*ast.Ident]int // in the text, of identifiers that have another name now

	// Of the check.
	info      *types.Info
	pkg       *types.Package
	errs      []types.Error
	again     map[*decl]bool // old declarations to be compiled again, with bodies
	gone      map[*decl]bool // that don't compile any more
	why       map[*decl]string
	stale     map[string]bool
	builtins  map[string]bool           // variables whose names the cell uses for what Go calls so, before it declares them
	moved     map[string]bool           // keys that meant something else before this cell
	earlier   map[string]string         // names of earlier types, by what they were called
	varAt     map[token.Pos]string      // the session's variables, where their declarations are
	aged      map[string]bool           // variables whose types become earlier ones
	cyclic    bool                      // a variable needs itself to get its value
	unwritten []string                  // variables of this pass that became unusable
	selected  map[*ast.SelectorExpr]int // how often they were made to select another field
	generics  map[string]string         // as the session's, with this cell's
	force     map[string]bool           // types that need a new name
	sigs      map[*decl]string

	names map[string]string // what names will be called
	gen   int
	notes []string
}

// Compile compiles a cell. The session stays as it is until the program's Commit.
// An error is of type *Error.
func (s *Session) Compile(src Source, mode Mode) (*Program, error) {
	s.suspect()
	c := s.compilation(src, mode)
	var p *Program
	err := c.guard(func() (err error) {
		if err = c.analyse(); err != nil {
			return err
		}
		if c.s.linker != nil {
			p, err = c.lower()
		} else {
			p, err = c.emit()
		}
		return err
	})
	if err != nil {
		c.forget()
		return nil, err
	}
	var learned vet.Facts
	p.Warnings, learned = c.warn()
	commit := p.commit
	p.commit = func() {
		commit()
		s.learn(learned)
	}
	return p, nil
}

// guard makes an error of a panic: a defect of ours or of go/types must not end the
// kernel.
func (c *compilation) guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if os.Getenv("GOHERD_DEBUG") != "" {
				fmt.Fprintf(os.Stderr, "%v\n%s", v, debug.Stack())
			}
			err = &Error{Diagnostics: []Diagnostic{{
				Pos:  link.MakePos(c.src.Serial, c.src.line0()+1, 1),
				Text: fmt.Sprintf("the compiler can't take this cell: internal error: %v", v),
			}}}
		}
	}()
	return f()
}

func (s *Session) compilation(src Source, mode Mode) *compilation {
	return &compilation{
		s: s, src: src, mode: mode,
		varEnd: map[string]int{}, keys: map[string]bool{}, old: map[string]bool{},
		imports: map[string]string{}, guessed: map[string]bool{},
		hidden: map[string]string{}, shadows: map[string]string{}, length: map[*ast.Ident]int{},
		again: map[*decl]bool{}, gone: map[*decl]bool{}, why: map[*decl]string{}, stale: map[string]bool{}, force: map[string]bool{},
		builtins: map[string]bool{},
		moved:    map[string]bool{}, earlier: map[string]string{}, aged: map[string]bool{}, varAt: map[token.Pos]string{}, selected: map[*ast.SelectorExpr]int{},
		names: maps.Clone(s.names), gen: s.gen,
	}
}

// analyse parses and checks the cell.
func (c *compilation) analyse() error {
	if err := c.refuseDirectives(); err != nil {
		return err
	}
	text, chunks, err := split(c.src)
	if err != nil {
		return err
	}
	c.src.Text = text
	if chunks, err = c.packages(chunks); err != nil {
		return err
	}
	if err := c.load(chunks); err != nil {
		return err
	}
	if c.program && c.s.linker == nil {
		if sorted := c.initOrder(chunks); sorted != nil {
			c.forget()
			*c = *c.s.compilation(c.src, c.mode)
			c.program = true
			if err := c.load(sorted); err != nil {
				return err
			}
		}
	}
	err = c.check()
	if c.cyclic && c.s.linker != nil && !c.program && len(c.stmts) > 0 && c.allDecls() {
		// It was taken for declarations in any order.
		c.forget()
		*c = *c.s.compilation(c.src, c.mode)
		c.cyclic = true
		if err := c.load(chunks); err != nil {
			return err
		}
		err = c.check()
	}
	if err != nil {
		return err
	}
	if c.s.linker != nil {
		return nil
	}
	return c.limits()
}

// load parses the chunks and finds out what their names are.
func (c *compilation) load(chunks []chunk) error {
	if err := c.parse(chunks); err != nil {
		return err
	}
	if c.s.linker != nil {
		c.ownNames()
	}
	if err := c.declare(); err != nil {
		return err
	}
	return c.resolve()
}

// initOrder returns the chunks of a program with its variables in the order in which
// Go initialises them, nil if they are: in a program, unlike in a cell, that isn't
// the order of the text.
func (c *compilation) initOrder(chunks []chunk) []chunk {
	c.pass()
	if len(c.errs) > 0 {
		return nil
	}
	var first, rest []int // statements
	placed := make([]bool, len(c.stmts))
	for _, init := range c.info.InitOrder {
		for i, stmt := range c.stmts {
			if !placed[i] && init.Rhs.Pos() >= stmt.Pos() && init.Rhs.End() <= stmt.End() {
				placed[i] = true
				first = append(first, i)
			}
		}
	}
	for i := range c.stmts {
		if !placed[i] {
			rest = append(rest, i)
		}
	}
	order := append(first, rest...)
	if slices.IsSorted(order) {
		return nil
	}
	var out, stmts []chunk
	for _, ch := range chunks {
		if ch.kind == stmtChunk {
			stmts = append(stmts, ch)
		} else {
			out = append(out, ch)
		}
	}
	if len(stmts) != len(order) {
		return nil
	}
	for _, i := range order {
		out = append(out, stmts[i])
	}
	return out
}

// forget lets go of the syntax of a cell that is of no further use.
func (c *compilation) forget() {
	if c.tok != nil {
		c.s.fset.RemoveFile(c.tok)
	}
}

// fail returns an error at a place of the cell.
func (c *compilation) fail(pos token.Pos, format string, args ...any) *Error {
	return &Error{Diagnostics: []Diagnostic{{Pos: c.s.pos(pos), Text: Readable(fmt.Sprintf(format, args...))}}}
}

// pos returns the place in a cell that a position of the file stands for.
func (s *Session) pos(pos token.Pos) link.Pos {
	return link.Place(s.fset.Position(pos))
}

// packages takes package clauses out: they make the cell a program.
func (c *compilation) packages(chunks []chunk) ([]chunk, error) {
	for _, ch := range chunks {
		if ch.kind != packageChunk {
			continue
		}
		c.program = true
		if name := strings.TrimSpace(strings.TrimPrefix(c.src.Text[ch.start:ch.end], "package")); name != "main" {
			return nil, &Error{Diagnostics: []Diagnostic{{
				Pos:  link.MakePos(c.src.Serial, ch.line, ch.col),
				Text: fmt.Sprintf("package %s: a cell is part of package main; without this line its names become the session's", name),
			}}}
		}
	}
	return slices.DeleteFunc(chunks, func(ch chunk) bool { return ch.kind == packageChunk }), nil
}

func (c *compilation) parse(chunks []chunk) error {
	c.l = arrange(c.src.Serial, c.src.Text, chunks)
	file, err := parser.ParseFile(c.s.fset, "", c.l.text, 0)
	if file != nil {
		c.tok = c.s.fset.File(file.FileStart)
	}
	if err != nil {
		return c.syntaxErrors(chunks)
	}
	c.file = file
	return nil
}

// syntaxErrors parses each chunk by itself, so that an error in one leads to none in
// the next.
func (c *compilation) syntaxErrors(chunks []chunk) error {
	out := &Error{}
	for _, ch := range chunks {
		head, tail := "package main\n", "\n"
		if ch.kind == stmtChunk {
			head, tail = head+bodyHead, "\n}\n"
		}
		head += link.LineComment(c.src.Serial, ch.line, ch.col)
		fset := token.NewFileSet()
		_, err := parser.ParseFile(fset, "", head+c.src.Text[ch.start:ch.end]+tail, parser.SkipObjectResolution)
		var list scanner.ErrorList
		if !errors.As(err, &list) {
			continue
		}
		found := 0
		end := len(head) + ch.end - ch.start
		for _, e := range list {
			if e.Pos.Offset < end {
				out.Diagnostics = append(out.Diagnostics, Diagnostic{link.Place(e.Pos), "syntax error: " + e.Msg})
				found++
			}
		}
		if found == 0 { // the chunk, which then is the last, wants more
			var last token.Position
			fset.Iterate(func(f *token.File) bool {
				last = f.Position(f.Pos(end))
				return false
			})
			what, _, _ := strings.Cut(list[0].Msg, ", found")
			out.Diagnostics = append(out.Diagnostics, Diagnostic{link.Place(last), "syntax error: " + what + ", found the end of the cell"})
		}
	}
	if len(out.Diagnostics) == 0 {
		out.Diagnostics = []Diagnostic{{link.MakePos(c.src.Serial, c.src.line0()+1, 1), "syntax error in the cell as a whole"}}
	}
	return out.sorted()
}

// offset returns where in the file's text a position is.
func (c *compilation) offset(pos token.Pos) int { return c.tok.Offset(pos) }

// inCell reports whether pos is in the text of the cell being compiled.
func (c *compilation) inCell(pos token.Pos) bool {
	return pos.IsValid() && int(pos) >= c.tok.Base() && int(pos) <= c.tok.Base()+c.tok.Size()
}

// inBody reports whether pos is in the statements of the cell.
func (c *compilation) inBody(pos token.Pos) bool { return pos > c.body.Lbrace && pos < c.body.Rbrace }
