package lower

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// The body of a range over a function becomes a function that the iterator calls. What leaves
// the loop otherwise than by break is noted in a variable, the body returns false, and when
// the iterator has returned the rest is done. A second variable, the state, finds iterators that
// call the body when they mustn't.

// A rangeFn is the body of a range over a function.
type rangeFn struct {
	label  string // of the loop
	result types.Type
	state  *types.Var
	next   *types.Var // which of exits was taken, from 1
	exits  []exit
}

// An exit is a way out of a loop that leads beyond it.
type exit struct {
	tok   token.Token // BREAK, CONTINUE, GOTO or RETURN
	label string
	pos   token.Pos
}

// The states of a loop. These are the runtime's numbers.
const (
	rangeDone      = iota // the body returned false
	rangeReady            // the body may be called
	rangePanic            // the body runs, or has panicked
	rangeExhausted        // the iterator has returned
	rangeMissing          // the body panicked and the iterator took no notice
)

// synthetic makes a variable that the user doesn't see, in a cell.
func (f *fn) synthetic(name string, t types.Type) *types.Var {
	v := types.NewVar(token.NoPos, nil, name, t)
	f.facts.escapes[v] = true
	return v
}

// rangeFunc lowers a range over a function, in a block of its own.
func (f *fn) rangeFunc(s *ast.RangeStmt, sig *types.Signature, label string) {
	iter := f.temp(f.rangeOperand(s.X), f.typ(s.X))
	yield := types.Unalias(sig.Params().At(0).Type())
	ysig := yield.Underlying().(*types.Signature)
	d := f.declared()
	d.ranges++
	g := f.child(s, fmt.Sprintf("%s-range%d", d.name, d.ranges))
	number := types.Typ[types.Int]
	rf := &rangeFn{
		label: label, result: types.Unalias(ysig.Results().At(0).Type()), state: f.synthetic("state", number), next: f.synthetic("next", number),
	}
	g.rf = rf
	g.rangeBody(s, ysig)

	f.declare(rf.state, f.intConst(rangeReady), token.NoPos)
	if len(rf.exits) > 0 {
		f.declare(rf.next, f.intConst(0), token.NoPos)
	}
	call := f.node(code.CallValue, nil, s.X.Pos(), iter, f.closure(g, yield, ysig, s.Pos()))
	f.do(&code.Node{Op: code.Eval, Pos: call.Pos, Kids: []*code.Node{call}})
	f.when(code.Eq, rf.state, rangePanic, func() { f.rangeFail(f.intConst(rangeMissing), s.Pos()) })
	f.setInt(rf.state, rangeExhausted)
	for i, x := range rf.exits {
		f.when(code.Eq, rf.next, int64(i+1), func() {
			if x.tok == token.RETURN {
				f.leave(x.pos)
			} else {
				f.branch(x.tok, x.label, x.pos)
			}
		})
	}
}

// rangeBody lowers the body in its function.
func (f *fn) rangeBody(s *ast.RangeStmt, ysig *types.Signature) {
	var params []*types.Var
	xs := []ast.Expr{s.Key, s.Value}
	var values []operand
	for i, x := range xs {
		if i >= ysig.Params().Len() {
			break
		}
		t := types.Unalias(ysig.Params().At(i).Type())
		v := types.NewParam(token.NoPos, nil, "_", t)
		switch {
		case x == nil || isBlank(ast.Unparen(x)):
		case s.Tok == token.DEFINE:
			v = f.object(x.(*ast.Ident)).(*types.Var)
		}
		params = append(params, v)
		values = append(values, operand{n: f.local(i, t), t: t})
	}
	res := types.NewTuple(types.NewParam(token.NoPos, nil, "", f.rf.result))
	f.enter(types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), res, false))
	f.when(code.Ne, f.rf.state, rangeReady, func() { f.rangeFail(f.variable(f.rf.state, s.Pos()), s.Pos()) })
	f.setInt(f.rf.state, rangePanic)
	if s.Tok == token.ASSIGN {
		f.store(xs[:len(values)], values)
	}
	f.do(f.block(func() { f.stmts(s.Body.List) }))
	f.endTurn(rangeReady, true)
}

// when does something if a variable compares with a number as op says.
func (f *fn) when(op code.Op, v *types.Var, i int64, do func()) {
	cond := f.node(op, types.Typ[types.Bool], token.NoPos, f.variable(v, token.NoPos), f.intConst(i))
	f.do(&code.Node{Op: code.If, Kids: []*code.Node{cond, f.block(do)}})
}

func (f *fn) setInt(v *types.Var, i int64) {
	f.set(f.variable(v, token.NoPos), f.intConst(i), token.NoPos)
}

// rangeFail panics as the Go runtime does for a loop in a state.
func (f *fn) rangeFail(state *code.Node, pos token.Pos) {
	n := &code.Node{Op: code.CallExtern, S: "runtime.rangePanic", Pos: f.pos(pos), Kids: []*code.Node{state}}
	f.do(&code.Node{Op: code.Eval, Pos: n.Pos, Kids: []*code.Node{n}})
}

// endTurn returns from the body.
func (f *fn) endTurn(state int64, more bool) {
	f.setInt(f.rf.state, state)
	f.do(&code.Node{Op: code.Return, Kids: []*code.Node{f.constant(constant.MakeBool(more), f.rf.result, token.NoPos)}})
}

// exit leaves the body of a range over a function for what is outside its function.
func (f *fn) exit(tok token.Token, label string, pos token.Pos) {
	own := label == "" || label == f.rf.label
	switch {
	case own && tok == token.BREAK:
		f.endTurn(rangeDone, false)
		return
	case own && tok == token.CONTINUE:
		f.endTurn(rangeReady, true)
		return
	}
	n := -1
	for i, x := range f.rf.exits {
		if x.tok == tok && x.label == label {
			n = i
		}
	}
	if n < 0 {
		n = len(f.rf.exits)
		f.rf.exits = append(f.rf.exits, exit{tok, label, pos})
	}
	f.setInt(f.rf.next, int64(n+1))
	f.endTurn(rangeDone, false)
}

// frame is the frame of the function that the user wrote, for a defer, also one in the body of a range within it.
func (f *fn) frame(pos token.Pos) *code.Node {
	d := f.declared()
	t := types.Typ[types.UnsafePointer]
	if f == d {
		return &code.Node{Op: code.Intrinsic, S: "frame", Type: f.tid(t)}
	}
	if d.frameVar == nil {
		d.frameVar = f.synthetic("frame", t)
		ptr := types.NewPointer(t)
		s := d.newSlot(f.tid(ptr))
		d.vars[d.frameVar] = s
		now := &code.Node{Op: code.Intrinsic, S: "frame", Type: f.tid(t)}
		d.first = append(d.first, &code.Node{Op: code.Assign, Kids: []*code.Node{
			d.local(s, ptr), {Op: code.New, Type: f.tid(ptr), Kids: []*code.Node{now}}}})
	}
	return f.variable(d.frameVar, pos)
}
