package link

import (
	"encoding/json"
	"fmt"
	"go/token"

	"github.com/goherd/goherd/display/comm"
)

// A Request goes from the kernel process to the interpreter, one JSON value a line.
type Request struct {
	Op string `json:"op"`
	// Run is the serial number of the run that the request starts or means.
	Run int `json:"run,omitempty"`

	Program *Program    `json:"program,omitempty"` // OpRun
	Text    string      `json:"text,omitempty"`    // OpShell: the command; OpAnswer: the line; OpChdir, OpSetenv
	Error   string      `json:"error,omitempty"`   // OpAnswer: why there is no line
	Nonce   []byte      `json:"nonce,omitempty"`   // OpHello
	Memory  int64       `json:"memory,omitempty"`  // OpHello: over how many bytes the kernel ends the process, 0 for none
	Comm    *comm.Event `json:"comm,omitempty"`    // OpComm
	Runtime *Runtime    `json:"runtime,omitempty"` // OpRuntime
	Worker  *Worker     `json:"worker,omitempty"`  // OpHello, where the process is a worker
}

// Runtime says how to reach the parallel runtime. It holds a secret.
type Runtime struct {
	URL    string `json:"url"`
	User   string `json:"user"`
	Secret string `json:"secret"`
	Files  string `json:"files,omitempty"` // directory for payloads, where there are no memory files
}

// Worker says what a process needs to be a worker of the parallel runtime.
type Worker struct {
	Runtime
	Name string   `json:"name"` // "worker 3"
	Dir  string   `json:"dir,omitempty"`
	Env  []string `json:"env,omitempty"` // what differs from the kernel's: "NAME=value", or "NAME" where it is unset
	// Page is the descriptor (on Windows, the handle) that the process has inherited for worker.OpenPage, 0 for none.
	Page uintptr `json:"page,omitempty"`
}

// The requests.
const (
	OpHello     = "hello"     // first; Nonce
	OpRun       = "run"       // compile and run a program; answered by EventDone
	OpShell     = "shell"     // run a command line; answered by EventDone
	OpInterrupt = "interrupt" // end the run
	OpAnswer    = "answer"    // to EventInput
	OpChdir     = "chdir"
	OpSetenv    = "setenv"  // Text is "NAME=value", or "NAME" to unset
	OpComm      = "comm"    // a comm message of the front end
	OpCollect   = "collect" // give memory back to the operating system
	OpWhere     = "where"   // what runs? answered by EventWhere
	OpRuntime   = "runtime" // to EventRuntime: Run is that of the event; Runtime, or Error
)

// InterpreterEnv is the variable of the environment that chooses what runs the cells: Yaegi,
// or the typed engine for anything else.
const (
	InterpreterEnv = "GOHERD_INTERPRETER"
	Yaegi          = "yaegi"
)

// A Program is Go source that the interpreter compiles as a file of package main.
type Program struct {
	// Source is the file. LineComments in it map positions to cells. An import has a
	// name that means the same package in every program.
	Source string `json:"source"`
	// Entry is the function to call after the declarations are in place, "" for none.
	Entry string `json:"entry,omitempty"`
	// Code is the program for the typed engine, as package code encodes it. The three fields
	// before and after it are then empty.
	Code []byte `json:"code,omitempty"`
	// Types is the table of static types that the program's calls of Result refer
	// to, as package pretty encodes it.
	Types json.RawMessage `json:"types,omitempty"`
	// Time says how the run is timed and reported: "", "time" or "timeit".
	Time string `json:"time,omitempty"`
	// Cells names the sources, by serial, that positions in the program may have and the
	// interpreter hasn't been told of: "cell [3]".
	Cells map[int]string `json:"cells,omitempty"`
	// Quiet suppresses the result.
	Quiet bool `json:"quiet,omitempty"`
}

// An Event goes from the interpreter to the kernel process.
type Event struct {
	Type string `json:"type"`
	Run  int    `json:"run,omitempty"`

	Done    *Done       `json:"done,omitempty"`
	Display *Display    `json:"display,omitempty"`
	Input   *Input      `json:"input,omitempty"`
	Comm    *comm.Event `json:"comm,omitempty"`
	Group   int         `json:"group,omitempty"`  // EventGroup
	Frames  []Pos       `json:"frames,omitempty"` // EventWhere: of a goroutine that runs, innermost first
	Panic   *Panic      `json:"panic,omitempty"`
	Start   bool        `json:"start,omitempty"` // EventRuntime
}

// The events.
const (
	EventReady   = "ready"   // the interpreter takes requests
	EventStarted = "started" // the run is compiled and its code begins
	EventDone    = "done"
	EventDisplay = "display"
	EventInput   = "input"
	EventComm    = "comm"
	EventWhere   = "where"
	EventGroup   = "group" // a command was started as this process group; it ends with the interpreter
	EventUngroup = "ungroup"
	EventLate    = "late"  // a goroutine of a run that has ended failed, as Done says
	EventPanic   = "panic" // somebody panics with a value that the Go runtime can't print
	// EventRuntime asks for the parallel runtime, which is to be started if Start is set; answered by
	// OpRuntime. Run is a number that the answer repeats.
	EventRuntime = "runtime"
)

// A Panic says what a panic's value is.
type Panic struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Done says how a run ended.
type Done struct {
	Result  *Bundle  `json:"result,omitempty"`
	Failure *Failure `json:"failure,omitempty"`
	// Dir is the working directory after the run.
	Dir string `json:"dir,omitempty"`
	// Env holds the variables of the environment that the run changed, as
	// "NAME=value", or "NAME" where it was unset.
	Env []string `json:"env,omitempty"`
	// Vars answers a program that called Describe.
	Vars []Var `json:"vars,omitempty"`
}

// A Var describes the value of a session variable.
type Var struct {
	Name  string `json:"name"`
	Text  string `json:"text"`  // the value, on one line, cut
	Len   int    `json:"len"`   // length, -1 where the type has none
	Bytes int    `json:"bytes"` // what the value holds, shared parts once
}

// The kinds of Failure.
const (
	FailPanic     = "panic"
	FailError     = "error" // the cell's last value is an error
	FailCompile   = "compile"
	FailInterrupt = "interrupt"
	FailExit      = "exit"
	FailCommand   = "command" // a shell command ended with an exit code
)

// A Failure is the error that ended a run.
type Failure struct {
	Kind string `json:"kind"`
	// Name is the type of the error or panic value, as the user knows it.
	Name string `json:"name"`
	Text string `json:"text"`
	// Chain holds the errors that the first wraps, outermost first.
	Chain []string `json:"chain,omitempty"`
	// Frames are the positions of the user's code on the stack, innermost first.
	Frames []Pos `json:"frames,omitempty"`
	// Waits says what all goroutines wait for, where none can go on.
	Waits []Wait `json:"waits,omitempty"`
	// Goroutine is set where not the cell itself panicked but a goroutine that it started.
	Goroutine bool `json:"goroutine,omitempty"`
	// Abandoned is set where compiled code didn't give up in time: it runs on in
	// the background until it returns.
	Abandoned bool `json:"abandoned,omitempty"`
}

// A Pos is a place in a cell: the serial of its source, line and column from 1.
// It travels as one number, so that a traceback can show it.
type Pos uint64

// MakePos returns the position, with line and column cut to what fits.
func MakePos(serial, line, column int) Pos {
	return Pos(serial)<<28 | Pos(min(line, 1<<18-1))<<10 | Pos(min(column, 1<<10-1))
}

// Serial returns which source the position is in, 0 for none.
func (p Pos) Serial() int { return int(p >> 28) }

// Line returns the line, counted from 1.
func (p Pos) Line() int { return int(p >> 10 & (1<<18 - 1)) }

// Column returns the column in bytes, counted from 1.
func (p Pos) Column() int { return int(p & (1<<10 - 1)) }

// A Stamp is a Pos as eight bytes of ASCII: in a string, the Go runtime's traceback shows it. Of
// a serial it has the lowest 28 bits.
type Stamp uint64

// Stamp returns the position as a stamp.
func (p Pos) Stamp() (s Stamp) {
	for i := range 8 {
		s |= Stamp(p>>(7*i)&0x7f) << (8 * i)
	}
	return s
}

// Pos returns the position that s stands for.
func (s Stamp) Pos() (p Pos) {
	for i := range 8 {
		p |= Pos(s>>(8*i)&0x7f) << (7 * i)
	}
	return p
}

// File is the name of the one file that all cells are, to the Go parser: the
// interpreter finds imports by the name of the file that a position is in.
const File = "c"

// lineBits is how many bits of a line number are the line of a cell; the others are
// the serial of its source.
const lineBits = 13

// MaxLine is the last line of a cell that a position can name.
const MaxLine = 1<<lineBits - 1

// LineComment maps the text behind it to a place in a cell, a line after MaxLine to
// MaxLine.
func LineComment(serial, line, column int) string {
	return fmt.Sprintf("/*line %s:%d:%d*/", File, serial<<lineBits|min(line, MaxLine), column)
}

// Place returns the place in a cell that a position stands for, 0 if none.
func Place(p token.Position) Pos {
	if p.Filename != File || p.Line>>lineBits == 0 {
		return 0
	}
	return MakePos(p.Line>>lineBits, p.Line&MaxLine, p.Column)
}

// A Bundle is a value in one or more media types.
type Bundle struct {
	Data     map[string]any `json:"data"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// A Display asks the front end to show, update or clear something.
type Display struct {
	Kind string `json:"kind"`
	Bundle
	ID   string `json:"id,omitempty"`
	Wait bool   `json:"wait,omitempty"`
}

// The kinds of Display.
const (
	Show   = "show"
	Update = "update"
	Clear  = "clear"
)

// An Input asks for a line.
type Input struct {
	Prompt   string `json:"prompt"`
	Password bool   `json:"password,omitempty"`
}
