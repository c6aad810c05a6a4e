package runner

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/goherd/goherd/kernel/notebook"
)

// Tags of cells, as papermill understands them.
const (
	tagParameters = "parameters"
	tagInjected   = "injected-parameters"
)

// A param is a parameter of the command line.
type param struct{ name, value string }

func parseParam(s string) (param, error) {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return param{}, errors.New("want NAME=VALUE")
	}
	if !token.IsIdentifier(name) || name == "_" {
		return param{}, fmt.Errorf("%q is no name of a variable", name)
	}
	return param{name, value}, nil
}

// inject sets parameters by a cell of its own, behind the first cell that is
// tagged "parameters" and declares them with their defaults. Without such a
// cell it declares them in a cell at the top. A cell that an earlier run
// injected is replaced.
func inject(nb *notebook.Notebook, params []param) error {
	nb.Cells = slices.DeleteFunc(nb.Cells, func(c *notebook.Cell) bool { return c.HasTag(tagInjected) })
	at := slices.IndexFunc(nb.Cells, func(c *notebook.Cell) bool {
		return c.Type == notebook.Code && c.HasTag(tagParameters)
	})
	var declared map[string]string
	if at >= 0 {
		var err error
		if declared, err = declarations(nb.Cells[at].Source); err != nil {
			return fmt.Errorf("the cell tagged %q: %w", tagParameters, err)
		}
	}
	values := make(map[string]string)
	var names []string
	for _, p := range params {
		typ, known := declared[p.name]
		if at >= 0 && !known {
			return fmt.Errorf("-p %s: the cell tagged %q declares no such variable", p.name, tagParameters)
		}
		value := guess(p.value)
		if at >= 0 {
			var err error
			if value, err = literal(typ, p.value); err != nil {
				return fmt.Errorf("-p %s=%s: %w", p.name, p.value, err)
			}
		}
		if _, ok := values[p.name]; !ok {
			names = append(names, p.name)
		}
		values[p.name] = value // the last one holds
	}
	op := "="
	if at < 0 {
		op = ":="
	}
	src := "// Parameters"
	for _, name := range names {
		src += fmt.Sprintf("\n%s %s %s", name, op, values[name])
	}
	c := notebook.NewCell(notebook.Code, src)
	c.AddTag(tagInjected)
	nb.Cells = slices.Insert(nb.Cells, at+1, c)
	return nil
}

// declarations returns the variables that a cell declares at its top level
// with their types: the Go syntax of the type, or "" where only running the
// cell would tell.
func declarations(src string) (map[string]string, error) {
	var lines []string
	for line := range strings.Lines(src) {
		if t := strings.TrimSpace(line); strings.HasPrefix(t, "%") || strings.HasPrefix(t, "!") {
			line = "\n" // keeps the numbers of the lines
		}
		lines = append(lines, line)
	}
	src = strings.Join(lines, "")

	// A cell is imports, then declarations and statements in any order, which
	// together no Go file can have.
	fset := token.NewFileSet()
	body := src
	const clause = "package p; "
	if f, err := parser.ParseFile(fset, "", clause+src, parser.ImportsOnly); err == nil && len(f.Decls) > 0 {
		end := fset.Position(f.Decls[len(f.Decls)-1].End()).Offset - len(clause)
		body = strings.Repeat("\n", strings.Count(src[:end], "\n")) + src[end:]
	}
	f, err := parser.ParseFile(fset, "", "package p; func _() { "+body+"\n}", parser.SkipObjectResolution)
	var list []ast.Stmt
	if err == nil && len(f.Decls) == 1 {
		list = f.Decls[0].(*ast.FuncDecl).Body.List
	} else {
		// Functions and methods stand at the top level only.
		f, fileErr := parser.ParseFile(fset, "", clause+src, parser.SkipObjectResolution)
		if fileErr != nil {
			return nil, firstError(cmp.Or(err, fileErr))
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				list = append(list, &ast.DeclStmt{Decl: g})
			}
		}
	}
	vars := make(map[string]string)
	for _, stmt := range list {
		switch stmt := stmt.(type) {
		case *ast.AssignStmt:
			if stmt.Tok != token.DEFINE {
				continue
			}
			for i, lhs := range stmt.Lhs {
				typ := ""
				if len(stmt.Rhs) == len(stmt.Lhs) {
					typ = typeOf(stmt.Rhs[i])
				}
				if id, ok := lhs.(*ast.Ident); ok {
					vars[id.Name] = typ
				}
			}
		case *ast.DeclStmt:
			g := stmt.Decl.(*ast.GenDecl)
			if g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				spec := spec.(*ast.ValueSpec)
				for i, id := range spec.Names {
					switch {
					case spec.Type != nil:
						vars[id.Name] = types.ExprString(spec.Type)
					case len(spec.Values) == len(spec.Names):
						vars[id.Name] = typeOf(spec.Values[i])
					default:
						vars[id.Name] = ""
					}
				}
			}
		}
	}
	delete(vars, "_")
	return vars, nil
}

// firstError gives the first of the parser's errors, with its line only: the
// columns are not those of the cell.
func firstError(err error) error {
	if list, ok := errors.AsType[scanner.ErrorList](err); ok && len(list) > 0 {
		return fmt.Errorf("line %d: %s", list[0].Pos.Line, list[0].Msg)
	}
	return err
}

// typeOf returns the type of an expression that is made of literals, or "".
func typeOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		switch e.Kind {
		case token.INT:
			return "int"
		case token.FLOAT:
			return "float64"
		case token.CHAR:
			return "rune"
		case token.STRING:
			return "string"
		case token.IMAG:
			return "complex128"
		}
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			return "bool"
		}
	case *ast.ParenExpr:
		return typeOf(e.X)
	case *ast.UnaryExpr:
		return typeOf(e.X)
	case *ast.BinaryExpr:
		// 2*3 and "a"+"b"; 5*time.Second has the type of what is not known.
		x, y := typeOf(e.X), typeOf(e.Y)
		if x == "int" && y == "float64" {
			return y
		}
		if x == y || x == "float64" && y == "int" {
			return x
		}
	case *ast.CompositeLit:
		if e.Type != nil {
			return types.ExprString(e.Type)
		}
	case *ast.CallExpr:
		// A conversion, such as int64(5).
		if id, ok := e.Fun.(*ast.Ident); ok && len(e.Args) == 1 && basic(id.Name) {
			return id.Name
		}
	}
	return ""
}

// basic reports whether a name is a type such as int, string or bool.
func basic(name string) bool {
	t, ok := types.Universe.Lookup(name).(*types.TypeName)
	if !ok {
		return false
	}
	_, ok = t.Type().Underlying().(*types.Basic)
	return ok
}

// literal returns a value as Go source for a variable of a type. Text needs no
// quotes for a string. For types that are not basic the value is Go source
// already.
func literal(typ, value string) (string, error) {
	switch runes := []rune(value); {
	case typ == "string":
		return strconv.Quote(value), nil
	case typ == "rune" && len(runes) == 1 && (runes[0] < '0' || runes[0] > '9'):
		return strconv.QuoteRune(runes[0]), nil
	}
	value = strings.TrimSpace(value)
	if _, err := parser.ParseExpr(value); err != nil {
		if basic(typ) {
			return "", fmt.Errorf("the variable is of type %s", typ)
		}
		return "", errors.New("the value is not a Go expression")
	}
	if !basic(typ) {
		return value, nil
	}
	// The conversion of a constant tells whether it fits.
	v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, typ+"("+value+")")
	if err != nil || v.Value == nil {
		return "", fmt.Errorf("the variable is of type %s", typ)
	}
	return value, nil
}

// guess returns a value as Go source where no declaration tells its type: a
// number, a boolean, or else a string.
func guess(value string) string {
	if e, err := parser.ParseExpr(value); err == nil {
		if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.SUB {
			e = u.X
		}
		switch typeOf(e) {
		case "int", "float64", "bool":
			return value
		}
	}
	return strconv.Quote(value)
}
