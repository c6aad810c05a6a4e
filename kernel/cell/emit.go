package cell

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/goherd/goherd/display/pretty"
)

// hostPath is the package that the interpreter offers to the compiler's output, and
// host the name under which it is imported.
const (
	hostPath = "goherd/host"
	host     = "host" + mark
)

// emit writes the program that the interpreter runs.
func (c *compilation) emit() (*Program, error) {
	paths := map[string]bool{}
	body, err := c.emitBody(paths)
	if err != nil {
		return nil, err
	}
	for _, d := range c.decls {
		c.study(d)
	}
	var decls strings.Builder
	for _, d := range c.toEmit() {
		maps.Copy(paths, d.imports)
		if d.host {
			paths[hostPath] = true
		}
		decls.WriteString(d.source(c.names, func(key string) bool { return c.taken(d, key) }))
	}
	// Variables that the interpreter doesn't have yet.
	for _, id := range c.vars {
		if name := c.names[id.Name]; c.s.vars[id.Name] == nil || name != c.s.names[id.Name] {
			t := c.pkg.Scope().Lookup(id.Name).Type()
			fmt.Fprintf(&decls, "var %s %s\n", name, newPrinter(c.pkg, c.names, paths).text(t))
		}
	}
	p := &Program{Notes: c.notes}
	if body.text != "" {
		p.Entry = entry
		p.Types = body.types
	}
	p.Source = header(paths) + decls.String() + body.text
	a := c.attempt()
	c.s.pending = a
	p.commit = func() { c.commit(a) }
	return p, nil
}

// header begins a file that imports packages.
func header(paths map[string]bool) string {
	text := "package main\n"
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		text += fmt.Sprintf("import %s %q\n", alias(path), path)
	}
	return text
}

func (c *compilation) initName(i int) string {
	return fmt.Sprintf("init%s%d_%d", mark, c.tok.Base(), i)
}

// toEmit returns the declarations that the program contains: the cell's own and the
// old ones that depend on what changed, without types and constants that the
// interpreter has.
func (c *compilation) toEmit() []*decl {
	out := slices.Clone(c.decls)
	for d := range c.again {
		out = append(out, d)
	}
	slices.SortFunc(out, byPos)
	return slices.DeleteFunc(out, func(d *decl) bool {
		kept := c.kept(d)
		if d.isFunc() {
			return len(kept) == 0
		}
		return !slices.ContainsFunc(kept, func(k string) bool { return c.names[k] != c.s.names[k] })
	})
}

// study records which bytes of a declaration of the cell the interpreter gets
// otherwise.
func (c *compilation) study(d *decl) {
	start := c.offset(d.node.Pos())
	w := &walker{c: c, paths: map[string]bool{}}
	w.ref = func(at, n int, r ref) {
		r.at, r.n = at-start, n
		d.refs = append(d.refs, r)
	}
	w.edit = func(e edit) {
		e.at -= start
		d.edits = append(d.edits, e)
	}
	w.walk(d.node, nil)
	d.host = w.paths[hostPath]
	if f, ok := d.node.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
		i := 0
		for _, other := range c.decls[:slices.Index(c.decls, d)] {
			if slices.Contains(other.keys, "init") {
				i++
			}
		}
		d.edits = append(d.edits, edit{at: c.offset(f.Name.Pos()) - start, n: len("init"), text: c.initName(i)})
	}
}

// A bodyText is the entry function of a program, "" if there is nothing to run.
type bodyText struct {
	text  string
	types []byte
}

func (c *compilation) emitBody(paths map[string]bool) (bodyText, error) {
	if len(c.stmts) == 0 && c.inits == 0 && !(c.program && c.keys["main"]) {
		return bodyText{}, nil
	}
	e := &bodyEmitter{c: c, base: c.offset(c.body.Lbrace) + 1, paths: paths, desc: newDescriber(c.pkg)}
	if err := e.stmts(); err != nil {
		return bodyText{}, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "func %s() {\n", entry)
	for i := range c.inits {
		fmt.Fprintf(&b, "%s()\n", c.initName(i))
	}
	if c.mode == Timeit {
		paths[hostPath] = true
		fmt.Fprintf(&b, "for i%s, n%s := 0, %s.Loops(); i%s < n%s; i%s++ {\n", mark, mark, host, mark, mark, mark)
	}
	b.WriteString(settle(apply(c.l.text[e.base:c.offset(c.body.Rbrace)], e.edits), c.names))
	if c.mode == Timeit {
		b.WriteString("}\n")
	}
	if c.program && c.keys["main"] {
		fmt.Fprintf(&b, "%s()\n", c.names["main"])
	}
	b.WriteString("}\n")
	raw, err := pretty.Encode(e.desc.types...)
	if err != nil {
		return bodyText{}, c.fail(c.body.Pos(), "describing the cell's value: %v", err)
	}
	return bodyText{b.String(), raw}, nil
}

// A bodyEmitter changes the statements of a cell into what the interpreter runs.
type bodyEmitter struct {
	c     *compilation
	base  int // offset in the file where the statements begin
	edits []edit
	paths map[string]bool
	desc  *describer
}

func (e *bodyEmitter) insert(pos token.Pos, text string) {
	e.edits = append(e.edits, edit{at: e.c.offset(pos) - e.base, text: text})
}

func (e *bodyEmitter) insertAfter(pos token.Pos, text string) {
	e.edits = append(e.edits, edit{at: e.c.offset(pos) - e.base, text: text, after: true})
}

func (e *bodyEmitter) replace(from, to token.Pos, text string) {
	at := e.c.offset(from)
	e.edits = append(e.edits, edit{at: at - e.base, n: e.c.offset(to) - at, text: text})
}

func (e *bodyEmitter) walk(n, parent ast.Node) {
	w := &walker{c: e.c, paths: e.paths}
	w.edit = func(ed edit) {
		ed.at -= e.base
		e.edits = append(e.edits, ed)
	}
	w.ref = func(at, n int, r ref) {
		text := r.called(e.c.names)
		if old, ok := strings.CutSuffix(r.name, oldSuffix); ok {
			text = e.c.s.names[old]
		}
		w.edit(edit{at: at, n: n, text: text})
	}
	w.walk(n, parent)
}

func (e *bodyEmitter) stmts() error {
	c := e.c
	for _, stmt := range c.stmts {
		switch stmt := stmt.(type) {
		case *ast.DeclStmt:
			e.varStmt(stmt.Decl.(*ast.GenDecl))
			continue
		case *ast.AssignStmt:
			if stmt.Tok == token.DEFINE {
				e.replace(stmt.TokPos, stmt.TokPos+2, "=")
			}
		case *ast.ExprStmt:
			if stmt.X == c.last && c.mode != Timeit {
				if err := e.result(stmt); err != nil {
					return err
				}
				continue
			}
			if stmt.X == c.last && needsValue(stmt.X) { // timed
				e.insert(stmt.Pos(), "_ = ")
			}
		}
		e.walk(stmt, nil)
	}
	return nil
}

// varStmt turns a var statement into assignments.
func (e *bodyEmitter) varStmt(g *ast.GenDecl) {
	if g.Lparen.IsValid() {
		e.replace(g.TokPos, g.Lparen+1, "")
		e.replace(g.Rparen, g.Rparen+1, "")
	} else {
		e.replace(g.TokPos, g.TokPos+token.Pos(len("var")), "")
	}
	for _, spec := range g.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) > 0 {
			for _, id := range spec.Names {
				e.walk(id, nil)
			}
			for _, v := range bare(spec.Values) {
				e.insert(v.Pos(), "(")
				e.insertAfter(v.End(), ")")
			}
			for _, v := range spec.Values {
				e.walk(v, spec)
			}
			e.replace(spec.Names[len(spec.Names)-1].End(), spec.Values[0].Pos(), " = ")
			continue
		}
		// A variable declared again without a value is zero again.
		e.insert(spec.Pos(), "var ")
		var names, zeros []string
		for _, id := range spec.Names {
			e.insertAfter(id.End(), mark+"zero")
			if id.Name != "_" {
				names = append(names, e.c.names[id.Name])
				zeros = append(zeros, id.Name+mark+"zero")
			}
		}
		e.walk(spec.Type, nil)
		if len(names) > 0 {
			e.insertAfter(spec.End(), "; "+strings.Join(names, ", ")+" = "+strings.Join(zeros, ", "))
		}
	}
}

// result hands the values of the cell's last expression to the host.
func (e *bodyEmitter) result(stmt *ast.ExprStmt) error {
	c := e.c
	x := ast.Unparen(stmt.X)
	tv := c.info.Types[stmt.X]
	call, isCall := x.(*ast.CallExpr)
	b, _ := tv.Type.(*types.Basic)
	switch {
	case tv.Type == nil || tv.IsVoid() || b != nil && b.Kind() == types.UntypedNil || isCall && c.prints(call):
		if b != nil && b.Kind() == types.UntypedNil {
			e.insert(stmt.Pos(), "_ = any(")
			e.insertAfter(stmt.End(), ")")
		}
		e.walk(stmt, nil)
		return nil
	case tv.Value != nil && !representable(tv.Value, types.Default(tv.Type)):
		return c.fail(stmt.Pos(), "cannot use %s (untyped %s constant) as %s value (overflows)", tv.Value, kindName(tv.Type), types.Default(tv.Type))
	}
	var names, indices []string
	if tuple, ok := tv.Type.(*types.Tuple); ok {
		for v := range tuple.Variables() {
			names = append(names, fmt.Sprintf("v%s%d", mark, len(names)))
			indices = append(indices, fmt.Sprint(e.desc.add(v.Type())))
		}
	} else {
		names = []string{"v" + mark}
		indices = []string{fmt.Sprint(e.desc.add(types.Default(tv.Type)))}
	}
	if isCall {
		isCall = !c.info.Types[call.Fun].IsType() // a conversion isn't one
	}
	all := strings.Join(names, ", ")
	// Parentheses around a call with several values are not Go to the interpreter.
	e.replaceOrInsert(stmt.X.Pos(), x.Pos(), all+" := ")
	if x.End() < stmt.X.End() {
		e.replace(x.End(), stmt.X.End(), "")
	}
	e.paths[hostPath] = true
	e.insertAfter(stmt.X.End(), fmt.Sprintf("; %s%s.Result(%t, %q, %s)", c.methodCalls(e.desc, e.paths), host, isCall, strings.Join(indices, " "), all))
	e.walk(x, stmt)
	return nil
}

func (e *bodyEmitter) replaceOrInsert(from, to token.Pos, text string) {
	if from == to {
		e.insert(from, text)
		return
	}
	e.replace(from, to, text)
}

// representable reports whether a variable of type t can hold the constant v.
func representable(v constant.Value, t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return true
	}
	switch b.Kind() {
	case types.Int:
		_, exact := constant.Int64Val(constant.ToInt(v))
		return exact
	case types.Int32:
		n, exact := constant.Int64Val(constant.ToInt(v))
		return exact && n == int64(int32(n))
	case types.Float64:
		return finite(v)
	case types.Complex128:
		return finite(constant.Real(v)) && finite(constant.Imag(v))
	}
	return true
}

func finite(v constant.Value) bool {
	f, _ := constant.Float64Val(v)
	return !math.IsInf(f, 0)
}

func kindName(t types.Type) string {
	return strings.TrimPrefix(t.String(), "untyped ")
}

// prints reports whether a call prints, which is all that is wanted of it.
func (c *compilation) prints(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := c.info.Uses[sel.Sel].(*types.Func)
	return ok && f.Pkg() != nil && f.Pkg().Path() == "fmt" &&
		(strings.HasPrefix(f.Name(), "Print") || strings.HasPrefix(f.Name(), "Fprint"))
}

// methodCalls tells the host how to call the methods by which values are shown.
func (c *compilation) methodCalls(desc *describer, paths map[string]bool) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(desc.methods)) {
		t := desc.methods[name]
		for _, m := range desc.done[t].Methods {
			p := newPrinter(c.pkg, c.names, paths)
			text, result := p.text(t), p.text(methodResult(c.pkg, t, m))
			if p.bad == nil { // else it has no name outside its function
				fmt.Fprintf(&b, "%s.Method(%q, func(v %s) %s { return v.%s() }); ", host, name+"."+m, text, result, m)
			}
		}
	}
	return b.String()
}
