package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
)

// Readable returns a text without the marks that the compiler has put into names. A type as
// it was before a cell declared it anew is called an earlier one.
func Readable(msg string) string {
	for {
		i := strings.Index(msg, mark)
		if i < 0 {
			return msg
		}
		end := markEnd(msg, i)
		if strings.HasPrefix(msg[i:], earlierMark) {
			start := strings.LastIndexFunc(msg[:i], func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) + 1
			msg = msg[:start] + "earlier " + msg[start:i] + msg[end:]
			continue
		}
		msg = msg[:i] + msg[end:]
	}
}

// explain words an error of the checker for a notebook.
func (c *compilation) explain(e types.Error) string {
	// The checker sees the cell's last expression assigned.
	msg := strings.Replace(Readable(e.Msg), " in assignment to _ identifier", "", 1)
	if text, ok := strings.CutPrefix(msg, "could not import "); ok {
		if _, reason, ok := strings.Cut(text, " ("); ok { // of the library, which names the package
			return strings.TrimSuffix(reason, ")")
		}
	}
	name, ok := strings.CutPrefix(msg, "undefined: ")
	if !ok {
		return msg + c.suggest(e, msg)
	}
	if v := c.s.vars[name]; v != nil && (v.stale || c.stale[name]) {
		return fmt.Sprintf("%s has an earlier type, declared anew since: run the cell that makes it again", name)
	}
	for d := range c.gone {
		if slices.Contains(d.live(), name) {
			return fmt.Sprintf("undefined: %s (it no longer compiles: %s)", name, c.why[d])
		}
	}
	for d := range c.s.broken {
		if slices.Contains(d.live(), name) {
			return fmt.Sprintf("undefined: %s (it no longer compiles: %s)", name, d.why)
		}
	}
	switch name {
	case "init":
		return msg // which nobody can call
	case "main":
		return msg + " (that of a program runs with its cell, and isn't kept)"
	}
	if slices.Contains(c.s.lib.ByName(name), name) {
		return msg + " (a package: write " + name + ".Name)"
	}
	return msg + c.suggest(e, msg)
}

// misuse finds what the checker allows and the notebook doesn't: uses of values that
// were lost, and of variables before they exist; variables that no other cell could
// name the type of.
func (c *compilation) misuse() error {
	out := &Error{}
	report := func(pos token.Pos, format string, args ...any) {
		out.Diagnostics = append(out.Diagnostics, Diagnostic{c.s.pos(pos), Readable(fmt.Sprintf(format, args...))})
	}
	lost := c.lost()
	told := map[string]bool{}
	ast.Inspect(c.file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := c.info.Uses[id]
		key := c.keyOf(obj)
		if key == "" {
			return true
		}
		v := lost[key]
		if strings.HasSuffix(obj.Name(), oldSuffix) {
			v = ""
			if c.s.vars[key].lost {
				v = key
			}
		}
		switch {
		case v == "" || told[key]:
		case v == key:
			told[key] = true
			report(id.Pos(), "%s was lost with the interpreter that held it: run the cell that makes it again", key)
		default:
			told[key] = true
			report(id.Pos(), "%s uses %s, which was lost with the interpreter that held it: run the cell that makes %s again", key, v, v)
		}
		if end, ok := c.varEnd[obj.Name()]; ok && obj.Parent() == c.pkg.Scope() && c.inBody(id.Pos()) && c.offset(id.Pos()) < end && !c.anyOrder(id.Pos()) {
			report(id.Pos(), "undefined: %s (the cell declares it below)", key)
		}
		return true
	})
	for _, id := range c.vars {
		p := newPrinter(c.pkg, c.names, nil)
		if p.text(c.pkg.Scope().Lookup(id.Name).Type()); p.bad != nil {
			report(id.Pos(), "%s can't be a variable of the session: it has %v", id.Name, p.bad)
		}
	}
	if c.s.linker != nil {
		c.goKeys(report)
	}
	if len(out.Diagnostics) > 0 {
		return out.sorted()
	}
	return nil
}

// lost returns which of the session's objects depend on variables whose values were
// lost: the variables themselves, and functions that use them, also through others.
func (c *compilation) lost() map[string]string {
	lost := map[string]string{}
	for name, v := range c.s.vars {
		if v.lost && !c.keys[name] {
			lost[name] = name
		}
	}
	for grown := len(lost) > 0; grown; {
		grown = false
		for _, d := range c.s.decls {
			for _, k := range c.kept(d) {
				if lost[k] != "" {
					continue
				}
				for u := range d.uses {
					if v := lost[u]; v != "" && (lost[k] == "" || v < lost[k]) {
						lost[k], grown = v, true
					}
				}
			}
		}
	}
	return lost
}
