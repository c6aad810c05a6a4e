package std

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"strings"
	"sync"

	"github.com/goherd/goherd/kernel/cell/std/internal/archive"
)

// Doc finds the declaration and the documentation of an exported name: "Name",
// "Type.Method", "Type.Field", or "" for the package itself. Path "builtin"
// has the predeclared identifiers. The signature is Go source without a
// function body and without unexported fields, the doc comment is in Go's doc
// comment syntax (see go/doc/comment) without comment marks, and may be empty.
// ok is false if there is no such package or name, or if it is promoted from
// another package.
//
// It decodes the package's documentation, which takes at most a millisecond, and
// keeps the last one. Safe for concurrent use.
func Doc(path, name string) (signature, doc string, ok bool) {
	text, ok := docText(path)
	if !ok {
		return "", "", false
	}
	typ, member, isMember := strings.Cut(name, ".")
	for r := range archive.Records(text) {
		if r.Name == name {
			return r.Signature, r.Doc, true
		}
		if isMember && r.Name == typ {
			signature, doc, ok = docMember(r.Signature, member)
			if ok {
				return signature, doc, true
			}
		}
	}
	return "", "", false
}

// lastDoc keeps one decoded documentation: who asks for a name mostly asks for
// its neighbours next, and all of them would be megabytes.
var lastDoc struct {
	sync.Mutex
	path, text string
}

func docText(path string) (string, bool) {
	lastDoc.Lock()
	defer lastDoc.Unlock()
	if lastDoc.path == path && path != "" {
		return lastDoc.text, true
	}
	entry, err := load().find(path)
	if err != nil || entry.Docs == "" {
		return "", false
	}
	raw, err := unpack(entry.Docs)
	if err != nil {
		return "", false
	}
	lastDoc.path, lastDoc.text = path, string(raw)
	return lastDoc.text, true
}

// docMember finds a field of a struct, or a method of an interface, in the
// type's own declaration, where its comment is.
func docMember(decl, name string) (signature, doc string, ok bool) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", "package p\n"+decl, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", "", false
	}
	for _, field := range members(f) {
		for _, id := range field.Names {
			if id.Name != name {
				continue
			}
			var b strings.Builder
			if t, isFunc := field.Type.(*ast.FuncType); isFunc && !t.Func.IsValid() {
				err = printer.Fprint(&b, fset, &ast.FuncDecl{Name: id, Type: t})
			} else {
				b.WriteString("field " + id.Name + " ")
				err = printer.Fprint(&b, fset, field.Type)
			}
			if err != nil {
				return "", "", false
			}
			doc = strings.TrimSpace(field.Doc.Text())
			if doc == "" {
				doc = strings.TrimSpace(field.Comment.Text())
			}
			return b.String(), doc, true
		}
	}
	return "", "", false
}

// members are the fields or methods of the one type declared in a file.
func members(f *ast.File) []*ast.Field {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || len(g.Specs) != 1 {
			continue
		}
		if spec, ok := g.Specs[0].(*ast.TypeSpec); ok {
			switch t := spec.Type.(type) {
			case *ast.StructType:
				return t.Fields.List
			case *ast.InterfaceType:
				return t.Methods.List
			}
		}
	}
	return nil
}
