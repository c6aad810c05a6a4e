package module

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"strings"

	"github.com/goherd/goherd/kernel/cell/std"
)

// docs is the documentation of the package that was asked for last: who asks for a name mostly asks for its
// neighbours next.
type docs struct {
	path string
	fset *token.FileSet
	pkg  *doc.Package
}

// Doc finds the declaration and the documentation of an exported name, as [std.Doc] does, in a package of
// the standard library or one that was imported.
func (s *Set) Doc(path, name string) (signature, text string, ok bool) {
	if signature, text, ok = std.Doc(path, name); ok {
		return signature, text, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.document(path)
	if p == nil {
		return "", "", false
	}
	if name == "" {
		return "package " + p.Name, strings.TrimSpace(p.Doc), true
	}
	typ, member, isMember := strings.Cut(name, ".")
	funcs, values := p.Funcs, append(p.Consts, p.Vars...)
	for _, t := range p.Types {
		if isMember && t.Name == typ {
			return s.member(t, member)
		}
		if t.Name == name {
			return s.source(t.Decl), strings.TrimSpace(t.Doc), true
		}
		funcs, values = append(funcs, t.Funcs...), append(append(values, t.Consts...), t.Vars...)
	}
	for _, f := range funcs {
		if f.Name == name {
			return s.source(f.Decl), strings.TrimSpace(f.Doc), true
		}
	}
	for _, v := range values {
		for _, spec := range v.Decl.Specs {
			spec := spec.(*ast.ValueSpec)
			for _, id := range spec.Names {
				if id.Name != name {
					continue
				}
				text := spec.Doc.Text()
				if text == "" {
					text = spec.Comment.Text()
				}
				if text == "" {
					text = v.Doc
				}
				one := *spec
				one.Doc, one.Comment = nil, nil
				return s.source(&ast.GenDecl{Tok: v.Decl.Tok, Specs: []ast.Spec{&one}}), strings.TrimSpace(text), true
			}
		}
	}
	return "", "", false
}

// member finds a method of a type, or a field.
func (s *Set) member(t *doc.Type, name string) (signature, text string, ok bool) {
	for _, m := range t.Methods {
		if m.Name == name && m.Level == 0 {
			return s.source(m.Decl), strings.TrimSpace(m.Doc), true
		}
	}
	for _, spec := range t.Decl.Specs {
		var list *ast.FieldList
		switch u := spec.(*ast.TypeSpec).Type.(type) {
		case *ast.StructType:
			list = u.Fields
		case *ast.InterfaceType:
			list = u.Methods
		default:
			continue
		}
		for _, f := range list.List {
			for _, id := range f.Names {
				if id.Name != name {
					continue
				}
				text = f.Doc.Text()
				if text == "" {
					text = f.Comment.Text()
				}
				if sig, isMethod := f.Type.(*ast.FuncType); isMethod && !sig.Func.IsValid() {
					return s.source(&ast.FuncDecl{Name: id, Type: sig}), strings.TrimSpace(text), true
				}
				return "field " + name + " " + s.source(f.Type), strings.TrimSpace(text), true
			}
		}
	}
	return "", "", false
}

// source prints syntax.
func (s *Set) source(n any) string {
	var b strings.Builder
	if printer.Fprint(&b, s.docs.fset, n) != nil {
		return ""
	}
	return b.String()
}

// document reads a package once more, with its comments. s.mu is held.
func (s *Set) document(path string) *doc.Package {
	if s.docs.path == path {
		return s.docs.pkg
	}
	p := s.listed[path]
	if p == nil {
		return nil
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		b, err := p.read(name)
		if err != nil {
			return nil
		}
		f, err := parser.ParseFile(fset, name, b, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil
		}
		files = append(files, f)
	}
	pkg, err := doc.NewFromFiles(fset, files, path)
	if err != nil {
		return nil
	}
	s.docs = docs{path, fset, pkg}
	return pkg
}
