// Package lower turns Go that go/types has checked into what the engine of the
// interpreter runs: programs of package code.
//
// It decides everything that needs the language: which type, constant, conversion and
// method is meant, which variables live beyond their function, which instances of generic code
// there are. It neither parses nor checks, and it runs nothing.
package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
)

// A Linker gives everything in a session its identity: types, functions, variables,
// instances. It is not safe for concurrent use.
//
// Cells are checked one by one, so that the same type is another [types.Type] in each of
// them. What makes it the same is its key: for what has a name the name that the
// [Unit] gives it, for the rest what it is made of.
type Linker struct {
	lib     types.Importer
	library *library
	modules *modules

	types   map[string]code.TypeID
	funcs   map[string]code.FuncID
	globals map[string]code.GlobalID

	described map[code.TypeID]*code.Type // as they were sent last
	made      map[code.TypeID]origin     // of instances and local types
	variables []code.Global
	bodies    map[code.FuncID][]code.Func // a function and the literals in it
	order     []code.FuncID               // of bodies
	generics  map[string]*declaration     // generic functions and methods by key
	instances map[string][]*instance      // of each of them
	units     map[string]*Unit            // packages that are lowered, but main, by path

	lastType   code.TypeID
	lastFunc   code.FuncID
	lastGlobal code.GlobalID
}

// NewLinker returns a Linker for a session whose packages are imported by lib: types of
// compiled packages in the units must be lib's.
func NewLinker(lib types.Importer) *Linker {
	return &Linker{
		lib:       lib,
		library:   newLibrary(lib),
		modules:   newModules(lib),
		types:     map[string]code.TypeID{},
		funcs:     map[string]code.FuncID{},
		globals:   map[string]code.GlobalID{},
		described: map[code.TypeID]*code.Type{},
		made:      map[code.TypeID]origin{},
		bodies:    map[code.FuncID][]code.Func{},
		generics:  map[string]*declaration{},
		instances: map[string][]*instance{},
		units:     map[string]*Unit{},
	}
}

// A Unit is a checked package, or the part of it that is to be lowered.
type Unit struct {
	Info *types.Info // Types, Defs, Uses, Instances, Implicits and Selections are filled
	Pkg  *types.Package
	// Key is the identity of a function, type or variable of the package, but not of methods. What has
	// one key in two units is the same thing. If it is nil it is the name, after
	// the package's path unless that is main.
	Key func(types.Object) string
	Pos func(token.Pos) link.Pos // nil: there are none
	// Name is the path of the package in the names of types, "main" if it is empty.
	Name string
	// Unused names the compiled function that is called with the value of a call that a
	// statement leaves unused, "" for none. It may be nil.
	Unused func(types.Type) string
	// Shown replaces names of types in a text by those that the user wrote, if they are others. It
	// may be nil.
	Shown func(text string) string
	// OldLoops reports whether the turns of the loop at a position share its variables. It may be nil.
	OldLoops func(token.Pos) bool
}

func (u *Unit) path() string {
	if u.Name == "" {
		return "main"
	}
	return u.Name
}

func (u *Unit) key(obj types.Object) string {
	if u.Key != nil {
		return u.Key(obj)
	}
	if u.path() == "main" {
		return obj.Name()
	}
	return u.path() + "." + obj.Name()
}

func (u *Unit) pos(pos token.Pos) link.Pos {
	if u.Pos == nil || !pos.IsValid() {
		return 0
	}
	return u.Pos(pos)
}

// An Error is what can't be lowered.
type Error struct {
	Pos  link.Pos
	Text string
}

func (e *Error) Error() string { return e.Text }

// A Program is one cell on its way. It leaves no trace in its Linker before Commit, but for
// numbers that nobody else gets then.
type Program struct {
	l    *Linker
	u    *Unit
	ctxt *types.Context
	err  *Error // the first one where no error can be returned

	typeIDs map[types.Type]code.TypeID  // a cache
	numbers map[*Unit]map[token.Pos]int // of types that functions declare
	types   map[string]code.TypeID
	funcs   map[string]code.FuncID
	globals map[string]code.GlobalID

	described map[code.TypeID]*code.Type // in this program, whether sent or not
	made      map[code.TypeID]origin
	locals    map[*types.TypeName]local
	pending   []description // types to describe
	queue     []job         // functions to make
	queued    map[code.FuncID]bool
	wanted    []want // functions of the session that are called

	generics  map[string]*declaration
	renewed   map[string]bool
	instances map[string][]*instance
	bodies    map[code.FuncID][]code.Func
	grown     bool // there are methods that no cell before had
	inits     []initialiser

	out code.Program
}

// Begin returns a program for what u declares.
func (l *Linker) Begin(u *Unit) *Program {
	return &Program{
		l:         l,
		u:         u,
		ctxt:      types.NewContext(),
		typeIDs:   map[types.Type]code.TypeID{},
		numbers:   map[*Unit]map[token.Pos]int{},
		types:     map[string]code.TypeID{},
		funcs:     map[string]code.FuncID{},
		globals:   map[string]code.GlobalID{},
		described: map[code.TypeID]*code.Type{},
		made:      map[code.TypeID]origin{},
		locals:    map[*types.TypeName]local{},
		queued:    map[code.FuncID]bool{},
		generics:  map[string]*declaration{},
		renewed:   map[string]bool{},
		instances: map[string][]*instance{},
		bodies:    map[code.FuncID][]code.Func{},
	}
}

// Everything returns all that was committed, but for the statements of cells: what a new
// interpreter must have to go on.
func (l *Linker) Everything() *code.Program {
	out := &code.Program{Globals: slices.Clone(l.variables), Effects: slices.Clone(l.modules.effects)}
	for _, id := range slices.Sorted(maps.Keys(l.described)) {
		out.Types = append(out.Types, *l.described[id])
	}
	for _, id := range l.order {
		out.Funcs = append(out.Funcs, l.bodies[id]...)
	}
	if len(l.modules.running) == 0 {
		return out
	}
	// Packages are initialised as they were the first time.
	p := l.Begin(&Unit{Info: &types.Info{}, Pkg: types.NewPackage("main", "main")})
	l.lastFunc++
	f := code.Func{ID: l.lastFunc, Name: "init", Sig: p.sigID(signature(nil, nil), nil), Body: block()}
	for _, in := range l.modules.running {
		f.Body.Kids = append(f.Body.Kids, p.initialise(in))
	}
	out.Funcs, out.Entry = append(out.Funcs, f), f.ID
	return out
}

// Declare has a function or method lowered, by Finish. A generic one is remembered and lowered for each
// set of type arguments that is asked for; those of earlier cells must be declared again
// in every program, because their syntax belongs to a check.
func (p *Program) Declare(d *ast.FuncDecl) error {
	f, _ := p.u.Info.Defs[d.Name].(*types.Func)
	if f == nil {
		return &Error{p.u.pos(d.Pos()), "lowering: " + d.Name.Name + " has not been checked"}
	}
	if d.Name.Name == "_" {
		return nil
	}
	decl := &declaration{unit: p.u, node: d, fn: f}
	if decl.params() != nil {
		key := p.funcKey(f)
		p.generics[key] = decl
		p.grown = p.grown || d.Recv != nil && (p.l.generics[key] == nil || p.redeclared(key, decl)) && p.hasInstances(receiver(f))
		return nil
	}
	id := p.funcID(f, nil)
	p.grown = p.grown || d.Recv != nil && p.isGrown(receiver(f), id)
	if d.Body == nil {
		return &Error{p.u.pos(d.Pos()), "missing function body"}
	}
	// Not now: it may refer to generic functions that are declared after it.
	p.queue = append(p.queue, job{decl: decl, id: id, name: p.funcName(f, nil)})
	return nil
}

// Renew is Declare for a function whose source is the one of an earlier cell, but not
// all that it refers to: the instances of a generic one are lowered again too.
func (p *Program) Renew(d *ast.FuncDecl) error {
	if f, ok := p.u.Info.Defs[d.Name].(*types.Func); ok {
		p.renewed[p.funcKey(f)] = true
	}
	return p.Declare(d)
}

// Global gives a session variable its memory.
func (p *Program) Global(v *types.Var) { p.globalID(v) }

// Entry lowers the statements of the cell. All functions must have been declared.
func (p *Program) Entry(e Entry) error {
	p.l.lastFunc++
	id := p.l.lastFunc
	funcs, err := p.lowerEntry(e, id)
	if err != nil {
		return err
	}
	p.out.Entry = id
	p.out.Funcs = append(p.out.Funcs, funcs...)
	return nil
}

// Finish lowers what was asked for on the way, such as instances and the methods of
// types, until nothing is new, and returns the program.
func (p *Program) Finish() (*code.Program, error) {
	p.again()
	if p.grown {
		// Types that embed others have more methods too.
		for _, id := range slices.Sorted(maps.Keys(p.l.made)) {
			if d := p.l.described[id]; d.Compiled || p.l.modules.byPath[d.Path] != nil {
				continue
			}
			if t := p.fromID(id); t != nil {
				p.typeID(t)
			}
		}
	}
	for p.err == nil && (len(p.pending) > 0 || len(p.queue) > 0) {
		if len(p.pending) > 0 {
			d := p.pending[0]
			p.pending = p.pending[1:]
			p.describe(d)
			continue
		}
		j := p.queue[0]
		p.queue = p.queue[1:]
		if err := p.lower(j); err != nil {
			return nil, err
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	p.grow()
	for _, w := range p.wanted {
		if p.bodies[w.id] == nil && p.l.bodies[w.id] == nil {
			return nil, &Error{Text: fmt.Sprintf("lowering: function %s is used and not declared", w.name)}
		}
	}
	return &p.out, nil
}

// Commit makes the program a part of the session. Finish must have succeeded, and nothing else
// been committed since Begin.
func (p *Program) Commit() {
	l := p.l
	maps.Copy(l.types, p.types)
	maps.Copy(l.funcs, p.funcs)
	maps.Copy(l.globals, p.globals)
	for i := range p.out.Types {
		t := p.out.Types[i]
		l.described[t.ID] = &t
	}
	maps.Copy(l.made, p.made)
	for _, v := range p.out.Globals {
		if !slices.Contains(l.variables, v) {
			l.variables = append(l.variables, v)
		}
	}
	for _, f := range p.out.Funcs {
		if group := p.bodies[f.ID]; group != nil {
			if l.bodies[f.ID] == nil {
				l.order = append(l.order, f.ID)
			}
			l.bodies[f.ID] = group
		}
	}
	l.modules.running = append(l.modules.running, p.inits...)
	for _, id := range p.out.Effects {
		if !slices.Contains(l.modules.effects, id) {
			l.modules.effects = append(l.modules.effects, id)
		}
	}
	maps.Copy(l.generics, p.generics)
	for key, list := range p.instances {
		l.instances[key] = append(l.instances[key], list...)
	}
	if p.u.path() != "main" {
		l.units[p.u.Pkg.Path()] = p.u
	}
}

// fail keeps the first error.
func (p *Program) fail(pos link.Pos, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{pos, fmt.Sprintf(format, args...)}
	}
}

// globalID returns the variable of the session, or of another package that is lowered.
func (p *Program) globalID(v *types.Var) code.GlobalID {
	t := p.typeID(v.Type())
	// With another type it is another variable: what was lowered before knows the old one.
	key := fmt.Sprintf("%s:%d", p.objectKey(v), t)
	if id := p.globals[key]; id != 0 {
		return id
	}
	if id := p.l.globals[key]; id != 0 {
		return id
	}
	p.l.lastGlobal++
	id := p.l.lastGlobal
	p.globals[key] = id
	p.out.Globals = append(p.out.Globals, p.variable(id, v, t))
	return id
}

// variable describes a variable.
func (p *Program) variable(id code.GlobalID, v *types.Var, t code.TypeID) code.Global {
	g := code.Global{ID: id, Name: p.shown(v), Type: t}
	if m := p.l.modules.byPkg[v.Pkg()]; m != nil {
		g.Init, g.Done = p.internFunc(m.initKey()), v == m.done
	}
	return g
}

// objectKey is the identity of a function, type or variable at package level.
func (p *Program) objectKey(obj types.Object) string {
	if u := p.unit(obj.Pkg()); u != nil {
		return u.key(obj)
	}
	return "compiled " + p.externName(obj)
}

// unit returns the unit of a package that is lowered, nil if it is compiled.
func (p *Program) unit(pkg *types.Package) *Unit {
	switch {
	case pkg == nil:
		return nil
	case pkg == p.u.Pkg:
		return p.u
	}
	if u := p.l.library.units[pkg]; u != nil {
		return u
	}
	if u := p.l.modules.unit(pkg); u != nil {
		return u
	}
	return p.l.units[pkg.Path()]
}

// isExtern reports whether an object is of a compiled package and has no source here.
func (p *Program) isExtern(obj types.Object) bool {
	if p.unit(obj.Pkg()) != nil {
		return p.l.library.native(obj)
	}
	f, ok := obj.(*types.Func)
	return !ok || obj.Pkg() == nil || typeParams(f) == nil
}

// externName is the name by which the engine knows an object of a compiled package.
func (p *Program) externName(obj types.Object) string {
	if obj.Pkg() == nil {
		return obj.Name()
	}
	return obj.Pkg().Path() + "." + obj.Name()
}

// path is how a package is called in the names of types.
func (p *Program) path(pkg *types.Package) string {
	if pkg == nil {
		return ""
	}
	if u := p.unit(pkg); u != nil {
		return u.path()
	}
	return pkg.Path()
}

// closureID returns an ID for a function literal. It is a new one each time: values of
// the literal that was there before may still be called, with what they hold.
func (p *Program) closureID(parent string) code.FuncID {
	p.l.lastFunc++
	return p.l.lastFunc
}
