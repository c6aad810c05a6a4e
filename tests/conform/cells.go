package conform

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Cells cuts a program of one file into the cells that a notebook with the same
// meaning would have: the imports; each declaration, after those it needs and
// together with those that need it too; the statements of main. A program that means
// something else when it is cut comes back with less cuts, at worst whole.
func Cells(src []byte) ([]string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	c := &cutter{src: src, file: fset.File(file.Pos()), syntax: file}
	if c.collect(); c.main == nil {
		return nil, fmt.Errorf("no function main")
	}
	var groups [][]*unit
	if !c.whole {
		groups = c.groups()
	}
	if c.whole {
		return []string{string(src)}, nil
	}
	var cells []string
	if len(c.imports) > 0 {
		cells = append(cells, strings.Join(c.imports, "\n"))
	}
	for _, g := range groups {
		var text []string
		slices.SortFunc(g, func(a, b *unit) int { return a.index - b.index })
		for _, u := range g {
			text = append(text, u.text...)
		}
		cells = append(cells, strings.Join(text, "\n\n"))
	}
	return append(cells, c.mainCells()...), nil
}

// A unit is a declaration that is in one piece: const (…), a type with its methods.
type unit struct {
	index int
	text  []string
	names []string // that it declares
	nodes []ast.Node
	vars  bool // it has variables with a value
	needs map[*unit]bool

	state, low int // of the search for cycles
	onStack    bool
}

type cutter struct {
	src     []byte
	file    *token.File
	syntax  *ast.File
	imports []string
	names   map[string]bool // of packages, as imported
	units   []*unit
	by      map[string]*unit
	main    *ast.FuncDecl
	whole   bool
	generic bool // it has functions or types with type parameters
}

func (c *cutter) text(from, to token.Pos) string {
	return string(c.src[c.file.Offset(from):c.file.Offset(to)])
}

// start is where a declaration begins, with its comment: directives such as go:embed
// and //go:noinline stand there.
func start(d ast.Decl) token.Pos {
	var doc *ast.CommentGroup
	switch d := d.(type) {
	case *ast.GenDecl:
		doc = d.Doc
	case *ast.FuncDecl:
		doc = d.Doc
	}
	if doc != nil {
		return doc.Pos()
	}
	return d.Pos()
}

// collect finds the units, and what forbids to cut.
func (c *cutter) collect() {
	c.by, c.names = map[string]*unit{}, map[string]bool{}
	methods := map[string][]*ast.FuncDecl{}
	add := func(d ast.Decl, names ...string) *unit {
		u := &unit{index: len(c.units), names: names, nodes: []ast.Node{d}, text: []string{c.text(start(d), d.End())}}
		c.units = append(c.units, u)
		for _, n := range names {
			if n != "_" {
				c.by[n] = u
			}
		}
		return u
	}
	for _, d := range c.syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			c.generic = c.generic || d.Type.TypeParams != nil
			switch {
			case d.Recv != nil:
				n := receiver(d)
				methods[n] = append(methods[n], d)
			case d.Name.Name == "main":
				c.main = d
			case d.Name.Name == "init":
				c.whole = true // a notebook has no such thing
			default:
				add(d, d.Name.Name)
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				c.imports = append(c.imports, c.text(d.Pos(), d.End()))
				continue
			}
			var names []string
			vars := false
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					c.generic = c.generic || s.TypeParams != nil
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
					vars = vars || d.Tok == token.VAR && len(s.Values) > 0
				}
			}
			add(d, names...).vars = vars
		}
	}
	for _, s := range c.syntax.Imports {
		path := strings.Trim(s.Path.Value, "`\"")
		name := path[strings.LastIndex(path, "/")+1:]
		if name == "v2" {
			name = strings.TrimSuffix(path, "/v2")
			name = name[strings.LastIndex(name, "/")+1:]
		}
		if s.Name != nil {
			name = s.Name.Name
		}
		c.names[name] = true
		c.whole = c.whole || path == "C"
	}
	for recv, list := range methods {
		u := c.by[recv]
		if u == nil {
			c.whole = true // it doesn't compile; that is not ours to say
			continue
		}
		for _, m := range list {
			u.nodes = append(u.nodes, m)
			u.text = append(u.text, c.text(start(m), m.End()))
		}
	}
	// A unit needs those that have the names in it. Names of fields and locals are
	// taken for those, too: that makes bigger cells, not wrong ones.
	for _, u := range c.units {
		u.needs = map[*unit]bool{}
		for _, n := range u.nodes {
			ast.Inspect(n, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					if v := c.by[id.Name]; v != nil && v != u {
						u.needs[v] = true
					} else if id.Name == "main" {
						if f, ok := u.nodes[0].(*ast.FuncDecl); ok && f.Name != id {
							c.whole = true
						}
					}
				}
				return true
			})
		}
	}
}

// receiver returns the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// groups orders the units so that each comes after those it needs, and puts those that
// need each other together (Tarjan's algorithm, which finds them in this order).
func (c *cutter) groups() [][]*unit {
	var (
		out   [][]*unit
		stack []*unit
		count int
		visit func(u *unit)
	)
	visit = func(u *unit) {
		count++
		u.state, u.low, u.onStack = count, count, true
		stack = append(stack, u)
		needs := make([]*unit, 0, len(u.needs))
		for v := range u.needs {
			needs = append(needs, v)
		}
		slices.SortFunc(needs, func(a, b *unit) int { return a.index - b.index })
		for _, v := range needs {
			if v.state == 0 {
				visit(v)
				u.low = min(u.low, v.low)
			} else if v.onStack {
				u.low = min(u.low, v.state)
			}
		}
		if u.low == u.state {
			i := slices.Index(stack, u)
			g := slices.Clone(stack[i:])
			stack = stack[:i]
			for _, v := range g {
				v.onStack = false
			}
			out = append(out, g)
		}
	}
	for _, u := range c.units {
		if u.state == 0 {
			visit(u)
		}
	}
	// Variables must get their values in the order that Go gives them. Where the cells
	// would change it, there is one cell, a program.
	last := -1
	for _, g := range out {
		for _, u := range g {
			if !u.vars {
				continue
			}
			if u.index < last {
				c.whole = true
			}
			last = u.index
		}
	}
	return out
}

// perCell is how many statements of main make a cell.
const perCell = 3

// mainCells returns the cells of main.
func (c *cutter) mainCells() []string {
	body := c.main.Body
	if len(body.List) == 0 {
		return nil
	}
	m := c.inspectMain()
	if m.function {
		return []string{c.text(start(c.main), c.main.End()), "main()"}
	}
	if m.together {
		return []string{strings.TrimSpace(c.text(body.Lbrace+1, body.Rbrace))}
	}
	var cells []string
	from := body.Lbrace + 1
	for i, s := range body.List {
		if (i+1)%perCell != 0 && i != len(body.List)-1 {
			continue
		}
		to := s.End()
		if i == len(body.List)-1 {
			to = body.Rbrace
		}
		text := bytes.TrimLeft([]byte(c.text(from, to)), "; \t\n")
		cells = append(cells, string(bytes.TrimSpace(text)))
		from = to
	}
	return cells
}

// A mainForm says how main can be cut.
type mainForm struct {
	function bool // not at all: it must stay a function
	together bool // its statements must be one cell
}

// inspectMain finds what would mean something else outside a function, or in a cell
// of its own.
func (c *cutter) inspectMain() mainForm {
	var f mainForm
	locals := map[string]bool{}
	declare := func(id *ast.Ident) {
		if id.Name == "_" {
			return
		}
		// A session variable would hide from the functions what the local one doesn't.
		if c.by[id.Name] != nil || c.names[id.Name] || types.Universe.Lookup(id.Name) != nil {
			f.function = true
		}
		locals[id.Name] = true
	}
	var again []string // variables that a second := assigns to
	for _, s := range c.main.Body.List {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				continue
			}
			for _, x := range s.Lhs {
				if id, ok := x.(*ast.Ident); ok {
					if locals[id.Name] {
						again = append(again, id.Name)
					}
					declare(id)
				}
			}
		case *ast.DeclStmt:
			for _, spec := range s.Decl.(*ast.GenDecl).Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						declare(id)
					}
				case *ast.TypeSpec:
					declare(spec.Name)
					// Its name as a type argument says that it is local to a function.
					f.function = f.function || c.generic
				}
			}
		}
	}
	for _, s := range c.main.Body.List {
		depth := 0 // of function literals
		var walk func(n ast.Node)
		walk = func(n ast.Node) {
			ast.Inspect(n, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncLit:
					depth++
					walk(n.Body)
					depth--
					return false
				case *ast.ReturnStmt:
					f.function = f.function || depth == 0
				case *ast.LabeledStmt:
					f.function = f.function || depth == 0
				case *ast.DeferStmt:
					f.together = f.together || depth == 0
				case *ast.GoStmt:
					f.together = true
				case *ast.UnaryExpr:
					if id, ok := n.X.(*ast.Ident); ok && n.Op == token.AND && slices.Contains(again, id.Name) {
						f.together = true
					}
				case *ast.Ident:
					f.function = f.function || n.Name == "recover"
					f.together = f.together || depth > 0 && slices.Contains(again, n.Name)
				}
				return true
			})
		}
		walk(s)
	}
	// What goroutines print belongs to the cell that started them, and the order of
	// outputs of different cells is not a promise.
	ast.Inspect(c.syntax, func(n ast.Node) bool {
		_, ok := n.(*ast.GoStmt)
		f.together = f.together || ok
		return true
	})
	// What package debug sets for a goroutine, it sets for the cell.
	for _, p := range []string{"http", "httptest", "sync", "context", "rpc", "debug"} {
		f.together = f.together || c.names[p]
	}
	return f
}
