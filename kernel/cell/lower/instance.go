package lower

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A declaration is a function with its syntax and the check that it belongs to.
type declaration struct {
	unit *Unit
	node *ast.FuncDecl
	fn   *types.Func
}

// params are the type parameters of a function, those of its receiver for a method.
func (d *declaration) params() *types.TypeParamList {
	sig := d.fn.Signature()
	if sig.RecvTypeParams() != nil {
		return sig.RecvTypeParams()
	}
	return sig.TypeParams()
}

// typeParams are the type parameters of a function, or those of the type that it is a method of.
func typeParams(f *types.Func) *types.TypeParamList {
	f = f.Origin()
	if n := receiver(f); n != nil {
		return n.TypeParams()
	}
	return f.Signature().TypeParams()
}

// receiver is the type with a name that f is a method of, nil if there is none.
func receiver(f *types.Func) *types.Named {
	recv := f.Signature().Recv()
	if recv == nil {
		return nil
	}
	t := types.Unalias(recv.Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// An instance is a generic function with type arguments.
type instance struct {
	id   code.FuncID
	args []code.TypeID
}

// A job is a function to be made: from syntax, or else by make.
type job struct {
	decl *declaration
	env  *env
	id   code.FuncID
	name string
	make func() (code.Func, error)
	init *modulePackage // to be initialised by the function
}

// A want is a function that is called and is lowered by somebody.
type want struct {
	id   code.FuncID
	name string
}

// maxDepth is how deep the types may be nested that type arguments are made of. go/types refuses code
// that needs endlessly many instances; this is for what it doesn't see at once because it comes from several cells.
const maxDepth = 100

// nesting returns how deep a type is nested, up to limit.
func (p *Program) nesting(t types.Type, limit int) int {
	if limit == 0 {
		return 0
	}
	deepest := 0
	add := func(t types.Type) { deepest = max(deepest, p.nesting(t, limit-1)) }
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if l, ok := p.locals[t.Obj()]; ok {
			deepest = l.depth
		}
		for a := range t.TypeArgs().Types() {
			add(a)
		}
	case *types.Map:
		add(t.Key())
		add(t.Elem())
	case interface{ Elem() types.Type }:
		add(t.Elem())
	case *types.Signature:
		add(t.Params())
		add(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			add(v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			add(f.Type())
		}
	case *types.Interface:
		for m := range t.Methods() {
			add(m.Type())
		}
	}
	return deepest + 1
}

// tooDeep reports whether types are nested as no program needs it, and fails if so.
func (p *Program) tooDeep(name string, list []types.Type) bool {
	for _, t := range list {
		if p.nesting(t, maxDepth) == maxDepth {
			p.fail(0, "%s needs endlessly many instances of generic code", name)
			return true
		}
	}
	return false
}

// lower makes the code of a function.
func (p *Program) lower(j job) error {
	var funcs []code.Func
	switch {
	case j.make != nil:
		f, err := j.make()
		if err != nil {
			return err
		}
		funcs = []code.Func{f}
	case j.init != nil:
		var err error
		if funcs, err = p.lowerInit(j.init, j.id, j.name); err != nil {
			return fmt.Errorf("package %s can't be initialised: %w", j.init.Path, err)
		}
	case p.l.modules.decls[j.decl.fn] != nil:
		funcs = p.lowerModule(j)
	default:
		var err error
		if funcs, err = p.lowerFunc(j.decl.unit, j.env, j.decl.node, j.id, j.name); err != nil {
			return err
		}
		if p.err != nil && p.err.Pos == 0 {
			p.err.Pos = j.decl.unit.pos(j.decl.node.Pos())
		}
	}
	p.bodies[j.id] = funcs
	p.out.Funcs = append(p.out.Funcs, funcs...)
	return nil
}

// funcID returns a function of the session or a generic one of the standard
// library, or a method; targs are the type arguments, for a method those of the
// receiver's type. An instance that is not there yet is made.
func (p *Program) funcID(f *types.Func, targs []types.Type) code.FuncID {
	if n := receiver(f); n != nil && targs == nil {
		targs = slices.Collect(n.TypeArgs().Types())
	}
	inst := f
	f = f.Origin()
	if typeParams(f).Len() == 0 {
		targs = nil
	}
	if d := p.l.library.declaration(f); d != nil {
		f = d.fn
	}
	key := p.funcKey(f)
	if len(targs) == 0 {
		var recv types.Type
		if r := f.Signature().Recv(); r != nil {
			recv = r.Type()
		}
		// With another signature it is another function: who calls the old one goes on to.
		id := p.internFunc(fmt.Sprintf("%s:%d", key, p.sigID(f.Signature(), recv)))
		if !p.queued[id] {
			p.queued[id] = true
			p.wanted = append(p.wanted, want{id, p.funcName(f, nil)})
			if d := p.l.library.declaration(f); d != nil {
				p.queue = append(p.queue, job{decl: d, id: id, name: p.funcName(f, nil)})
			} else if d := p.l.modules.declaration(f); d != nil && p.l.bodies[id] == nil {
				p.queue = append(p.queue, job{decl: d, id: id, name: p.funcName(f, nil)})
			}
		}
		return id
	}
	if p.declaration(f, key) == nil && inst != f {
		if id := p.madeBefore(inst, key, targs); id != 0 {
			return id
		}
	}
	return p.instanceID(f, key, targs)
}

// madeBefore returns the method of an instance of a type that is no more, whose source is gone but
// whose code there is; 0 if there is none.
func (p *Program) madeBefore(f *types.Func, key string, targs []types.Type) code.FuncID {
	sig := f.Signature()
	if sig.Recv() == nil {
		return 0
	}
	args := make([]code.TypeID, len(targs))
	for i, t := range targs {
		args[i] = p.typeID(t)
	}
	plain := types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	return p.l.funcs[fmt.Sprintf("%s%s:%d", key, idList(args), p.sigID(plain, sig.Recv().Type()))]
}

// instanceID returns a generic function with type arguments.
func (p *Program) instanceID(f *types.Func, key string, targs []types.Type) code.FuncID {
	d := p.declaration(f, key)
	if d == nil {
		if err := p.l.library.err; err != nil {
			p.fail(0, "lowering: %v", err)
		}
		p.fail(0, "lowering: there is no source of the generic function %s", f.FullName())
		return 0
	}
	if len(targs) != d.params().Len() {
		p.fail(0, "lowering: %s with %d type arguments", f.FullName(), len(targs))
		return 0
	}
	if p.tooDeep(f.Name(), targs) {
		return 0
	}
	e := p.env(d, targs)
	var recv types.Type
	if r := d.fn.Signature().Recv(); r != nil {
		recv = e.subst(r.Type())
	}
	sig := e.subst(types.NewSignatureType(nil, nil, nil, d.fn.Signature().Params(), d.fn.Signature().Results(), d.fn.Signature().Variadic()))
	args := make([]code.TypeID, len(targs))
	for i, t := range targs {
		args[i] = p.typeID(t)
	}
	id := p.internFunc(fmt.Sprintf("%s%s:%d", key, idList(args), p.sigID(sig.(*types.Signature), recv)))
	if p.queued[id] {
		return id
	}
	p.queued[id] = true
	if p.l.bodies[id] == nil || p.redeclared(key, d) {
		p.makeInstance(d, e, key, id, args, targs)
	}
	return id
}

// makeInstance puts an instance on the list of what is to be lowered.
func (p *Program) makeInstance(d *declaration, e *env, key string, id code.FuncID, args []code.TypeID, targs []types.Type) {
	if p.l.bodies[id] == nil {
		p.instances[key] = append(p.instances[key], &instance{id, args})
	}
	j := job{decl: d, env: e, id: id, name: p.funcName(d.fn, targs)}
	if make := p.native(d, e, j); make != nil {
		j.make = make
	}
	p.queue = append(p.queue, j)
}

func (p *Program) internFunc(key string) code.FuncID {
	if id := p.funcs[key]; id != 0 {
		return id
	}
	if id := p.l.funcs[key]; id != 0 {
		return id
	}
	p.l.lastFunc++
	p.funcs[key] = p.l.lastFunc
	return p.l.lastFunc
}

// funcKey is the identity of a function or method, but for its type and type arguments.
func (p *Program) funcKey(f *types.Func) string {
	if n := receiver(f); n != nil {
		return "method " + p.objectKey(n.Obj()) + "." + f.Name()
	}
	if f.Name() == "init" {
		// There may be several.
		if u := p.unit(f.Pkg()); u != nil {
			return fmt.Sprintf("func %s@%d.%d", p.objectKey(f), u.pos(f.Pos()), f.Pos())
		}
	}
	return "func " + p.objectKey(f)
}

// funcName is the name of a function in stacks.
func (p *Program) funcName(f *types.Func, targs []types.Type) string {
	name := p.shown(f)
	args := ""
	if len(targs) > 0 {
		args = p.typeArgs(targs)
	}
	if p.l.library.decls[f] != nil {
		return libraryName(f.Pkg().Path(), name, args)
	}
	prefix := ""
	if u := p.unit(f.Pkg()); u == nil || u.path() != "main" {
		prefix = f.Pkg().Path() + "."
	}
	n := receiver(f)
	if n == nil {
		return prefix + name + args
	}
	recv := p.shown(n.Obj()) + args
	if _, ok := types.Unalias(f.Signature().Recv().Type()).(*types.Pointer); ok {
		return prefix + "(*" + recv + ")." + name
	}
	return prefix + recv + "." + name
}

// declaration finds the source of a generic function.
func (p *Program) declaration(f *types.Func, key string) *declaration {
	if d := p.generics[key]; d != nil {
		return d
	}
	if d := p.l.library.declaration(f); d != nil {
		return d
	}
	if d := p.l.modules.declaration(f); d != nil {
		return d
	}
	if p.unit(f.Pkg()) != p.u {
		return p.l.generics[key] // of a package, whose check is the only one
	}
	return nil
}

// redeclared reports whether the instances of a generic function that earlier cells have made are out of
// date: their source is another one.
func (p *Program) redeclared(key string, d *declaration) bool {
	if p.renewed[key] {
		return true
	}
	old := p.l.generics[key]
	return old != nil && d.unit == p.u && old.unit != d.unit && old.unit.pos(old.node.Pos()) != d.unit.pos(d.node.Pos())
}

// again lowers the instances of generic functions that the program declares anew: earlier
// code calls them.
func (p *Program) again() {
	for _, key := range slices.Sorted(maps.Keys(p.generics)) {
		d := p.generics[key]
		if !p.redeclared(key, d) {
			continue
		}
		for _, i := range p.l.instances[key] {
			var targs []types.Type
			for _, a := range i.args {
				t := p.fromID(a)
				if t == nil {
					break
				}
				targs = append(targs, t)
			}
			// What is an instance with types that are gone serves only who has such values.
			if len(targs) == len(i.args) && len(targs) == d.params().Len() {
				p.instanceID(d.fn, key, targs)
			}
		}
	}
}

// An env has the type arguments of the instance that is being lowered. A nil env has none.
type env struct {
	p      *Program
	decl   *declaration
	args   map[*types.TypeParam]types.Type
	list   []types.Type
	memo   map[types.Type]types.Type
	clones map[cloned]*types.Named
}

func (p *Program) env(d *declaration, targs []types.Type) *env {
	e := &env{p: p, decl: d, args: map[*types.TypeParam]types.Type{}, list: targs, memo: map[types.Type]types.Type{}, clones: map[cloned]*types.Named{}}
	params := d.params()
	for i := range params.Len() {
		if i < len(targs) {
			e.args[params.At(i)] = targs[i]
		}
	}
	return e
}

// subst returns a type with type arguments in place of type parameters. Types that the function
// declares are others in each instance.
func (e *env) subst(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if e == nil {
		return t
	}
	if s := e.memo[t]; s != nil {
		return s
	}
	s := e.make(t)
	e.memo[t] = s
	return s
}

func (e *env) make(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.TypeParam:
		if a := e.args[t]; a != nil {
			return types.Unalias(a)
		}
		e.p.fail(0, "lowering: type parameter %s of another function", t)
		return t
	case *types.Named:
		return e.named(t)
	case *types.Pointer:
		if s := e.subst(t.Elem()); s != t.Elem() {
			return types.NewPointer(s)
		}
	case *types.Slice:
		if s := e.subst(t.Elem()); s != t.Elem() {
			return types.NewSlice(s)
		}
	case *types.Array:
		if s := e.subst(t.Elem()); s != t.Elem() {
			return types.NewArray(s, t.Len())
		}
	case *types.Chan:
		if s := e.subst(t.Elem()); s != t.Elem() {
			return types.NewChan(t.Dir(), s)
		}
	case *types.Map:
		k, s := e.subst(t.Key()), e.subst(t.Elem())
		if k != t.Key() || s != t.Elem() {
			return types.NewMap(k, s)
		}
	case *types.Tuple:
		if s := e.tuple(t); s != t {
			return s
		}
	case *types.Signature:
		in, out := e.tuple(t.Params()), e.tuple(t.Results())
		if in != t.Params() || out != t.Results() {
			return types.NewSignatureType(nil, nil, nil, in, out, t.Variadic())
		}
	case *types.Struct:
		return e.structType(t)
	case *types.Interface:
		return e.interfaceType(t)
	}
	return t
}

func (e *env) tuple(t *types.Tuple) *types.Tuple {
	changed := false
	vars := make([]*types.Var, t.Len())
	for i := range vars {
		v := t.At(i)
		vars[i] = v
		if s := e.subst(v.Type()); s != v.Type() {
			vars[i] = types.NewParam(v.Pos(), v.Pkg(), v.Name(), s)
			changed = true
		}
	}
	if !changed {
		return t
	}
	return types.NewTuple(vars...)
}

func (e *env) structType(t *types.Struct) types.Type {
	changed := false
	fields := make([]*types.Var, t.NumFields())
	tags := make([]string, t.NumFields())
	for i := range fields {
		f := t.Field(i)
		fields[i], tags[i] = f, t.Tag(i)
		if s := e.subst(f.Type()); s != f.Type() {
			fields[i] = types.NewField(f.Pos(), f.Pkg(), f.Name(), s, f.Embedded())
			changed = true
		}
	}
	if !changed {
		return t
	}
	return types.NewStruct(fields, tags)
}

func (e *env) interfaceType(t *types.Interface) types.Type {
	if !t.IsMethodSet() { // a constraint: of no value's type
		return t
	}
	changed := false
	methods := make([]*types.Func, t.NumMethods())
	for i := range methods {
		m := t.Method(i)
		methods[i] = m
		sig := m.Signature()
		in, out := e.tuple(sig.Params()), e.tuple(sig.Results())
		if in != sig.Params() || out != sig.Results() {
			methods[i] = types.NewFunc(m.Pos(), m.Pkg(), m.Name(), types.NewSignatureType(nil, nil, nil, in, out, sig.Variadic()))
			changed = true
		}
	}
	if !changed {
		return t
	}
	return types.NewInterfaceType(methods, nil).Complete()
}

// named substitutes in the arguments of an instance, and clones types that the function declares.
func (e *env) named(t *types.Named) types.Type {
	args := make([]types.Type, t.TypeArgs().Len())
	changed := false
	for i := range args {
		a := t.TypeArgs().At(i)
		args[i] = e.subst(a)
		changed = changed || args[i] != a
	}
	if len(e.args) > 0 && e.declares(t.Obj()) {
		return e.clone(t.Origin(), args)
	}
	if !changed {
		return t
	}
	s, err := types.Instantiate(e.p.ctxt, t.Origin(), args, false)
	if err != nil {
		e.p.fail(0, "lowering: %v", err)
		return t
	}
	return s
}

// clone returns a type that the function declares as this instance of it has it, with the
// type arguments that it has besides.
func (e *env) clone(t *types.Named, args []types.Type) types.Type {
	obj := t.Obj()
	ids := make([]code.TypeID, len(args))
	for i, a := range args {
		ids[i] = e.p.typeID(a)
	}
	which := cloned{obj, idList(ids)}
	if c := e.clones[which]; c != nil {
		return c
	}
	name := types.NewTypeName(obj.Pos(), obj.Pkg(), obj.Name(), nil)
	c := types.NewNamed(name, nil, nil)
	e.clones[which] = c
	var key strings.Builder
	fmt.Fprintf(&key, "%s %s@%d[", e.decl.unit.path(), obj.Name(), e.decl.unit.pos(obj.Pos()))
	if e.decl.unit.Pos == nil {
		fmt.Fprintf(&key, "+%d", obj.Pos())
	}
	for _, a := range e.list {
		fmt.Fprintf(&key, "%d,", e.p.typeID(a))
	}
	key.WriteString("]" + which.args)
	e.p.mentions(&key, t.Underlying(), map[*types.TypeName]bool{obj: true})
	depth := 0
	for _, a := range slices.Concat(e.list, args) {
		depth = max(depth, e.p.nesting(a, maxDepth))
	}
	shown := e.p.typeArgs(e.list)
	inner := e
	if len(args) > 0 {
		shown = strings.TrimSuffix(shown, "]") + ";" + strings.TrimPrefix(e.p.typeArgs(args), "[")
		inner = &env{p: e.p, decl: e.decl, args: maps.Clone(e.args), list: e.list, memo: map[types.Type]types.Type{}, clones: e.clones}
		for i, a := range args {
			inner.args[t.TypeParams().At(i)] = a
		}
	}
	e.p.locals[name] = local{of: obj, depth: depth, args: shown, key: key.String()}
	c.SetUnderlying(inner.subst(t.Underlying()).Underlying())
	return c
}

// A cloned type is one that a function declares, with its type arguments.
type cloned struct {
	obj  *types.TypeName
	args string
}

// declares reports whether the function that is being lowered declares a type.
func (e *env) declares(obj *types.TypeName) bool {
	if _, ok := e.p.locals[obj]; ok || obj.Pkg() != e.decl.unit.Pkg {
		return false
	}
	return obj.Pos() > e.decl.node.Pos() && obj.Pos() < e.decl.node.End() && e.p.isLocal(obj)
}
