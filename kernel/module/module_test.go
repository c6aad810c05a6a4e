package module

import (
	"errors"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

func TestCheckSpec(t *testing.T) {
	for spec, want := range map[string]string{
		"github.com/google/uuid":        "",
		"github.com/google/uuid@v1.6.0": "",
		"gopkg.in/yaml.v3@latest":       "",
		"":                              "is no module",
		"@v1":                           "is no module",
		"example.com/m@":                "is no module",
		"-u":                            "is no module",
		"./here":                        "is a directory",
		"/here":                         "is a directory",
		"example.com/...":               "is a pattern",
		"strings":                       "is no module: its path would begin with a host",
	} {
		err := checkSpec(spec)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", spec, err, want)
		}
	}
}

func TestModuleOf(t *testing.T) {
	graph := map[string]string{"a.b/c": "v1", "a.b/c/d": "v1"}
	for path, want := range map[string]string{"a.b/c": "a.b/c", "a.b/c/x/y": "a.b/c", "a.b/c/d/e": "a.b/c/d", "a.b": "", "a.b/cc": ""} {
		if got := moduleOf(graph, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	exit := errors.New("exit status 1")
	for _, tt := range []struct{ said, want string }{
		{"", "go get: exit status 1"},
		{"go: downloading a v1\ngo: a@v9: invalid version: unknown revision v9", "a@v9: invalid version: unknown revision v9"},
		{"go: warning: nothing\ngo: one\ngo: two", "one\ntwo"},
		{"1\n2\n3\n4\n5", "1\n2\n3\n4\n…"},
		{"go: " + strings.Repeat("é", 400), strings.Repeat("é", 300) + "…"},
	} {
		if got := explain("get", strings.Split(tt.said, "\n"), exit).Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	if got := explain("get", []string{"go: dial tcp: lookup proxy.example: no such host"}, exit).Error(); !strings.Contains(got, "network") {
		t.Error(got)
	}
}

func TestEmbedPatterns(t *testing.T) {
	doc := &ast.CommentGroup{List: []*ast.Comment{{Text: "// Files are here."}, {Text: "//go:embed a.txt all:d \"with space\" `raw`"}, {Text: "//go:embed *.html"}}}
	got, err := embedPatterns(doc)
	if want := []string{"a.txt", "all:d", "with space", "raw", "*.html"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for _, tt := range []struct {
		pattern, file string
		want          bool
	}{
		{"a.txt", "a.txt", true},
		{"a.txt", "b.txt", false},
		{"*.txt", "a.txt", true},
		{"*.txt", "d/a.txt", false},
		{"d", "d/e/a.txt", true},
		{"d", "d/.hidden", false},
		{"all:d", "d/.hidden", true},
		{"d/.hidden", "d/.hidden", true},
		{".", "d/a", true},
		{".", "d/_a", false},
	} {
		if got := matches([]string{tt.pattern}, tt.file); got != tt.want {
			t.Errorf("%s of %s: %v", tt.file, tt.pattern, got)
		}
	}
}
