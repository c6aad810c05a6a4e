// Package vet warns about what a cell does that Go allows and that is still a
// mistake: variables that goroutines change at the same time, locks that are copied
// or never released, channels that nobody will ever read, errors that are dropped,
// and what go vet's own analyzers find.
//
// It errs on the side of silence. A warning on a correct program teaches the reader
// to look away, so everything here needs a reason to speak, and whatever might order
// two goroutines counts as if it did.
//
// It looks at syntax and types only: no package is loaded and nothing is run. What it
// learns about the functions of a cell ([Facts]) makes it see through calls of them in
// later cells, where their bodies are not at hand.
package vet

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// A Pass is one cell to be looked at, parsed and checked without errors.
type Pass struct {
	Fset  *token.FileSet
	Files []*ast.File // the cell; its statements in a function named _
	Pkg   *types.Package
	// Info needs Types, Defs, Uses, Selections, Implicits, Instances, Scopes and
	// FileVersions. Where a map is nil, the checks that need it find nothing. The
	// function of the statements may be missing in it: Check enters it.
	Info  *types.Info
	Sizes types.Sizes // nil: those of gc on amd64

	// Result is the expression whose value the cell shows; nil if there is none.
	Result ast.Expr
	// Global tells the variables that outlive the cell; nil: those of the package.
	Global func(types.Object) bool
	// Shipped gives the indexes of the parameters whose functions run in another
	// process; nil: there are none.
	Shipped func(*types.Func) []int
	// Only says where to report; nil: everywhere.
	Only func(token.Pos) bool
	// Line gives the line that a text is to name; nil: that of Fset.
	Line func(token.Pos) int
	// Known is what earlier cells have taught. Check only reads it.
	Known Facts
}

// A Warning is one likely mistake.
type Warning struct {
	Pos, End token.Pos
	Code     string // what kind it is: "race", "copylocks"; stable
	Text     string // one sentence: what is wrong
	Fix      string // one sentence: how to do it right
}

// Facts is what is known of the functions of a session, by name: "f" for a function,
// "T.M" for a method. It holds no syntax and no types, so it keeps no cell in memory.
type Facts map[string]*Fact

// A Fact is what is known of one function.
type Fact struct {
	trace *trace          // what it does to memory that others see; nil if unknown
	facts []analysis.Fact // of analyzers
}

// Check returns the warnings of a cell in the order of its text, and what it teaches
// about the functions that it declares. The caller adds that to its Facts if the cell
// takes effect.
//
// A defect in an analysis costs the results of that analysis and nothing else.
func Check(p Pass) ([]Warning, Facts) {
	p.fill()
	c := &checker{Pass: &p, learned: Facts{}, useless: map[token.Pos]bool{}}
	for _, check := range []func(*checker){blocks, ignored, waitGroups, races, shipped, analyzers} {
		c.guard(check)
	}
	return c.sorted(), c.learned
}

// fill puts the defaults in, and what a file that was put together after the check
// lacks in Info: analyzers rely on it.
func (p *Pass) fill() {
	for _, f := range p.Files {
		if v := p.Info.FileVersions; v != nil && v[f] == "" {
			v[f] = p.Pkg.GoVersion()
		}
		for _, d := range f.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok && fd.Recv == nil && p.Info.Defs[fd.Name] == nil {
				p.Info.Defs[fd.Name] = types.NewFunc(fd.Name.Pos(), p.Pkg, fd.Name.Name, types.NewSignatureType(nil, nil, nil, nil, nil, false))
			}
		}
	}
	if p.Sizes == nil {
		p.Sizes = types.SizesFor("gc", "amd64")
	}
	if p.Global == nil {
		p.Global = func(o types.Object) bool { return o.Parent() == p.Pkg.Scope() }
	}
	if p.Shipped == nil {
		p.Shipped = func(*types.Func) []int { return nil }
	}
	if p.Only == nil {
		p.Only = func(token.Pos) bool { return true }
	}
	if p.Line == nil {
		p.Line = func(pos token.Pos) int { return p.Fset.Position(pos).Line }
	}
}

// A checker collects the warnings of one pass.
type checker struct {
	*Pass
	warnings []Warning
	learned  Facts
	useless  map[token.Pos]bool // returns with an unlock right after them
}

// panicked is told of panics in analyses; for tests.
var panicked func(any)

// guard runs one analysis. If it panics, it has said nothing.
func (c *checker) guard(check func(*checker)) {
	n := len(c.warnings)
	defer func() {
		if r := recover(); r != nil {
			c.warnings = c.warnings[:n]
			if panicked != nil {
				panicked(r)
			}
		}
	}()
	check(c)
}

func (c *checker) warn(w Warning) {
	if c.Only(w.Pos) {
		c.warnings = append(c.warnings, w)
	}
}

// at warns of a node.
func (c *checker) at(n ast.Node, code, text, fix string) {
	c.warn(Warning{n.Pos(), n.End(), code, text, fix})
}

// sorted returns the warnings in the order of the text, one for each place and code.
func (c *checker) sorted() []Warning {
	slices.SortStableFunc(c.warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Code, b.Code))
	})
	return slices.CompactFunc(c.warnings, func(a, b Warning) bool { return a.Pos == b.Pos && a.Code == b.Code })
}

// fact returns the entry of a function of this cell, made if need be.
func (c *checker) fact(key string) *Fact {
	f := c.learned[key]
	if f == nil {
		f = &Fact{}
		c.learned[key] = f
	}
	return f
}

// known returns what is known of a function: of this cell first, then of the session.
func (c *checker) known(key string) *Fact {
	if f := c.learned[key]; f != nil {
		return f
	}
	return c.Known[key]
}

// key names a function or method of the session; "" if it is none.
func (c *checker) key(fn *types.Func) string {
	if fn == nil || fn.Pkg() != c.Pkg {
		return ""
	}
	recv := fn.Signature().Recv()
	if recv == nil {
		return fn.Name()
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok && !types.IsInterface(n) {
		return n.Obj().Name() + "." + fn.Name()
	}
	return ""
}

// callee returns the function or method that a call names; nil for a func value, a
// builtin, a conversion.
func (c *checker) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	var id *ast.Ident
	switch x := fun.(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	fn, _ := c.Info.Uses[id].(*types.Func)
	if fn != nil {
		fn = fn.Origin()
	}
	return fn
}

// named returns the package path and name of a defined type, or of what a pointer
// points to.
func named(t types.Type) (path, name string) {
	if t == nil {
		return "", ""
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, ok := t.(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return "", ""
	}
	return n.Obj().Pkg().Path(), n.Obj().Name()
}

// method splits a function into the package and type of its receiver and its name:
// "sync", "Mutex", "Lock". typ is "" for a plain function.
func method(fn *types.Func) (path, typ, name string) {
	if fn == nil || fn.Pkg() == nil {
		return "", "", ""
	}
	if recv := fn.Signature().Recv(); recv != nil {
		_, typ = named(recv.Type())
		if typ == "" {
			typ = "?"
		}
	}
	return fn.Pkg().Path(), typ, fn.Name()
}
