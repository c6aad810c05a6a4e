package child

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
)

// The surroundings of a function are the working directory and what the session has changed in the environment. They
// travel with it, so that a file that is opened by a relative name in a worker is the one that it would be in a cell.
type surroundings struct {
	Dir string             // "" if it can't be told
	Env map[string]*string // by name; nil is for what is unset
}

// around is what is known of them: in an interpreter those that it has, in a worker those that it was told of last.
type around struct {
	base map[string]string // the environment at the start

	mu      sync.Mutex
	environ []string // when it was last looked at
	now     surroundings
	encoded []byte // now
	version int    // counts changes
}

func newAround() *around {
	environ := os.Environ()
	return &around{base: variables(environ), environ: environ, encoded: surroundings{}.append(nil)}
}

// look returns the interpreter's surroundings, as bytes, and a number for them.
func (a *around) look() ([]byte, int) {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // it was removed, say: there is nothing to go to
	}
	environ := os.Environ()
	a.mu.Lock()
	defer a.mu.Unlock()
	if dir == a.now.Dir && slices.Equal(environ, a.environ) {
		return a.encoded, a.version
	}
	a.now = surroundings{Dir: dir, Env: map[string]*string{}}
	vars := variables(environ)
	for name, value := range vars {
		if old, ok := a.base[name]; !ok || old != value {
			a.now.Env[name] = &value
		}
	}
	for name := range a.base {
		if _, ok := vars[name]; !ok {
			a.now.Env[name] = nil
		}
	}
	a.environ, a.encoded = environ, a.now.append(nil)
	a.version++
	return a.encoded, a.version
}

// told returns what look does, in a worker: what it was told last.
func (a *around) told() ([]byte, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.encoded, a.version
}

// began notes what a worker was started with.
func (a *around) began(dir string, env []string) {
	a.now = surroundings{Dir: dir, Env: map[string]*string{}}
	for _, e := range env {
		if name, value, ok := cutEnv(e); ok {
			a.now.Env[name] = &value
		} else {
			a.now.Env[e] = nil
		}
	}
	a.encoded = a.now.append(nil)
}

// enter makes a worker's surroundings those that it is told, if they differ from those that it was told before: what its
// functions have changed themselves stays.
func (a *around) enter(encoded []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if string(encoded) == string(a.encoded) {
		return nil
	}
	s, err := readSurroundings(encoded)
	if err != nil {
		return err
	}
	if s.Dir != "" && s.Dir != a.now.Dir {
		if err := os.Chdir(s.Dir); err != nil {
			return fmt.Errorf("the session's directory: %w", err)
		}
	}
	for name := range a.now.Env {
		if _, ok := s.Env[name]; ok {
			continue
		}
		if value, ok := a.base[name]; ok {
			os.Setenv(name, value)
		} else {
			os.Unsetenv(name)
		}
	}
	for name, value := range s.Env {
		if value == nil {
			os.Unsetenv(name)
		} else {
			os.Setenv(name, *value)
		}
	}
	if s.Dir == "" {
		s.Dir = a.now.Dir
	}
	a.now, a.encoded = s, slices.Clone(encoded)
	a.version++
	return nil
}

func (s surroundings) append(b []byte) []byte {
	text := func(t string) {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	text(s.Dir)
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		text(name)
		if value := s.Env[name]; value != nil {
			text("=" + *value)
		} else {
			text("")
		}
	}
	return b
}

func readSurroundings(b []byte) (s surroundings, err error) {
	text := func() string {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			b, err = nil, errHeader
			return ""
		}
		t := string(b[k : k+int(n)])
		b = b[k+int(n):]
		return t
	}
	s.Dir, s.Env = text(), map[string]*string{}
	for err == nil && len(b) > 0 {
		name := text()
		if value := text(); value != "" {
			value = value[1:]
			s.Env[name] = &value
		} else {
			s.Env[name] = nil
		}
	}
	return s, err
}
