package cell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// maxPasses bounds how often a cell is checked: each further pass is caused by a
// declaration that stopped compiling, and there are only so many of them worth
// telling.
const maxPasses = 20

// check type-checks the cell with the live declarations of the session. Where the
// cell changes what others depend on, it checks those again with their bodies.
func (c *compilation) check() error {
	for _, d := range c.s.broken { // perhaps this cell mends them
		if overlap(d.uses, c.keys) && !slices.ContainsFunc(d.keys, func(k string) bool { return c.keys[k] }) {
			c.again[d] = true
		}
	}
	for range maxPasses {
		c.pass()
		own := &Error{}
		lost := false
		for _, e := range c.errs {
			pos := c.s.pos(e.Pos)
			if pos.Serial() == c.src.Serial {
				own.Diagnostics = append(own.Diagnostics, Diagnostic{pos, c.explain(e)})
				continue
			}
			if d := c.declAt(e.Pos); d != nil {
				lost = true
				c.gone[d] = true
				delete(c.again, d)
				if !slices.Contains(c.s.broken, d) {
					c.notes = append(c.notes, fmt.Sprintf("%s no longer compiles and is gone until it does: %s",
						strings.Join(d.live(), ", "), clean(e.Msg)))
				}
				continue
			}
			own.Diagnostics = append(own.Diagnostics, Diagnostic{0, clean(e.Msg)})
		}
		if lost {
			continue
		}
		if len(own.Diagnostics) > 0 {
			own.sort()
			return own
		}
		if !c.rename() {
			return c.misuse()
		}
	}
	return c.fail(0, "too many earlier declarations don't compile with this cell")
}

// overlap reports whether the sets have a common element.
func overlap(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

// candidates are the old declarations that are checked: the live ones and the broken
// ones that may work again.
func (c *compilation) candidates() []*decl {
	out := slices.Clone(c.s.decls)
	for _, d := range c.s.broken {
		if c.again[d] {
			out = append(out, d)
		}
	}
	return slices.DeleteFunc(out, func(d *decl) bool { return c.gone[d] })
}

// pass runs the checker once.
func (c *compilation) pass() {
	c.errs = nil
	c.pkg = types.NewPackage("main", "main")
	c.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
	}
	conf := types.Config{
		GoVersion: goVersion, Importer: c.s.lib, Sizes: types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !c.harmless(e) {
				c.errs = append(c.errs, e)
			}
		},
	}
	files := []*ast.File{c.file, c.oldFile()}
	if vars := c.varFile(); vars != nil {
		files = append(files, vars)
	}
	// Errors come through conf.Error.
	_ = types.NewChecker(&conf, c.s.fset, c.pkg, c.info).Files(files)
}

// goVersion is the language version of cells.
const goVersion = "go1.26"

// harmless reports whether e is an error in a program but not in a notebook.
func (c *compilation) harmless(e types.Error) bool {
	switch {
	case strings.HasPrefix(e.Msg, "\t"): // continues another one
		return true
	case strings.HasPrefix(e.Msg, "declared and not used"), strings.HasSuffix(e.Msg, "imported and not used"),
		strings.Contains(e.Msg, " imported as ") && strings.HasSuffix(e.Msg, " and not used"):
		return true
	case strings.HasPrefix(e.Msg, "initialization cycle"):
		// A function may use the variable that its first call makes.
		return true
	case strings.HasSuffix(e.Msg, " is not used") && c.last != nil:
		return e.Pos >= c.last.Pos() && e.Pos <= c.last.End()
	case strings.Contains(e.Msg, "missing function body"), strings.Contains(e.Msg, "func init must have a body"):
		return c.s.pos(e.Pos).Serial() != c.src.Serial
	}
	return false
}

// oldFile holds the live declarations of earlier cells, functions without bodies
// unless they are to be compiled again.
func (c *compilation) oldFile() *ast.File {
	f := &ast.File{Name: ast.NewIdent("main"), Package: c.file.Package, FileStart: c.file.FileStart, FileEnd: c.file.FileEnd}
	paths := map[string]bool{}
	var decls []ast.Decl
	for _, d := range c.candidates() {
		n := c.remaining(d)
		if n == nil {
			continue
		}
		maps.Copy(paths, d.imports)
		decls = append(decls, n)
	}
	var specs []ast.Spec
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		specs = append(specs, importSpec(alias(p), p))
	}
	for _, p := range slices.Sorted(maps.Values(c.s.imports)) {
		if c.s.imports["."+p] == p {
			specs = append(specs, importSpec(".", p))
		}
	}
	if len(specs) > 0 {
		f.Decls = append(f.Decls, importDecl(specs))
	}
	f.Decls = append(f.Decls, decls...)
	return f
}

// taken reports whether the cell, or a later declaration, declares key anew.
func (c *compilation) taken(d *decl, key string) bool {
	return d.dead[key] || c.keys[key] || c.imports[key] != ""
}

// remaining returns what is left of an old declaration beside the cell, nil if
// nothing is.
func (c *compilation) remaining(d *decl) ast.Decl {
	switch n := d.node.(type) {
	case *ast.FuncDecl:
		if len(d.keys) == 0 || c.taken(d, d.keys[0]) {
			return nil
		}
		if c.again[d] {
			return n
		}
		bare := *n
		bare.Body = nil
		return &bare
	case *ast.GenDecl:
		left := 0
		cp := *n
		cp.Specs = nil
		for _, spec := range n.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if !c.taken(d, spec.Name.Name) {
					cp.Specs = append(cp.Specs, spec)
					left++
				}
			case *ast.ValueSpec: // constants: iota counts on
				v := *spec
				v.Names = slices.Clone(spec.Names)
				for i, id := range v.Names {
					if c.taken(d, id.Name) {
						v.Names[i] = &ast.Ident{NamePos: id.NamePos, Name: "_"}
					} else {
						left++
					}
				}
				cp.Specs = append(cp.Specs, &v)
			}
		}
		if left > 0 {
			return &cp
		}
	}
	return nil
}

// varFile puts the session's variables into the package: as objects where their
// types have nothing to do with the session, else as a file of declarations.
func (c *compilation) varFile() *ast.File {
	var b strings.Builder
	paths := map[string]bool{}
	p := typePrinter{
		pkg:     c.pkg,
		session: func(name string) string { return name },
		foreign: func(path string) string { paths[path] = true; return alias(path) },
	}
	insert := func(name string, v *variable) {
		if len(v.uses) == 0 {
			c.pkg.Scope().Insert(types.NewVar(token.NoPos, c.pkg, name, v.typ))
			return
		}
		fmt.Fprintf(&b, "var %s %s\n", name, p.text(v.typ))
	}
	for _, name := range slices.Sorted(maps.Keys(c.s.vars)) {
		v := c.s.vars[name]
		if v.stale || c.stale[name] {
			continue
		}
		if c.old[name] {
			insert(name+mark+"old", v)
		}
		if !c.keys[name] && c.imports[name] == "" {
			insert(name, v)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	text := "package main\n"
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		text += fmt.Sprintf("import %s %q\n", alias(path), path)
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", text+b.String(), parser.SkipObjectResolution)
	if err != nil {
		panic(fmt.Sprintf("cell: declarations of session variables: %v\n%s", err, b.String()))
	}
	// Its positions belong to another file set: errors in it have none.
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			id.NamePos = token.NoPos
		}
		return true
	})
	f.FileStart, f.FileEnd, f.Package = c.file.FileStart, c.file.FileEnd, c.file.Package
	return f
}

// declAt returns the old declaration that a position is in.
func (c *compilation) declAt(pos token.Pos) *decl {
	for _, d := range c.candidates() {
		if pos >= d.node.Pos() && pos < d.node.End() {
			return d
		}
	}
	return nil
}

// rename decides what the cell's names are called in the interpreter, finds the old
// declarations that must be compiled again because of it, and reports whether that
// needs another pass of the checker.
func (c *compilation) rename() bool {
	c.names, c.gen = maps.Clone(c.s.names), c.s.gen
	fresh := map[string]string{} // given in this cell
	changed := map[string]bool{}
	give := func(key string, keep bool) {
		if _, done := fresh[key]; done {
			return
		}
		old, existed := c.s.names[key]
		switch {
		case existed && keep:
			fresh[key] = old
		case existed || key == "main":
			c.gen++
			fresh[key] = fmt.Sprintf("%s%s%d", key, mark, c.gen)
			changed[key] = existed
		default:
			fresh[key] = key
		}
		c.names[key] = fresh[key]
	}
	// Types and constants: the same text that depends on nothing changed is the same.
	emitted := slices.Clone(c.decls)
	for d := range c.again {
		emitted = append(emitted, d)
	}
	slices.SortFunc(emitted, func(a, b *decl) int { return int(a.node.Pos() - b.node.Pos()) })
	for grown := true; grown; {
		grown = false
		for _, d := range emitted {
			if _, ok := d.node.(*ast.GenDecl); !ok {
				continue
			}
			same := !overlap(c.usesOf(d), changed) && (c.again[d] || c.sameText(d))
			for _, k := range d.keys {
				if d.dead[k] {
					continue
				}
				same = same && !c.force[k]
				if _, done := fresh[k]; !done || (!same && fresh[k] == c.s.names[k] && c.s.names[k] != "") {
					delete(fresh, k)
					give(k, same)
					grown = grown || changed[k]
				}
			}
		}
	}
	forced := false
	// Functions: the same signature is the same name, the body is patched.
	for _, d := range emitted {
		f, ok := d.node.(*ast.FuncDecl)
		if !ok || len(d.keys) == 0 || d.keys[0] == "init" {
			continue
		}
		sig := c.sig(f)
		c.sigs[d] = sig
		old := c.s.liveDecl(d.keys[0])
		if f.Recv == nil {
			give(d.keys[0], old != nil && old.sig == sig)
			continue
		}
		// The interpreter finds a type's methods by name: one with another signature
		// needs another type.
		if t, _, _ := strings.Cut(d.keys[0], "."); old != nil && old.sig != sig && !c.force[t] && fresh[t] == "" && !changed[t] {
			c.force[t] = true
			if td := c.s.liveDecl(t); td != nil && !c.keys[t] {
				c.again[td] = true
			}
			forced = true
		}
	}
	// Variables: the same type is the same variable.
	for _, id := range c.vars {
		v := c.s.vars[id.Name]
		obj := c.pkg.Scope().Lookup(id.Name)
		keep := v != nil && !v.stale && obj != nil && !overlap(v.uses, changed) &&
			c.typeText(obj.Type(), c.names) == c.typeText(v.typ, c.s.names)
		give(id.Name, keep)
	}
	for name := range c.imports {
		if _, ok := c.s.names[name]; ok {
			changed[name] = true
		}
	}
	if len(changed) == 0 {
		return forced
	}
	more := forced
	for name, v := range c.s.vars {
		if !c.keys[name] && !c.stale[name] && !v.stale && overlap(v.uses, changed) {
			c.stale[name] = true
			more = true
			c.notes = append(c.notes, fmt.Sprintf("%s still has the earlier type: run its cell again to use it", name))
			changed[name] = true
		}
	}
	for _, d := range c.s.decls {
		if !c.again[d] && !c.gone[d] && c.remaining(d) != nil && overlap(d.uses, changed) {
			c.again[d] = true
			more = true
		}
	}
	return more
}

// liveDecl returns the live declaration of key.
func (s *Session) liveDecl(key string) *decl {
	for _, d := range s.decls {
		if slices.Contains(d.keys, key) && !d.dead[key] {
			return d
		}
	}
	return nil
}

// sameText reports whether an old declaration of the same names reads the same.
func (c *compilation) sameText(d *decl) bool {
	if len(d.keys) == 0 {
		return false
	}
	old := c.s.liveDecl(d.keys[0])
	return old != nil && old.text == d.text && maps.Equal(old.imports, c.importsOf(d)) && len(old.live()) == len(d.keys)
}

// usesOf returns the session names that a declaration mentions.
func (c *compilation) usesOf(d *decl) map[string]bool {
	if d.serial != c.src.Serial || len(d.uses) > 0 {
		return d.uses
	}
	uses, _ := c.mentions(d.node)
	return uses
}

func (c *compilation) importsOf(d *decl) map[string]bool {
	_, paths := c.mentions(d.node)
	return paths
}

// mentions returns the session names and the packages that a piece of syntax uses.
func (c *compilation) mentions(n ast.Node) (uses, paths map[string]bool) {
	uses, paths = map[string]bool{}, map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		switch obj := c.info.Uses[id].(type) {
		case *types.PkgName:
			paths[obj.Imported().Path()] = true
		case nil:
		default:
			if obj.Parent() == c.pkg.Scope() {
				uses[strings.TrimSuffix(obj.Name(), mark+"old")] = true
			} else if f, ok := obj.(*types.Func); ok && obj.Pkg() == c.pkg {
				if recv := f.Signature().Recv(); recv != nil {
					if o := owner(types.Unalias(recv.Type())); o != nil {
						uses[o.Name()+"."+f.Name()] = true
					}
				}
			} else if obj.Pkg() != nil && obj.Pkg() != c.pkg && obj.Parent() == obj.Pkg().Scope() {
				paths[obj.Pkg().Path()] = true
			}
		}
		return true
	})
	return uses, paths
}

// sig returns a function's signature in the interpreter's terms.
func (c *compilation) sig(f *ast.FuncDecl) string {
	obj := c.info.Defs[f.Name]
	if obj == nil {
		return ""
	}
	recv := ""
	if r := obj.(*types.Func).Signature().Recv(); r != nil {
		recv = c.typeText(r.Type(), c.names) + " "
	}
	return recv + c.typeText(obj.Type(), c.names)
}

// typeText writes a type in the interpreter's terms.
func (c *compilation) typeText(t types.Type, names map[string]string) string {
	p := c.printer(names, nil)
	return p.text(t)
}

// printer writes types for the interpreter and notes the packages in paths.
func (c *compilation) printer(names map[string]string, paths map[string]bool) *typePrinter {
	return &typePrinter{
		pkg: c.pkg,
		session: func(name string) string {
			if n := names[name]; n != "" {
				return n
			}
			return name
		},
		foreign: func(path string) string {
			if paths != nil {
				paths[path] = true
			}
			return alias(path)
		},
	}
}

// clean takes the compiler's own marks out of a message.
func clean(msg string) string {
	for {
		i := strings.Index(msg, mark)
		if i < 0 {
			return msg
		}
		end := i + len(mark)
		for end < len(msg) && (msg[end] == '_' || msg[end] >= '0' && msg[end] <= '9' || msg[end] >= 'a' && msg[end] <= 'z') {
			end++
		}
		msg = msg[:i] + msg[end:]
	}
}

// explain words an error of the checker for a notebook.
func (c *compilation) explain(e types.Error) string {
	msg := clean(e.Msg)
	name, ok := strings.CutPrefix(msg, "undefined: ")
	if !ok {
		return msg
	}
	if v := c.s.vars[name]; v != nil && (v.stale || c.stale[name]) {
		return fmt.Sprintf("%s has an earlier type, declared anew since: run the cell that makes it again", name)
	}
	for _, d := range c.s.broken {
		if slices.Contains(d.keys, name) {
			return fmt.Sprintf("%s doesn't compile with what was declared since: declare it again", name)
		}
	}
	if slices.Contains(c.s.lib.ByName(name), name) {
		return msg + " (a package: write " + name + ".Name)"
	}
	return msg
}

// misuse finds uses that the checker allows and the notebook doesn't: of values that
// were lost, and of variables before they exist.
func (c *compilation) misuse() error {
	out := &Error{}
	report := func(pos token.Pos, format string, args ...any) {
		out.Diagnostics = append(out.Diagnostics, Diagnostic{c.s.pos(pos), fmt.Sprintf(format, args...)})
	}
	lost := map[string]string{} // name of a session object: the lost variable that it uses
	for name, v := range c.s.vars {
		if v.lost && !c.keys[name] {
			lost[name] = name
		}
	}
	if len(lost) > 0 {
		for grown := true; grown; {
			grown = false
			for _, d := range c.s.decls {
				for _, k := range d.live() {
					if lost[k] != "" || c.keys[k] {
						continue
					}
					for u := range d.uses {
						if v := lost[u]; v != "" {
							lost[k], grown = v, true
						}
					}
				}
			}
		}
	}
	told := map[string]bool{}
	ast.Inspect(c.file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := c.info.Uses[id]
		if obj == nil || obj.Pkg() != c.pkg {
			return true
		}
		key := strings.TrimSuffix(obj.Name(), mark+"old")
		if f, ok := obj.(*types.Func); ok && f.Signature().Recv() != nil {
			if o := owner(types.Unalias(f.Signature().Recv().Type())); o != nil {
				key = o.Name() + "." + f.Name()
			}
		} else if obj.Parent() != c.pkg.Scope() {
			return true
		}
		v := lost[key]
		if v == "" && strings.HasSuffix(obj.Name(), mark+"old") && c.s.vars[key].lost {
			v = key
		}
		switch {
		case v == "" || told[key]:
		case v == key:
			told[key] = true
			report(id.Pos(), "%s was lost with the interpreter that held it: run the cell that makes it again", key)
		default:
			told[key] = true
			report(id.Pos(), "%s uses %s, which was lost with the interpreter that held it: run the cell that makes %s again", key, v, v)
		}
		if end, ok := c.varEnd[obj.Name()]; ok && id.Pos() > c.body.Lbrace && id.Pos() < c.body.Rbrace && c.offset(id.Pos()) < end &&
			!slices.Contains(c.vars, id) && c.info.Defs[id] == nil {
			report(id.Pos(), "%s is used here before the cell declares it: declare it in a cell of its own", key)
		}
		return true
	})
	for _, id := range c.vars {
		obj := c.pkg.Scope().Lookup(id.Name)
		if obj == nil {
			continue
		}
		p := c.printer(c.names, nil)
		if p.text(obj.Type()); p.bad != nil {
			report(id.Pos(), "%s can't be a variable of the session: it has %v", id.Name, p.bad)
		}
	}
	if len(out.Diagnostics) > 0 {
		out.sort()
		return out
	}
	return nil
}
