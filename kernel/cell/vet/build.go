package vet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// A builder makes the traces of a cell.
type builder struct {
	*checker
	vars   map[types.Object]*variable
	global map[string]*variable
	lits   map[types.Object]*trace // variables that hold a literal
	wide   map[*variable]bool      // channels with room for several values
	traces []*trace                // in the order of the text
	ops    *[]op
	cur    *trace
}

func newBuilder(c *checker) *builder {
	return &builder{
		checker: c, vars: map[types.Object]*variable{}, global: map[string]*variable{},
		lits: map[types.Object]*trace{}, wide: map[*variable]bool{},
	}
}

// file makes the traces of the functions of a file.
func (b *builder) file(f *ast.File) {
	for _, d := range f.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || fd.Body == nil {
			continue
		}
		t := &trace{name: fd.Name.Name, cell: fd.Name.Name == "_" && fd.Recv == nil}
		if fd.Recv != nil {
			t.params = b.params(fd.Recv, t.params)
		}
		b.function(t, fd.Type, fd.Body)
		if fn, ok := b.Info.Defs[fd.Name].(*types.Func); ok && !t.cell {
			if key := b.key(fn); key != "" {
				b.fact(key).trace = t
			}
		}
	}
}

func (b *builder) function(t *trace, typ *ast.FuncType, body *ast.BlockStmt) *trace {
	t.params = b.params(typ.Params, t.params)
	ops, cur := b.ops, b.cur
	b.ops, b.cur = &t.body, t
	b.traces = append(b.traces, t)
	if typ.Results != nil {
		for _, f := range typ.Results.List {
			for _, id := range f.Names {
				b.declare(id)
			}
		}
	}
	b.stmts(body.List)
	b.ops, b.cur = ops, cur
	return t
}

// params appends the parameters; those without a name keep their place.
func (b *builder) params(l *ast.FieldList, out []*variable) []*variable {
	if l == nil {
		return out
	}
	for _, f := range l.List {
		if len(f.Names) == 0 {
			out = append(out, &variable{name: "_", pos: f.Pos()})
		}
		for _, id := range f.Names {
			v := b.variable(b.Info.Defs[id])
			if v == nil {
				v = &variable{name: id.Name, pos: id.Pos()}
			}
			out = append(out, v)
		}
	}
	return out
}

func (b *builder) literal(lit *ast.FuncLit) *trace {
	return b.function(&trace{}, lit.Type, lit.Body)
}

// variable returns that of an object; nil if the object is none.
func (b *builder) variable(obj types.Object) *variable {
	o, ok := obj.(*types.Var)
	if !ok || o.IsField() {
		return nil
	}
	if v := b.vars[obj]; v != nil {
		return v
	}
	var v *variable
	switch {
	case o.Pkg() != nil && o.Pkg() != b.Pkg:
		v = b.shared(o.Pkg().Name()+"."+o.Name(), o.Pos())
	case o.Pkg() != nil && o.Parent() == b.Pkg.Scope():
		v = b.shared(o.Name(), o.Pos())
	default:
		v = &variable{name: o.Name(), pos: o.Pos(), global: b.Global(o)}
	}
	b.vars[obj] = v
	return v
}

func (b *builder) shared(name string, pos token.Pos) *variable {
	v := b.global[name]
	if v == nil {
		v = &variable{name: name, pos: pos, global: true}
		b.global[name] = v
	}
	return v
}

func (b *builder) object(id *ast.Ident) types.Object {
	if o := b.Info.Uses[id]; o != nil {
		return o
	}
	return b.Info.Defs[id]
}

func (b *builder) emit(o op) { *b.ops = append(*b.ops, o) }

// collect runs f and returns what it emitted.
func (b *builder) collect(f func()) []op {
	old := b.ops
	var ops []op
	b.ops = &ops
	f()
	b.ops = old
	return ops
}

func (b *builder) declare(id *ast.Ident) {
	if v := b.variable(b.Info.Defs[id]); v != nil {
		b.emit(op{kind: opDeclare, pos: id.Pos(), at: place{root: v}})
	}
}

// place returns the place that an expression denotes. Its root is nil if it is none.
func (b *builder) place(e ast.Expr) place {
	switch e := e.(type) {
	case *ast.Ident:
		if v := b.variable(b.object(e)); v != nil {
			return place{root: v}
		}
	case *ast.ParenExpr:
		return b.place(e.X)
	case *ast.StarExpr:
		if p := b.place(e.X); p.root != nil {
			return p.and(step{kind: deref})
		}
	case *ast.SelectorExpr:
		sel, ok := b.Info.Selections[e]
		if !ok {
			return b.place(e.Sel) // of another package
		}
		if sel.Kind() != types.FieldVal {
			return place{}
		}
		if p := b.place(e.X); p.root != nil {
			return b.through(p, e.X).and(step{kind: field, name: e.Sel.Name})
		}
	case *ast.IndexExpr:
		p := b.place(e.X)
		t := b.Info.TypeOf(e.X)
		if p.root == nil || t == nil {
			return place{}
		}
		st := b.index(e.Index)
		switch u := t.Underlying().(type) {
		case *types.Map:
			st = step{kind: mapElem}
		case *types.Slice:
			st.kind = elem
		case *types.Array:
			st.kind = arrayElem
		case *types.Pointer:
			p = p.and(step{kind: deref})
			st.kind = arrayElem
		case *types.Basic:
			if u.Info()&types.IsString == 0 {
				return place{}
			}
			return p
		default:
			return place{}
		}
		return p.and(st)
	}
	return place{}
}

// through adds the implicit dereference of a selector's operand.
func (b *builder) through(p place, x ast.Expr) place {
	if t := b.Info.TypeOf(x); t != nil {
		if _, ok := t.Underlying().(*types.Pointer); ok {
			return p.and(step{kind: deref})
		}
	}
	return p
}

// index describes the index of an element.
func (b *builder) index(e ast.Expr) step {
	st := step{name: types.ExprString(e)}
	if tv, ok := b.Info.Types[e]; ok && tv.Value != nil {
		st.name, st.lit = tv.Value.ExactString(), true
		return st
	}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v := b.variable(b.object(id)); v != nil {
				st.vars = append(st.vars, v)
			}
		}
		return true
	})
	return st
}

// parts emits what evaluating the operands of a place reads, without the place.
func (b *builder) parts(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		b.parts(e.X)
	case *ast.StarExpr:
		b.parts(e.X)
	case *ast.SelectorExpr:
		b.parts(e.X)
	case *ast.IndexExpr:
		b.parts(e.X)
		b.expr(e.Index)
	case *ast.Ident:
	default:
		b.expr(e)
	}
}

// read emits the reading of a place.
func (b *builder) read(e ast.Expr, p place) {
	b.emit(op{kind: opRead, pos: e.Pos(), end: e.End(), at: p})
}

// expr emits what an expression does.
func (b *builder) expr(e ast.Expr) {
	switch e := e.(type) {
	case nil:
	case *ast.FuncLit:
		b.literal(e)
	case *ast.CallExpr:
		b.call(e)
	case *ast.Ident, *ast.SelectorExpr, *ast.StarExpr, *ast.IndexExpr:
		if tv, ok := b.Info.Types[e]; ok && tv.IsType() {
			return
		}
		if p := b.place(e); p.root != nil {
			b.parts(e)
			b.read(e, p)
			return
		}
		b.operands(e)
	case *ast.UnaryExpr:
		switch e.Op {
		case token.AND:
			if b.place(e.X).root != nil {
				b.parts(e.X)
				return
			}
		case token.ARROW:
			b.receive(e.X)
			return
		}
		b.expr(e.X)
	default:
		b.operands(e)
	}
}

// operands emits what the expressions directly below e do.
func (b *builder) operands(e ast.Expr) {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		b.expr(e.X)
	case *ast.StarExpr:
		b.expr(e.X)
	case *ast.IndexExpr:
		b.expr(e.X)
		b.expr(e.Index)
	case *ast.ParenExpr:
		b.expr(e.X)
	case *ast.BinaryExpr:
		b.expr(e.X)
		b.expr(e.Y)
	case *ast.SliceExpr:
		for _, x := range []ast.Expr{e.X, e.Low, e.High, e.Max} {
			b.expr(x)
		}
	case *ast.TypeAssertExpr:
		b.expr(e.X)
	case *ast.CompositeLit:
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				if t := b.Info.TypeOf(e); t != nil {
					if _, ok := t.Underlying().(*types.Struct); !ok {
						b.expr(kv.Key)
					}
				}
				x = kv.Value
			}
			b.expr(x)
		}
	}
}

// receive emits a receive from a channel. What only tells the time orders nothing.
func (b *builder) receive(ch ast.Expr) {
	b.expr(ch)
	if call, ok := ast.Unparen(ch).(*ast.CallExpr); ok {
		if path, _, _ := method(b.callee(call)); path == "time" {
			return
		}
	}
	if sel, ok := ast.Unparen(ch).(*ast.SelectorExpr); ok {
		if path, _ := named(b.Info.TypeOf(sel.X)); path == "time" {
			return
		}
	}
	p := b.place(ch)
	b.emit(op{kind: opAcquire, pos: ch.Pos(), at: p, wide: b.wide[p.root]})
	b.emit(op{kind: opRelease, pos: ch.Pos(), at: p, pseudo: true, wide: b.wide[p.root]})
}

func (b *builder) stmts(list []ast.Stmt) {
	for _, s := range list {
		b.stmt(s, "")
	}
}

func (b *builder) stmt(s ast.Stmt, label string) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		b.stmts(s.List)
	case *ast.LabeledStmt:
		b.stmt(s.Stmt, s.Label.Name)
	case *ast.ExprStmt:
		b.expr(s.X)
	case *ast.SendStmt:
		b.expr(s.Chan)
		b.expr(s.Value)
		p := b.place(s.Chan)
		b.emit(op{kind: opRelease, pos: s.Pos(), at: p})
		// A channel may serve as a lock: sending takes it, receiving gives it back.
		b.emit(op{kind: opAcquire, pos: s.Pos(), at: p, pseudo: true, wide: b.wide[p.root]})
	case *ast.IncDecStmt:
		b.write(s.X, s, count)
	case *ast.AssignStmt:
		b.assign(s)
	case *ast.DeclStmt:
		b.decl(s)
	case *ast.GoStmt:
		b.spawn(s.Call)
	case *ast.DeferStmt:
		b.emit(op{kind: opDefer, pos: s.Pos(), body: b.collect(func() { b.call(s.Call) })})
	case *ast.ReturnStmt:
		for _, r := range s.Results {
			b.expr(r)
		}
		b.emit(op{kind: opReturn, pos: s.Pos(), end: s.End()})
	case *ast.BranchStmt:
		l := ""
		if s.Label != nil {
			l = s.Label.Name
		}
		switch s.Tok {
		case token.BREAK:
			b.emit(op{kind: opBreak, pos: s.Pos(), label: l})
		case token.CONTINUE:
			b.emit(op{kind: opContinue, pos: s.Pos(), label: l})
		case token.GOTO:
			b.cur.opaque = true
		}
	case *ast.IfStmt:
		if s.Init != nil {
			b.stmt(s.Init, "")
		}
		b.expr(s.Cond)
		then := b.collect(func() { b.stmts(s.Body.List) })
		els := b.collect(func() {
			if s.Else != nil {
				b.stmt(s.Else, "")
			}
		})
		b.emit(op{kind: opBranch, pos: s.Pos(), alts: [][]op{then, els}, once: once(s.Cond)})
	case *ast.SwitchStmt:
		if s.Init != nil {
			b.stmt(s.Init, "")
		}
		b.expr(s.Tag)
		b.clauses(s, s.Body, label, s.Tag != nil)
	case *ast.TypeSwitchStmt:
		if s.Init != nil {
			b.stmt(s.Init, "")
		}
		switch a := s.Assign.(type) {
		case *ast.ExprStmt:
			b.expr(a.X)
		case *ast.AssignStmt:
			b.expr(a.Rhs[0])
		}
		b.clauses(s, s.Body, label, false)
	case *ast.SelectStmt:
		b.selects(s, label)
	case *ast.ForStmt:
		b.forLoop(s, label)
	case *ast.RangeStmt:
		b.rangeLoop(s, label)
	}
}

// once reports whether a condition is one that often holds only once in a loop: i == 0,
// !started.
func once(e ast.Expr) bool {
	found := false
	if e != nil {
		ast.Inspect(e, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.BinaryExpr:
				found = found || x.Op == token.EQL
			case *ast.UnaryExpr:
				found = found || x.Op == token.NOT && root(x.X) != nil
			}
			return !found
		})
	}
	return found
}

// clauses emits the clauses of a switch.
func (b *builder) clauses(s ast.Stmt, body *ast.BlockStmt, label string, once bool) {
	o := op{kind: opBranch, pos: s.Pos(), stops: true, label: label, once: once}
	byDefault, falls := false, false
	for _, cl := range body.List {
		cl := cl.(*ast.CaseClause)
		byDefault = byDefault || cl.List == nil
		ops := b.collect(func() {
			for _, x := range cl.List {
				b.expr(x)
			}
			if v := b.variable(b.Info.Implicits[cl]); v != nil {
				b.emit(op{kind: opDeclare, pos: cl.Pos(), at: place{root: v}})
			}
			b.stmts(cl.Body)
		})
		if falls { // from the clause before
			o.alts[len(o.alts)-1] = append(o.alts[len(o.alts)-1], ops...)
		}
		o.alts = append(o.alts, ops)
		falls = false
		if n := len(cl.Body); n > 0 {
			br, ok := cl.Body[n-1].(*ast.BranchStmt)
			falls = ok && br.Tok == token.FALLTHROUGH
		}
	}
	if !byDefault {
		o.alts = append(o.alts, nil)
	}
	b.emit(o)
}

func (b *builder) selects(s *ast.SelectStmt, label string) {
	o := op{kind: opBranch, pos: s.Pos(), stops: true, label: label}
	for _, cl := range s.Body.List {
		cl := cl.(*ast.CommClause)
		o.alts = append(o.alts, b.collect(func() {
			if cl.Comm != nil {
				b.stmt(cl.Comm, "")
			}
			b.stmts(cl.Body)
		}))
	}
	if len(o.alts) == 0 { // for ever
		b.emit(op{kind: opPanic, pos: s.Pos()})
		return
	}
	b.emit(o)
}

func (b *builder) forLoop(s *ast.ForStmt, label string) {
	if s.Init != nil {
		b.stmt(s.Init, "")
	}
	var own []*ast.Ident // a loop's variables are new in each turn
	if a, ok := s.Init.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
		for _, l := range a.Lhs {
			if id, ok := l.(*ast.Ident); ok {
				own = append(own, id)
			}
		}
	}
	body := b.collect(func() {
		b.expr(s.Cond)
		b.stmts(s.Body.List)
	})
	post := b.collect(func() {
		for _, id := range own {
			b.declare(id)
		}
		if s.Post != nil {
			b.stmt(s.Post, "")
		}
	})
	b.emit(op{kind: opLoop, pos: s.Pos(), label: label, body: body, alts: [][]op{post}, twice: b.repeats(s), ends: s.Cond != nil})
}

// repeats reports whether a for loop may run more than once, as far as constants tell.
func (b *builder) repeats(s *ast.ForStmt) bool {
	cond, ok := s.Cond.(*ast.BinaryExpr)
	init, ok2 := s.Init.(*ast.AssignStmt)
	if !ok || !ok2 || len(init.Rhs) != 1 {
		return true
	}
	from, to := b.Info.Types[init.Rhs[0]].Value, b.Info.Types[cond.Y].Value
	if from == nil || to == nil {
		return true
	}
	one := constant.BinaryOp(from, token.ADD, constant.MakeInt64(1))
	switch cond.Op {
	case token.LSS:
		return constant.Compare(one, token.LSS, to)
	case token.LEQ:
		return constant.Compare(one, token.LEQ, to)
	}
	return true
}

func (b *builder) rangeLoop(s *ast.RangeStmt, label string) {
	o := op{kind: opLoop, pos: s.Pos(), label: label, twice: true, ends: true}
	t := b.Info.TypeOf(s.X)
	if t == nil {
		return
	}
	p := b.place(s.X)
	var each func()
	b.expr(s.X)
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if v := b.Info.Types[s.X].Value; v != nil && u.Info()&types.IsInteger != 0 {
			o.twice = constant.Compare(v, token.GTR, constant.MakeInt64(1))
		}
	case *types.Map:
		if p.root != nil {
			each = func() { b.read(s.X, p.and(step{kind: mapElem})) }
		}
	case *types.Slice:
		if p.root != nil && s.Value != nil && !b.spawns(s.Body) {
			b.read(s.X, p.and(step{kind: anyElem}))
		}
	case *types.Chan:
		each = func() { b.emit(op{kind: opAcquire, pos: s.X.Pos(), at: p, wide: b.wide[p.root]}) }
	case *types.Signature:
		b.emit(op{kind: opSync, pos: s.X.Pos()})
	}
	o.body = b.collect(func() {
		if each != nil {
			each()
		}
		for _, e := range []ast.Expr{s.Key, s.Value} {
			if e == nil {
				continue
			}
			if id, ok := e.(*ast.Ident); ok && s.Tok == token.DEFINE {
				b.declare(id)
			} else {
				b.write(e, s.X, replace)
			}
		}
		b.stmts(s.Body.List)
	})
	b.emit(o)
}

// spawns reports whether a block starts goroutines in its text.
func (b *builder) spawns(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			if _, _, name := method(b.callee(n)); strings.HasSuffix(name, "Go") {
				found = true
			}
		}
		return !found
	})
	return found
}

// assign emits an assignment or a definition.
func (b *builder) assign(s *ast.AssignStmt) {
	for i, r := range s.Rhs {
		if lit, ok := ast.Unparen(r).(*ast.FuncLit); ok && len(s.Lhs) == len(s.Rhs) {
			if id, ok := s.Lhs[i].(*ast.Ident); ok && b.object(id) != nil {
				t := &trace{name: id.Name}
				b.lits[b.object(id)] = t // before its body: it may call itself
				b.function(t, lit.Type, lit.Body)
				continue
			}
		}
		b.expr(r)
	}
	for i, l := range s.Lhs {
		id, ok := l.(*ast.Ident)
		if ok && id.Name == "_" {
			continue
		}
		if ok && s.Tok == token.DEFINE && b.Info.Defs[id] != nil {
			b.declare(id)
			if len(s.Lhs) == len(s.Rhs) {
				b.channel(id, s.Rhs[i])
			}
			continue
		}
		how := replace
		if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			how = count
		} else if len(s.Lhs) == len(s.Rhs) {
			if call, ok := ast.Unparen(s.Rhs[i]).(*ast.CallExpr); ok && b.builtin(call) == "append" {
				how = grow
			}
		}
		b.write(l, s, how)
	}
}

// channel remembers a channel that is made with room for several values.
func (b *builder) channel(id *ast.Ident, e ast.Expr) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || b.builtin(call) != "make" || len(call.Args) < 2 {
		return
	}
	n := b.Info.Types[call.Args[1]].Value
	if v := b.variable(b.Info.Defs[id]); v != nil && n != nil && n.Kind() == constant.Int &&
		constant.Compare(n, token.GTR, constant.MakeInt64(1)) {
		b.wide[v] = true
	}
}

// write emits the writing of a place; s is the statement that does.
func (b *builder) write(e ast.Expr, s ast.Node, how change) {
	p := b.place(e)
	b.parts(e)
	if p.root == nil {
		return
	}
	if n := len(p.path); n > 0 && p.path[n-1].kind == mapElem {
		how = mapWrite
	} else if t := b.Info.TypeOf(e); how == count && t != nil {
		if u, ok := t.Underlying().(*types.Basic); !ok || u.Info()&types.IsInteger == 0 {
			how = replace // no atomic type adds it
		}
	}
	b.emit(op{kind: opWrite, pos: e.Pos(), end: s.End(), at: p, how: how, src: types.ExprString(e)})
}

func (b *builder) decl(s *ast.DeclStmt) {
	g, ok := s.Decl.(*ast.GenDecl)
	if !ok || g.Tok != token.VAR {
		return
	}
	for _, spec := range g.Specs {
		vs := spec.(*ast.ValueSpec)
		for i, v := range vs.Values {
			if lit, ok := ast.Unparen(v).(*ast.FuncLit); ok && len(vs.Names) == len(vs.Values) {
				if obj := b.Info.Defs[vs.Names[i]]; obj != nil {
					b.lits[obj] = b.literal(lit)
					continue
				}
			}
			b.expr(v)
		}
		for i, id := range vs.Names {
			b.declare(id)
			if len(vs.Names) == len(vs.Values) {
				b.channel(id, vs.Values[i])
			}
		}
	}
}
