package module

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goherd/goherd/kernel/cell/lower"
)

// embed finds the variables that //go:embed gives the contents of files.
func (s *Set) embed(p *listed, src *lower.Source) error {
	for _, f := range src.Files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				spec := spec.(*ast.ValueSpec)
				doc := spec.Doc
				if doc == nil && !g.Lparen.IsValid() {
					doc = g.Doc
				}
				patterns, err := embedPatterns(doc)
				if err != nil {
					return err
				}
				if len(patterns) == 0 {
					continue
				}
				v, ok := src.Info.Defs[spec.Names[0]].(*types.Var)
				if !ok || len(spec.Names) != 1 {
					return fmt.Errorf("has a //go:embed of several variables")
				}
				e := lower.Embed{Var: v}
				for _, name := range p.EmbedFiles {
					if !matches(patterns, name) {
						continue
					}
					b, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(name)))
					if err != nil {
						return fmt.Errorf("has a file to embed that can't be read: %w", err)
					}
					e.Names, e.Contents = append(e.Names, name), append(e.Contents, string(b))
				}
				src.Embeds = append(src.Embeds, e)
			}
		}
	}
	return nil
}

// embedPatterns returns what the //go:embed lines of a comment name.
func embedPatterns(doc *ast.CommentGroup) (out []string, err error) {
	if doc == nil {
		return nil, nil
	}
	for _, c := range doc.List {
		rest, ok := strings.CutPrefix(c.Text, "//go:embed ")
		for rest = strings.TrimSpace(rest); ok && rest != ""; rest = strings.TrimSpace(rest) {
			if rest[0] != '"' && rest[0] != '`' {
				var word string
				word, rest, _ = strings.Cut(rest, " ")
				out = append(out, word)
				continue
			}
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("has the line %s, which can't be read", c.Text)
			}
			word, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("has the line %s, which can't be read", c.Text)
			}
			out, rest = append(out, word), rest[len(quoted):]
		}
	}
	return out, nil
}

// matches reports whether patterns name a file, or a directory that it is in. Which files of a
// directory are left out the go command has decided.
func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		p, all := strings.CutPrefix(p, "all:")
		hidden := false // below the directory that the pattern names
		for dir := name; dir != "." && dir != "/"; dir = path.Dir(dir) {
			if ok, err := path.Match(path.Clean(p), dir); err == nil && ok && (dir == name || all || !hidden) {
				return true
			}
			base := path.Base(dir)
			hidden = hidden || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
		}
		if p == "." && (all || !hiddenPath(name)) {
			return true
		}
	}
	return false
}

func hiddenPath(name string) bool {
	for _, base := range strings.Split(name, "/") {
		if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
			return true
		}
	}
	return false
}
