package std

import (
	"cmp"
	"slices"
	"strings"
)

// preferred decides between packages of one name where the general order
// (see [ByName]) would pick the one that fewer people mean.
var preferred = map[string]string{
	"pprof":    "runtime/pprof",
	"rand":     "math/rand",
	"scanner":  "text/scanner",
	"template": "text/template",
}

// hidden are packages that cells don't import: goherd's own packages are made with them.
var hidden = map[string]bool{
	"github.com/goherd/goherd/runtime/core": true,
}

// Hidden reports whether a package is only there for goherd's own packages that run from
// their source: an [Importer] has it, nothing else tells of it.
func Hidden(path string) bool { return hidden[path] }

// ByName lists the import paths of the packages with this name, the one that
// is most likely meant first, nil if there is none. The order: first the
// choice that goimports would make for a name that alone doesn't decide (rand
// is math/rand, template is text/template, pprof is runtime/pprof, scanner is
// text/scanner); then the standard library before goherd's packages; then
// fewer path elements; then major versions last, so that math/rand/v2 comes
// after crypto/rand; then by the alphabet. A caller who knows which members
// the user names should take the first package that has them all: crypto/rand
// has Reader, math/rand has Intn, math/rand/v2 has IntN.
//
// The slice is shared; don't change it. Safe for concurrent use.
func ByName(name string) []string { return load().byName[name] }

func names(pkgs []Package) map[string][]string {
	m := make(map[string][]string, len(pkgs))
	for _, p := range pkgs {
		m[p.Name] = append(m[p.Name], p.Path)
	}
	for name, paths := range m {
		slices.SortFunc(paths, func(a, b string) int {
			return cmp.Or(
				first(a == preferred[name], b == preferred[name]),
				first(!strings.Contains(a, "."), !strings.Contains(b, ".")),
				cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")),
				cmp.Compare(a, b),
			)
		})
	}
	return m
}

// first orders the one for which the condition holds before the other.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
