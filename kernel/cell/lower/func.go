package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
)

// A fn is a function that is being lowered: one with a declaration, a literal, or the
// body of a range over a function, which becomes a function of its own.
type fn struct {
	p     *Program
	u     *Unit
	e     *env
	facts *facts
	outer *fn      // whose literal it is, nil for a declaration
	rf    *rangeFn // if it is the body of a range over a function
	scope *scope   // what facts say of it
	name  string
	out   *[]code.Func // where it and its literals go

	nin, nout int
	slots     []code.TypeID
	live      []int                 // slots in use by the open blocks
	free      map[code.TypeID][]int // slots that aren't in use any more
	vars      map[*types.Var]int    // the slots of its variables, or of the pointers to them
	caps      []*types.Var          // variables of other functions that it uses
	capOf     map[*types.Var]int
	results   []*types.Var // variables for the results: made up where the user gave no name
	resTypes  []types.Type // of the results
	named     bool         // the results have names
	cells     []int
	flags     code.Flags

	cur      []*code.Node // the statements of the block that is being made
	hoist    bool         // calls are put into statements of their own, see order.go
	labels   map[string]int64
	nlabels  int64
	targets  []target            // where break and continue lead
	sliceAt  map[*code.Node]bool // which Index nodes are of slices, noted while it isn't nil
	frozenAt map[*code.Node]bool // what sliceAt was for the last left sides
	lits     int                 // literals so far, for their names
	ranges   int
	first    []*code.Node // statements that come before all others
	frameVar *types.Var   // its frame, if the body of a range defers calls for it
}

// fail ends the lowering of a function with an Error.
func (f *fn) fail(pos token.Pos, format string, args ...any) {
	panic(&Error{f.u.pos(pos), fmt.Sprintf(format, args...)})
}

func catch(err *error) {
	switch v := recover().(type) {
	case nil:
	case *Error:
		*err = v
	default:
		panic(v)
	}
}

// lowerFunc lowers a function or method with the type arguments of e. It returns its code and
// that of the literals in it, the function first.
func (p *Program) lowerFunc(u *Unit, e *env, d *ast.FuncDecl, id code.FuncID, name string) (funcs []code.Func, err error) {
	defer catch(&err)
	obj := u.Info.Defs[d.Name].(*types.Func)
	if d.Body == nil {
		return nil, &Error{u.pos(d.Pos()), "missing function body"}
	}
	sig := obj.Signature()
	f := p.newFn(u, e, name)
	f.facts = f.analyse(d.Recv, d.Type, d.Body)
	f.scope = f.facts.root
	f.enter(sig)
	f.stmts(d.Body.List)
	return f.group(id, d.Pos(), f.sigID(sig)), nil
}

func (p *Program) newFn(u *Unit, e *env, name string) *fn {
	return &fn{
		p: p, u: u, e: e, name: name, out: new([]code.Func),
		free: map[code.TypeID][]int{}, vars: map[*types.Var]int{}, capOf: map[*types.Var]int{}, labels: map[string]int64{},
	}
}

// child returns a function inside f.
func (f *fn) child(node ast.Node, name string) *fn {
	g := f.p.newFn(f.u, f.e, name)
	g.facts, g.outer, g.out = f.facts, f, f.out
	g.scope = f.facts.scopes[node]
	return g
}

// group returns the code of f and before it, in what is returned behind it, that of its literals.
func (f *fn) group(id code.FuncID, pos token.Pos, sig code.TypeID) []code.Func {
	return append([]code.Func{f.finish(id, pos, sig)}, *f.out...)
}

// finish returns the code of f, whose body is in cur.
func (f *fn) finish(id code.FuncID, pos token.Pos, sig code.TypeID) code.Func {
	if !f.named && f.flags&code.HasDefer == 0 && f.cells == nil {
		f.flags |= code.NoResultInit
	}
	if f.outer != nil {
		f.flags |= code.Literal
	}
	var captured []code.Captured
	for _, v := range f.caps {
		captured = append(captured, code.Captured{Name: v.Name(), Type: f.tid(f.varType(v))})
	}
	return code.Func{
		ID: id, Name: f.name, Pos: f.pos(pos), Sig: sig, Slots: f.slots, NumIn: f.nin, NumOut: f.nout,
		Cells: f.cells, Captured: captured, Flags: f.flags,
		Body: &code.Node{Op: code.Block, Kids: append(f.first, f.cur...)},
	}
}

// sigID returns the type of a function with its receiver as the first parameter.
func (f *fn) sigID(sig *types.Signature) code.TypeID {
	var recv types.Type
	if r := sig.Recv(); r != nil {
		recv = f.e.subst(r.Type())
	}
	plain := types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	return f.p.sigID(f.e.subst(plain).(*types.Signature), recv)
}

// enter makes the slots of parameters and results, and cells for those that need them.
func (f *fn) enter(sig *types.Signature) {
	var params []*types.Var
	if r := sig.Recv(); r != nil {
		params = append(params, r)
	}
	for v := range sig.Params().Variables() {
		params = append(params, v)
	}
	for _, v := range params {
		f.vars[v] = f.newSlot(f.tid(f.varType(v)))
	}
	f.nin = len(params)
	f.nout = sig.Results().Len()
	for v := range sig.Results().Variables() {
		t := f.varType(v)
		f.newSlot(f.tid(t))
		f.named = f.named || v.Name() != ""
		if v.Name() == "" || v.Name() == "_" {
			v = types.NewParam(v.Pos(), v.Pkg(), "_", v.Type())
		}
		if f.scope != nil && f.scope.returns {
			f.facts.escapes[v] = true
		}
		f.results = append(f.results, v)
		f.resTypes = append(f.resTypes, t)
	}
	for _, v := range params {
		if f.facts.escapes[v] {
			t := f.varType(v)
			f.cell(v, f.local(f.vars[v], t))
		}
	}
	for i, v := range f.results {
		f.vars[v] = f.nin + i
		if f.facts.escapes[v] {
			f.cell(v, nil)
			if f.cells == nil {
				f.cells = make([]int, f.nout)
			}
			f.cells[i] = f.vars[v]
		}
	}
	f.live = nil // these slots are never given back
}

// cell makes the memory of a variable that outlives the function.
func (f *fn) cell(v *types.Var, init *code.Node) {
	t := types.NewPointer(f.varType(v))
	s := f.slot(t)
	n := &code.Node{Op: code.New, Type: f.tid(t)}
	if init != nil {
		n.Kids = []*code.Node{init}
	}
	f.do(&code.Node{Op: code.Assign, Kids: []*code.Node{f.local(s, t), n}})
	f.vars[v] = s
}

// tid returns the identity of a type that has no type parameters.
func (f *fn) tid(t types.Type) code.TypeID { return f.p.typeID(t) }

func (f *fn) pos(pos token.Pos) link.Pos { return f.u.pos(pos) }

func (f *fn) varType(v *types.Var) types.Type { return types.Unalias(f.e.subst(v.Type())) }

func (f *fn) newSlot(t code.TypeID) int {
	f.slots = append(f.slots, t)
	return len(f.slots) - 1
}

// slot returns a slot that is free until the block ends.
func (f *fn) slot(t types.Type) int { return f.slotOf(f.tid(t)) }

func (f *fn) slotOf(id code.TypeID) int {
	var s int
	if free := f.free[id]; len(free) > 0 {
		s = free[len(free)-1]
		f.free[id] = free[:len(free)-1]
	} else {
		s = f.newSlot(id)
	}
	f.live = append(f.live, s)
	return s
}

// release gives back the slots that came into use since there were n.
func (f *fn) release(n int) {
	for _, s := range f.live[n:] {
		f.free[f.slots[s]] = append(f.free[f.slots[s]], s)
	}
	f.live = f.live[:n]
}

func (f *fn) local(slot int, t types.Type) *code.Node {
	return &code.Node{Op: code.Local, Type: f.tid(t), A: int64(slot)}
}

// do adds a statement to the block.
func (f *fn) do(n *code.Node) { f.cur = append(f.cur, n) }

// node makes a node of the language's operation op.
func (f *fn) node(op code.Op, t types.Type, pos token.Pos, kids ...*code.Node) *code.Node {
	n := &code.Node{Op: op, Pos: f.pos(pos), Kids: kids}
	if t != nil {
		n.Type = f.tid(t)
	}
	return n
}

// set stores a value in a place.
func (f *fn) set(place, value *code.Node, pos token.Pos) {
	f.do(&code.Node{Op: code.Assign, Pos: f.pos(pos), Kids: []*code.Node{place, value}})
}

// temp evaluates n now and returns what stands for its value afterwards.
func (f *fn) temp(n *code.Node, t types.Type) *code.Node {
	s := f.slot(t)
	f.do(&code.Node{Op: code.Assign, Pos: n.Pos, Kids: []*code.Node{f.local(s, t), n}})
	return f.local(s, t)
}

// block makes a block of what do adds.
func (f *fn) block(do func()) *code.Node {
	saved, hoist, live := f.cur, f.hoist, len(f.live)
	f.cur, f.hoist = nil, false
	do()
	n := &code.Node{Op: code.Block, Kids: f.cur}
	f.cur, f.hoist = saved, hoist
	f.release(live)
	return n
}

// seq returns the expression that do returns, after the statements that do adds.
func (f *fn) seq(do func() *code.Node) *code.Node {
	saved := f.cur
	f.cur = nil
	n := do()
	kids := f.cur
	f.cur = saved
	if len(kids) == 0 {
		return n
	}
	return &code.Node{Op: code.Seq, Type: n.Type, Kids: append(kids, n)}
}

// inline is seq where hoisted calls stay hoisted.
func (f *fn) inline(do func() *code.Node) *code.Node {
	if f.hoist {
		return do()
	}
	return f.seq(do)
}

// isGlobal reports whether a variable is one of a package.
func isGlobal(v *types.Var) bool {
	return v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// object returns what an identifier stands for. Variables that the statements of a cell
// declare may be known by their name only.
func (f *fn) object(id *ast.Ident) types.Object { return objectOf(f.u, id) }

func objectOf(u *Unit, id *ast.Ident) types.Object {
	if id.Name == "_" {
		return nil
	}
	if obj := u.Info.ObjectOf(id); obj != nil {
		return obj
	}
	return u.Pkg.Scope().Lookup(id.Name)
}

// variable is the place of a variable.
func (f *fn) variable(v *types.Var, pos token.Pos) *code.Node {
	t := f.varType(v)
	if isGlobal(v) {
		if f.p.isExtern(v) {
			return &code.Node{Op: code.ExternVar, Type: f.tid(t), Pos: f.pos(pos), S: f.p.externName(v)}
		}
		return &code.Node{Op: code.GlobalVar, Type: f.tid(t), Pos: f.pos(pos), A: int64(f.p.globalID(v))}
	}
	if s, ok := f.vars[v]; ok && !f.facts.escapes[v] {
		return f.local(s, t)
	}
	return &code.Node{Op: code.Deref, Type: f.tid(t), B: 1, Kids: []*code.Node{f.pointer(v, pos)}}
}

// pointer is the pointer to a variable that is in a cell.
func (f *fn) pointer(v *types.Var, pos token.Pos) *code.Node {
	t := types.NewPointer(f.varType(v))
	if s, ok := f.vars[v]; ok {
		return f.local(s, t)
	}
	n, ok := f.capOf[v]
	if !ok {
		if f.outer == nil || !f.facts.escapes[v] {
			f.fail(pos, "lowering: the variable %s is of no function around this one", v.Name())
		}
		n = len(f.caps)
		f.capOf[v] = n
		f.caps = append(f.caps, v)
	}
	return &code.Node{Op: code.Env, Type: f.tid(t), A: int64(n)}
}

// declare makes a new variable with a value, zero if it is nil.
func (f *fn) declare(v *types.Var, init *code.Node, pos token.Pos) {
	switch {
	case isGlobal(v):
		if init == nil {
			init = f.zero(f.varType(v))
		}
		f.set(f.variable(v, pos), init, pos)
	case f.facts.escapes[v]:
		f.cell(v, init)
	default:
		t := f.varType(v)
		if init == nil {
			init = f.zero(t)
		}
		s := f.slot(t)
		f.vars[v] = s
		f.set(f.local(s, t), init, pos)
	}
}

func (f *fn) zero(t types.Type) *code.Node {
	return &code.Node{Op: code.Zero, Type: f.tid(t)}
}

// closure makes a func value of g, a function inside f whose body is complete.
func (f *fn) closure(g *fn, t types.Type, sig *types.Signature, pos token.Pos) *code.Node {
	id := f.p.closureID(f.name)
	c := g.finish(id, pos, f.sigID(sig))
	*f.out = append(*f.out, c)
	if len(g.caps) == 0 {
		return &code.Node{Op: code.FuncVal, Type: f.tid(t), Pos: f.pos(pos), A: int64(id)}
	}
	n := &code.Node{Op: code.Closure, Type: f.tid(t), Pos: f.pos(pos), A: int64(id)}
	for _, v := range g.caps {
		n.Kids = append(n.Kids, f.pointer(v, pos))
	}
	return n
}

// litName is the name of the next literal in f, as the Go compiler numbers them.
func (f *fn) litName() string {
	h := f
	if h.rf != nil {
		h = h.declared()
	}
	h.lits++
	if h.outer == nil {
		return fmt.Sprintf("%s.func%d", h.name, h.lits)
	}
	return fmt.Sprintf("%s.%d", h.name, h.lits)
}

// declared is the function that the user wrote f in, which isn't the body of a range.
func (f *fn) declared() *fn {
	for f.rf != nil {
		f = f.outer
	}
	return f
}

func (f *fn) funcLit(x *ast.FuncLit) *code.Node {
	sig := f.u.Info.TypeOf(x).(*types.Signature)
	g := f.child(x, f.litName())
	g.enter(sig)
	g.stmts(x.Body.List)
	return f.closure(g, f.typ(x), sig, x.Pos())
}

// A synth is a function without captures that stands for something else: it takes the operands and does with them what
// make says.
func (f *fn) synth(name string, in, out []types.Type, make func(g *fn, args []*code.Node)) code.FuncID {
	vars := func(list []types.Type) *types.Tuple {
		var out []*types.Var
		for _, t := range list {
			out = append(out, types.NewParam(token.NoPos, f.u.Pkg, "", t))
		}
		return types.NewTuple(out...)
	}
	sig := types.NewSignatureType(nil, nil, nil, vars(in), vars(out), false)
	g := f.p.newFn(f.u, nil, name)
	g.facts = &facts{escapes: map[*types.Var]bool{}}
	g.enter(sig)
	g.flags = code.Wrapper
	var args []*code.Node
	for i, t := range in {
		args = append(args, g.local(i, t))
	}
	make(g, args)
	id := f.p.closureID(f.name)
	*f.out = append(*f.out, g.finish(id, token.NoPos, f.p.sigID(sig, nil)))
	return id
}

// An Entry is what a cell runs.
type Entry struct {
	// Stmts are statements in order. Variables that they declare, but not in blocks within them, are
	// variables of the package.
	Stmts []ast.Stmt
	// Last is the expression that is the last statement, whose values are the result of the cell.
	Last ast.Expr
	// Call says that Last is a call whose trailing error is the cell's.
	Call bool
	// Before and After are functions without parameters that are called before and after the statements, but
	// Before after the First ones of them.
	Before, After []*types.Func
	First         int
	// Imports are packages that must have been initialised before.
	Imports []*types.Package
	// Effects are those of Imports that the cell doesn't refer to: it imports them for what their initialisation does.
	Effects []*types.Package
	// Loop says that the statements are run as often as the engine says, to be timed.
	Loop bool
	// Describe are variables to tell the host of, and Zero ones to set to zero.
	Describe []*types.Var
	Zero     []*types.Var
}

// lowerEntry lowers the function that runs a cell.
func (p *Program) lowerEntry(entry Entry, id code.FuncID) (funcs []code.Func, err error) {
	defer catch(&err)
	f := p.newFn(p.u, nil, "main")
	stmts := entry.Stmts
	if entry.Last != nil {
		stmts = append(stmts[:len(stmts):len(stmts)], &ast.ExprStmt{X: entry.Last})
	}
	f.facts = f.analyse(nil, nil, &ast.BlockStmt{List: stmts})
	f.scope = f.facts.root
	sig := types.NewSignatureType(nil, nil, nil, nil, nil, false)
	f.enter(sig)
	calls := func(list []*types.Func) {
		for _, fun := range list {
			f.do(&code.Node{Op: code.Eval, Kids: []*code.Node{{Op: code.CallFunc, A: int64(p.funcID(fun, nil))}}})
		}
	}
	f.imports(entry.Imports)
	f.effects(entry.Effects)
	f.stmts(entry.Stmts[:entry.First])
	calls(entry.Before)
	if rest := entry.Stmts[entry.First:]; entry.Loop {
		s := f.slot(types.Typ[types.Int])
		body := f.block(func() { f.stmts(rest) })
		f.do(&code.Node{Op: code.RangeInt, A: int64(s), B: f.newLabel(), Kids: []*code.Node{
			{Op: code.Intrinsic, S: "loops", Type: f.tid(types.Typ[types.Int])}, body}})
	} else {
		f.stmts(rest)
	}
	if entry.Last != nil {
		f.result(entry.Last, entry.Call)
	}
	for _, v := range entry.Zero {
		f.set(f.variable(v, token.NoPos), f.zero(f.varType(v)), token.NoPos)
	}
	for _, v := range entry.Describe {
		f.do(&code.Node{Op: code.Describe, S: f.p.shown(v), Kids: []*code.Node{f.variable(v, token.NoPos)}})
	}
	calls(entry.After)
	return f.group(id, token.NoPos, p.sigID(sig, nil)), nil
}

// result lowers the expression whose values the cell shows.
func (f *fn) result(x ast.Expr, call bool) {
	var values []*code.Node
	var list []types.Type
	live := len(f.live)
	old := f.order(x)
	t := f.u.Info.TypeOf(x)
	tuple, several := t.(*types.Tuple)
	if _, ok := ast.Unparen(x).(*ast.CallExpr); several && ok {
		if tuple.Len() == 0 {
			f.hoist = old
			f.stmt(&ast.ExprStmt{X: x})
			return
		}
		for _, o := range f.spread(x) {
			values, list = append(values, o.n), append(list, o.t)
		}
	} else if t != types.Typ[types.UntypedNil] {
		values, list = []*code.Node{f.expr(x)}, []types.Type{f.typ(x)}
	}
	f.hoist = old
	if len(values) == 0 { // nil
		return
	}
	var names []string
	for _, t := range list {
		names = append(names, types.TypeString(t, func(pkg *types.Package) string {
			if pkg == f.u.Pkg {
				return ""
			}
			return pkg.Name()
		}))
	}
	text := strings.Join(names, "\n")
	if f.u.Shown != nil {
		text = f.u.Shown(text)
	}
	n := &code.Node{Op: code.Result, Pos: f.pos(x.Pos()), S: text, Kids: values}
	if call && types.Identical(list[len(list)-1], types.Universe.Lookup("error").Type()) {
		n.A = 1
	}
	f.do(n)
	f.release(live)
}
