package assist

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"golang.org/x/tools/go/types/typeutil"
)

// names lists what an identifier can mean at the cursor.
func (v *view) names(prefix string) []candidate {
	want := v.expected(0)
	var list []candidate
	pos := v.ident.Pos()
	seen := map[string]bool{}
	for _, n := range v.path {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, id := range spec.Names {
				seen[id.Name] = true // being declared
			}
		}
	}
	for s := v.scope; s != nil; s = s.Parent() {
		r := rankLocal
		switch s {
		case v.pkg.Scope():
			r = rankSession
		case types.Universe:
			r = rankBuiltin
			if prefix == "" {
				continue
			}
		}
		for _, name := range s.Names() {
			obj := s.Lookup(name)
			if seen[name] || name == "_" || name == placeholder || name == v.ident.Name ||
				r == rankLocal && obj.Pos() >= pos {
				continue
			}
			seen[name] = true
			own := r
			if _, ok := obj.(*types.PkgName); ok {
				own = rankPackage
			}
			list = append(list, v.candidate(obj, own, want))
		}
	}
	for name, path := range v.env.Imports {
		if !seen[name] && name != "_" && name != "." {
			seen[name] = true
			list = append(list, candidate{Match{Text: name, Type: KindPackage, Signature: strconv.Quote(path)}, rankPackage})
		}
	}
	if prefix == "" {
		return list
	}
	for t := token.BREAK; t <= token.VAR; t++ {
		list = append(list, candidate{Match{Text: t.String(), Type: KindKeyword}, rankBuiltin})
	}
	if v.env.Packages != nil {
		best := map[string]string{}
		for _, p := range v.env.Packages() {
			if seen[p.Name] || p.Name == "main" || !hasPrefixFold(p.Name, prefix) {
				continue
			}
			if _, ok := best[p.Name]; ok && v.env.ByName != nil {
				if paths := v.env.ByName(p.Name); len(paths) > 0 {
					p.Path = paths[0]
				}
			}
			best[p.Name] = p.Path
		}
		for name, path := range best {
			list = append(list, candidate{Match{Text: name, Type: KindPackage, Signature: strconv.Quote(path)}, rankOther})
		}
	}
	return list
}

// fields lists the field names if the cursor is where a struct literal's
// element begins. only is true if nothing else can stand there. colon tells
// whether the colon is there already.
func (v *view) fields(colon bool) (list []candidate, only bool) {
	i := 0
	var kv *ast.KeyValueExpr
	if x, ok := v.path[0].(*ast.KeyValueExpr); ok {
		if x.Key != v.ident {
			return nil, false
		}
		kv, i = x, 1
	}
	lit, ok := v.path[i].(*ast.CompositeLit)
	if !ok || lit.Type == v.ident {
		return nil, false
	}
	st := structOf(v.info.TypeOf(lit))
	if st == nil {
		return nil, false
	}
	used := map[string]bool{}
	keyed := kv != nil
	for _, elt := range lit.Elts {
		switch elt := elt.(type) {
		case *ast.KeyValueExpr:
			if id, ok := elt.Key.(*ast.Ident); ok {
				used[id.Name], keyed = true, true
			}
		default:
			if elt != v.ident {
				return nil, false // values without names
			}
		}
	}
	for f := range st.Fields() {
		if used[f.Name()] || !v.visible(f) {
			continue
		}
		c := v.candidate(f, rankLocal, nil)
		if !colon {
			c.Text += ": "
		}
		list = append(list, c)
	}
	return list, keyed
}

func structOf(t types.Type) *types.Struct {
	if t == nil {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

// methodsOf lists the methods that a value of this type has, if it can be
// addressed.
func methodsOf(t types.Type) []*types.Func {
	var list []*types.Func
	for _, sel := range typeutil.IntuitiveMethodSet(t, nil) {
		list = append(list, sel.Obj().(*types.Func))
	}
	return list
}

// fieldsOf lists the fields of a struct or a pointer to one, promoted ones
// behind the struct's own, the shallower first. Names that are ambiguous at
// one depth are left out.
func fieldsOf(t types.Type) []*types.Var {
	var list []*types.Var
	have := map[string]bool{}
	visited := map[types.Type]bool{}
	for level := []types.Type{t}; len(level) > 0; {
		var next []types.Type
		var here []*types.Var
		count := map[string]int{}
		for _, t := range level {
			if visited[t] {
				continue
			}
			visited[t] = true
			st := structOf(t)
			if st == nil {
				continue
			}
			for f := range st.Fields() {
				count[f.Name()]++
				here = append(here, f)
				if f.Embedded() {
					next = append(next, f.Type())
				}
			}
		}
		for _, f := range here {
			if !have[f.Name()] && count[f.Name()] == 1 {
				list = append(list, f)
			}
		}
		for name := range count {
			have[name] = true
		}
		level = next
	}
	return list
}

// expected is the type that an expression must have which starts at
// path[from:], nil if that isn't known.
func (v *view) expected(from int) types.Type {
	if from >= len(v.path) {
		return nil
	}
	var child ast.Node = v.ident
	if from > 0 {
		child = v.path[from-1]
	}
	switch p := v.path[from].(type) {
	case *ast.CallExpr:
		sig, ok := v.info.TypeOf(p.Fun).(*types.Signature)
		if !ok {
			return nil
		}
		for i, arg := range p.Args {
			if arg != child {
				continue
			}
			params := sig.Params()
			switch last := params.Len() - 1; {
			case sig.Variadic() && i >= last:
				if s, ok := params.At(last).Type().(*types.Slice); ok {
					return s.Elem()
				}
			case i <= last:
				return params.At(i).Type()
			}
		}
	case *ast.AssignStmt:
		for i, rhs := range p.Rhs {
			if rhs == child && p.Tok != token.DEFINE && len(p.Lhs) == len(p.Rhs) {
				return v.info.TypeOf(p.Lhs[i])
			}
		}
	case *ast.ValueSpec:
		if p.Type != nil && p.Type != child {
			return v.info.TypeOf(p.Type)
		}
	case *ast.KeyValueExpr:
		if p.Value != child || from+1 >= len(v.path) {
			return nil
		}
		lit, ok := v.path[from+1].(*ast.CompositeLit)
		if !ok {
			return nil
		}
		if st := structOf(v.info.TypeOf(lit)); st != nil {
			for f := range st.Fields() {
				if id, ok := p.Key.(*ast.Ident); ok && f.Name() == id.Name {
					return f.Type()
				}
			}
		}
	case *ast.ReturnStmt:
		return v.returned(p, child, from)
	case *ast.IfStmt:
		if p.Cond == child {
			return types.Typ[types.Bool]
		}
	}
	return nil
}

// returned is the type of the result that child stands for.
func (v *view) returned(ret *ast.ReturnStmt, child ast.Node, from int) types.Type {
	for _, n := range v.path[from:] {
		var sig *types.Signature
		switch n := n.(type) {
		case *ast.FuncLit:
			sig, _ = v.info.TypeOf(n).(*types.Signature)
		case *ast.FuncDecl:
			if obj := v.info.Defs[n.Name]; obj != nil {
				sig, _ = obj.Type().(*types.Signature)
			}
		default:
			continue
		}
		for i, x := range ret.Results {
			if sig != nil && x == child && i < sig.Results().Len() {
				return sig.Results().At(i).Type()
			}
		}
		return nil
	}
	return nil
}
