package cell

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/interp/link"
)

// lower makes the program that the typed engine runs.
func (c *compilation) lower() (*Program, error) {
	p := c.s.linker.Begin(&lower.Unit{Info: c.info, Pkg: c.pkg, Key: c.identity, Pos: c.s.pos, Unused: discarded, Shown: Plain})
	// Generic functions of earlier cells are lowered for the type arguments of this one.
	for _, d := range c.candidates() {
		if f, ok := d.node.(*ast.FuncDecl); ok && d.isGeneric() && !c.again[d] && c.remaining(d) != nil {
			if err := p.Declare(f); err != nil {
				return nil, c.lowering(err)
			}
		}
	}
	entry := lower.Entry{Loop: c.mode == Timeit}
	for _, d := range c.toEmit() {
		f, ok := d.node.(*ast.FuncDecl)
		if !ok {
			continue
		}
		declare := p.Declare
		if c.again[d] {
			declare = p.Renew
		}
		if err := declare(f); err != nil {
			return nil, c.lowering(err)
		}
		if slices.Contains(d.keys, "init") && f.Recv == nil {
			entry.Before = append(entry.Before, c.info.Defs[f.Name].(*types.Func))
		}
	}
	for _, id := range c.vars {
		p.Global(c.pkg.Scope().Lookup(id.Name).(*types.Var))
	}
	if c.program && c.keys["main"] {
		if main, ok := c.pkg.Scope().Lookup("main").(*types.Func); ok {
			entry.After = append(entry.After, main)
		}
	}
	entry.Imports, entry.Effects = c.sources()
	if len(c.stmts)+len(entry.Before)+len(entry.After)+len(entry.Imports) > 0 {
		entry.Stmts, entry.First = c.statements()
		if c.mode != Timeit && c.last != nil && !c.silent(c.last) {
			entry.Last, entry.Stmts = c.last, entry.Stmts[:len(entry.Stmts)-1]
			call, ok := ast.Unparen(c.last).(*ast.CallExpr)
			entry.Call = ok && !c.info.Types[call.Fun].IsType()
		}
		if err := c.overflows(entry.Last); err != nil {
			return nil, err
		}
		if err := p.Entry(entry); err != nil {
			return nil, c.lowering(err)
		}
	}
	out, err := p.Finish()
	if err != nil {
		return nil, c.lowering(err)
	}
	return &Program{
		Program: link.Program{Code: out.Encode()},
		Notes:   c.notes,
		commit: func() {
			p.Commit()
			c.commit(c.attempt())
		},
	}, nil
}

// sources returns the packages that the cell imports and that run from their source, and those of them that it only wants
// to be initialised.
func (c *compilation) sources() (out, effects []*types.Package) {
	for _, d := range c.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		for _, spec := range g.Specs {
			spec := spec.(*ast.ImportSpec)
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			if pkg, err := c.s.lib.Import(path); err == nil && c.s.linker.HasSource(pkg) {
				out = append(out, pkg)
				if spec.Name != nil && spec.Name.Name == "_" {
					effects = append(effects, pkg)
				}
			}
		}
	}
	return out, effects
}

// discarded returns what is called with a value that a statement leaves unused.
func discarded(t types.Type) string {
	if isContent(t) {
		return hostPath + ".Discarded"
	}
	return ""
}

// silent reports whether the cell's last expression is not shown.
func (c *compilation) silent(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && c.prints(call)
}

// overflows is the error of a constant that is the cell's result and that no variable can hold.
func (c *compilation) overflows(e ast.Expr) error {
	if e == nil {
		return nil
	}
	if tv := c.info.Types[e]; tv.Value != nil && !representable(tv.Value, types.Default(tv.Type)) {
		return c.fail(e.Pos(), "cannot use %s (untyped %s constant) as %s value (overflows)", tv.Value, kindName(tv.Type), types.Default(tv.Type))
	}
	return nil
}

// identity returns the name that a package-level object has for the whole session.
func (c *compilation) identity(obj types.Object) string {
	name := obj.Name()
	if old, ok := strings.CutSuffix(name, oldSuffix); ok {
		return c.s.names[old]
	}
	if f, ok := obj.(*types.Func); ok && name == "init" && f.Signature().Recv() == nil {
		return fmt.Sprintf("init%s%d", mark, obj.Pos())
	}
	if n := c.names[name]; n != "" {
		return n
	}
	return name
}

// lowering makes an error of the cell of one of lowering it.
func (c *compilation) lowering(err error) error {
	if e := (*lower.Error)(nil); errors.As(err, &e) {
		pos := e.Pos
		if pos == 0 {
			pos = link.MakePos(c.src.Serial, c.src.line0()+1, 1)
		}
		return &Error{Diagnostics: []Diagnostic{{Pos: pos, Text: Readable(e.Text)}}}
	}
	return c.fail(token.NoPos, "%v", err)
}

// lowerVars returns a program that does something with session variables.
func (s *Session) lowerVars(names []string, entry func(vars []*types.Var) lower.Entry) (*Program, error) {
	var vars []*types.Var
	for _, name := range s.usable(names) {
		vars = append(vars, s.pkg.Scope().Lookup(name).(*types.Var))
	}
	c := &compilation{s: s, pkg: s.pkg, names: s.names}
	p := s.linker.Begin(&lower.Unit{Info: &types.Info{}, Pkg: s.pkg, Key: c.identity, Pos: s.pos, Shown: Plain})
	if err := p.Entry(entry(vars)); err != nil {
		return nil, err
	}
	out, err := p.Finish()
	if err != nil {
		return nil, err
	}
	return &Program{Program: link.Program{Code: out.Encode()}}, nil
}
