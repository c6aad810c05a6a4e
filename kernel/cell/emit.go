package cell

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/goherd/goherd/display/pretty"
	"github.com/goherd/goherd/kernel/interp/link"
)

// hostPath is the package that the interpreter offers to the compiler's output, and
// host the name under which it is imported.
const (
	hostPath = "goherd/host"
	host     = "host" + mark
)

// displayPath is the package whose Content is shown when a statement leaves it unused.
const displayPath = "github.com/goherd/goherd/display"

// emit writes the program that the interpreter runs.
func (c *compilation) emit() (*Program, error) {
	paths := map[string]bool{hostPath: true}
	bodyEdits, types, err := c.bodyEdits(paths)
	if err != nil {
		return nil, err
	}
	var decls strings.Builder
	for _, d := range c.decls {
		c.study(d)
	}
	for _, d := range c.toEmit() {
		maps.Copy(paths, d.imports)
		decls.WriteString(d.source(c.names, c.force))
	}
	fresh, err := c.varDecls(paths)
	if err != nil {
		return nil, err
	}
	decls.WriteString(fresh)

	var b strings.Builder
	b.WriteString(header(paths))
	b.WriteString(decls.String())
	if len(c.stmts) > 0 || c.program || c.inits > 0 {
		start := c.offset(c.body.Lbrace) + 1
		text := c.l.text[start:c.offset(c.body.Rbrace)]
		fmt.Fprintf(&b, "func %s() {\n", entry)
		for i := range c.inits {
			fmt.Fprintf(&b, "%s()\n", c.initName(i))
		}
		if c.mode == Timeit {
			fmt.Fprintf(&b, "for i%s, n%s := 0, %s.Loops(); i%s < n%s; i%s++ {\n", mark, mark, host, mark, mark, mark)
		}
		b.WriteString(apply(text, bodyEdits))
		if c.mode == Timeit {
			b.WriteString("}\n")
		}
		if c.program && c.keys["main"] {
			fmt.Fprintf(&b, "%s()\n", c.names["main"])
		}
		b.WriteString("}\n")
	}
	p := &Program{Notes: c.notes, commit: c.commit}
	p.Source = b.String()
	if strings.Contains(p.Source, "func "+entry+"() {") {
		p.Entry = entry
	}
	if p.Types, err = pretty.Encode(types...); err != nil {
		return nil, c.fail(0, "%v", err)
	}
	return p, nil
}

// alias2 is alias, but for the compiler's own package.
func alias2(p string) string {
	if p == hostPath {
		return host
	}
	return alias(p)
}

func (c *compilation) initName(i int) string {
	return fmt.Sprintf("init%s%d_%d", mark, c.src.Serial, i)
}

// toEmit returns the declarations that the program contains: the cell's own and the
// old ones that depend on what changed.
func (c *compilation) toEmit() []*decl {
	var out []*decl
	for _, d := range c.candidates() {
		if c.again[d] {
			out = append(out, d)
		}
	}
	return append(out, c.decls...)
}

// study records what a new declaration uses, and which of its bytes name it.
func (c *compilation) study(d *decl) {
	d.uses, d.imports = c.mentions(d.node)
	d.refs, d.edits = nil, nil
	start := c.offset(d.node.Pos())
	w := c.walker(func(at, n int, r ref) {
		r.at, r.n = at-start, n
		d.refs = append(d.refs, r)
	}, func(e edit) {
		e.at -= start
		d.edits = append(d.edits, e)
	}, d.imports)
	w.walk(d.node)
	if f, ok := d.node.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
		i := 0
		for _, other := range c.decls {
			if other == d {
				break
			}
			if o, ok := other.node.(*ast.FuncDecl); ok && o.Recv == nil && o.Name.Name == "init" {
				i++
			}
		}
		d.edits = append(d.edits, edit{c.offset(f.Name.Pos()) - start, len("init"), c.initName(i)})
	}
}

// source returns a declaration as the interpreter gets it.
func (d *decl) source(names map[string]string, _ map[string]bool) string {
	edits := slices.Clone(d.edits)
	for _, r := range d.refs {
		edits = append(edits, edit{r.at, r.n, d.called(r, names)})
	}
	return link.LineComment(d.serial, d.line, d.col) + apply(d.text, edits) + "\n"
}

// called returns what a ref is called in the interpreter.
func (d *decl) called(r ref, names map[string]string) string {
	if r.path != "" {
		return alias(r.path)
	}
	if d.dead[r.name] && slices.Contains(d.keys, r.name) {
		return fmt.Sprintf("%s%sgone%d", r.name, mark, d.serial)
	}
	if n := names[r.name]; n != "" {
		return n
	}
	return r.name
}

// varDecls declares the variables that the interpreter doesn't have yet.
func (c *compilation) varDecls(paths map[string]bool) (string, error) {
	var b strings.Builder
	for _, id := range c.vars {
		if c.s.vars[id.Name] != nil && c.names[id.Name] == c.s.names[id.Name] {
			continue
		}
		p := c.printer(c.names, paths)
		fmt.Fprintf(&b, "var %s %s\n", c.names[id.Name], p.text(c.pkg.Scope().Lookup(id.Name).Type()))
	}
	return b.String(), nil
}

// bodyEdits returns the changes to the statements of the cell.
func (c *compilation) bodyEdits(paths map[string]bool) ([]edit, []*pretty.Type, error) {
	base := c.offset(c.body.Lbrace) + 1
	var edits []edit
	add := func(at, n int, text string) { edits = append(edits, edit{at - base, n, text}) }
	cut := func(from, to token.Pos, text string) { add(c.offset(from), c.offset(to)-c.offset(from), text) }

	w := c.walker(func(at, n int, r ref) {
		name := alias2(r.path)
		if r.path == "" {
			name = c.bodyName(r.name)
		}
		add(at, n, name)
	}, func(e edit) { edits = append(edits, edit{e.at - base, e.n, e.text}) }, paths)
	desc := newDescriber(c.pkg)
	for i, stmt := range c.stmts {
		switch stmt := stmt.(type) {
		case *ast.DeclStmt:
			c.varStmt(stmt.Decl.(*ast.GenDecl), w, cut, add)
		case *ast.AssignStmt:
			w.walk(stmt)
			if stmt.Tok == token.DEFINE {
				add(c.offset(stmt.TokPos), 2, "=")
			}
		case *ast.ExprStmt:
			if i < len(c.stmts)-1 || c.last == nil || c.mode == Timeit {
				w.walk(stmt)
				continue
			}
			if err := c.result(stmt, w, desc, add, paths); err != nil {
				return nil, nil, err
			}
		default:
			w.walk(stmt)
		}
	}
	for p := range w.paths {
		paths[p] = true
	}
	return edits, desc.types, nil
}

// bodyName returns what a session name that the statements use is called.
func (c *compilation) bodyName(name string) string {
	if old, ok := strings.CutSuffix(name, mark+"old"); ok {
		return c.s.names[old]
	}
	if n := c.names[name]; n != "" {
		return n
	}
	return name
}

// varStmt turns a var statement into assignments.
func (c *compilation) varStmt(g *ast.GenDecl, w *walker, cut func(from, to token.Pos, text string), add func(at, n int, text string)) {
	if g.Lparen.IsValid() {
		cut(g.TokPos, g.Lparen+1, "")
		cut(g.Rparen, g.Rparen+1, "")
	} else {
		add(c.offset(g.TokPos), len("var"), "")
	}
	for _, spec := range g.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) > 0 {
			for _, id := range spec.Names {
				w.walk(id)
			}
			for _, v := range spec.Values {
				w.walkIn(spec, v)
			}
			cut(spec.Names[len(spec.Names)-1].End(), spec.Values[0].Pos(), " = ")
			continue
		}
		// A variable declared again without a value is zero again.
		add(c.offset(spec.Pos()), 0, "var ")
		var names, zeros []string
		for _, id := range spec.Names {
			add(c.offset(id.End()), 0, mark+"zero")
			if id.Name != "_" {
				names = append(names, c.names[id.Name])
				zeros = append(zeros, id.Name+mark+"zero")
			}
		}
		w.walk(spec.Type)
		if len(names) > 0 {
			add(c.offset(spec.End()), 0, "; "+strings.Join(names, ", ")+" = "+strings.Join(zeros, ", "))
		}
	}
}

// result hands the values of the cell's last expression to the host.
func (c *compilation) result(stmt *ast.ExprStmt, w *walker, desc *describer, add func(at, n int, text string), paths map[string]bool) error {
	tv := c.info.Types[stmt.X]
	w.walkIn(stmt, stmt.X)
	if tv.Type == nil || tv.IsVoid() {
		return nil
	}
	if tv.IsType() {
		return c.fail(stmt.Pos(), "%s is not an expression", types.TypeString(tv.Type, types.RelativeTo(c.pkg)))
	}
	if b, ok := tv.Type.(*types.Basic); ok && b.Kind() == types.UntypedNil {
		return nil
	}
	t := types.Default(tv.Type)
	start, end := c.offset(stmt.X.Pos()), c.offset(stmt.X.End())
	if tv.Value != nil && tv.Value.Kind() == constant.Int {
		if b, ok := t.Underlying().(*types.Basic); ok && b.Kind() == types.Int {
			if _, exact := constant.Int64Val(tv.Value); !exact {
				return c.fail(stmt.Pos(), "cannot use %s (untyped int constant) as int value (overflows)", tv.Value)
			}
		}
	}
	var indices []string
	names := []string{"v" + mark}
	if tuple, ok := t.(*types.Tuple); ok {
		names = nil
		i := 0
		for v := range tuple.Variables() {
			indices = append(indices, fmt.Sprint(desc.add(v.Type())))
			names = append(names, fmt.Sprintf("v%s%d", mark, i))
			i++
		}
	} else {
		indices = append(indices, fmt.Sprint(desc.add(t)))
	}
	call, isCall := ast.Unparen(stmt.X).(*ast.CallExpr)
	if isCall {
		if c.prints(call) {
			return nil
		}
		isCall = !c.info.Types[call.Fun].IsType() // a conversion isn't one
	}
	list := strings.Join(names, ", ")
	add(start, 0, list+" := ")
	add(end, 0, fmt.Sprintf("; %s%s.Result(%t, %q, %s)", c.methods(desc, paths), host, isCall, strings.Join(indices, " "), list))
	return nil
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

// methods tells the host how to call the methods by which values are shown.
func (c *compilation) methods(desc *describer, paths map[string]bool) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(desc.methods)) {
		t := desc.methods[name]
		p := c.printer(c.names, paths)
		text := p.text(t)
		for _, m := range desc.done[t].Methods {
			result := p.text(methodResult(c.pkg, t, m))
			if p.bad != nil {
				break // a type without a name outside its function
			}
			fmt.Fprintf(&b, "%s.Method(%q, func(v %s) %s { return v.%s() }); ", host, name+"."+m, text, result, m)
		}
	}
	return b.String()
}

// A walker finds what the interpreter calls otherwise than the user.
type walker struct {
	c     *compilation
	refs  func(at, n int, r ref)
	edits func(edit)
	paths map[string]bool
	stack []ast.Node
	sels  map[*ast.Ident]bool // Name of x.Name
}

func (c *compilation) walker(refs func(at, n int, r ref), edits func(edit), paths map[string]bool) *walker {
	return &walker{c: c, refs: refs, edits: edits, paths: paths, sels: map[*ast.Ident]bool{}}
}

func (w *walker) walk(n ast.Node) { w.walkIn(nil, n) }

// walkIn walks n, which stands in parent.
func (w *walker) walkIn(parent, n ast.Node) {
	if n == nil {
		return
	}
	w.stack = w.stack[:0]
	if parent != nil {
		w.stack = append(w.stack, parent)
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			w.stack = w.stack[:len(w.stack)-1]
			return true
		}
		w.visit(n)
		w.stack = append(w.stack, n)
		return true
	})
}

func (w *walker) visit(n ast.Node) {
	c := w.c
	switch n := n.(type) {
	case *ast.SelectorExpr:
		w.sels[n.Sel] = true
		w.stdio(n)
	case *ast.Ident:
		w.ident(n)
	case *ast.CallExpr:
		w.panicking(n)
	case *ast.ExprStmt:
		if t := c.info.Types[n.X].Type; t != nil && isContent(t) && (c.last == nil || n.X != c.last) {
			w.paths[hostPath] = true
			w.edits(edit{c.offset(n.Pos()), 0, host + ".Discarded("})
			w.edits(edit{c.offset(n.End()), 0, ")"})
		}
	}
}

// isContent reports whether t is display.Content.
func isContent(t types.Type) bool {
	obj := owner(types.Unalias(t))
	return obj != nil && obj.Name() == "Content" && obj.Pkg() != nil && obj.Pkg().Path() == displayPath
}

func (w *walker) ident(id *ast.Ident) {
	c := w.c
	at := c.offset(id.Pos())
	obj := c.info.Uses[id]
	if obj == nil {
		obj = c.info.Defs[id]
	}
	n := len(strings.TrimSuffix(id.Name, mark+"old"))
	switch obj := obj.(type) {
	case nil:
	case *types.PkgName:
		w.paths[obj.Imported().Path()] = true
		w.refs(at, n, ref{path: obj.Imported().Path()})
	default:
		switch {
		case obj.Parent() == c.pkg.Scope():
			w.refs(at, n, ref{name: obj.Name()})
		case obj.Pkg() == c.pkg:
			if v, ok := obj.(*types.Var); ok && v.Embedded() {
				if o := owner(types.Unalias(v.Type())); o != nil && o.Pkg() == c.pkg && o.Parent() == c.pkg.Scope() {
					w.refs(at, n, ref{name: o.Name()}) // the field is called as its type
				}
			}
		case obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() && !w.sels[id]:
			w.paths[obj.Pkg().Path()] = true // imported with a dot
			w.edits(edit{at, 0, alias(obj.Pkg().Path()) + "."})
		}
	}
}

// stdio keeps os.Stdout and its kin an *os.File where nothing else will do. In a
// cell they are types of the kernel's, which know whose output it is.
func (w *walker) stdio(n *ast.SelectorExpr) {
	c := w.c
	obj, ok := c.info.Uses[n.Sel].(*types.Var)
	if !ok || obj.Pkg() == nil || obj.Pkg().Path() != "os" || !strings.HasPrefix(obj.Name(), "Std") || len(w.stack) == 0 {
		return
	}
	asInterface := func(t types.Type) bool { return t != nil && types.IsInterface(t) }
	switch parent := w.stack[len(w.stack)-1].(type) {
	case *ast.SelectorExpr: // os.Stdout.Write
		return
	case *ast.CallExpr:
		sig, ok := typeUnder(c.info.Types[parent.Fun].Type).(*types.Signature)
		for i, a := range parent.Args {
			if a != ast.Expr(n) || !ok {
				continue
			}
			if sig.Variadic() && i >= sig.Params().Len()-1 {
				if s, ok := sig.Params().At(sig.Params().Len() - 1).Type().(*types.Slice); ok && asInterface(s.Elem()) {
					return
				}
			} else if asInterface(sig.Params().At(i).Type()) {
				return
			}
		}
		if c.info.Types[parent.Fun].IsType() && asInterface(c.info.Types[parent.Fun].Type) {
			return
		}
	case *ast.AssignStmt:
		for i, r := range parent.Rhs {
			if r == ast.Expr(n) && len(parent.Lhs) == len(parent.Rhs) && parent.Tok == token.ASSIGN && asInterface(c.info.Types[parent.Lhs[i]].Type) {
				return
			}
		}
	case *ast.ValueSpec:
		if parent.Type != nil && asInterface(c.info.Types[parent.Type].Type) {
			return
		}
	case *ast.KeyValueExpr:
		if v, ok := c.info.Uses[identOf(parent.Key)].(*types.Var); ok && asInterface(v.Type()) {
			return
		}
	}
	w.edits(edit{c.offset(n.End()), 0, ".File"})
}

func identOf(e ast.Expr) *ast.Ident {
	id, _ := e.(*ast.Ident)
	return id
}

func typeUnder(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// panicking tells the host what a value is that a panic carries, if only the
// interpreter knows its methods.
func (w *walker) panicking(call *ast.CallExpr) {
	c := w.c
	id := identOf(call.Fun)
	if id == nil || id.Name != "panic" || len(call.Args) != 1 {
		return
	}
	if _, ok := c.info.Uses[id].(*types.Builtin); !ok {
		return
	}
	t := c.info.Types[call.Args[0]].Type
	if t == nil || types.IsInterface(t) {
		return
	}
	obj := owner(types.Unalias(t))
	if obj == nil || obj.Pkg() != c.pkg || obj.Parent() != c.pkg.Scope() {
		return
	}
	set := types.NewMethodSet(t)
	for _, m := range []string{"Error", "String"} {
		if sel := set.Lookup(c.pkg, m); sel == nil || !showMethod(sel.Obj()) {
			continue
		}
		w.paths[hostPath] = true
		text := c.printer(c.names, w.paths).text(t)
		arg := call.Args[0]
		w.edits(edit{c.offset(arg.Pos()), 0, fmt.Sprintf("func() %s { v%s := ", text, mark)})
		w.edits(edit{c.offset(arg.End()), 0, fmt.Sprintf("; %s.Panicking(%q, v%s.%s); return v%s }()",
			host, types.TypeString(t, types.RelativeTo(c.pkg)), mark, m, mark)})
		return
	}
}

// commit makes what the cell declares part of the session.
func (c *compilation) commit() {
	s := c.s
	for key := range c.keys {
		s.kill(key)
		delete(s.vars, key)
	}
	for name := range c.imports {
		s.kill(name)
		delete(s.vars, name)
	}
	maps.Copy(s.imports, c.imports)
	for _, p := range c.dots {
		s.imports["."+p] = p
	}
	for name := range c.stale {
		s.vars[name].stale = true
	}
	// What compiles again is live again; what doesn't is kept aside.
	for d := range c.again {
		if slices.Contains(s.broken, d) {
			s.decls = append(s.decls, d)
		}
	}
	s.broken = slices.DeleteFunc(s.broken, func(d *decl) bool { return c.again[d] || len(d.live()) == 0 })
	for d := range c.gone {
		if !slices.Contains(s.broken, d) {
			s.broken = append(s.broken, d)
		}
	}
	s.decls = slices.DeleteFunc(s.decls, func(d *decl) bool { return c.gone[d] || len(d.live()) == 0 })
	sort.Slice(s.broken, func(i, j int) bool { return s.broken[i].node.Pos() < s.broken[j].node.Pos() })
	for d, sig := range c.sigs {
		d.sig = sig
	}
	for _, d := range c.decls {
		if slices.Contains(d.keys, "init") || len(d.keys) == 0 || c.program && slices.Contains(d.keys, "main") {
			continue
		}
		c.rebind(d)
		s.decls = append(s.decls, d)
	}
	for _, id := range c.vars {
		obj := c.pkg.Scope().Lookup(id.Name)
		uses := map[string]bool{}
		sessionTypes(c.pkg, obj.Type(), uses)
		s.vars[id.Name] = &variable{name: id.Name, typ: obj.Type(), uses: uses, serial: c.src.Serial}
	}
	s.names, s.gen, s.pkg = c.names, c.gen, c.pkg
}

// rebind makes a declaration's package names aliases, so that it can be checked
// beside later cells whatever they declare.
func (c *compilation) rebind(d *decl) {
	ast.Inspect(d.node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if p, ok := c.info.Uses[id].(*types.PkgName); ok {
				id.Name = alias(p.Imported().Path())
			}
			id.Obj = nil
		}
		return true
	})
}

// Commit makes the cell's declarations part of the session: the interpreter has
// compiled it.
func (p *Program) Commit() { p.commit() }

// Replay returns the program that gives the session's live declarations to a new
// interpreter, with variables at their zero values.
func (s *Session) Replay() *Program {
	var b strings.Builder
	paths := map[string]bool{}
	for _, d := range s.decls {
		maps.Copy(paths, d.imports)
		b.WriteString(d.source(s.names, nil))
	}
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		v := s.vars[name]
		if v.stale {
			continue
		}
		p := &typePrinter{
			pkg:     s.pkg,
			session: func(name string) string { return s.names[name] },
			foreign: func(path string) string { paths[path] = true; return alias(path) },
		}
		fmt.Fprintf(&b, "var %s %s\n", s.names[name], p.text(v.typ))
	}
	text := header(paths)
	p := &Program{commit: func() {}}
	p.Source = text + b.String()
	return p
}

// Describe returns a program that reports the values of variables.
func (s *Session) Describe(names ...string) (*Program, error) {
	desc := newDescriber(s.pkg)
	paths := map[string]bool{hostPath: true}
	c := &compilation{s: s, pkg: s.pkg, names: s.names}
	var calls strings.Builder
	for _, name := range names {
		v := s.vars[name]
		if v == nil || v.lost || v.stale {
			continue
		}
		t := v.typ
		if obj := s.pkg.Scope().Lookup(name); obj != nil {
			t = obj.Type()
		}
		fmt.Fprintf(&calls, "%s.Describe(%q, %d, %s)\n", host, name, desc.add(t), s.names[name])
	}
	methods := c.methods(desc, paths)
	text := header(paths)
	p := &Program{commit: func() {}}
	p.Source = text + "func " + entry + "() {\n" + methods + "\n" + calls.String() + "}\n"
	p.Entry = entry
	var err error
	p.Types, err = pretty.Encode(desc.types...)
	return p, err
}

// Zero returns a program that gives variables their zero values, so that what they
// hold can be freed.
func (s *Session) Zero(names ...string) (*Program, error) {
	p := &Program{commit: func() {}}
	paths := map[string]bool{}
	var body strings.Builder
	for _, name := range names {
		v := s.vars[name]
		if v == nil || v.lost || v.stale {
			continue
		}
		printer := &typePrinter{
			pkg:     s.pkg,
			session: func(name string) string { return s.names[name] },
			foreign: func(path string) string { paths[path] = true; return alias(path) },
		}
		fmt.Fprintf(&body, "{\nvar zero%s %s\n%s = zero%s\n}\n", mark, printer.text(v.typ), s.names[name], mark)
	}
	p.Source = header(paths) + "func " + entry + "() {\n" + body.String() + "}\n"
	p.Entry = entry
	return p, nil
}

// header begins a file that imports packages.
func header(paths map[string]bool) string {
	text := "package main\n"
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		text += fmt.Sprintf("import %s %q\n", alias2(path), path)
	}
	return text
}
