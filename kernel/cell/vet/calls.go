package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// quiet are packages whose functions order no goroutines, whatever they are given.
var quiet = map[string]bool{
	"bytes": true, "cmp": true, "errors": true, "fmt": true, "maps": true, "math": true, "math/big": true,
	"math/bits": true, "math/cmplx": true, "math/rand": true, "math/rand/v2": true, "path": true,
	"path/filepath": true, "regexp": true, "runtime": true, "slices": true, "sort": true, "strconv": true,
	"strings": true, "time": true, "unicode": true, "unicode/utf8": true, "log": true, "hash/fnv": true,
	"crypto/sha256": true, "crypto/md5": true, "encoding/json": true, "encoding/hex": true, "reflect": true,
}

// inline are packages that call the functions they are given before they return, in
// the same goroutine.
var inline = map[string]bool{
	"bytes": true, "maps": true, "path/filepath": true, "slices": true, "sort": true, "strings": true, "regexp": true,
}

func (b *builder) builtin(call *ast.CallExpr) string {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if bi, ok := b.Info.Uses[id].(*types.Builtin); ok {
			return bi.Name()
		}
	}
	return ""
}

// call emits a call with its arguments.
func (b *builder) call(e *ast.CallExpr) {
	if tv, ok := b.Info.Types[e.Fun]; ok && tv.IsType() {
		b.exprs(e.Args)
		return
	}
	if name := b.builtin(e); name != "" {
		b.callBuiltin(e, name)
		return
	}
	fn := b.callee(e)
	path, typ, name := method(fn)
	if fn != nil && (path == "sync" || path == "sync/atomic" || typ != "") && b.primitive(e, path, typ, name) {
		return
	}
	if path == "time" && name == "AfterFunc" || path == "context" && name == "AfterFunc" {
		b.exprs(e.Args[:1])
		b.run(opSpawn, e, e.Args[1])
		return
	}
	o := op{kind: opCall, pos: e.Pos(), end: e.End(), plain: b.plain(e)}
	if b.target(&o, e, fn) {
		b.emit(o)
		return
	}
	b.std(e, path)
}

func (b *builder) exprs(list []ast.Expr) {
	for _, x := range list {
		b.expr(x)
	}
}

// callBuiltin emits a call of a builtin function.
func (b *builder) callBuiltin(e *ast.CallExpr, name string) {
	switch name {
	case "make", "new":
		if len(e.Args) > 1 {
			b.exprs(e.Args[1:])
		}
		return
	case "close":
		b.expr(e.Args[0])
		b.emit(op{kind: opRelease, pos: e.Pos(), at: b.place(e.Args[0]), closes: true})
		return
	case "panic":
		b.exprs(e.Args)
		b.emit(op{kind: opPanic, pos: e.Pos()})
		return
	}
	b.exprs(e.Args)
	if len(e.Args) == 0 {
		return
	}
	p, t := b.place(e.Args[0]), b.Info.TypeOf(e.Args[0])
	if p.root == nil || t == nil {
		return
	}
	if _, ok := t.Underlying().(*types.Map); !ok {
		return
	}
	p = p.and(step{kind: mapElem})
	switch name {
	case "len":
		b.read(e.Args[0], p)
	case "delete", "clear":
		b.emit(op{kind: opWrite, pos: e.Pos(), end: e.End(), at: p, how: mapWrite, src: types.ExprString(e.Args[0])})
	}
}

// primitive emits the calls that goroutines order themselves with, by name also of
// types that aren't from package sync. It reports whether e is one.
func (b *builder) primitive(e *ast.CallExpr, path, typ, name string) bool {
	sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok && typ != "" {
		return false
	}
	recv := place{}
	if typ != "" {
		recv = b.place(sel.X)
	}
	do := func(kind opKind) bool {
		if typ != "" {
			b.parts(sel.X)
		}
		b.exprs(e.Args)
		b.emit(op{kind: kind, pos: e.Pos(), end: e.End(), at: recv, atomic: path == "sync/atomic", plain: typ == "Locker"})
		return true
	}
	if path == "sync/atomic" {
		if typ == "" && len(e.Args) > 0 {
			if u, ok := ast.Unparen(e.Args[0]).(*ast.UnaryExpr); ok && u.Op == token.AND {
				recv = b.place(u.X)
			}
		}
		switch {
		case strings.HasPrefix(name, "Load"), strings.HasPrefix(name, "Swap"), strings.HasPrefix(name, "CompareAndSwap"):
			return do(opAcquire)
		case strings.HasPrefix(name, "Store"):
			return do(opRelease)
		}
		b.exprs(e.Args)
		return true
	}
	if path == "sync" && typ == "" {
		return false
	}
	nargs := len(e.Args)
	switch name {
	case "Lock":
		return nargs == 0 && do(opLock)
	case "RLock":
		return nargs == 0 && do(opRLock)
	case "Unlock", "RUnlock":
		return nargs == 0 && do(opUnlock)
	case "Wait", "Acquire":
		return (path == "sync" || path != b.Pkg.Path()) && do(opAcquire)
	case "Done", "Signal", "Broadcast", "Release":
		return path == "sync" && do(opRelease)
	case "TryLock", "TryRLock":
		// What holds after it depends on the result: taken for granted.
		return do(opOnce)
	case "Do":
		if path == "sync" && typ == "Once" {
			b.emit(op{kind: opOnce, pos: e.Pos(), at: recv, body: b.collect(func() { b.run(opCall, e, e.Args[0]) })})
			return true
		}
	case "Go", "TryGo":
		if nargs == 1 && path != b.Pkg.Path() && isFunc(b.Info.TypeOf(e.Args[0])) {
			b.parts(sel.X)
			b.run(opSpawn, e, e.Args[0])
			return true
		}
	}
	if path == "sync" {
		b.exprs(e.Args)
		return true
	}
	if path == "strings" && typ == "Builder" || path == "bytes" && typ == "Buffer" {
		b.exprs(e.Args)
		kind := opRead
		if strings.HasPrefix(name, "Write") || name == "Reset" || name == "ReadFrom" {
			kind = opWrite
		}
		if recv.root != nil {
			b.emit(op{kind: kind, pos: e.Pos(), end: e.End(), at: b.through(recv, sel.X), how: mutate, src: types.ExprString(e.Fun)})
		}
		return true
	}
	return false
}

func isFunc(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// run emits that a function without arguments runs: here and now, or in a goroutine.
func (b *builder) run(kind opKind, e *ast.CallExpr, f ast.Expr) {
	o := op{kind: kind, pos: e.Pos(), end: e.End()}
	if b.refer(&o, f) {
		b.emit(o)
		return
	}
	b.expr(f)
}

// refer sets which function an expression stands for.
func (b *builder) refer(o *op, f ast.Expr) bool {
	switch f := ast.Unparen(f).(type) {
	case *ast.FuncLit:
		o.fn = b.literal(f)
		return true
	case *ast.Ident:
		switch obj := b.object(f).(type) {
		case *types.Func:
			o.key = b.key(obj.Origin())
			return o.key != ""
		case *types.Var:
			if o.fn = b.lits[obj]; o.fn == nil {
				o.via = b.variable(obj)
			}
			return o.fn != nil || o.via != nil
		}
	case *ast.SelectorExpr: // a method value
		if sel, ok := b.Info.Selections[f]; ok && sel.Kind() == types.MethodVal {
			fn, _ := sel.Obj().(*types.Func)
			if o.key = b.key(fn.Origin()); o.key != "" {
				o.args = []arg{b.receiver(fn, f.X)}
				return true
			}
		}
	}
	return false
}

// receiver binds the receiver of a method.
func (b *builder) receiver(fn *types.Func, x ast.Expr) arg {
	p := b.place(x)
	_, isPtr := b.Info.TypeOf(x).Underlying().(*types.Pointer)
	_, wantsPtr := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer)
	return arg{at: p, addr: wantsPtr && !isPtr}
}

// target sets the function that e calls and binds its arguments, if anything is or may
// be known of it.
func (b *builder) target(o *op, e *ast.CallExpr, fn *types.Func) bool {
	switch f := ast.Unparen(e.Fun).(type) {
	case *ast.FuncLit:
		o.fn = b.literal(f)
	case *ast.Ident:
		if v, ok := b.object(f).(*types.Var); ok {
			if o.fn = b.lits[v]; o.fn == nil {
				o.via = b.variable(v)
				b.expr(f)
			}
		}
	}
	if fn != nil {
		if o.key = b.key(fn); o.key == "" {
			return false
		}
		if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
			if s, ok := b.Info.Selections[sel]; ok && s.Kind() == types.MethodVal {
				b.parts(sel.X)
				o.args = append(o.args, b.receiver(fn, sel.X))
			}
		}
	}
	if o.fn == nil && o.via == nil && o.key == "" {
		return false
	}
	for _, a := range e.Args {
		o.args = append(o.args, b.arg(a))
	}
	return true
}

// arg emits an argument and returns what the parameter is bound to.
func (b *builder) arg(e ast.Expr) arg {
	var f op
	if t := b.Info.TypeOf(e); isFunc(t) && b.refer(&f, e) && f.args == nil && f.via == nil {
		return arg{fn: f.fn, key: f.key}
	}
	b.expr(e)
	x := ast.Unparen(e)
	if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.AND {
		return arg{at: b.place(u.X), addr: true}
	}
	t := b.Info.TypeOf(x)
	if t == nil {
		return arg{}
	}
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map, *types.Pointer, *types.Chan:
		return arg{at: b.place(x)}
	}
	return arg{}
}

// std emits a call of which nothing is known but the package.
func (b *builder) std(e *ast.CallExpr, path string) {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
		if s, ok := b.Info.Selections[sel]; ok {
			if s.Kind() == types.MethodVal {
				b.expr(sel.X)
			} else {
				b.expr(sel)
			}
		}
	} else {
		b.expr(e.Fun)
	}
	for _, a := range e.Args {
		switch x := ast.Unparen(a).(type) {
		case *ast.FuncLit:
			t := b.literal(x)
			if inline[path] {
				b.emit(op{kind: opCall, pos: x.Pos(), end: x.End(), fn: t})
			}
			continue
		}
		b.expr(a)
		b.whole(a, path)
	}
	if !quiet[path] {
		b.emit(op{kind: opSync, pos: e.Pos(), plain: b.plain(e)})
	}
}

// plain reports whether a call hands over nothing that the callee could wait with for
// another goroutine.
func (b *builder) plain(e *ast.CallExpr) bool {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && b.Info.Selections[sel] != nil {
		return false
	}
	for _, a := range e.Args {
		t := b.Info.TypeOf(a)
		if t == nil {
			return false
		}
		if s, ok := t.Underlying().(*types.Slice); ok {
			t = s.Elem()
		}
		if _, ok := t.Underlying().(*types.Basic); !ok {
			return false
		}
	}
	return true
}

// whole emits that a function of a quiet package reads all of an argument.
func (b *builder) whole(a ast.Expr, path string) {
	p, t := b.place(a), b.Info.TypeOf(a)
	if p.root == nil || t == nil || !quiet[path] {
		return
	}
	switch t.Underlying().(type) {
	case *types.Slice:
		b.read(a, p.and(step{kind: anyElem}))
	case *types.Map:
		b.read(a, p.and(step{kind: mapElem}))
	}
}

// spawn emits a go statement.
func (b *builder) spawn(e *ast.CallExpr) {
	fn := b.callee(e)
	o := op{kind: opSpawn, pos: e.Pos(), end: e.End()}
	if b.target(&o, e, fn) {
		b.emit(o)
		return
	}
	b.exprs(e.Args)
}
