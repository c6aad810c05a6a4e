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
	"slices"
	"strconv"
	"strings"

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
	imports map[string]string
	dots    []string

	// Of the check.
	info  *types.Info
	pkg   *types.Package
	errs  []types.Error
	again map[*decl]bool // old declarations to be compiled again, with bodies
	gone  map[*decl]bool // that don't compile any more
	stale map[string]bool
	force map[string]bool  // types that need a new name
	sigs  map[*decl]string // of functions that are compiled

	names map[string]string // what names will be called
	gen   int
	notes []string
}

// Compile compiles a cell. The session stays as it is until the program's Commit.
// An error is of type *Error.
func (s *Session) Compile(src Source, mode Mode) (*Program, error) {
	c := &compilation{
		s: s, src: src, mode: mode,
		varEnd: map[string]int{}, keys: map[string]bool{}, old: map[string]bool{}, imports: map[string]string{},
		again: map[*decl]bool{}, gone: map[*decl]bool{}, stale: map[string]bool{}, force: map[string]bool{}, sigs: map[*decl]string{},
		names: maps.Clone(s.names), gen: s.gen,
	}
	if err := c.parse(); err != nil {
		return nil, err
	}
	if err := c.declare(); err != nil {
		return nil, err
	}
	if err := c.resolve(); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c.emit()
}

// fail returns an error at a place of the cell.
func (c *compilation) fail(pos token.Pos, format string, args ...any) *Error {
	return &Error{Diagnostics: []Diagnostic{{Pos: c.s.pos(pos), Text: fmt.Sprintf(format, args...)}}}
}

// pos returns the place in a cell that a position of the file stands for.
func (s *Session) pos(pos token.Pos) link.Pos {
	return link.Place(s.fset.Position(pos))
}

func (c *compilation) parse() error {
	chunks, err := split(c.src)
	if err != nil {
		return err
	}
	for _, ch := range chunks {
		c.program = c.program || ch.kind == packageChunk
	}
	c.l = arrange(c.src, chunks)
	c.file, err = parser.ParseFile(c.s.fset, "", c.l.text, parser.AllErrors)
	if err != nil {
		var list scanner.ErrorList
		if !errors.As(err, &list) {
			return c.fail(0, "%v", err)
		}
		out := &Error{}
		for _, e := range list {
			out.Diagnostics = append(out.Diagnostics, Diagnostic{Pos: link.Place(e.Pos), Text: "syntax error: " + e.Msg})
		}
		out.sort()
		return out
	}
	c.tok = c.s.fset.File(c.file.FileStart)
	return nil
}

// offset returns where in the file's text a position is.
func (c *compilation) offset(pos token.Pos) int { return c.tok.Offset(pos) }

// declare finds what the cell declares, and turns variables of its statements into
// variables of the package, for the checker.
func (c *compilation) declare() error {
	piece := 0
	var decls []ast.Decl // what the checker gets
	for _, n := range c.file.Decls {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == entry && f.Recv == nil {
			c.body = f.Body
			decls = append(decls, n)
			continue
		}
		p := c.l.pieces[piece]
		piece++
		decls = append(decls, n)
		if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			if err := c.explicitImports(g); err != nil {
				return err
			}
			continue
		}
		at := c.s.pos(n.Pos())
		d := &decl{
			keys: keysOf(n), node: n, serial: c.src.Serial, line: at.Line(), col: at.Column(),
			text: c.src.Text[p.src : p.src+p.n], uses: map[string]bool{}, imports: map[string]bool{},
		}
		c.decls = append(c.decls, d)
		for _, k := range d.keys {
			if k == "init" {
				c.inits++
				continue
			}
			c.keys[k] = true
		}
	}
	c.stmts = slices.Clone(c.body.List)
	if n := len(c.stmts); n > 0 && !c.program {
		if e, ok := c.stmts[n-1].(*ast.ExprStmt); ok {
			c.last = e.X
		}
	}
	vars, err := c.hoist()
	if err != nil {
		return err
	}
	c.file.Decls = append(decls, vars...)
	return nil
}

// explicitImports records the imports of the cell.
func (c *compilation) explicitImports(g *ast.GenDecl) error {
	for _, spec := range g.Specs {
		spec := spec.(*ast.ImportSpec)
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return c.fail(spec.Pos(), "invalid import path %s", spec.Path.Value)
		}
		if p == "C" {
			return c.fail(spec.Pos(), "import \"C\": a cell is interpreted and can't use cgo")
		}
		name := ""
		if spec.Name != nil {
			name = spec.Name.Name
		}
		switch name {
		case "_":
		case ".":
			c.dots = append(c.dots, p)
		case "":
			c.imports[c.s.localName(p)] = p
		default:
			c.imports[name] = p
		}
	}
	return nil
}

// hoist takes the declarations of variables out of the body, for the checker, and
// returns them as declarations of the package.
func (c *compilation) hoist() ([]ast.Decl, error) {
	var out []ast.Decl
	var rest []ast.Stmt
	add := func(spec *ast.ValueSpec) {
		out = append(out, &ast.GenDecl{TokPos: spec.Pos(), Tok: token.VAR, Specs: []ast.Spec{spec}})
	}
	define := func(id *ast.Ident, end token.Pos) {
		c.vars = append(c.vars, id)
		c.varEnd[id.Name] = c.offset(end)
		c.keys[id.Name] = true
	}
	for _, stmt := range c.body.List {
		if g, ok := stmt.(*ast.DeclStmt); ok {
			for _, spec := range g.Decl.(*ast.GenDecl).Specs {
				spec := spec.(*ast.ValueSpec)
				for _, id := range spec.Names {
					if id.Name == "_" {
						continue
					}
					if _, ok := c.varEnd[id.Name]; ok {
						return nil, c.fail(id.Pos(), "%s redeclared in this cell", id.Name)
					}
					define(id, spec.End())
				}
				add(spec)
			}
			continue
		}
		a, ok := stmt.(*ast.AssignStmt)
		if !ok || a.Tok != token.DEFINE {
			rest = append(rest, stmt)
			continue
		}
		spec := &ast.ValueSpec{Values: a.Rhs}
		fresh := 0
		for i, lhs := range a.Lhs {
			id, ok := lhs.(*ast.Ident)
			if !ok {
				return nil, c.fail(lhs.Pos(), "non-name on left side of :=")
			}
			if _, again := c.varEnd[id.Name]; again && id.Name != "_" {
				// The variable exists: it is assigned, and the checker sees that in
				// a statement of its own.
				tmp := ast.NewIdent(fmt.Sprintf("%s%s%d_%d", id.Name, mark, c.offset(a.Pos()), i))
				tmp.NamePos = id.NamePos
				spec.Names = append(spec.Names, tmp)
				use := ast.NewIdent(tmp.Name)
				use.NamePos = id.NamePos
				target := ast.NewIdent(id.Name)
				target.NamePos = id.NamePos
				rest = append(rest, &ast.AssignStmt{Lhs: []ast.Expr{target}, TokPos: a.TokPos, Tok: token.ASSIGN, Rhs: []ast.Expr{use}})
				continue
			}
			spec.Names = append(spec.Names, id)
			if id.Name != "_" {
				fresh++
				define(id, a.End())
			}
		}
		if fresh == 0 {
			return nil, c.fail(a.TokPos, "no new variables on left side of :=")
		}
		add(spec)
	}
	c.body.List = rest
	return out, nil
}

// resolve looks at the names that the cell itself doesn't declare where they are
// used: packages to import, and variables as they were before this cell.
func (c *compilation) resolve() error {
	selected := map[*ast.Ident]string{} // x of x.Name: Name
	ast.Inspect(c.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				selected[id] = sel.Sel.Name
			}
		}
		return true
	})
	var specs []ast.Spec
	seen := map[string]bool{}
	for _, id := range c.file.Unresolved {
		name := id.Name
		if _, declared := c.varEnd[name]; declared {
			inBody := id.Pos() > c.body.Lbrace && id.Pos() < c.body.Rbrace
			if !inBody || c.offset(id.Pos()) >= c.varEnd[name] {
				continue
			}
			if v := c.s.vars[name]; v == nil || v.stale {
				return c.fail(id.Pos(), "undefined: %s (the cell declares it below)", name)
			}
			id.Name = name + mark + "old"
			c.old[name] = true
			continue
		}
		member, isPackage := selected[id]
		if !isPackage || seen[name] || c.keys[name] || c.imports[name] != "" || c.known(name) {
			continue
		}
		seen[name] = true
		p := c.s.imports[name]
		if p == "" {
			p = c.guess(name, member)
		}
		if p != "" {
			c.imports[name] = p
			specs = append(specs, importSpec(name, p))
		}
	}
	for p := range c.dotted() {
		specs = append(specs, importSpec(".", p))
	}
	if len(specs) > 0 {
		c.file.Decls = append([]ast.Decl{importDecl(specs)}, c.file.Decls...)
	}
	return nil
}

// dotted returns the packages that earlier cells imported with a dot.
func (c *compilation) dotted() map[string]bool {
	out := map[string]bool{}
	for name, p := range c.s.imports {
		if strings.HasPrefix(name, ".") && !slices.Contains(c.dots, p) {
			out[p] = true
		}
	}
	return out
}

// known reports whether name is declared by the session or by Go.
func (c *compilation) known(name string) bool {
	if c.s.vars[name] != nil || types.Universe.Lookup(name) != nil {
		return true
	}
	for _, d := range c.s.decls {
		if slices.Contains(d.live(), name) {
			return true
		}
	}
	return false
}

// guess returns the path of the package that the cell means by name, which has that
// member; "" if there is none.
func (c *compilation) guess(name, member string) string {
	paths := c.s.lib.ByName(name)
	for _, p := range paths {
		if pkg, err := c.s.lib.Import(p); err == nil && ast.IsExported(member) && pkg.Scope().Lookup(member) != nil {
			return p
		}
	}
	if len(paths) > 0 {
		return paths[0]
	}
	return ""
}
