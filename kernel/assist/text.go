package assist

import (
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// completeMagic handles a cursor in a magic or in what isn't Go behind one.
func (e *Env) completeMagic(code string, off int, magics []magicLine) (start int, list []candidate, ok bool) {
	for _, m := range magics {
		if off < m.off || off > m.end {
			continue
		}
		nameEnd := m.off + len(m.name)
		spec, _ := e.magic(m.name)
		switch {
		case off <= nameEnd && m.name != "!":
			first := strings.TrimSpace(code[:m.off]) == ""
			for _, spec := range e.Magics {
				if strings.HasPrefix(spec.Name, code[m.off:off]) && (first || !strings.HasPrefix(spec.Name, "%%")) {
					summary, _, _ := strings.Cut(spec.Doc, "\n")
					list = append(list, candidate{Match{Text: spec.Name, Type: KindMagic, Signature: summary}, rankSession})
				}
			}
			return m.off, list, true
		case off < m.arg:
			return off, nil, true
		case m.name == "!" || spec.Arg == ArgFile:
			from := max(m.arg, strings.LastIndexAny(code[:off], " \t\n'\"=<>|&;")+1)
			start, list = e.files(code[from:off], off)
			return start, list, true
		case spec.Arg == ArgGo:
			return 0, nil, false
		case spec.Arg == ArgName && e.Pkg != nil:
			start = identStart(code, off)
			v := &view{env: e}
			for _, name := range e.Pkg.Scope().Names() {
				list = append(list, v.candidate(e.Pkg.Scope().Lookup(name), rankSession, nil))
			}
			return start, matching(code[start:off], list), true
		default:
			return off, nil, true
		}
	}
	return 0, nil, false
}

// completeString completes import paths in an import, else file names. str is
// the string that the cursor is in.
func (e *Env) completeString(str tok, code string, off int) (start int, list []candidate) {
	text := code[str.off+1 : off]
	if _, cur := unfinished(code[:str.off]); cur.kind == token.IMPORT {
		return e.importPaths(text, str.off+1)
	}
	if strings.Contains(text, `\`) && !strings.HasPrefix(str.lit, "`") {
		return off, nil
	}
	return e.files(text, off)
}

func (e *Env) importPaths(prefix string, start int) (int, []candidate) {
	if e.Packages == nil {
		return start, nil
	}
	var list []candidate
	for _, p := range e.Packages() {
		if hasPrefixFold(p.Path, prefix) {
			list = append(list, candidate{Match{Text: p.Path, Type: KindPackage, Signature: p.Synopsis}, rankSession})
		}
	}
	if len(list) > 0 {
		return start, list
	}
	// Nothing begins so: by its last element, as one knows "http" of "net/http".
	for _, p := range e.Packages() {
		if hasPrefixFold(p.Name, prefix) {
			list = append(list, candidate{Match{Text: p.Path, Type: KindPackage, Signature: p.Synopsis}, rankSession})
		}
	}
	return start, list
}

// files completes the last element of a file name that ends at off. Folders
// get a slash; hidden files only match a dot.
func (e *Env) files(name string, off int) (start int, list []candidate) {
	folder, prefix := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		folder, prefix = name[:i+1], name[i+1:]
	}
	start = off - len(prefix)
	dir := folder
	if rest, ok := strings.CutPrefix(dir, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return off, nil
		}
		dir = filepath.Join(home, rest)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(e.Dir, dir)
	}
	if dir == "" {
		dir = "."
	}
	f, err := os.Open(dir)
	if err != nil {
		return off, nil
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil && len(entries) == 0 {
		return off, nil
	}
	for _, entry := range entries {
		text := entry.Name()
		if !hasPrefixFold(text, prefix) || strings.HasPrefix(text, ".") && !strings.HasPrefix(prefix, ".") {
			continue
		}
		isDir := entry.IsDir()
		if entry.Type()&os.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(dir, text))
			isDir = err == nil && info.IsDir()
		}
		if isDir {
			text += "/"
		}
		list = append(list, candidate{Match{Text: text, Type: KindPath}, rankSession})
		if len(list) == maxFiles {
			break
		}
	}
	return start, list
}

// maxFiles bounds the matches of one folder; nobody reads more.
const maxFiles = 1000
