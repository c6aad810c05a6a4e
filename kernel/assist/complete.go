package assist

import (
	"cmp"
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Completion answers a complete_request: each match may replace the text
// between Start and End, counted in code points.
type Completion struct {
	Start, End int
	Matches    []string
	Types      []Match // one for each of Matches, in the same order
}

// Match describes one match, as the metadata field
// _jupyter_types_experimental shows it.
type Match struct {
	Text      string
	Type      Kind
	Signature string // parameters and results of a function, type of anything else
}

// Kind is what a match is. The names are those that front ends have icons for.
type Kind string

// The kinds of matches.
const (
	KindPackage Kind = "module"
	KindFunc    Kind = "function"
	KindMethod  Kind = "method"
	KindField   Kind = "field"
	KindVar     Kind = "instance"
	KindConst   Kind = "constant"
	KindType    Kind = "class"
	KindKeyword Kind = "keyword"
	KindMagic   Kind = "magic"
	KindPath    Kind = "path"
	KindLabel   Kind = "label"
)

// rank orders matches of the same prefix: what is nearer comes first.
type rank int

const (
	rankExpected rank = iota // has the type that is wanted here
	rankLocal                // local variables, fields of the literal
	rankSession              // names of the cell and the session
	rankPackage              // imported packages
	rankBuiltin              // predeclared names and keywords
	rankOther                // packages that could be imported
)

type candidate struct {
	Match
	rank rank
}

// Complete finds what can stand at the cursor, a position in code points.
// Matches that continue the text in its own case come first, then those in
// another case; among them the nearer in scope, then by the alphabet. Without
// matches, Start and End are the cursor. If ctx ends, the answer is empty.
func (e *Env) Complete(ctx context.Context, code string, cursor int) Completion {
	off := byteOffset(code, cursor)
	start, list := e.complete(ctx, code, off)
	if ctx.Err() != nil || len(list) == 0 {
		at := codePoints(code, off)
		return Completion{Start: at, End: at, Matches: []string{}, Types: []Match{}}
	}
	prefix := code[start:off]
	slices.SortStableFunc(list, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(btoi(!strings.HasPrefix(a.Text, prefix)), btoi(!strings.HasPrefix(b.Text, prefix))),
			cmp.Compare(a.rank, b.rank),
			cmp.Compare(a.Text, b.Text),
		)
	})
	c := Completion{Start: codePoints(code, start), End: codePoints(code, off), Matches: []string{}, Types: []Match{}}
	seen := map[string]bool{}
	for _, m := range list {
		if !seen[m.Text] {
			seen[m.Text] = true
			c.Matches = append(c.Matches, m.Text)
			c.Types = append(c.Types, m.Match)
		}
	}
	return c
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// complete finds the candidates at a byte offset, already filtered by what has
// been typed since start.
func (e *Env) complete(ctx context.Context, code string, off int) (start int, list []candidate) {
	masked, magics := e.mask(code)
	if start, list, ok := e.completeMagic(code, off, magics); ok {
		return start, list
	}
	toks := scan(masked[:off])
	if n := len(toks); n > 0 {
		last := toks[n-1]
		if last.auto() && n > 1 {
			last = toks[n-2]
		}
		if last.end == off || last.open {
			switch last.tok {
			case token.COMMENT:
				if last.open || strings.HasPrefix(last.lit, "//") {
					return off, nil
				}
			case token.STRING:
				if last.open {
					return e.completeString(last, masked, off)
				}
				return off, nil
			case token.INT, token.FLOAT, token.IMAG, token.CHAR:
				return off, nil
			}
		}
	}
	start = identStart(masked, off)
	prefix := masked[start:off]
	toks = withoutComments(scan(masked[:start]))
	for len(toks) > 0 && toks[len(toks)-1].auto() && toks[len(toks)-1].off >= start {
		toks = toks[:len(toks)-1] // the end of the text is no end of a line
	}
	before := token.SEMICOLON
	if n := len(toks); n > 0 {
		before = toks[n-1].tok
	}
	switch before {
	case token.VAR, token.CONST, token.TYPE, token.FUNC, token.IMPORT:
		return off, nil // a new name
	case token.PACKAGE:
		return start, matching(prefix, []candidate{{Match{Text: "main", Type: KindPackage}, rankSession}})
	case token.GOTO, token.BREAK, token.CONTINUE:
		return start, matching(prefix, labels(scan(masked)))
	}
	if ctx.Err() != nil {
		return off, nil
	}
	v := e.look(masked, start, placeholder)
	if v == nil {
		return off, nil
	}
	if before == token.PERIOD {
		return start, matching(prefix, v.members())
	}
	list, only := v.fields(strings.HasPrefix(strings.TrimLeft(masked[off:], " \t"), ":"))
	if !only {
		list = append(list, v.names(prefix)...)
	}
	return start, matching(prefix, list)
}

// identStart is where the identifier that ends at off begins.
func identStart(code string, off int) int {
	for off > 0 {
		r, n := utf8.DecodeLastRuneInString(code[:off])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		off -= n
	}
	return off
}

func matching(prefix string, list []candidate) []candidate {
	return slices.DeleteFunc(list, func(c candidate) bool { return !hasPrefixFold(c.Text, prefix) })
}

func labels(toks []tok) []candidate {
	var list []candidate
	start := true
	for i, t := range toks {
		if start && t.tok == token.IDENT && i+1 < len(toks) && toks[i+1].tok == token.COLON {
			list = append(list, candidate{Match{Text: t.lit, Type: KindLabel}, rankLocal})
		}
		start = t.tok == token.SEMICOLON || t.tok == token.LBRACE || t.tok == token.RBRACE
	}
	return list
}

// members lists what can follow the dot before the cursor.
func (v *view) members() []candidate {
	sel, ok := v.path[0].(*ast.SelectorExpr)
	if !ok || sel.Sel != v.ident {
		return nil
	}
	want := v.expected(1)
	if id, ok := sel.X.(*ast.Ident); ok {
		if p, ok := v.info.Uses[id].(*types.PkgName); ok {
			var list []candidate
			scope := p.Imported().Scope()
			for _, name := range scope.Names() {
				if token.IsExported(name) {
					list = append(list, v.candidate(scope.Lookup(name), rankSession, want))
				}
			}
			return list
		}
	}
	tv, ok := v.info.Types[sel.X]
	if !ok || tv.Type == nil {
		return nil
	}
	var list []candidate
	if tv.IsType() {
		for _, m := range methodsOf(tv.Type) {
			if v.visible(m) {
				list = append(list, v.candidate(m, rankSession, want))
			}
		}
		return list
	}
	seen := map[string]bool{}
	for _, f := range fieldsOf(tv.Type) {
		if v.visible(f) && !seen[f.Name()] {
			seen[f.Name()] = true
			list = append(list, v.candidate(f, rankSession, want))
		}
	}
	for _, m := range methodsOf(tv.Type) {
		if v.visible(m) && !seen[m.Name()] {
			list = append(list, v.candidate(m, rankSession, want))
		}
	}
	return list
}

// visible tells whether a cell may name a member.
func (v *view) visible(obj types.Object) bool {
	return obj.Exported() || obj.Pkg() != nil && obj.Pkg().Path() == v.env.path() && obj.Name() != "_"
}

// candidate describes an object.
func (v *view) candidate(obj types.Object, r rank, want types.Type) candidate {
	c := candidate{Match{Text: obj.Name()}, r}
	result := obj.Type()
	switch obj := obj.(type) {
	case *types.PkgName:
		c.Type, c.Signature = KindPackage, strconv.Quote(obj.Imported().Path())
		return c
	case *types.Builtin:
		c.Type = KindFunc
		return c
	case *types.Func:
		c.Type = KindFunc
		if obj.Signature().Recv() != nil {
			c.Type = KindMethod
		}
		if res := obj.Signature().Results(); res.Len() == 1 {
			result = res.At(0).Type()
		}
	case *types.TypeName:
		c.Type = KindType
		c.Signature = shorten(types.TypeString(obj.Type().Underlying(), v.env.qualify))
		return c
	case *types.Const:
		c.Type = KindConst
	case *types.Var:
		c.Type = KindVar
		if obj.IsField() {
			c.Type = KindField
		}
	case *types.Nil:
		c.Type = KindConst
	}
	if obj.Type() != nil {
		c.Signature = shorten(v.signature(obj.Type()))
	}
	if want != nil && result != nil && fits(result, want) || want != nil && obj.Type() != nil && fits(obj.Type(), want) {
		c.rank = rankExpected
	}
	return c
}

// signature is a type as it stands behind a name: for a function without func.
func (v *view) signature(t types.Type) string {
	s := types.TypeString(t, v.env.qualify)
	if _, ok := t.(*types.Signature); ok {
		s = strings.TrimPrefix(s, "func")
	}
	return s
}

// shorten keeps tooltips on one line.
func shorten(s string) string {
	const limit = 120
	if len(s) <= limit {
		return s
	}
	cut := limit
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// fits tells whether a value of type t can stand where want is expected; with
// any wanted everything fits, which helps nobody.
func fits(t, want types.Type) bool {
	if iface, ok := want.Underlying().(*types.Interface); ok && iface.Empty() {
		return false
	}
	if b, ok := t.(*types.Basic); ok && (b.Kind() == types.Invalid || b.Kind() == types.UntypedNil) {
		return false
	}
	return types.AssignableTo(t, want)
}
