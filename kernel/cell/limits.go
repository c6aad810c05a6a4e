package cell

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"strconv"
	"strings"

	"github.com/goherd/goherd/kernel/cell/lower"
)

// needsEngine reports whether a package works only where the typed engine runs the cells: what runs
// from its source, and goherd's parallel runtime.
func (s *Session) needsEngine(path string) bool {
	if strings.HasPrefix(path, "github.com/goherd/goherd/runtime/") {
		return true
	}
	from, ok := s.lib.(lower.Sources)
	if !ok {
		return false
	}
	pkg, err := s.lib.Import(path)
	return err == nil && from.Source(pkg) != nil
}

// limits finds what Go has and the interpreter lacks, so that the error names the
// place and the thing. What slips through is the interpreter's to refuse.
func (c *compilation) limits() error {
	out := &Error{}
	report := func(n ast.Node, format string, args ...any) {
		out.Diagnostics = append(out.Diagnostics, Diagnostic{c.s.pos(n.Pos()), "the interpreter can't do this yet: " + fmt.Sprintf(format, args...)})
	}
	refused := map[string]bool{}
	refuse := func(path string, n ast.Node) {
		if !refused[path] && c.s.needsEngine(path) {
			refused[path] = true
			out.Diagnostics = append(out.Diagnostics, Diagnostic{c.s.pos(n.Pos()), "package " + path + " runs only in goherd's own engine, and here yaegi runs the cells: start the kernel without GOHERD_INTERPRETER=yaegi"})
		}
	}
	for _, spec := range c.file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			refuse(path, spec)
		}
	}
	ast.Inspect(c.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			t := c.info.Types[n.X].Type
			if t == nil {
				break
			}
			switch u := t.Underlying().(type) {
			case *types.Signature:
				report(n.X, "range over a function")
			case *types.Basic:
				if _, isVar := n.Key.(*ast.Ident); u.Info()&types.IsInteger != 0 && n.Key != nil && !isVar {
					report(n.Key, "range over an integer with this as its variable")
				}
			}
		case *ast.DeferStmt:
			if n.Call.Ellipsis.IsValid() {
				report(n.Call, "a deferred call with ...: defer a function literal that makes the call")
			}
		case *ast.Ident:
			if p, ok := c.info.Uses[n].(*types.PkgName); ok {
				refuse(p.Imported().Path(), n)
			}
			if b, ok := c.info.Uses[n].(*types.Builtin); ok {
				switch b.Name() {
				case "min", "max", "clear":
					report(n, "the built-in function %s", b.Name())
				}
			}
		}
		return true
	})
	// yaegi tells the instances of methods apart by method and type arguments alone.
	owners := maps.Clone(c.s.generics)
	for _, d := range c.toEmit() {
		key, ok := d.genericMethod()
		if !ok {
			continue
		}
		t, m, _ := strings.Cut(key, ".")
		switch owner := owners[m]; owner {
		case "", c.names[t]:
			owners[m] = c.names[t]
		case c.s.names[t]:
			report(d.node.(*ast.FuncDecl).Name, "declaring %s anew, whose type is generic: give the type another name", key)
		default:
			report(d.node.(*ast.FuncDecl).Name, "a second generic type with a method %s: give the method another name", m)
		}
	}
	c.generics = owners
	if len(out.Diagnostics) > 0 {
		return out.sorted()
	}
	return nil
}
