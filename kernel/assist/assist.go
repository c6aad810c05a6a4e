// Package assist helps to write a cell: completion, inspection, and whether a
// cell is complete (complete_request, inspect_request and is_complete_request
// of the Jupyter messaging protocol 5.5).
//
// It reads a snapshot of the session, an [Env], and never runs or changes
// anything: it needs neither the interpreter nor a Go toolchain, and answers
// while a cell runs. Code that can't be parsed yet is the normal case; it is
// cut at the cursor, closed, and type-checked with all errors ignored. This is
// no compiler and reports no errors.
//
// All functions may be called from any goroutine, at the same time with one
// Env as long as its functions allow that.
package assist

import (
	"go/types"
	"strings"
	"unicode/utf8"
)

// Env is what assist knows of a session. Every field may be left zero: what it
// would have told is then missing from the answers.
type Env struct {
	// Pkg has the live variables, functions, types and constants of the
	// session in its scope. The scope must not change during a call. Objects
	// may belong to other packages with the same path, as earlier
	// generations of a redefined name do.
	Pkg *types.Package
	// Imports are the session's imports: name to import path.
	Imports map[string]string
	// Import loads a package's types.
	Import func(path string) (*types.Package, error)
	// ByName lists the import paths of packages that have this name, the
	// likeliest first, for names that nobody has imported yet.
	ByName func(name string) []string
	// Packages lists what can be imported.
	Packages func() []Package
	// Doc finds declaration and doc comment of "Name", "Type.Method" or
	// "Type.Field" in a package, or of the package if name is empty. Path
	// "builtin" stands for the predeclared names.
	Doc func(path, name string) (signature, doc string, ok bool)
	// Source finds the declaration of a session object: its source with the
	// doc comment, and the number of its cell.
	Source func(obj types.Object) (src string, cell int, ok bool)
	// Value shows the current value of a session variable, if it is to be
	// had in time.
	Value func(name string) (text string, ok bool)
	// Magics are the known magics.
	Magics []Magic
	// Dir is the directory that relative file names start from.
	Dir string
}

// Package is a package that can be imported.
type Package struct {
	Path, Name, Synopsis string
}

// Magic describes a magic for completion and inspection.
type Magic struct {
	Name string // with its marks: "%time", "%%bash"
	Doc  string // first line is a summary; plain text
	Arg  Arg
}

// Arg says what follows a magic: on its line, or for a magic beginning with
// "%%" in the rest of the cell.
type Arg int

// The kinds of arguments.
const (
	ArgText Arg = iota // anything; nothing is offered
	ArgGo              // Go code
	ArgFile            // file names
	ArgName            // names of the session
)

func (e *Env) magic(name string) (Magic, bool) {
	for _, m := range e.Magics {
		if m.Name == name {
			return m, true
		}
	}
	return Magic{}, false
}

func (e *Env) importPath(path string) *types.Package {
	if e.Import == nil || path == "" {
		return nil
	}
	p, err := e.Import(path)
	if err != nil {
		return nil
	}
	return p
}

// path is the session package's import path.
func (e *Env) path() string {
	if e.Pkg == nil {
		return "main"
	}
	return e.Pkg.Path()
}

// qualify writes package names as a cell would.
func (e *Env) qualify(p *types.Package) string {
	if p.Path() == e.path() {
		return ""
	}
	return p.Name()
}

// byteOffset converts a position in code points, as the protocol counts, to
// bytes. Positions outside the text are moved to its nearest end.
func byteOffset(code string, cursor int) int {
	off := 0
	for ; cursor > 0 && off < len(code); cursor-- {
		_, n := utf8.DecodeRuneInString(code[off:])
		off += n
	}
	return off
}

func codePoints(code string, off int) int { return utf8.RuneCountInString(code[:off]) }

// hasPrefixFold is strings.HasPrefix, for any case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
