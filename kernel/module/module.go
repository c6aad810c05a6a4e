// Package module brings modules of others into a notebook: it has the user's go command download
// them, and parses and checks their packages when a cell imports one. They are run
// from their source, like the cells.
//
// Goherd's own generic packages, which cells import without %get, go the same way: their source is embedded.
//
// It runs nothing of them: packages go to the cell compiler with their syntax, see
// [lower.Sources].
package module

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/cell/std"
)

// A Module is one that the user has asked for.
type Module struct {
	Path, Version string
}

// A Package is one that can be imported.
type Package struct {
	Path, Name, Synopsis string
}

// A Set is the modules of one session, and an importer of their packages and of the
// standard library. Its methods may be called from any goroutine.
type Set struct {
	lib  *std.Importer
	fset *token.FileSet

	getting sync.Mutex // held while the go command changes the module graph

	mu      sync.Mutex
	dir     string             // with go.mod; "" before the first module
	env     []string           // of the go command, in addition to that of the process
	asked   []Module           // what the user asked for
	graph   map[string]string  // versions of all modules, by path
	offered map[string]Package // packages of the modules asked for
	byName  map[string][]string
	listed  map[string]*listed  // packages with what they need, by path
	loaded  map[string]*loading // by path
	missing map[string]error    // packages of known modules that can't be listed without a download
	wanted  map[string]bool     // those of them that were imported
	sources map[*types.Package]*lower.Source
	docs    docs

	own       map[string]*listed  // goherd's own packages with source, by path; never changed
	ownLoaded map[string]*loading // those of them that were loaded
}

// New returns a set without modules. lib has the standard library and goherd's compiled packages.
func New(lib *std.Importer) *Set { return newSet(lib, ownPackages()) }

func newSet(lib *std.Importer, own map[string]*listed) *Set {
	s := &Set{
		lib: lib, graph: map[string]string{}, offered: map[string]Package{}, byName: map[string][]string{},
		own: own, ownLoaded: map[string]*loading{},
	}
	s.Forget()
	return s
}

// Forget lets go of the packages that were imported: those of modules that have another version now
// are read anew. Their types are others then.
func (s *Set) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fset = token.NewFileSet()
	s.listed, s.loaded, s.missing, s.wanted = map[string]*listed{}, map[string]*loading{}, map[string]error{}, map[string]bool{}
	s.sources = map[*types.Package]*lower.Source{}
	s.takeOwn()
}

// Close removes what the set has on disk. The modules stay in the user's module cache.
func (s *Set) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" {
		os.RemoveAll(s.dir)
		s.dir = ""
	}
}

// Modules returns the modules that the user has asked for, in that order.
func (s *Set) Modules() []Module {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// timeout bounds what one %get may take.
const timeout = 10 * time.Minute

// Get downloads modules, "path" or "path@version", where path is that of a module or of a
// package in one. env is added to the environment of the go command. Each line that this prints about what it
// does is given to progress. What is got is returned, and those modules whose packages are in use with another
// version, which only Forget ends.
func (s *Set) Get(ctx context.Context, specs, env []string, progress func(string)) (got, stale []Module, err error) {
	for _, spec := range specs {
		if err := checkSpec(spec); err != nil {
			return nil, nil, err
		}
	}
	s.getting.Lock()
	defer s.getting.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it took longer than %v", timeout))
	defer cancel()
	if got := s.have(specs); got != nil {
		return got, nil, nil
	}
	dir, err := s.directory()
	if err != nil {
		return nil, nil, err
	}
	g := &goCommand{dir: dir, env: env, progress: progress}
	if err := g.begin(ctx); err != nil {
		return nil, nil, err
	}
	if _, err := g.run(ctx, append([]string{"get"}, specs...)...); err != nil {
		return nil, nil, err
	}
	graph, err := g.graph(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, spec := range specs {
		path, _, _ := strings.Cut(spec, "@")
		m := moduleOf(graph, path)
		if m == "" {
			return nil, nil, fmt.Errorf("the go command got no module for %s", path)
		}
		if one := (Module{m, graph[m]}); !slices.Contains(got, one) {
			got = append(got, one)
		}
	}
	offered, err := g.packages(ctx, got)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env = env
	stale = s.adopt(graph)
	for _, m := range got {
		i := slices.IndexFunc(s.asked, func(a Module) bool { return a.Path == m.Path })
		if i < 0 {
			s.asked = append(s.asked, m)
		} else {
			s.asked[i] = m
		}
		maps.DeleteFunc(s.offered, func(path string, _ Package) bool { return moduleOf(graph, path) == m.Path })
	}
	for _, p := range offered {
		s.offered[p.Path] = p
	}
	s.index()
	return got, stale, nil
}

// have returns the modules of specs if all are there with just these versions, else nil.
func (s *Set) have(specs []string) (got []Module) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, spec := range specs {
		path, version, _ := strings.Cut(spec, "@")
		m := moduleOf(s.graph, path)
		i := slices.IndexFunc(s.asked, func(a Module) bool { return a.Path == m })
		if i < 0 || version != "" && version != s.asked[i].Version {
			return nil
		}
		if _, known := s.offered[path]; path != m && !known {
			return nil
		}
		if !slices.Contains(got, s.asked[i]) {
			got = append(got, s.asked[i])
		}
	}
	return got
}

// adopt takes a new module graph over and returns the modules whose old version is in use. s.mu is held.
func (s *Set) adopt(graph map[string]string) (stale []Module) {
	s.graph = graph
	maps.DeleteFunc(s.loaded, func(_ string, l *loading) bool { return l.err != nil })
	for i, m := range s.asked { // another module may have raised it
		s.asked[i].Version = graph[m.Path]
	}
	for path := range s.loaded {
		m := s.listed[path].Module
		if m == nil {
			continue
		}
		now, ok := graph[m.Path]
		if !ok { // of no package that was asked for
			graph[m.Path] = m.Version
		} else if used := (Module{m.Path, m.Version}); now != m.Version && !slices.Contains(stale, used) {
			stale = append(stale, used)
		}
	}
	slices.SortFunc(stale, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	maps.DeleteFunc(s.listed, func(path string, _ *listed) bool { return s.loaded[path] == nil && s.own[path] == nil })
	clear(s.missing)
	return stale
}

// directory returns the directory of the session's go.mod, making it if need be.
func (s *Set) directory() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" {
		return s.dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(cache, "goherd", "modules")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	sweep(parent)
	s.dir, err = os.MkdirTemp(parent, "session-")
	return s.dir, err
}

// sweep removes the directories of sessions that ended without doing it. They hold nothing that can't be got
// again, so that their age is enough to go by.
func sweep(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), "session-") && time.Since(info.ModTime()) > 30*24*time.Hour {
			os.RemoveAll(filepath.Join(parent, e.Name()))
		}
	}
}

// checkSpec refuses what isn't a module for sure, options of the go command above all.
func checkSpec(spec string) error {
	path, version, at := strings.Cut(spec, "@")
	first, _, _ := strings.Cut(path, "/")
	switch {
	case path == "" || strings.HasPrefix(path, "-"), at && version == "":
		return fmt.Errorf("%q is no module: write path or path@version", spec)
	case strings.HasPrefix(path, ".") || filepath.IsAbs(path):
		return fmt.Errorf("%s is a directory: only modules that the go command can download can be got", path)
	case strings.Contains(path, "..."):
		return fmt.Errorf("%s is a pattern: name the modules", path)
	case !strings.Contains(first, "."):
		return fmt.Errorf("%s is no module: its path would begin with a host, as in github.com/google/uuid; packages of the standard library are there already", path)
	}
	return nil
}

// moduleOf returns the path of the module that a package or module path is in, "" if there is none.
func moduleOf(graph map[string]string, path string) string {
	for p := path; ; {
		if _, ok := graph[p]; ok {
			return p
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return ""
		}
		p = p[:i]
	}
}

// index makes byName anew. s.mu is held.
func (s *Set) index() {
	s.byName = map[string][]string{}
	for _, path := range slices.Sorted(maps.Keys(s.offered)) {
		name := s.offered[path].Name
		s.byName[name] = append(s.byName[name], path)
	}
	for _, paths := range s.byName {
		slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	}
}

// ByName returns the import paths of the packages of a name: those of the standard library, then goherd's, then those of the
// modules that were got.
func (s *Set) ByName(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.ownByName(name)
	if len(own)+len(s.byName[name]) == 0 {
		return std.ByName(name)
	}
	return slices.Concat(std.ByName(name), own, s.byName[name])
}

// Packages returns goherd's packages that run from their source, and those of the modules that were got, sorted by path.
func (s *Set) Packages() []Package {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Package
	for _, path := range slices.Sorted(maps.Keys(s.own)) {
		p := s.own[path]
		out = append(out, Package{path, p.Name, p.synopsis})
	}
	for _, path := range slices.Sorted(maps.Keys(s.offered)) {
		out = append(out, s.offered[path])
	}
	return out
}

// Source returns the source of a package that runs from it, nil for others.
func (s *Set) Source(pkg *types.Package) *lower.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sources[pkg]
}

// Import returns a package of the standard library, of goherd's, or of the modules that were got. The first time that means
// reading and checking it and what it needs, but no download: if one is needed it is an
// error, and the package is Wanted.
func (s *Set) Import(path string) (*types.Package, error) { return s.find(path, true) }

// Look is Import for who can do without the package: it isn't Wanted.
func (s *Set) Look(path string) (*types.Package, error) { return s.find(path, false) }

func (s *Set) find(path string, want bool) (*types.Package, error) {
	if std.Hidden(path) {
		return nil, fmt.Errorf("package %s is what goherd's own packages are made with: cells import %s", path, offeredOwn)
	}
	pkg, err := s.lib.Import(path)
	if err == nil || !errors.Is(err, std.ErrNotFound) {
		return pkg, err
	}
	if isInternal(path) {
		return nil, fmt.Errorf("use of internal package %s not allowed", path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.loaded[path]; l != nil {
		return l.pkg, l.err
	}
	if s.own[path] == nil && moduleOf(s.graph, path) == "" {
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") {
			return nil, fmt.Errorf("package %s is not there: %%get %s gets it", path, path)
		}
		return nil, err
	}
	if s.listed[path] == nil {
		g := &goCommand{dir: s.dir, env: append(slices.Clone(s.env), "GOPROXY=off")}
		ctx, cancel := context.WithTimeout(context.Background(), offline)
		defer cancel()
		err := s.missing[path]
		if err == nil {
			var found map[string]*listed
			if found, err = g.needs(ctx, path); err == nil {
				err = s.know(path, found)
			}
		}
		if err != nil {
			s.missing[path] = err
			if want {
				s.wanted[path] = true
			}
			return nil, err
		}
	}
	return s.load(path)
}

// isInternal reports whether only the module itself can import a package of it.
func isInternal(path string) bool { return strings.Contains("/"+path+"/", "/internal/") }

// offline bounds what the go command may take where it needs no network, and nobody can interrupt it.
const offline = 10 * time.Second

// Wanted reports whether packages were imported, since it was last called, that Resolve can make available.
func (s *Set) Wanted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Sorted(maps.Keys(s.wanted))
	clear(s.wanted)
	return out
}

// Resolve downloads what packages of modules that are there need, and changes no version of a module. Import then
// finds them, or says what is wrong.
func (s *Set) Resolve(ctx context.Context, paths, env []string, progress func(string)) {
	s.getting.Lock()
	defer s.getting.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it took longer than %v", timeout))
	defer cancel()
	s.mu.Lock()
	dir := s.dir
	s.mu.Unlock()
	g := &goCommand{dir: dir, env: env, progress: progress}
	for _, path := range paths {
		found, err := g.needs(ctx, path)
		s.mu.Lock()
		if err == nil {
			err = s.know(path, found)
		}
		delete(s.missing, path)
		if err != nil {
			s.missing[path] = err
		}
		s.mu.Unlock()
	}
}
