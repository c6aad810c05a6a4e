package vet

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// ignored warns of calls whose error nobody looks at.
func ignored(c *checker) {
	errType := types.Universe.Lookup("error").Type()
	for _, f := range c.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.ExprStmt)
			if !ok {
				return true
			}
			call, ok := ast.Unparen(s.X).(*ast.CallExpr)
			if !ok || s.X == c.Result || ast.Expr(call) == c.Result {
				return true
			}
			t := c.Info.TypeOf(call)
			if tup, ok := t.(*types.Tuple); ok && tup.Len() > 0 {
				t = tup.At(tup.Len() - 1).Type()
			}
			if t == nil || !types.Identical(t, errType) || c.harmless(call) {
				return true
			}
			fun := types.ExprString(call.Fun)
			text := "the error of " + fun + " is ignored"
			if strings.Contains(fun, "{") || len(fun) > 40 {
				text, fun = "the error of this call is ignored", "f"
			}
			blanks := ""
			if tup, ok := c.Info.TypeOf(call).(*types.Tuple); ok {
				blanks = strings.Repeat("_, ", tup.Len()-1)
			}
			c.at(call, "ignored-error", text,
				fmt.Sprintf("if %[1]serr := %[2]s(…); err != nil { … }; or %[1]s_ = %[2]s(…) if it doesn't matter", blanks, fun))
			return true
		})
	}
}

// display is the package that shows things in the notebook.
const display = "github.com/goherd/goherd/display"

// printers are functions whose errors nobody expects to be looked at.
var printers = map[string]bool{
	"fmt.Print": true, "fmt.Printf": true, "fmt.Println": true,
	"fmt.Fprint": true, "fmt.Fprintf": true, "fmt.Fprintln": true,
	"math/rand.Read": true, "crypto/rand.Read": true,
}

// sure are types whose methods never fail, or remember an error that is asked for
// elsewhere.
var sure = map[string]bool{
	"strings.Builder": true, "bytes.Buffer": true, "strings.Reader": true, "bytes.Reader": true,
	"hash/maphash.Hash": true, "math/rand.Rand": true, "text/tabwriter.Writer": true,
	"hash.Hash": true, "hash.Hash32": true, "hash.Hash64": true, "net/http.ResponseWriter": true,
}

// harmless reports whether ignoring the error of a call is what everybody does.
func (c *checker) harmless(call *ast.CallExpr) bool {
	fn := c.callee(call)
	path, typ, name := method(fn)
	if path == display || strings.HasPrefix(path, display+"/") { // the user sees whether it worked
		return true
	}
	if typ == "" {
		if printers[path+"."+name] {
			return true
		}
		// io.WriteString(&b, s), binary.Write(&b, …): the writer decides.
		return (path == "io" || path == "encoding/binary") && strings.HasPrefix(name, "Write") && len(call.Args) > 0 && c.certain(call.Args[0])
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if name == "Close" {
		return true
	}
	if c.certain(sel.X) {
		return true
	}
	p, t := named(c.Info.TypeOf(sel.X))
	return strings.HasPrefix(name, "Write") && (p == "bufio" && (t == "Writer" || t == "ReadWriter") || p == "encoding/csv")
}

// certain reports whether writing to a value can't fail, or is printing.
func (c *checker) certain(e ast.Expr) bool {
	e = ast.Unparen(e)
	if u, ok := e.(*ast.UnaryExpr); ok {
		e = ast.Unparen(u.X)
	}
	p, t := named(c.Info.TypeOf(e))
	if sure[p+"."+t] {
		return true
	}
	if sel, ok := e.(*ast.SelectorExpr); ok && p == "os" && t == "File" {
		return sel.Sel.Name == "Stdout" || sel.Sel.Name == "Stderr"
	}
	return false
}
