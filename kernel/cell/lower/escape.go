package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

// facts are what must be known of a whole function, with the literals in it, before it is lowered.
type facts struct {
	root     *scope
	scopes   map[ast.Node]*scope // of literals, and of ranges over functions
	escapes  map[*types.Var]bool // captured, or its address is taken: it is in a cell
	assigned map[*types.Var]bool // after its declaration
}

// A scope is a function, a literal, or the body of a range over a function.
type scope struct {
	outer   *scope
	body    bool            // of a range over a function
	labels  map[string]bool // declared in it
	gotos   map[string]bool // of these, those that a goto names
	returns bool            // a body of a range within it returns
	defers  bool            // it has a defer, or a body of a range within it has
}

// analyse finds the facts of a function. recv and typ may be nil.
func (f *fn) analyse(recv *ast.FieldList, typ *ast.FuncType, body *ast.BlockStmt) *facts {
	a := &analysis{f: f, owner: map[*types.Var]*scope{}, facts: &facts{
		scopes: map[ast.Node]*scope{}, escapes: map[*types.Var]bool{}, assigned: map[*types.Var]bool{},
	}}
	a.scope = newScope(nil)
	a.facts.root = a.scope
	a.fields(recv)
	a.signature(typ)
	ast.Walk(a, body)
	a.resolve()
	return a.facts
}

func newScope(outer *scope) *scope {
	return &scope{outer: outer, labels: map[string]bool{}, gotos: map[string]bool{}}
}

type analysis struct {
	*facts
	f     *fn
	scope *scope
	owner map[*types.Var]*scope
	gotos []jump
}

// A jump is a goto.
type jump struct {
	label string
	from  *scope
}

func (a *analysis) fields(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, field := range list.List {
		for _, id := range field.Names {
			a.define(id)
		}
	}
}

func (a *analysis) signature(t *ast.FuncType) {
	if t != nil {
		a.fields(t.Params)
		a.fields(t.Results)
	}
}

func (a *analysis) define(id *ast.Ident) {
	if v, ok := a.f.u.Info.Defs[id].(*types.Var); ok {
		a.owner[v] = a.scope
	}
}

// inside analyses a part of the function that is a function of its own.
func (a *analysis) inside(node ast.Node, body bool, do func()) {
	a.scope = newScope(a.scope)
	a.scope.body = body
	a.scopes[node] = a.scope
	do()
	a.scope = a.scope.outer
}

// Visit looks at a node.
func (a *analysis) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.FuncLit:
		a.inside(n, false, func() {
			a.signature(n.Type)
			ast.Walk(a, n.Body)
		})
		return nil
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			a.assign(n.Key)
			a.assign(n.Value)
		}
		if _, ok := a.f.typ(n.X).Underlying().(*types.Signature); ok {
			ast.Walk(a, n.X)
			a.inside(n, true, func() {
				if n.Key != nil {
					ast.Walk(a, n.Key)
				}
				if n.Value != nil {
					ast.Walk(a, n.Value)
				}
				ast.Walk(a, n.Body)
			})
			return nil
		}
	case *ast.CaseClause:
		if v, ok := a.f.u.Info.Implicits[n].(*types.Var); ok {
			a.owner[v] = a.scope
		}
	case *ast.LabeledStmt:
		a.scope.labels[n.Label.Name] = true
	case *ast.BranchStmt:
		if n.Tok == token.GOTO {
			a.gotos = append(a.gotos, jump{n.Label.Name, a.scope})
		}
	case *ast.ReturnStmt:
		a.declared().returns = a.scope.body || a.declared().returns
	case *ast.DeferStmt:
		a.declared().defers = true
	case *ast.Ident:
		a.ident(n)
	case *ast.AssignStmt:
		for _, x := range n.Lhs {
			if id, ok := x.(*ast.Ident); ok && n.Tok == token.DEFINE && a.f.u.Info.Defs[id] != nil {
				continue
			}
			a.assign(x)
		}
	case *ast.IncDecStmt:
		a.assign(n.X)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			a.address(n.X)
		}
	case *ast.SliceExpr:
		if isArray(a.f.typ(n.X)) {
			a.address(n.X)
		}
	case *ast.SelectorExpr:
		a.selector(n)
		ast.Walk(a, n.X)
		return nil
	}
	return a
}

// declared is the scope of the function that the user wrote.
func (a *analysis) declared() *scope {
	s := a.scope
	for s.body {
		s = s.outer
	}
	return s
}

func isArray(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Array)
	return ok
}

func (a *analysis) ident(id *ast.Ident) {
	if v, ok := a.f.u.Info.Defs[id].(*types.Var); ok {
		a.owner[v] = a.scope
		return
	}
	v, ok := a.f.u.Info.Uses[id].(*types.Var)
	if !ok || v.IsField() || isGlobal(v) {
		return
	}
	if owner := a.owner[v]; owner != nil && owner != a.scope {
		a.escapes[v] = true
	}
}

// assign notes that the variable that x is, or is a part of, changes.
func (a *analysis) assign(x ast.Expr) {
	if x == nil {
		return
	}
	if v := a.variable(x); v != nil {
		a.assigned[v] = true
	}
}

// address notes that a pointer to x, or into it, is made.
func (a *analysis) address(x ast.Expr) {
	if v := a.variable(x); v != nil {
		a.escapes[v] = true
	}
}

// variable returns the local variable whose memory x is, or is a part of.
func (a *analysis) variable(x ast.Expr) *types.Var {
	switch x := x.(type) {
	case *ast.Ident:
		v, ok := a.f.object(x).(*types.Var)
		if ok && !isGlobal(v) {
			return v
		}
	case *ast.ParenExpr:
		return a.variable(x.X)
	case *ast.IndexExpr:
		if isArray(a.f.typ(x.X)) {
			return a.variable(x.X)
		}
	case *ast.SelectorExpr:
		if a.f.isQualified(x) {
			return nil
		}
		t := a.f.typ(x.X)
		_, index, _ := a.f.lookup(x)
		for _, i := range index {
			st, ok := t.Underlying().(*types.Struct)
			if !ok {
				return nil // through a pointer
			}
			t = st.Field(i).Type()
		}
		return a.variable(x.X)
	}
	return nil
}

// selector notes that a method with a pointer receiver takes the address of its operand.
func (a *analysis) selector(x *ast.SelectorExpr) {
	if a.f.isQualified(x) || a.f.u.Info.Types[x.X].IsType() {
		return
	}
	obj, index, _ := a.f.lookup(x)
	m, ok := obj.(*types.Func)
	if !ok {
		return
	}
	if _, ok := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer); !ok {
		return
	}
	t := a.f.typ(x.X)
	for _, i := range index[:len(index)-1] {
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return
		}
		t = st.Field(i).Type()
	}
	if _, ok := t.Underlying().(*types.Pointer); !ok {
		a.address(x.X)
	}
}

// resolve finds the scopes of the labels that gotos name.
func (a *analysis) resolve() {
	for _, j := range a.gotos {
		for s := j.from; s != nil; s = s.outer {
			if s.labels[j.label] {
				s.gotos[j.label] = true
				break
			}
			if !s.body {
				break
			}
		}
	}
}
