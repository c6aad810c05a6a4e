package code

// An Op is what a Node does.
//
// "Place" below means an expression that denotes memory: Local, Deref, GlobalVar, ExternVar, FieldOf
// of a place, Index of a place that is an array, Index of a slice. Kids are evaluated in their order, unless
// said otherwise, and their types are identical to what the operation needs: all
// implicit conversions are nodes.
type Op uint8

// Expressions.
const (
	Bad Op = iota

	// Const is a constant of a basic kind. A holds an integer's bits, a bool (0, 1), a
	// float's math.Float64bits; A and B those of a complex number's parts; S a string.
	Const
	// Zero is the zero value of any type; nil.
	Zero

	// Local is slot A: a place, but its address can't be taken. A variable that is captured or whose address is taken is
	// Deref(Local) of a slot that holds a pointer, made by New.
	Local
	// Env is the pointer number A that the closure being run holds.
	Env
	// GlobalVar is the variable with ID A.
	GlobalVar
	// ExternVar is the variable S, "path.Name", of a compiled package.
	ExternVar
	// FuncVal is the function with ID A as a value of a func type.
	FuncVal
	// Extern is the compiled function S, "path.Name", as a value of a func type.
	Extern
	// Closure makes a func value of the function A, whose Env are the values of Kids: pointers.
	Closure
	// Bind makes a func value of method S of Kids[0], evaluated now. A is the function if its receiver
	// is of a session type (Kids[0] then is just what the function takes first); else 0 and the method is found by
	// name in the interface or compiled type of Kids[0] (panics for a nil interface).
	Bind

	// FieldOf is field A of Kids[0], a struct: a place if Kids[0] is one. Embedding has been
	// resolved.
	FieldOf
	// Deref is what the pointer Kids[0] points to: a place. Panics if it is nil, unless B is 1, which promises that it isn't.
	Deref
	// Addr is a pointer to the place Kids[0], which isn't Local or a FieldOf or Index of one.
	Addr
	// New is a pointer to a new variable of the elem of Type, with the value of Kids[0] if there is one.
	New
	// Index is element Kids[1] (any integer type) of Kids[0]: an array, slice or string.
	Index
	// MapIndex is Kids[0][Kids[1]] of a map. In a context of two values (Unpack) Type is a Tuple with a bool.
	MapIndex
	// SliceOp is Kids[0][Kids[1]:Kids[2]:Kids[3]] of a string, slice, or array place (addressable); indices may be nil. Kids[3] may be
	// missing.
	SliceOp

	// StructLit is a struct with fields Ints[i] set to Kids[i], the others zero.
	StructLit
	// ArrayLit is an array or slice with elements Ints[i] set to Kids[i], the others zero. A is the length.
	ArrayLit
	// MapLit is a map of keys Kids[0], Kids[2], … to values Kids[1], Kids[3], ….
	MapLit

	// Unary operations on Kids[0].
	Neg
	Not
	Compl

	// Binary operations. Both operands are of Type, but for shifts, whose right operand is of any integer type.
	Add // also of strings
	Sub
	Mul
	Quo
	Rem
	And
	Or
	Xor
	AndNot
	Shl
	Shr

	// Comparisons. Both operands are of the same type, any comparable; or one is Zero and the other
	// a slice, map or func. The type of the result is a bool type.
	Eq
	Ne
	Lt
	Le
	Gt
	Ge

	LAnd
	LOr

	// Convert converts Kids[0] to Type: between numbers, to and from strings, from slice to array or pointer to array, unsafe.Pointer and
	// uintptr, and between types of one underlying type.
	Convert
	// ToIface makes a value of interface type of Kids[0], which isn't of one.
	ToIface
	// IfaceToIface converts an interface value to an interface type with fewer or the same methods; nil stays nil.
	IfaceToIface
	// Assert is Kids[0].(T), Kids[0] of interface type. In a context of two values Type is a Tuple with a bool; T is Type A.
	Assert
	// TypeIs is a bool: whether Kids[0], of interface type, holds a value of type A (concrete: identical; interface: implements; 0: is nil).
	TypeIs

	// CallFunc calls the function A with Kids.
	CallFunc
	// CallValue calls the func value Kids[0] with Kids[1:].
	CallValue
	// CallExtern calls the compiled function S, "path.Name", with Kids. The last one of a variadic function is a slice.
	CallExtern
	// CallMethod calls method S of Kids[0], whose type is compiled, or a pointer to one, or has the method promoted from none of ours; Kids[0] is
	// just what the method takes, T or *T. Kids[1:] are the arguments.
	CallMethod
	// CallIface calls method S of the interface value Kids[0] with Kids[1:]. If the name isn't exported, Ints is empty and B is 0 all the same: the
	// interface type has one method of the name.
	CallIface

	// Builtins.
	Len // of string, slice, array, pointer to array, map, chan
	Cap
	Append      // Kids[0], a slice, and elements
	AppendSlice // Kids[0] and a slice of the same elements, or a string
	Copy        // to slice Kids[0] from slice or string Kids[1]; int
	MakeSlice   // Kids: length, capacity (may be missing), any integer type
	MakeMap     // Kids: size or none
	MakeChan    // Kids: size or none
	Min         // of Kids, at least one, numbers or strings
	Max
	Complex // of two floats
	Real
	Imag
	Recv // from chan Kids[0]. In a context of two values Type is a Tuple with a bool.
	// Recover is recover(), an any. With Kids[0] it is what `defer recover()` calls in a function that has this frame (see Defer):
	// recover() in that function, unless a panic there is why it is called.
	Recover
	// Unsafe is unsafe.S of Kids: Add, Slice, SliceData, String, StringData.
	Unsafe

	// Seq runs the statements Kids but the last, then is the value of the last, an expression.
	Seq
	// Intrinsic is the operation S of the engine on Kids, for the source of generic packages of the standard library:
	// see the engine's list.
	Intrinsic
)

// Statements.
const (
	// Block runs Kids. A Label among them is where Goto leads.
	Block Op = iota + 128
	// Eval evaluates Kids[0], of any type or none, and forgets the values.
	Eval
	// Assign stores the value Kids[1] in the place Kids[0].
	Assign
	// Update is Kids[0] op= Kids[1]; A is the Op, Kids[0] a place that is evaluated once. Shifts take any integer on the right.
	Update
	// Unpack stores the values of Kids[last], whose type is a Tuple, in the slots Ints; a slot of -1
	// forgets the value. The types of slots and values are identical.
	Unpack
	// MapSet is Kids[0][Kids[1]] = Kids[2].
	MapSet
	// Delete deletes key Kids[1] of map Kids[0].
	Delete
	// Clear clears the map or slice Kids[0].
	Clear
	// Send sends Kids[1] to the chan Kids[0].
	Send
	// Close closes the chan Kids[0].
	Close
	// If: Kids are the condition, a statement, and perhaps another for else.
	If
	// For loops: Kids are the condition (nil: for ever), the body, and what is done after each turn (may be nil). A is the number of
	// its label for Break and Continue.
	For
	// RangeInt counts slot A from 0 to below Kids[0] with body Kids[1]; the slot, of the same integer type, is
	// the engine's: the body reads it only. B is the label.
	RangeInt
	// RangeSlice runs the body Kids[1] for each element of Kids[0], a slice (evaluated and its length taken once). Ints are the slots for
	// index (int) and element, -1 if not wanted. B is the label.
	RangeSlice
	// RangeString runs the body for each rune of the string Kids[0]. Ints as RangeSlice; the rune's slot is an int32.
	RangeString
	// RangeMap runs the body for each key and element of the map Kids[0]. Ints as RangeSlice.
	RangeMap
	// Switch runs the body of the first Case whose condition holds. Kids are Cases. A is the label for Break.
	Switch
	// Case: Kids[0] is the body (a statement); the others are conditions: any of them, in order. B is 1 for the default. A is 1 if the body falls through to
	// the next case.
	Case
	// Select waits for one of Kids: SelSend, SelRecv, SelDefault. A is the label for Break.
	Select
	SelSend    // Kids: chan, value, body
	SelRecv    // Kids: chan, body; Ints are the slots for the value and ok, -1 if not wanted
	SelDefault // Kids: body
	// Break and Continue end the statement with label A, or its turn.
	Break
	Continue
	// Label is a place, number A, that Goto A leads to, in the same block or from one inside it.
	Label
	Goto
	// Return ends the function. Kids are stored in the results first; without Kids they stay as they are.
	Return
	// Go calls Kids[0], a CallFunc, CallValue, CallExtern, CallMethod or CallIface, in a goroutine of its own, with its operands
	// evaluated now. Defer does when the function ends; if it has Kids[1], when the function ends whose frame that is:
	// the value of Intrinsic "frame", an unsafe.Pointer, in a function that is still running.
	Go
	Defer
	// Panic panics with the any Kids[0].
	Panic
	// Print is print(Kids...), with A 1 println.
	Print
	// Result gives the engine's host the values Kids of the cell's last expression. A is 1 if it is a call
	// whose last value is an error, which is the cell's.
	// S is the Go types as the user knows them, one a line.
	Result
	// Describe gives the host the value Kids[0] of the session variable S.
	Describe
)
