// Command gen writes the archive that package std embeds: type data and
// documentation of the standard library and of the goherd packages that cells
// import. It needs the Go toolchain; the archive it writes doesn't.
//
// Run it with "go generate ./kernel/cell/std" after a new Go release, and
// after a change to the exported API of a package in [patterns].
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/goherd/goherd/kernel/cell/std/internal/archive"
)

// patterns name what goes in. The first is the standard library; the others
// are goherd's own packages for users. A pattern that matches nothing is
// skipped, with a line on standard error.
var patterns = []string{
	"std",
	"github.com/goherd/goherd/display/...",
	"github.com/goherd/goherd/runtime/core",
	"github.com/goherd/goherd/runtime/cluster",
	"github.com/goherd/goherd/runtime/memory",
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	out := flag.String("o", "std.bin", "write the archive to `file`")
	flag.Parse()
	if err := generate(*out); err != nil {
		log.Fatal(err)
	}
}

func generate(out string) error {
	version, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return fmt.Errorf("go env GOVERSION: %w", err)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		return err
	}
	var all []*packages.Package
	for _, pattern := range patterns {
		pkgs, err := load(pattern)
		if err != nil {
			return err
		}
		if len(pkgs) == 0 {
			log.Printf("nothing matches %s, skipped", pattern)
		}
		all = append(all, pkgs...)
	}
	for _, path := range []string{"builtin", "unsafe"} {
		p, err := parse(path)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *packages.Package) int { return cmp.Compare(a.PkgPath, b.PkgPath) })

	var entries []archive.Entry
	var rawTypes, rawDocs int
	for _, p := range all {
		var typ bytes.Buffer
		if p.Types != nil {
			// An empty file set drops the positions, which would point
			// into files that the user's machine may not have.
			if err := gcexportdata.Write(&typ, token.NewFileSet(), p.Types); err != nil {
				return fmt.Errorf("export data of %s: %w", p.PkgPath, err)
			}
		}
		records, synopsis, err := docs(p)
		if err != nil {
			return fmt.Errorf("documentation of %s: %w", p.PkgPath, err)
		}
		text := archive.EncodeRecords(records)
		rawTypes += typ.Len()
		rawDocs += len(text)
		entries = append(entries, archive.Entry{
			Path:     p.PkgPath,
			Name:     p.Name,
			Synopsis: synopsis,
			Types:    compress(enc, typ.Bytes()),
			Docs:     compress(enc, text),
		})
	}
	data := archive.Encode(strings.TrimSpace(string(version)), entries)
	var types, docs int
	for _, e := range entries {
		types += len(e.Types)
		docs += len(e.Docs)
	}
	log.Printf("%d packages, %d bytes: types %d (%d unpacked), documentation %d (%d unpacked)",
		len(entries), len(data), types, rawTypes, docs, rawDocs)
	return os.WriteFile(out, data, 0o644)
}

func compress(enc *zstd.Encoder, data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	return enc.EncodeAll(data, nil)
}

// load type-checks the importable packages of a pattern from source, as
// linux/amd64 without cgo sees them, so that every machine generates the same.
func load(pattern string) ([]*packages.Package, error) {
	mode := packages.LoadAllSyntax
	if pattern != "std" {
		mode = packages.LoadSyntax // what they import, servers among it, need not be read
	}
	pkgs, err := packages.Load(&packages.Config{
		Mode: mode,
		Env:  append(os.Environ(), archive.Env...),
	}, pattern)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", pattern, err)
	}
	var errs []error
	pkgs = slices.DeleteFunc(pkgs, func(p *packages.Package) bool {
		if !archive.Importable(p.PkgPath) || p.Name == "main" || p.PkgPath == "unsafe" || len(p.GoFiles) == 0 {
			return true
		}
		for _, e := range p.Errors {
			errs = append(errs, fmt.Errorf("%s: %w", p.PkgPath, e))
		}
		return false
	})
	return pkgs, errors.Join(errs...)
}

// parse loads a package that has documentation only, since go/types knows what
// is in it and its source doesn't type-check.
func parse(path string) (*packages.Package, error) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedFiles}, path)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	if len(pkgs) != 1 || len(pkgs[0].GoFiles) == 0 {
		return nil, fmt.Errorf("load %s: no source", path)
	}
	p := pkgs[0]
	p.Fset = token.NewFileSet()
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(p.Fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", path, err)
		}
		p.Syntax = append(p.Syntax, f)
	}
	return p, nil
}

// docs lists a package's documentation: the package's own under the empty
// name, then each exported declaration as "Name" or "Type.Method".
func docs(p *packages.Package) (records []archive.Record, synopsis string, err error) {
	mode := doc.Mode(0)
	if p.PkgPath == "builtin" {
		mode = doc.AllDecls
	}
	d, err := doc.NewFromFiles(p.Fset, p.Syntax, p.PkgPath, mode)
	if err != nil {
		return nil, "", err
	}
	w := &writer{pkg: p, all: mode&doc.AllDecls != 0}
	w.add("", "package "+p.Name, d.Doc)
	w.values(d.Consts)
	w.values(d.Vars)
	w.funcs("", d.Funcs)
	for _, t := range d.Types {
		sig, err := w.source(t.Decl)
		if err != nil {
			return nil, "", err
		}
		w.add(t.Name, sig, t.Doc)
		w.values(t.Consts)
		w.values(t.Vars)
		w.funcs("", t.Funcs)
		w.funcs(t.Name+".", t.Methods)
	}
	return w.records, d.Synopsis(d.Doc), w.err
}

type writer struct {
	pkg     *packages.Package
	all     bool // unexported names too, for builtin
	records []archive.Record
	err     error
}

func (w *writer) add(name, sig, text string) {
	w.records = append(w.records, archive.Record{Name: name, Signature: sig, Doc: strings.TrimSpace(text)})
}

func (w *writer) funcs(prefix string, list []*doc.Func) {
	for _, f := range list {
		decl := *f.Decl
		decl.Doc = nil
		decl.Body = nil
		sig, err := w.source(&decl)
		if err != nil {
			w.err = errors.Join(w.err, err)
		}
		w.add(prefix+f.Name, sig, f.Doc)
	}
}

// values takes constants and variables one by one: with their type and value
// from the checker, since in a group most of both is implied.
func (w *writer) values(list []*doc.Value) {
	for _, v := range list {
		for _, spec := range v.Decl.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			text := spec.Doc.Text()
			if text == "" {
				text = spec.Comment.Text()
			}
			if text == "" {
				text = v.Doc
			}
			for _, id := range spec.Names {
				if !id.IsExported() && !w.all {
					continue
				}
				w.add(id.Name, w.value(id, &ast.GenDecl{Tok: v.Decl.Tok, Specs: []ast.Spec{spec}}), text)
			}
		}
	}
}

// value is the signature of a constant or variable; decl is its source.
func (w *writer) value(id *ast.Ident, decl ast.Decl) string {
	if w.pkg.TypesInfo == nil {
		sig, err := w.source(decl)
		w.err = errors.Join(w.err, err)
		return sig
	}
	obj := w.pkg.TypesInfo.Defs[id]
	if c, ok := obj.(*types.Const); ok {
		sig := "const " + id.Name
		if b, ok := c.Type().(*types.Basic); !ok || b.Info()&types.IsUntyped == 0 {
			sig += " " + types.TypeString(c.Type(), types.RelativeTo(w.pkg.Types))
		}
		return sig + " = " + c.Val().ExactString()
	}
	return "var " + id.Name + " " + types.TypeString(obj.Type(), types.RelativeTo(w.pkg.Types))
}

// source prints a declaration without the comment above it.
func (w *writer) source(decl ast.Decl) (string, error) {
	if g, ok := decl.(*ast.GenDecl); ok {
		c := *g
		c.Doc = nil
		if len(c.Specs) == 1 {
			c.Lparen, c.Rparen = token.NoPos, token.NoPos
			switch spec := c.Specs[0].(type) {
			case *ast.TypeSpec:
				s := *spec
				s.Doc = nil
				c.Specs = []ast.Spec{&s}
			case *ast.ValueSpec:
				s := *spec
				s.Doc, s.Comment = nil, nil
				c.Specs = []ast.Spec{&s}
			}
		}
		decl = &c
	}
	var b strings.Builder
	if err := (&printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 4}).Fprint(&b, w.pkg.Fset, decl); err != nil {
		return "", err
	}
	return b.String(), nil
}
