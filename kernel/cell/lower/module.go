package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/natives"
)

// Sources is an importer that has packages which aren't compiled: as much of them as the cells use is lowered,
// from their source.
type Sources interface {
	types.Importer
	// Source returns the source of a package that Import has returned, nil if it is compiled or another. It is asked
	// often, but once for each that has a source.
	Source(pkg *types.Package) *Source
}

// A Source is a package with its syntax, checked.
type Source struct {
	Path  string
	Pkg   *types.Package
	Info  *types.Info // as a Unit's, and with InitOrder
	Files []*ast.File
	// OldLoops reports whether the turns of the loop at a position share its variables, as they did before
	// Go 1.22. It may be nil.
	OldLoops func(token.Pos) bool
	// Link returns the name that //go:linkname gives a function, "" if there is none.
	Link   func(*types.Func) string
	Embeds []Embed
}

// An Embed is a variable with the contents of files.
type Embed struct {
	Var             *types.Var
	Names, Contents []string // in order
}

// modules has the packages that a Sources has.
type modules struct {
	from    Sources // nil if there are none
	byPkg   map[*types.Package]*modulePackage
	byPath  map[string]*modulePackage
	decls   map[*types.Func]*declaration
	running []initialiser // of the packages that cells have imported, in the order of their initialisation
	effects []code.FuncID // of those that they have imported only for that
}

type modulePackage struct {
	*Source
	unit *Unit
	done *types.Var // made up: whether the package has been initialised
	// asked are the names of methods that an interface of the package has. Others that aren't exported are only
	// called as what they are.
	asked map[string]bool
}

// initKey is the identity of the function that initialises the package.
func (m *modulePackage) initKey() string { return "package " + m.Path }

// An initialiser is the function that initialises a package.
type initialiser struct {
	path string
	fn   code.FuncID
	done code.GlobalID
}

func newModules(lib types.Importer) *modules {
	from, _ := lib.(Sources)
	return &modules{from: from, byPkg: map[*types.Package]*modulePackage{}, byPath: map[string]*modulePackage{}, decls: map[*types.Func]*declaration{}}
}

// load returns the package with its source, nil if it is compiled.
func (m *modules) load(pkg *types.Package) *modulePackage {
	if p, ok := m.byPkg[pkg]; ok || m.from == nil {
		return p
	}
	src := m.from.Source(pkg)
	if src == nil {
		return nil // not remembered: each check of the session is a package that nobody is to keep
	}
	u := &Unit{Info: src.Info, Pkg: pkg, Name: src.Path, OldLoops: src.OldLoops}
	p := &modulePackage{Source: src, unit: u, done: types.NewVar(token.NoPos, pkg, "init·done", types.Typ[types.Bool]), asked: map[string]bool{}}
	m.byPkg[pkg], m.byPath[src.Path] = p, p
	for _, tv := range src.Info.Types {
		if it, ok := tv.Type.(*types.Interface); ok && tv.IsType() {
			for m := range it.ExplicitMethods() {
				p.asked[m.Name()] = true
			}
		}
	}
	for _, f := range src.Files {
		for _, d := range f.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok {
				if fn, ok := src.Info.Defs[fd.Name].(*types.Func); ok {
					m.decls[fn] = &declaration{unit: u, node: fd, fn: fn}
				}
			}
		}
	}
	return p
}

// unit returns the unit of a package that has its source here.
func (m *modules) unit(pkg *types.Package) *Unit {
	if p := m.load(pkg); p != nil {
		return p.unit
	}
	return nil
}

// declaration returns the source of a function or method of such a package.
func (m *modules) declaration(f *types.Func) *declaration {
	if m.from == nil || f.Pkg() == nil || m.load(f.Pkg()) == nil {
		return nil
	}
	return m.decls[f]
}

// hides reports whether no value needs to carry a method, because no interface and no reflection finds it.
func (m *modules) hides(f *types.Func) bool {
	if f.Exported() || f.Pkg() == nil {
		return false
	}
	p := m.load(f.Pkg())
	return p != nil && !p.asked[f.Name()]
}

// HasSource reports whether a package is lowered from its source.
func (l *Linker) HasSource(pkg *types.Package) bool { return l.modules.load(pkg) != nil }

// imports returns what initialises packages, if nobody has done so, with those that they need before them.
func (f *fn) imports(list []*types.Package) {
	seen := map[*types.Package]bool{}
	var visit func(pkg *types.Package)
	visit = func(pkg *types.Package) {
		m := f.p.l.modules.load(pkg)
		if m == nil || seen[pkg] {
			return
		}
		seen[pkg] = true
		for _, i := range pkg.Imports() {
			visit(i)
		}
		f.do(f.p.initialise(f.p.initialiser(m)))
	}
	for _, pkg := range list {
		visit(pkg)
	}
}

// effects notes packages that are imported for what their initialisation does.
func (f *fn) effects(list []*types.Package) {
	for _, pkg := range list {
		if m := f.p.l.modules.load(pkg); m != nil {
			f.p.out.Effects = append(f.p.out.Effects, f.p.initialiser(m).fn)
		}
	}
}

// initialiser returns the function that initialises a package.
func (p *Program) initialiser(m *modulePackage) initialiser {
	in := initialiser{path: m.Path, fn: p.internFunc(m.initKey()), done: p.globalID(m.done)}
	if p.queued[in.fn] || p.l.bodies[in.fn] != nil {
		return in
	}
	p.queued[in.fn] = true
	p.inits = append(p.inits, in)
	p.queue = append(p.queue, job{id: in.fn, name: m.Path + ".init", init: m})
	return in
}

// initialise is the statement that initialises a package if that hasn't been done. If it panicked, the next cell that
// imports the package tries again.
func (p *Program) initialise(in initialiser) *code.Node {
	b := p.typeID(types.Typ[types.Bool])
	done := &code.Node{Op: code.GlobalVar, Type: b, A: int64(in.done)}
	return &code.Node{Op: code.If, Kids: []*code.Node{
		{Op: code.Not, Type: b, Kids: []*code.Node{done}},
		block(&code.Node{Op: code.Eval, Kids: []*code.Node{{Op: code.CallFunc, A: int64(in.fn)}}}),
	}}
}

// lowerInit lowers the initialisation of a package: of its imports, where nobody has done that, of its variables in Go's
// order, and its functions init.
func (p *Program) lowerInit(m *modulePackage, id code.FuncID, name string) (funcs []code.Func, err error) {
	defer catch(&err)
	f := p.newFn(m.unit, nil, name)
	var stmts []ast.Stmt
	for _, init := range m.Info.InitOrder {
		at := init.Rhs.Pos()
		lhs := make([]ast.Expr, len(init.Lhs))
		for i, v := range init.Lhs {
			lhs[i] = &ast.Ident{Name: v.Name(), NamePos: at}
		}
		stmts = append(stmts, &ast.AssignStmt{Lhs: lhs, Tok: token.ASSIGN, Rhs: []ast.Expr{init.Rhs}, TokPos: at})
	}
	f.facts = f.analyse(nil, nil, &ast.BlockStmt{List: stmts})
	f.scope = f.facts.root
	sig := types.NewSignatureType(nil, nil, nil, nil, nil, false)
	f.enter(sig)
	for _, i := range m.Pkg.Imports() {
		if im := p.l.modules.load(i); im != nil {
			f.do(p.initialise(p.initialiser(im)))
		}
	}
	for _, e := range m.Embeds {
		f.embed(e)
	}
	f.stmts(stmts)
	for _, file := range m.Files {
		for _, d := range file.Decls {
			fd, ok := d.(*ast.FuncDecl)
			if !ok || fd.Recv != nil || fd.Name.Name != "init" {
				continue
			}
			fn := m.Info.Defs[fd.Name].(*types.Func)
			f.do(&code.Node{Op: code.Eval, Kids: []*code.Node{{Op: code.CallFunc, A: int64(p.funcID(fn, nil))}}})
		}
	}
	yes := types.Typ[types.Bool]
	done := &code.Node{Op: code.GlobalVar, Type: p.typeID(yes), A: int64(p.globalID(m.done))}
	f.set(done, &code.Node{Op: code.Const, Type: p.typeID(yes), A: 1}, token.NoPos)
	return f.group(id, token.NoPos, p.sigID(sig, nil)), nil
}

// embed gives a variable the contents of files.
func (f *fn) embed(e Embed) {
	text := func(s string) *code.Node {
		return &code.Node{Op: code.Const, Type: f.tid(types.Typ[types.String]), S: s}
	}
	t := f.varType(e.Var)
	var value *code.Node
	switch u := t.Underlying().(type) {
	case *types.Basic, *types.Slice:
		if len(e.Contents) != 1 {
			f.fail(token.NoPos, "//go:embed of %d files into %s", len(e.Contents), e.Var.Name())
		}
		value = f.conv(text(e.Contents[0]), types.Typ[types.String], t, token.NoPos)
	case *types.Struct:
		list := types.NewSlice(types.Typ[types.String])
		call := &code.Node{Op: code.CallExtern, S: "embed.files", Type: f.tid(t)}
		for _, all := range [][]string{e.Names, e.Contents} {
			lit := &code.Node{Op: code.ArrayLit, Type: f.tid(list), A: int64(len(all))}
			for i, s := range all {
				lit.Ints, lit.Kids = append(lit.Ints, int64(i)), append(lit.Kids, text(s))
			}
			call.Kids = append(call.Kids, lit)
		}
		value = call
	default:
		f.fail(token.NoPos, "//go:embed into %s, a %s", e.Var.Name(), u)
	}
	f.set(f.variable(e.Var, token.NoPos), value, token.NoPos)
}

// lowerModule lowers a function of a package that has its source here. What can't be lowered is no fault of the
// cell, which may never call it: it panics when it is called.
func (p *Program) lowerModule(j job) []code.Func {
	m := p.l.modules.load(j.decl.unit.Pkg)
	var err error
	if j.decl.node.Body == nil {
		var fn *code.Func
		if fn, err = p.bodyless(m, j); err == nil {
			return []code.Func{*fn}
		}
	} else {
		var funcs []code.Func
		funcs, err = p.lowerFunc(j.decl.unit, j.env, j.decl.node, j.id, j.name)
		if err == nil && p.err != nil {
			err, p.err = p.err, nil
		}
		if err == nil {
			return funcs
		}
	}
	fn := p.shell(j)
	fn.Body = p.panicNode(j.decl.fn.FullName() + " can't be interpreted: " + err.Error())
	return []code.Func{fn}
}

// shell is a function with slots for parameters and results.
func (p *Program) shell(j job) code.Func {
	sig := j.decl.fn.Signature()
	fn := code.Func{ID: j.id, Name: j.name}
	var recv types.Type
	add := func(v *types.Var) { fn.Slots = append(fn.Slots, p.typeID(j.env.subst(v.Type()))) }
	if r := sig.Recv(); r != nil {
		recv = j.env.subst(r.Type())
		add(r)
	}
	for v := range sig.Params().Variables() {
		add(v)
	}
	fn.NumIn = len(fn.Slots)
	for v := range sig.Results().Variables() {
		add(v)
	}
	fn.NumOut = sig.Results().Len()
	plain := types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	fn.Sig = p.sigID(j.env.subst(plain).(*types.Signature), recv)
	return fn
}

// bodyless makes a function that is declared without a body: it is written in assembly, or is another one that
// //go:linkname names. A few are known.
func (p *Program) bodyless(m *modulePackage, j job) (*code.Func, error) {
	name := m.Link(j.decl.fn)
	if name == "" {
		name = m.Path + "." + j.decl.fn.Name()
	}
	fn := p.shell(j)
	if asksFeatures(j.decl.fn) {
		fn.Body = block(&code.Node{Op: code.Return})
		return &fn, nil
	}
	if s := standins[name]; s != "" {
		name = s
	} else if _, ok := natives.Func(name); !ok {
		if m.Link(j.decl.fn) != "" {
			return nil, fmt.Errorf("it is %s, inside the runtime of compiled programs", name)
		}
		return nil, fmt.Errorf("it is written in assembly")
	}
	sig := j.decl.fn.Signature()
	call := &code.Node{Op: code.CallExtern, S: name}
	for i := range fn.NumIn {
		call.Kids = append(call.Kids, &code.Node{Op: code.Local, Type: fn.Slots[i], A: int64(i)})
	}
	var results []types.Type
	for v := range sig.Results().Variables() {
		results = append(results, v.Type())
	}
	fn.Body = p.returnCall(&fn, call, results)
	return &fn, nil
}

// standins are compiled functions that do what others written in assembly do.
var standins = map[string]string{
	"golang.org/x/sys/unix.Syscall":     "syscall.Syscall",
	"golang.org/x/sys/unix.Syscall6":    "syscall.Syscall6",
	"golang.org/x/sys/unix.RawSyscall":  "syscall.RawSyscall",
	"golang.org/x/sys/unix.RawSyscall6": "syscall.RawSyscall6",
}

// asksFeatures reports whether a function written in assembly asks the processor what it can do, for others that are:
// nothing, is the answer. Packages have their own such functions, of the same few names.
func asksFeatures(f *types.Func) bool {
	switch strings.TrimPrefix(strings.ToLower(f.Name()), "asm") {
	case "cpuid", "cpuidex", "xgetbv", "getisar0", "getisar1", "getpfr0", "getzfr0", "darwinsupportsavx512":
		return f.Signature().Recv() == nil && f.Signature().Results().Len() > 0
	}
	return false
}
