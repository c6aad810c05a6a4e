package assist

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// placeholder stands in the syntax tree for what is about to be typed.
const placeholder = "goherdCursor"

// view is a cell as the type checker sees it at one place: the chunk with that
// place cut off there and closed, before it the declarations of the cell.
type view struct {
	env   *Env
	pkg   *types.Package
	info  *types.Info
	ident *ast.Ident // the identifier asked about
	path  []ast.Node // what encloses it, the innermost first, starting with its parent
	scope *types.Scope
	cell  map[types.Object]string // source of what this cell declares itself
}

// piece is a parsed chunk.
type piece struct {
	file  *ast.File
	src   string
	ident *ast.Ident
	fails int
}

// look type-checks the masked code as it is before off, with the identifier
// name at [off, …) in place of what follows. It returns nil if nothing there
// can be understood.
func (e *Env) look(code string, off int, name string) *view {
	fset := token.NewFileSet()
	before, cur := unfinished(code[:off])
	p := repair(fset, code[cur.off:off], cur, name)
	if p.ident == nil {
		// Too broken: the operand alone still tells its type.
		from := operandStart(cur.toks, off)
		p = repair(fset, code[from:off], chunk{off: from, kind: token.ILLEGAL}, name)
		if p.ident == nil {
			return nil
		}
	}
	p.src = "" // it is cut, and closed by force
	return e.view(fset, code, off, p, append(before, later(code, off)...))
}

// lookWhole is look without a cut: for a cell whose chunk at off is right as
// it is. It returns nil if it isn't, or if no identifier begins there.
func (e *Env) lookWhole(code string, off int) *view {
	fset := token.NewFileSet()
	chunks := split(withoutComments(scan(code)))
	i := slices.IndexFunc(chunks, func(c chunk) bool { return c.off <= off && off < c.end })
	if i < 0 {
		return nil
	}
	c := chunks[i]
	head, tail := wrap(c.kind)
	p := parse(fset, head+code[c.off:c.end]+tail)
	p.find(len(head) + off - c.off)
	if p.fails > 0 || p.ident == nil {
		return nil
	}
	p.src = code[c.off:c.end]
	return e.view(fset, code, -1, p, slices.Delete(chunks, i, i+1))
}

// view checks a piece and the other chunks' declarations.
func (e *Env) view(fset *token.FileSet, code string, off int, p piece, others []chunk) *view {
	v := &view{env: e, ident: p.ident, cell: map[types.Object]string{}}
	v.path = enclosing(p.file, p.ident)
	pieces := []piece{}
	for _, c := range others {
		if q, ok := declaration(fset, code, c); ok {
			pieces = append(pieces, q)
		}
	}
	v.check(fset, code, off, p, pieces)
	return v
}

// wrap is what makes a file of a chunk.
func wrap(kind token.Token) (head, tail string) {
	switch kind {
	case token.ILLEGAL:
		return "package p;func _(){", "\n}"
	case token.PACKAGE:
		return "", ""
	}
	return "package p;", ""
}

// opener is a bracket that is open at the cursor.
type opener struct {
	tok   token.Token
	close string
}

// repair parses text, a chunk's beginning, followed by name and what closes
// it best: of all ways tried, the one with the fewest syntax errors.
func repair(fset *token.FileSet, text string, c chunk, name string) piece {
	var stack []opener
	spawned := false // after go or defer: a function literal wants a call
	for i, t := range c.toks {
		switch t.tok {
		case token.FUNC:
			spawned = i > 0 && (c.toks[i-1].tok == token.GO || c.toks[i-1].tok == token.DEFER)
		case token.LPAREN:
			stack = append(stack, opener{t.tok, ")"})
		case token.LBRACK:
			stack = append(stack, opener{t.tok, "]"})
		case token.LBRACE:
			o := opener{t.tok, "}"}
			if spawned && (len(stack) == 0 || stack[len(stack)-1].tok == token.LBRACE) {
				o.close, spawned = "}()", false
			}
			stack = append(stack, o)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		}
	}
	inner := "" // closes parentheses up to the innermost block
	for len(stack) > 0 && stack[len(stack)-1].tok != token.LBRACE {
		inner += stack[len(stack)-1].close
		stack = stack[:len(stack)-1]
	}
	outer := ""
	for _, o := range slices.Backward(stack) {
		outer += "\n" + o.close
	}
	head, tail := wrap(c.kind)
	best := piece{fails: -1}
	for _, call := range []string{"", "()", ":"} {
		for _, block := range []string{"", " {}", "; true {}", ";; {}"} {
			src := head + text + name + call + inner + block + outer + tail
			p := parse(fset, src)
			p.find(len(head) + len(text))
			if p.ident != nil && (best.fails < 0 || p.fails < best.fails) {
				best = p
			}
			if best.fails == 0 {
				return best
			}
		}
	}
	return best
}

// find sets the identifier that begins at a byte offset of the file.
func (p *piece) find(off int) {
	pos := p.file.FileStart + token.Pos(off)
	ast.Inspect(p.file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Pos() == pos {
			p.ident = id
		}
		return p.ident == nil
	})
}

func parse(fset *token.FileSet, src string) piece {
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution|parser.AllErrors)
	p := piece{file: f, src: src}
	if list, ok := err.(scanner.ErrorList); ok {
		p.fails = len(list)
	} else if err != nil {
		p.fails = 1
	}
	return p
}

// operandStart finds where the operand before the last dot begins: names,
// selectors, calls and indexes, read backwards.
func operandStart(toks []tok, off int) int {
	i := len(toks) - 1
	start := off
	if i < 0 || toks[i].tok != token.PERIOD {
		return start
	}
	depth := 0
	operand := false // the token to the right was an operand
	for ; i >= 0; i-- {
		t := toks[i]
		switch t.tok {
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if depth == 0 && operand {
				return start
			}
			depth++
		case token.LPAREN, token.LBRACK, token.LBRACE:
			if depth == 0 {
				return start
			}
			depth--
			operand = false
		case token.PERIOD:
			operand = false
		case token.IDENT, token.STRING, token.INT, token.FLOAT, token.CHAR:
			if depth == 0 {
				if operand {
					return start
				}
				operand = true
			}
		default:
			if depth == 0 {
				return start
			}
		}
		if depth == 0 {
			start = t.off
		}
	}
	return start
}

// enclosing lists the nodes around an identifier, the innermost first.
func enclosing(f *ast.File, id *ast.Ident) []ast.Node {
	var path, found []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return false
		}
		if n == id {
			found = slices.Clone(path)
		}
		path = append(path, n)
		return true
	})
	slices.Reverse(found)
	return found
}

// later finds the declarations behind the cursor's line: what begins at the
// start of a line with a keyword.
func later(code string, off int) []chunk {
	var chunks []chunk
	for {
		i := strings.IndexByte(code[off:], '\n')
		if i < 0 {
			return chunks
		}
		off += i + 1
		word, _, _ := strings.Cut(code[off:], " ")
		switch token.Lookup(strings.TrimSpace(word)) {
		case token.FUNC, token.TYPE, token.VAR, token.CONST, token.IMPORT:
		default:
			continue
		}
		for _, c := range split(withoutComments(scan(code[off:]))) {
			if c.kind == token.ILLEGAL {
				continue
			}
			for j := range c.toks {
				c.toks[j].off += off
				c.toks[j].end += off
			}
			c.off += off
			c.end += off
			chunks = append(chunks, c)
		}
		return chunks
	}
}

// declaration parses a chunk if it declares names for the rest of the cell. A
// short variable declaration becomes a var declaration of the package, as the
// session will see it.
func declaration(fset *token.FileSet, code string, c chunk) (piece, bool) {
	text := code[c.off:c.end]
	switch c.kind {
	case token.PACKAGE:
		return piece{}, false
	case token.FUNC, token.TYPE, token.VAR, token.CONST, token.IMPORT:
		p := parse(fset, "package p;"+code[c.off:signatureEnd(c)])
		p.src = text
		return p, true
	}
	if !slices.ContainsFunc(c.toks, func(t tok) bool { return t.tok == token.DEFINE }) {
		return piece{}, false
	}
	p := parse(fset, "package p;func _(){"+text+"\n}")
	p.src = text
	f := p.file.Decls
	if len(f) != 1 {
		return piece{}, false
	}
	fn, ok := f[0].(*ast.FuncDecl)
	if !ok || fn.Body == nil || len(fn.Body.List) != 1 {
		return piece{}, false
	}
	assign, ok := fn.Body.List[0].(*ast.AssignStmt)
	if !ok || assign.Tok != token.DEFINE {
		return piece{}, false
	}
	spec := &ast.ValueSpec{Values: assign.Rhs}
	for _, x := range assign.Lhs {
		id, ok := x.(*ast.Ident)
		if !ok {
			return piece{}, false
		}
		spec.Names = append(spec.Names, id)
	}
	p.file.Decls = []ast.Decl{&ast.GenDecl{TokPos: assign.Pos(), Tok: token.VAR, Specs: []ast.Spec{spec}}}
	return p, true
}

// signatureEnd is where a function's body begins, and the end of any other
// declaration.
func signatureEnd(c chunk) int {
	end, depth := c.end, 0
	if c.kind != token.FUNC || c.toks[len(c.toks)-1].tok != token.RBRACE {
		return end
	}
	for _, t := range c.toks {
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			if depth == 0 && t.tok == token.LBRACE {
				end = t.off // the last one: results may have braces too
			}
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
	}
	return end
}

// check type-checks the pieces together with the session. The name at off in
// the code is incomplete.
func (v *view) check(fset *token.FileSet, code string, off int, cur piece, pieces []piece) {
	e := v.env
	imports := maps.Clone(e.Imports)
	if imports == nil {
		imports = map[string]string{}
	}
	declared := map[string]bool{}
	var dots []string
	files := []*ast.File{cur.file}
	// From the last to the first, as the latest declaration of a name counts.
	for _, p := range slices.Backward(pieces) {
		for _, spec := range importSpecs(p.file) {
			path, _ := strconv.Unquote(spec.Path.Value)
			switch {
			case spec.Name == nil:
				if pkg := e.importPath(path); pkg != nil {
					imports[pkg.Name()] = path
				}
			case spec.Name.Name == ".":
				dots = append(dots, path)
			case spec.Name.Name != "_":
				imports[spec.Name.Name] = path
			}
		}
		p.file.Decls = slices.DeleteFunc(p.file.Decls, isImport)
		p.file.Imports = nil
		for _, id := range declaredNames(p.file) {
			if declared[id.Name] {
				id.Name = "_"
			} else if id.Name != "_" {
				declared[id.Name] = true
			}
		}
		files = append(files, p.file)
	}
	for _, id := range declaredNames(cur.file) {
		declared[id.Name] = true
	}
	for _, f := range files {
		f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !foreignMethod(fn, declared) {
				return false
			}
			if f == cur.file {
				unbind(fn)
			}
			return f != cur.file
		})
	}
	cur.file.Decls = slices.DeleteFunc(cur.file.Decls, isImport)
	cur.file.Imports = nil

	v.pkg = types.NewPackage(e.path(), "p")
	scope := v.pkg.Scope()
	if e.Pkg != nil {
		session := e.Pkg.Scope()
		for _, name := range session.Names() {
			if obj := session.Lookup(name); !declared[name] && obj.Type() != nil {
				scope.Insert(obj)
			}
		}
	}
	for _, path := range dots {
		if p := e.importPath(path); p != nil {
			for _, name := range p.Scope().Names() {
				if token.IsExported(name) && !declared[name] {
					scope.Insert(p.Scope().Lookup(name))
				}
			}
		}
	}
	for name, members := range selectors(code, off) {
		if declared[name] || scope.Lookup(name) != nil {
			continue
		}
		var p *types.Package
		if path, ok := imports[name]; ok {
			p = e.importPath(path)
		} else {
			p = e.guess(name, members)
		}
		if p != nil {
			scope.Insert(types.NewPkgName(token.NoPos, v.pkg, name, p))
		}
	}

	v.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
	}
	conf := types.Config{
		Error:                    func(error) {},
		DisableUnusedImportCheck: true,
	}
	func() {
		// The tree is that of a broken program. If the checker trips over it,
		// what it found until then is still useful, and the kernel lives on.
		defer func() { _ = recover() }()
		_ = types.NewChecker(&conf, fset, v.pkg, v.info).Files(files)
	}()
	v.scope = scope
	if s := scope.Innermost(v.ident.Pos()); s != nil {
		v.scope = s
	}
	for _, p := range append(pieces, cur) {
		for _, id := range declaredNames(p.file) {
			if obj := v.info.Defs[id]; obj != nil && p.src != "" {
				v.cell[obj] = p.src
			}
		}
	}
}

// foreignMethod tells whether fn is a method of a type that the cell doesn't
// declare itself. The checker can't add methods to types that it hasn't seen
// declared.
func foreignMethod(fn *ast.FuncDecl, declared map[string]bool) bool {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return false
	}
	id, ok := baseType(fn.Recv.List[0].Type).(*ast.Ident)
	return !ok || !declared[id.Name]
}

// baseType strips a receiver's type of parentheses, star and parameters.
func baseType(x ast.Expr) ast.Expr {
	switch t := x.(type) {
	case *ast.ParenExpr:
		return baseType(t.X)
	case *ast.StarExpr:
		return baseType(t.X)
	case *ast.IndexExpr:
		return baseType(t.X)
	case *ast.IndexListExpr:
		return baseType(t.X)
	}
	return x
}

// unbind makes a plain function of a method, for the sake of its body.
func unbind(fn *ast.FuncDecl) {
	recv := fn.Recv.List[0]
	fn.Type.Params.List = append([]*ast.Field{recv}, fn.Type.Params.List...)
	fn.Recv = nil
	var params []ast.Expr
	ast.Inspect(recv.Type, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IndexExpr:
			params = []ast.Expr{n.Index}
		case *ast.IndexListExpr:
			params = n.Indices
		}
		return params == nil
	})
	for _, x := range params {
		id, ok := x.(*ast.Ident)
		if !ok {
			continue
		}
		if fn.Type.TypeParams == nil {
			fn.Type.TypeParams = &ast.FieldList{Opening: fn.Name.End(), Closing: fn.Name.End()}
		}
		fn.Type.TypeParams.List = append(fn.Type.TypeParams.List,
			&ast.Field{Names: []*ast.Ident{ast.NewIdent(id.Name)}, Type: ast.NewIdent("any")})
	}
}

// guess picks the package that a name nobody has declared or imported means:
// the first of that name that has all the members used.
func (e *Env) guess(name string, members []string) *types.Package {
	if e.ByName == nil {
		return nil
	}
	var first *types.Package
	for _, path := range e.ByName(name) {
		p := e.importPath(path)
		if p == nil {
			continue
		}
		if first == nil {
			first = p
		}
		if !slices.ContainsFunc(members, func(m string) bool { return p.Scope().Lookup(m) == nil }) {
			return p
		}
	}
	return first
}

// selectors finds the names that stand before a dot, with the names behind it,
// except the one at the cursor.
func selectors(code string, cursor int) map[string][]string {
	found := map[string][]string{}
	toks := withoutComments(scan(code))
	for i, t := range toks {
		if t.tok != token.IDENT || i+1 >= len(toks) || toks[i+1].tok != token.PERIOD ||
			i > 0 && toks[i-1].tok == token.PERIOD {
			continue
		}
		members := found[t.lit]
		if i+2 < len(toks) && toks[i+2].tok == token.IDENT && toks[i+2].off != cursor {
			members = append(members, toks[i+2].lit)
		}
		found[t.lit] = members
	}
	return found
}

func isImport(d ast.Decl) bool {
	g, ok := d.(*ast.GenDecl)
	return ok && g.Tok == token.IMPORT
}

func importSpecs(f *ast.File) []*ast.ImportSpec {
	var specs []*ast.ImportSpec
	for _, d := range f.Decls {
		if isImport(d) {
			for _, s := range d.(*ast.GenDecl).Specs {
				specs = append(specs, s.(*ast.ImportSpec))
			}
		}
	}
	return specs
}

// declaredNames are the names a file declares in its package, methods excluded.
func declaredNames(f *ast.File) []*ast.Ident {
	var ids []*ast.Ident
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				ids = append(ids, d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					ids = append(ids, s.Names...)
				case *ast.TypeSpec:
					ids = append(ids, s.Name)
				}
			}
		}
	}
	return ids
}
