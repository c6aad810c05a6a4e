package assist

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inspection answers an inspect_request. Data has the same text as
// text/plain, text/markdown and text/html.
type Inspection struct {
	Found bool
	Data  map[string]string // by MIME type
}

// Inspect describes what the cursor, a position in code points, is on or
// directly behind: the declaration and documentation of a name, also the value
// of a session variable. Where there is no name it describes the function
// whose arguments the cursor is in. With detail 0 the source of a long
// declaration is cut.
//
// To answer "name?", call it with the name as the code and its length as the
// cursor.
func (e *Env) Inspect(ctx context.Context, code string, cursor, detail int) Inspection {
	off := byteOffset(code, cursor)
	masked, magics := e.mask(code)
	for _, m := range magics {
		if off >= m.off && off <= m.off+len(m.name) {
			if spec, ok := e.magic(m.name); ok {
				return page{head: spec.Name, text: spec.Doc}.inspection()
			}
			return Inspection{}
		}
	}
	start, end := wordAt(masked, off)
	if start < end && isName(masked, start) {
		if p, ok := e.inspectName(masked, start, end, detail); ok {
			return p.inspection()
		}
	}
	if ctx.Err() != nil {
		return Inspection{}
	}
	if p, ok := e.inspectCall(masked, off, detail); ok {
		return p.inspection()
	}
	return Inspection{}
}

// wordAt finds the identifier around a byte offset.
func wordAt(code string, off int) (start, end int) {
	start = identStart(code, off)
	for end = off; end < len(code); {
		r, n := utf8.DecodeRuneInString(code[end:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		end += n
	}
	return start, end
}

// isName tells whether an identifier begins at start: no keyword, number,
// comment or string.
func isName(code string, start int) bool {
	for _, t := range scan(code) {
		if t.off >= start {
			return t.off == start && t.tok == token.IDENT
		}
	}
	return false
}

func (e *Env) inspectName(code string, start, end, detail int) (page, bool) {
	name := code[start:end]
	v := e.lookWhole(code, start)
	if v == nil {
		v = e.look(code, start, name)
	}
	if v != nil {
		if obj := v.object(v.ident); obj != nil {
			return v.describe(obj, v.owner(obj), detail), true
		}
		if sel, ok := v.path[0].(*ast.SelectorExpr); ok && sel.Sel == v.ident {
			return page{}, false
		}
	}
	if path, ok := e.Imports[name]; ok {
		return e.describePackage(path), true
	}
	if e.ByName != nil {
		if paths := e.ByName(name); len(paths) > 0 {
			return e.describePackage(paths[0]), true
		}
	}
	return page{}, false
}

// inspectCall describes the function whose argument list the cursor is in.
func (e *Env) inspectCall(code string, off, detail int) (page, bool) {
	// In the midst of a token, such as a string, the argument begins earlier.
	at := off
	for _, t := range scan(code) {
		if t.off < off && (t.end > off || t.open) {
			if t.tok == token.COMMENT {
				return page{}, false
			}
			at = t.off
		}
	}
	v := e.look(code, at, placeholder)
	if v == nil {
		return page{}, false
	}
	var child ast.Node = v.ident
	for _, n := range v.path {
		switch n := n.(type) {
		case *ast.CallExpr:
			if n.Fun != child {
				return v.describeCallee(n, detail)
			}
		case *ast.FuncLit:
			return page{}, false
		}
		child = n
	}
	return page{}, false
}

// describeCallee describes the function of a call.
func (v *view) describeCallee(call *ast.CallExpr, detail int) (page, bool) {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	id, _ := fun.(*ast.Ident)
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		id = sel.Sel
	}
	if id == nil {
		return page{}, false
	}
	v.ident, v.path = id, enclosingIn(call, id)
	obj := v.object(id)
	if obj == nil {
		return page{}, false
	}
	return v.describe(obj, v.owner(obj), detail), true
}

func enclosingIn(root ast.Node, id *ast.Ident) []ast.Node {
	var path []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n != nil && n.Pos() <= id.Pos() && id.End() <= n.End() && n != id {
			path = append(path, n)
			return true
		}
		return false
	})
	slices.Reverse(path)
	return path
}

// object is what an identifier means.
func (v *view) object(id *ast.Ident) types.Object {
	if obj := v.info.ObjectOf(id); obj != nil {
		return obj
	}
	if sel, ok := v.path[0].(*ast.SelectorExpr); ok && sel.Sel == id {
		return nil
	}
	if _, obj := v.scope.LookupParent(id.Name, id.Pos()); obj != nil {
		return obj
	}
	return nil
}

// owner is the named type that declares a field or method, nil for anything
// else.
func (v *view) owner(obj types.Object) *types.TypeName {
	named := func(t types.Type) *types.TypeName {
		if p, ok := types.Unalias(t).(*types.Pointer); ok {
			t = p.Elem()
		}
		if n, ok := types.Unalias(t).(*types.Named); ok {
			return n.Obj()
		}
		return nil
	}
	switch obj := obj.(type) {
	case *types.Func:
		if recv := obj.Signature().Recv(); recv != nil {
			if n := named(recv.Type()); n != nil {
				return n
			}
			if sel, ok := v.path[0].(*ast.SelectorExpr); ok {
				return named(v.info.TypeOf(sel.X))
			}
		}
	case *types.Var:
		if !obj.IsField() {
			return nil
		}
		for _, n := range v.path {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				s := v.info.Selections[n]
				if s == nil {
					return nil
				}
				t := s.Recv()
				for _, i := range s.Index()[:len(s.Index())-1] {
					t = structOf(t).Field(i).Type()
				}
				return named(t)
			case *ast.CompositeLit:
				return named(v.info.TypeOf(n))
			}
		}
	}
	return nil
}

func (e *Env) describePackage(path string) page {
	p := page{head: fmt.Sprintf("import %q", path), path: path}
	if e.Doc != nil {
		if sig, doc, ok := e.Doc(path, ""); ok {
			p.head, p.text = sig+" // import \""+path+"\"", doc
		}
	}
	return p
}

// describe collects what is known about an object.
func (v *view) describe(obj types.Object, owner *types.TypeName, detail int) page {
	e := v.env
	if pkg, ok := obj.(*types.PkgName); ok {
		return e.describePackage(pkg.Imported().Path())
	}
	p := page{head: types.ObjectString(obj, e.qualify)}
	if c, ok := obj.(*types.Const); ok {
		p.head += " = " + c.Val().String()
	}
	switch {
	case obj.Pkg() == nil || obj.Pkg() == types.Unsafe:
		path := "builtin"
		if obj.Pkg() != nil {
			path = "unsafe"
		}
		v.fromDoc(&p, path, obj.Name())
	case obj.Pkg().Path() != e.path():
		p.path = obj.Pkg().Path()
		name := obj.Name()
		if owner != nil {
			name = owner.Name() + "." + name
		}
		v.fromDoc(&p, p.path, name)
		if t, ok := obj.(*types.TypeName); ok {
			p.methods = v.methodList(t)
		}
	default:
		v.fromSession(&p, obj, detail)
	}
	return p
}

func (v *view) fromDoc(p *page, path, name string) {
	if v.env.Doc == nil {
		return
	}
	if sig, doc, ok := v.env.Doc(path, name); ok {
		p.head, p.text = sig, doc
	}
}

// fromSession describes what this cell or an earlier one has declared.
func (v *view) fromSession(p *page, obj types.Object, detail int) {
	e := v.env
	src, isHere := v.cell[obj]
	if !isHere && e.Source != nil && v.fromEarlier(obj) {
		if text, cell, ok := e.Source(obj); ok {
			src = text
			if cell > 0 {
				p.note = fmt.Sprintf("declared in cell %d", cell)
			}
		}
	}
	comment, decl := cutComment(src)
	p.text = comment
	switch obj.(type) {
	case *types.Func, *types.TypeName:
		if decl != "" {
			p.source = cutLines(decl, detail)
		}
	default:
		if strings.Contains(decl, "\n") || detail > 0 {
			p.source = cutLines(decl, detail)
		}
	}
	if t, ok := obj.(*types.TypeName); ok {
		p.methods = v.methodList(t)
	}
	isGlobal := e.Pkg != nil && e.Pkg.Scope().Lookup(obj.Name()) == obj
	if _, ok := obj.(*types.Var); ok && isGlobal && e.Value != nil {
		if text, ok := e.Value(obj.Name()); ok {
			p.value = text
		}
	}
}

// fromEarlier tells whether an object is a declaration or a method of an
// earlier cell: no field, no local variable and nothing of this cell.
func (v *view) fromEarlier(obj types.Object) bool {
	if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil {
		return fn.Pkg() != v.pkg
	}
	scope := obj.Parent()
	return scope != nil && scope.Parent() == types.Universe && scope != v.pkg.Scope()
}

// methodList is the exported methods of a type, and in the session all, as
// declarations.
func (v *view) methodList(t *types.TypeName) []string {
	named, ok := types.Unalias(t.Type()).(*types.Named)
	if !ok || types.IsInterface(named) {
		return nil
	}
	var list []string
	for m := range named.Methods() {
		if v.visible(m) {
			recv := types.TypeString(m.Signature().Recv().Type(), types.RelativeTo(m.Pkg()))
			list = append(list, "func ("+recv+") "+m.Name()+v.signature(m.Type()))
		}
	}
	slices.Sort(list)
	return list
}

// cutComment separates the comment before a declaration, without its marks.
func cutComment(src string) (comment, decl string) {
	group := &ast.CommentGroup{}
	decl = strings.TrimSpace(src)
	for _, t := range scan(src) {
		if t.tok != token.COMMENT {
			if !t.auto() {
				decl = strings.TrimSpace(src[t.off:])
				break
			}
			continue
		}
		group.List = append(group.List, &ast.Comment{Text: t.lit})
	}
	if len(group.List) == 0 {
		return "", decl
	}
	return strings.TrimSpace(group.Text()), decl
}

// cutLines shortens a declaration unless the details are wanted.
func cutLines(src string, detail int) string {
	const limit = 25
	if detail > 0 {
		return src
	}
	lines := strings.SplitAfterN(src, "\n", limit+1)
	if len(lines) <= limit {
		return src
	}
	rest := 1 + strings.Count(lines[limit], "\n")
	return strings.Join(lines[:limit], "") + fmt.Sprintf("// … %d more lines", rest)
}
