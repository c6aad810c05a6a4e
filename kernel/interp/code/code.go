// Package code is the intermediate form of Go between the cell compiler, which knows
// go/types, and the engine, which runs it in another process and doesn't.
//
// A Program is a list of types, variables and functions. A function's body is a tree
// of Nodes with everything decided: types, constants, conversions, which variable
// lives where, which method is called. Generic functions are there once for each set of type
// arguments. What is left is the small core that this file lists; the rest of Go is
// written with it by the cell compiler.
package code

import "github.com/goherd/goherd/kernel/interp/link"

// A TypeID, GlobalID or FuncID identifies a type, a variable or a function for the whole
// session. They begin at 1 and are never reused; 0 is none.
type (
	TypeID   int32
	GlobalID int32
	FuncID   int32
)

// A Program is what the engine is given at once. It takes effect as a whole or not at
// all.
type Program struct {
	Types   []Type // new, or with more methods than before
	Globals []Global
	Funcs   []Func // new, or with a new body: who calls the function runs that from now on
	Entry   FuncID // a func() to call when all is in place, 0 for none
	// Effects initialise packages that cells import only for what that does.
	Effects []FuncID
}

// A Kind says what a type is made of. The numbers are those of reflect.Kind.
type Kind uint8

// The kinds.
const (
	Invalid Kind = iota
	Bool
	Int
	Int8
	Int16
	Int32
	Int64
	Uint
	Uint8
	Uint16
	Uint32
	Uint64
	Uintptr
	Float32
	Float64
	Complex64
	Complex128
	Array
	Chan
	FuncKind
	Interface
	Map
	Pointer
	Slice
	String
	Struct
	UnsafePointer
	Tuple // of the values of a call; no variable has it
)

// A Type describes a type. Two types are identical in Go exactly if they have the same
// ID.
type Type struct {
	ID   TypeID
	Kind Kind

	// Of a type with a name. "Pair[int,main.T]" for an instance, as reflect writes it.
	// Without a name both are empty.
	Name, Path string
	// PkgName is the name of the package where it doesn't follow from Path by the usual rules, or may not.
	PkgName string
	// Compiled says that the type is Path.Name of the program that the engine is part of,
	// or of a package that it has loaded; nothing else but ID, Kind, Name and Path is
	// set. Predeclared types and error are not Compiled: they have a Name and no Path.
	Compiled bool

	Elem    TypeID   // of Array, Chan, Map, Pointer, Slice
	Key     TypeID   // of Map
	Len     int64    // of Array
	Dir     int      // of Chan, as reflect.ChanDir
	Fields  []Field  // of Struct
	In, Out []TypeID // of FuncKind; Tuple has Out
	// Variadic says that the last of In is a slice that calls in Go may spread.
	Variadic bool
	// Methods of an Interface: all, embedded ones too, in the order that reflect has (by name). Of any other type:
	// those of the type and of the pointer to it, declared and promoted, by name.
	Methods []Method
}

// A Field is a field of a struct.
type Field struct {
	Name     string
	Path     string // of the package, for a name that isn't exported
	Type     TypeID
	Tag      string
	Embedded bool
}

// A Method is a method of a type.
type Method struct {
	Name string
	Path string // of the package, for a name that isn't exported
	Sig  TypeID // without receiver
	// Func takes the receiver as its first parameter: T, or *T if Pointer is set. Not of
	// interfaces. Such a method with Pointer set is not one of T, only of *T.
	Func    FuncID
	Pointer bool
}

// A Global is a variable of the session. Memory is allocated for it once, zero.
type Global struct {
	ID   GlobalID
	Name string
	Type TypeID
	// Init initialises the package that the variable belongs to, if that runs from its source; 0 for those of
	// cells. Done says that the variable is the package's bool that says whether Init has been called.
	Init FuncID
	Done bool
}

// A Func is a function without anything generic. Its frame has slots; the first ones
// hold the parameters, the next ones the results, the others local variables and
// temporaries.
type Func struct {
	ID    FuncID
	Name  string // for stacks: "f", "Point.Area", "(*Point).Move", "f.func1", "Map[int,string]"
	Pos   link.Pos
	Sig   TypeID // with the receiver as the first parameter; for closures as the user sees it
	Slots []TypeID
	// NumIn and NumOut are how many slots hold parameters and results.
	NumIn, NumOut int
	// Cells are, for each result, 0 or the slot that holds a pointer to the variable
	// where the result really is, because it is captured or its address is taken. (No result is in slot 0 unless
	// there are no parameters, and then it isn't a cell: 0 is none.)
	Cells []int
	// Captured are the variables that a closure of the function holds pointers to (Env).
	Captured []Captured
	Flags    Flags
	Body     *Node // a statement
}

// A Captured is a variable that a closure holds a pointer to.
type Captured struct {
	Name string
	Type TypeID
}

// Flags are what the engine must know of a function before it runs.
type Flags uint8

// The flags.
const (
	// HasDefer: the body has a Defer.
	HasDefer Flags = 1 << iota
	// Wrapper: the function stands for another that it calls, as one for a promoted
	// method: recover looks through it, and stacks don't show it.
	Wrapper
	// NoResultInit: result slots need not be zeroed at entry.
	NoResultInit
	// Literal: only what refers to the function needs it, no later program does: it has an ID of its own.
	Literal
)

// A Node is an expression or a statement. What its fields mean depends on Op.
type Node struct {
	Op   Op
	Type TypeID   // of an expression's value; 0 of statements
	Pos  link.Pos // of what the user wrote; 0 where he didn't
	A, B int64
	S    string
	Ints []int64
	Kids []*Node // some may be nil where Op says so
}
