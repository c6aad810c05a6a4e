package vet

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/appends"
	"golang.org/x/tools/go/analysis/passes/assign"
	"golang.org/x/tools/go/analysis/passes/atomic"
	"golang.org/x/tools/go/analysis/passes/bools"
	"golang.org/x/tools/go/analysis/passes/copylock"
	"golang.org/x/tools/go/analysis/passes/defers"
	"golang.org/x/tools/go/analysis/passes/errorsas"
	"golang.org/x/tools/go/analysis/passes/httpresponse"
	"golang.org/x/tools/go/analysis/passes/ifaceassert"
	"golang.org/x/tools/go/analysis/passes/lostcancel"
	"golang.org/x/tools/go/analysis/passes/nilfunc"
	"golang.org/x/tools/go/analysis/passes/printf"
	"golang.org/x/tools/go/analysis/passes/shift"
	"golang.org/x/tools/go/analysis/passes/sigchanyzer"
	"golang.org/x/tools/go/analysis/passes/slog"
	"golang.org/x/tools/go/analysis/passes/stdmethods"
	"golang.org/x/tools/go/analysis/passes/stringintconv"
	"golang.org/x/tools/go/analysis/passes/structtag"
	"golang.org/x/tools/go/analysis/passes/timeformat"
	"golang.org/x/tools/go/analysis/passes/unmarshal"
	"golang.org/x/tools/go/analysis/passes/unreachable"
	"golang.org/x/tools/go/analysis/passes/unusedresult"
)

// A vetted analyzer is one of go vet's that makes sense in a cell.
type vetted struct {
	*analysis.Analyzer
	// imports are the packages without which it finds nothing; nil: it always may.
	imports []string
	fix     string
}

var vets = []vetted{
	{appends.Analyzer, nil, "give append the values to add, xs = append(xs, x), or leave it out"},
	{assign.Analyzer, nil, "remove the assignment, or assign what was meant"},
	{atomic.Analyzer, []string{"sync/atomic"}, "call atomic.AddInt64(&x, 1) without assigning its result, or make x an atomic.Int64"},
	{bools.Analyzer, nil, "remove the repeated condition, or compare with what was meant"},
	{copylock.Analyzer, nil, "use a pointer, *T in place of T, so that all share one lock"},
	{defers.Analyzer, []string{"time"}, "defer func() { fmt.Println(time.Since(start)) }()"},
	{errorsas.Analyzer, []string{"errors"}, "var e *MyError; if errors.As(err, &e) { … }"},
	{httpresponse.Analyzer, []string{"net/http"}, "check the error first, if err != nil { return err }, then defer resp.Body.Close()"},
	{ifaceassert.Analyzer, nil, "assert a type that has the methods of both interfaces"},
	{lostcancel.Analyzer, []string{"context"}, "write defer cancel() right after the call"},
	{nilfunc.Analyzer, nil, "call the function, f() == nil, or leave the comparison out"},
	{printf.Analyzer, nil, "give each verb one argument of its kind: %d integers, %f floats, %s strings, %t bools, %v anything"},
	{shift.Analyzer, nil, "convert to a wider type before shifting: uint64(x) << n"},
	{sigchanyzer.Analyzer, []string{"os/signal"}, "give the channel room for one signal: make(chan os.Signal, 1)"},
	{slog.Analyzer, []string{"log/slog"}, `alternate keys and values: slog.Info("done", "count", n)`},
	{stdmethods.Analyzer, nil, "give the method the standard signature, or another name"},
	{stringintconv.Analyzer, nil, "strconv.Itoa(n) gives the digits; string(rune(n)) gives the character"},
	{structtag.Analyzer, nil, "write the tag as `json:\"name\"`, each name once, on exported fields"},
	{timeformat.Analyzer, []string{"time"}, "use 2006-01-02: year, month, day"},
	{unmarshal.Analyzer, nil, "pass a pointer: json.Unmarshal(data, &v)"},
	{unreachable.Analyzer, nil, "remove what follows, or the statement that leaves before it"},
	{unusedresult.Analyzer, nil, "use the result: s := …, or leave the call out"},
}

// analyzers runs go vet's analyzers.
func analyzers(c *checker) {
	imports := map[string]bool{}
	for _, p := range c.Pkg.Imports() {
		imports[p.Path()] = true
	}
	for _, f := range c.Files {
		for _, i := range f.Imports {
			imports[strings.Trim(i.Path.Value, "`\"")] = true
		}
		for _, d := range f.Decls { // a file put together by hand has only these
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
				for _, s := range g.Specs {
					imports[strings.Trim(s.(*ast.ImportSpec).Path.Value, "`\"")] = true
				}
			}
		}
	}
	d := &driver{c: c, results: map[*analysis.Analyzer]any{}, facts: map[factKey]analysis.Fact{}}
	for _, v := range vets {
		if v.imports != nil && !slices.ContainsFunc(v.imports, func(p string) bool { return imports[p] }) {
			continue
		}
		c.guard(func(c *checker) { d.run(v.Analyzer, v.fix) })
	}
}

// A driver runs analyzers on one package. There is nothing else to run them on: what
// go vet would learn from the standard library's source, the analyzers know by name,
// and of earlier cells the session's facts are kept.
type driver struct {
	c       *checker
	results map[*analysis.Analyzer]any
	facts   map[factKey]analysis.Fact
}

type factKey struct {
	obj types.Object
	typ reflect.Type
}

// run runs an analyzer once, those it needs before.
func (d *driver) run(a *analysis.Analyzer, fix string) any {
	if r, ok := d.results[a]; ok {
		return r
	}
	needs := map[*analysis.Analyzer]any{}
	for _, n := range a.Requires {
		needs[n] = d.run(n, "")
	}
	c := d.c
	pass := &analysis.Pass{
		Analyzer: a, Fset: c.Fset, Files: c.Files, Pkg: c.Pkg, TypesInfo: c.Info, TypesSizes: c.Sizes, ResultOf: needs,
		Module:            &analysis.Module{GoVersion: c.Pkg.GoVersion()},
		Report:            func(g analysis.Diagnostic) { d.report(a, g, fix) },
		ImportObjectFact:  d.importFact,
		ExportObjectFact:  d.exportFact,
		ImportPackageFact: func(*types.Package, analysis.Fact) bool { return false },
		ExportPackageFact: func(analysis.Fact) {},
		AllObjectFacts:    func() []analysis.ObjectFact { return nil },
		AllPackageFacts:   func() []analysis.PackageFact { return nil },
		ReadFile:          func(string) ([]byte, error) { return nil, errors.ErrUnsupported },
	}
	r, err := a.Run(pass)
	if err != nil {
		r = nil
	}
	d.results[a] = r
	return r
}

func (d *driver) importFact(obj types.Object, f analysis.Fact) bool {
	typ := reflect.TypeOf(f)
	have := d.facts[factKey{obj, typ}]
	if have == nil {
		fn, ok := obj.(*types.Func)
		if !ok {
			return false
		}
		if known := d.c.known(d.c.key(fn.Origin())); known != nil {
			for _, k := range known.facts {
				if reflect.TypeOf(k) == typ {
					have = k
				}
			}
		}
	}
	if have == nil {
		return false
	}
	reflect.ValueOf(f).Elem().Set(reflect.ValueOf(have).Elem())
	return true
}

func (d *driver) exportFact(obj types.Object, f analysis.Fact) {
	d.facts[factKey{obj, reflect.TypeOf(f)}] = f
	if fn, ok := obj.(*types.Func); ok {
		if key := d.c.key(fn.Origin()); key != "" {
			k := d.c.fact(key)
			k.facts = append(k.facts, f)
		}
	}
}

// report takes what an analyzer has found, unless a cell makes it right.
func (d *driver) report(a *analysis.Analyzer, g analysis.Diagnostic, fix string) {
	c := d.c
	if fix == "" {
		return
	}
	text := g.Message
	switch a.Name {
	case "unusedresult":
		if c.Result != nil && g.Pos >= c.Result.Pos() && g.Pos < c.Result.End() {
			return
		}
	case "lostcancel":
		// A later cell may call what this one keeps.
		if c.topLevel(g.Pos) && !strings.Contains(text, "not discarded") {
			return
		}
		if strings.HasPrefix(text, "this return statement") { // said at the call
			return
		}
	case "unreachable":
		for _, w := range c.warnings {
			if w.Code == "unlock-unreachable" && w.Pos == g.Pos {
				return
			}
		}
		text = "this is never reached"
	case "structtag":
		text, _, _ = strings.Cut(text, " also at ")
	}
	c.warn(Warning{g.Pos, g.End, a.Name, own.ReplaceAllString(text, ""), fix})
}

// own is the qualifier of the session's names, which the user doesn't write.
var own = regexp.MustCompile(`\bmain\.`)

// topLevel reports whether a position belongs to the statements of the cell itself,
// not to a function in them.
func (c *checker) topLevel(pos token.Pos) bool {
	for _, f := range c.Files {
		for _, d := range f.Decls {
			fd, ok := d.(*ast.FuncDecl)
			if !ok || fd.Name.Name != "_" || fd.Body == nil || pos < fd.Pos() || pos >= fd.End() {
				continue
			}
			inside := false
			ast.Inspect(fd.Body, func(n ast.Node) bool {
				if lit, ok := n.(*ast.FuncLit); ok && pos >= lit.Pos() && pos < lit.End() {
					inside = true
				}
				return !inside
			})
			return !inside
		}
	}
	return false
}
