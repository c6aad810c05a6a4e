package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A cell that declares a type anew leaves variables behind whose values are of the type
// as it was. They stay as they are, and the session keeps the type that they have: an earlier
// type, under a name that no cell can write. To the engine it is the type that it
// always was.

// earlierMark is in the names of earlier types: "Tᐧearlier1" was T.
const earlierMark = mark + "earlier"

func isEarlier(name string) bool { return strings.Contains(name, earlierMark) }

// Plain takes from the names in a text what the compiler has added to them, which no user can
// write.
func Plain(text string) string {
	for {
		i := strings.Index(text, mark)
		if i < 0 {
			return text
		}
		text = text[:i] + text[markEnd(text, i):]
	}
}

// markEnd returns where what begins with the mark at i ends.
func markEnd(text string, i int) int {
	end := i + len(mark)
	for end < len(text) && (text[end] == '_' || text[end] >= '0' && text[end] <= '9' || text[end] >= 'a' && text[end] <= 'z') {
		end++
	}
	return end
}

// foresee finds the types and constants that the cell declares anew, as far as their text
// tells, and what depends on them: the first pass of the checker then sees the variables
// that have such types as they are.
func (c *compilation) foresee() {
	changed := map[string]bool{}
	own := map[string]*decl{}
	for _, d := range c.decls {
		for _, k := range d.keys {
			own[k] = d
		}
	}
	for _, names := range []map[string]bool{c.keys, keySet(c.imports)} {
		for k := range names {
			if old := c.s.liveDecl(k); old != nil && !old.isFunc() && !(own[k] != nil && own[k].text == old.text && len(old.live()) == len(own[k].keys)) {
				changed[k] = true
			}
		}
	}
	if len(changed) == 0 {
		return
	}
	for grown := true; grown; {
		grown = false
		for _, d := range c.s.decls {
			if d.isFunc() || !overlap(d.uses, changed) {
				continue
			}
			for _, k := range c.kept(d) {
				if !changed[k] {
					changed[k], grown = true, true
				}
			}
		}
	}
	c.spread(changed, nil)
}

func keySet[V any](m map[string]V) map[string]bool {
	out := make(map[string]bool, len(m))
	for k := range m {
		out[k] = true
	}
	return out
}

// age finds the variables that have types which change: their types become earlier ones. What
// it finds it adds to changed, because the code that uses them is affected.
func (c *compilation) age(changed map[string]bool) (more bool) {
	now := map[string]bool{}
	for k := range changed {
		if !c.moved[k] {
			now[k], c.moved[k] = true, true
		}
	}
	for name, v := range c.s.vars {
		if !c.keys[name] && !c.stale[name] && !v.stale && overlap(v.uses, now) {
			c.aged[name] = true
			changed[name] = true
			more = true
		}
	}
	return more
}

// keep makes types that are no more earlier types of the variables that have them.
func (s *Session) keep(gone map[string]bool) {
	if !slices.ContainsFunc(slices.Collect(maps.Values(s.vars)), func(v *variable) bool { return !v.stale && overlap(v.uses, gone) }) {
		return
	}
	c := s.compilation(Source{}, Normal)
	err := c.guard(func() error {
		c.age(gone)
		if err := c.analyse(); err != nil {
			return err
		}
		c.commit(c.attempt())
		return nil
	})
	if err != nil {
		for name := range c.aged {
			s.vars[name].spoil()
		}
	}
	c.forget()
}

// earlierName returns the name that a type of the session's last check has in this
// one: what it was called, or that of an earlier type.
func (c *compilation) earlierName(name string) string {
	if !c.moved[name] {
		return name
	}
	h := c.earlier[name]
	if h == "" {
		h = fmt.Sprintf("%s%s%d", name, earlierMark, c.s.ages+len(c.earlier)+1)
		c.earlier[name] = h
		c.nameEarlier()
	}
	return h
}

// nameEarlier gives the earlier types their identity in the engine.
func (c *compilation) nameEarlier() {
	for name, h := range c.earlier {
		c.names[h] = name
		if n := c.s.names[name]; n != "" {
			c.names[h] = n
		}
	}
}

// An ageWriter writes the types of variables for a check, and declares the earlier
// types in them.
type ageWriter struct {
	c       *compilation
	printer typePrinter
	texts   map[string]string // of the declarations, by name
	queue   []string          // types to declare, by the name they had
}

func newAgeWriter(c *compilation, paths map[string]bool) *ageWriter {
	w := &ageWriter{c: c, texts: map[string]string{}}
	w.printer = typePrinter{
		pkg:     c.pkg,
		session: w.session,
		param:   mark + "p", // which so are in the way of no type
		foreign: func(path string) string { paths[path] = true; return alias(path) },
	}
	return w
}

func (w *ageWriter) session(name string) string {
	if w.c.s.linker == nil {
		return name
	}
	now := w.c.earlierName(name)
	if _, done := w.texts[now]; !done && isEarlier(now) {
		w.texts[now] = ""
		w.queue = append(w.queue, name)
	}
	return now
}

// variable returns the text of a variable's type, and whether it can be written.
func (w *ageWriter) variable(t types.Type) (string, bool) {
	was := maps.Clone(w.texts)
	text := w.printer.text(t)
	for len(w.queue) > 0 {
		name := w.queue[0]
		w.queue = w.queue[1:]
		if obj, ok := w.c.s.pkg.Scope().Lookup(name).(*types.TypeName); ok {
			now := w.session(name)
			w.texts[now] = w.printer.declaration(now, obj)
		} else {
			w.printer.fail("the type %s", name)
		}
	}
	ok := w.printer.bad == nil
	if !ok {
		w.printer.bad = nil
		w.texts = was
	}
	return text, ok
}

// declarations returns the text of the earlier types.
func (w *ageWriter) declarations() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.texts)) {
		b.WriteString(w.texts[name])
	}
	return b.String()
}

// declaration declares a type as obj, under another name, with methods that have no bodies.
func (p *typePrinter) declaration(name string, obj *types.TypeName) string {
	params := func(list *types.TypeParamList) string {
		if list.Len() == 0 {
			return ""
		}
		var parts []string
		for t := range list.TypeParams() {
			parts = append(parts, p.text(t)+" "+p.text(t.Constraint()))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if a, ok := obj.Type().(*types.Alias); ok {
		return fmt.Sprintf("type %s%s = %s\n", name, params(a.TypeParams()), p.text(a.Rhs()))
	}
	n, ok := obj.Type().(*types.Named)
	if !ok {
		p.fail("the type %s", obj.Name())
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "type %s%s %s\n", name, params(n.TypeParams()), p.text(n.Underlying()))
	for m := range n.Methods() {
		if m.Name() == "_" {
			continue
		}
		sig := m.Signature()
		recv := name
		if list := sig.RecvTypeParams(); list.Len() > 0 {
			var parts []string
			for t := range list.TypeParams() {
				parts = append(parts, p.text(t))
			}
			recv += "[" + strings.Join(parts, ", ") + "]"
		}
		if _, ok := types.Unalias(sig.Recv().Type()).(*types.Pointer); ok {
			recv = "*" + recv
		}
		fmt.Fprintf(&b, "func (%s) %s%s\n", recv, m.Name(), p.signature(sig))
	}
	return b.String()
}

// isMade reports whether pos is in what the compiler itself declares.
func (c *compilation) isMade(pos token.Pos) bool {
	return !pos.IsValid() || pos >= c.s.made && pos <= c.s.made+maxMade
}

// giveUp makes the variable at pos unusable, because the checker doesn't take its type
// beside what the session has now; where there is none, all variables of earlier types. It reports whether there
// are any.
func (c *compilation) giveUp(pos token.Pos, gone map[string]bool) bool {
	if name := c.varAt[pos]; name != "" && !c.stale[name] {
		c.stale[name], gone[name] = true, true
		delete(c.aged, name)
		return true
	}
	found := false
	for name, v := range c.s.vars {
		if c.keys[name] || c.stale[name] || v.stale || !c.aged[name] && !slices.ContainsFunc(slices.Collect(maps.Keys(v.uses)), isEarlier) {
			continue
		}
		c.stale[name], gone[name], found = true, true, true
		delete(c.aged, name)
	}
	return found
}

// ageNote tells of variables whose types have become earlier ones.
func (c *compilation) ageNote() {
	byType := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(c.aged)) {
		v := c.s.vars[name]
		var of []string
		for k := range v.uses {
			if c.earlier[k] != "" {
				of = append(of, Plain(k))
			}
		}
		if of != nil {
			slices.Sort(of)
			key := list(slices.Compact(of))
			byType[key] = append(byType[key], Plain(name))
		}
	}
	for _, of := range slices.Sorted(maps.Keys(byType)) {
		names := byType[of]
		has, again := "still has", "run its cell again to make it anew"
		if len(names) > 1 {
			has, again = "still have", "run their cells again to make them anew"
		}
		what := "type"
		if strings.Contains(of, " and ") {
			what = "types"
		}
		c.notes = append(c.notes, fmt.Sprintf("%s %s the earlier %s %s: %s", list(names), has, what, of, again))
	}
}

// earlierField returns the name of an embedded field of t, or of what it embeds, whose
// type was called name and is an earlier one; "" if there is none.
func earlierField(pkg *types.Package, t types.Type, name string) string {
	for _, h := range pkg.Scope().Names() {
		if !isEarlier(h) && !isOwn(h) || Plain(h) != name {
			continue
		}
		if v, _, _ := types.LookupFieldOrMethod(t, true, pkg, h); v != nil {
			return h
		}
	}
	return ""
}

// selectEarlier looks for errors of selectors whose fields are called after earlier
// types, which only the compiler can write, and lets them select these. It also takes that back,
// where a variable has another type by now.
func (c *compilation) selectEarlier() bool {
	found := false
	for _, e := range c.errs {
		found = c.selectField(e) || found
	}
	return found
}

func (c *compilation) selectField(e types.Error) bool {
	if c.s.linker == nil || !strings.Contains(e.Msg, "has no field or method") {
		return false
	}
	var roots []ast.Node
	if c.inCell(e.Pos) {
		roots = append(roots, c.file)
		for _, s := range c.stmts {
			roots = append(roots, s)
		}
	} else if d := c.declAt(e.Pos); d != nil {
		roots = append(roots, d.node)
	}
	changed := false
	for _, root := range roots {
		ast.Inspect(root, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || changed || sel.Sel.Pos() != e.Pos || c.selected[sel] > 1 {
				return true
			}
			t := c.info.Types[sel.X].Type
			if t == nil {
				return true
			}
			name := Plain(sel.Sel.Name)
			if h := earlierField(c.pkg, t, name); h != "" {
				name = h
			}
			if name != sel.Sel.Name {
				sel.Sel.Name = name
				c.selected[sel]++
				changed = true
			}
			return !changed
		})
	}
	return changed
}
