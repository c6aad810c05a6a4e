package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/goherd/goherd/kernel/assist"
	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/magic"
	"github.com/goherd/goherd/kernel/notebook"
	"github.com/goherd/goherd/kernel/wire"
)

// A spell carries out a magic.
type spell struct {
	name string // "time"
	line string // how it is used on a line, "" if it isn't
	cell string // how it is used as %%name, "" if it isn't
	doc  string
	arg  assist.Arg
	do   func(s *Session, x *execution, p magic.Part, serial int) (*link.Bundle, error)
}

// spells are all magics, in the order in which %help tells them.
var spells []spell

func init() { // they refer to each other through %help and %run
	spells = []spell{
		{"time", "%time statement", "%%time", "run once and say how long it took", assist.ArgGo, (*Session).timed},
		{"timeit", "%timeit statement", "%%timeit", "run often and say how long it takes", assist.ArgGo, (*Session).timed},
		{"who", "%who", "", "list the names that the session has declared", assist.ArgText, (*Session).who},
		{"whos", "%whos", "", "list the variables with type, length, size and value", assist.ArgText, (*Session).whos},
		{"del", "%del name …", "", "forget variables and free what they hold; functions, types and constants too", assist.ArgName, (*Session).del},
		{"reset", "%reset", "", "forget everything: go on with a fresh interpreter", assist.ArgText, (*Session).resetAll},
		{"cd", "%cd folder", "", "change the working directory; without a folder, to the home directory", assist.ArgFile, (*Session).cd},
		{"pwd", "%pwd", "", "show the working directory", assist.ArgText, (*Session).pwd},
		{"env", "%env NAME=value", "", "set a variable of the environment; %env NAME shows one, %env all, %env NAME= unsets", assist.ArgText, (*Session).setenv},
		{"get", "%get path@version …", "", "download modules, for cells to import their packages; without a version the latest one. %get alone lists them", assist.ArgText, (*Session).get},
		{"history", "%history", "", "show the cells of this session; %history 3-7 some, %history -g text those of all sessions that contain it", assist.ArgText, (*Session).showHistory},
		{"load", "%load file", "", "put a file's text into this cell", assist.ArgFile, (*Session).load},
		{"run", "%run file", "", "run a notebook (.ipynb) or Go file (.go) in this session", assist.ArgFile, (*Session).runFile},
		{"writefile", "", "%%writefile [-a] file", "write the cell's text to a file; -a appends", assist.ArgFile, (*Session).writeFile},
		{"bash", "", "%%bash", "run the cell's text in bash", assist.ArgFile, (*Session).script},
		{"sh", "", "%%sh", "run the cell's text in sh", assist.ArgFile, (*Session).script},
		{"help", "%help", "", "show this", assist.ArgText, (*Session).help},
	}
}

// A misuseError is a magic that can't be carried out.
type misuseError struct{ error }

func (e *misuseError) Unwrap() error { return e.error }

// magic carries out a magic.
func (s *Session) magic(x *execution, p magic.Part, serial int) (*link.Bundle, error) {
	result, err := s.cast(x, p, serial)
	if err != nil {
		err = &misuseError{err} // unless it says itself what it is
	}
	return result, err
}

func (s *Session) cast(x *execution, p magic.Part, serial int) (*link.Bundle, error) {
	switch p.Name {
	case "!":
		return nil, s.shell(x, p.Args)
	case "?":
		return nil, s.ask(x, p)
	}
	for _, sp := range spells {
		if sp.name != p.Name {
			continue
		}
		if p.Cell && sp.cell == "" {
			return nil, fmt.Errorf("%%%%%s: it is a magic of a line: write %s", p.Name, sp.line)
		}
		if !p.Cell && sp.line == "" {
			return nil, fmt.Errorf("%%%s: it is a magic of a cell: write %s on its first line", p.Name, sp.cell)
		}
		return sp.do(s, x, p, serial)
	}
	marks := "%"
	if p.Cell {
		marks = "%%"
	}
	msg := fmt.Sprintf("line %d: there is no magic %s%s", max(p.Line-len(marks)+1, 1), marks, p.Name)
	if near := nearest(p.Name); near != "" {
		msg += " (did you mean " + near + "?)"
	}
	return nil, errors.New(msg + "; %help lists them")
}

// nearest returns the magic that a name was probably meant to be, "" if none is near.
func nearest(name string) string {
	best, at := 3, spell{} // two letters may be wrong
	for _, sp := range spells {
		d := distance(name, sp.name)
		if len(name) > 1 && strings.HasPrefix(sp.name, name) {
			d = min(d, 1)
		}
		if d < len(name) && (d < best || d == best && len(sp.name) > len(at.name)) && d < 3 {
			best, at = d, sp
		}
	}
	switch {
	case at.name == "":
		return ""
	case at.line == "":
		return "%%" + at.name
	}
	return "%" + at.name
}

// distance returns how many letters are to be changed, added or removed to make b of
// a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

// Magics describes the magics, for completion and inspection.
func Magics() []assist.Magic {
	var out []assist.Magic
	for _, sp := range spells {
		if sp.line != "" {
			out = append(out, assist.Magic{Name: "%" + sp.name, Doc: sp.doc + "\n\n" + sp.line, Arg: sp.arg})
		}
		if sp.cell != "" {
			out = append(out, assist.Magic{Name: "%%" + sp.name, Doc: sp.doc + "\n\n" + sp.cell, Arg: sp.arg})
		}
	}
	return out
}

func (s *Session) timed(x *execution, p magic.Part, serial int) (*link.Bundle, error) {
	text, line := p.Body, p.Line
	if !p.Cell {
		if p.Args == "" {
			return nil, fmt.Errorf("%%%s: a statement is missing", p.Name)
		}
		text = strings.Repeat(" ", s.column(serial, line, p.Args)) + p.Args
	} else if p.Args != "" {
		return nil, fmt.Errorf("%%%%%s: the statements go on the next lines", p.Name)
	}
	return s.goPart(x, cell.Source{Serial: serial, Line: line, Text: text}, p.Name)
}

// column returns how many bytes stand before a text on its line.
func (s *Session) column(serial, line int, text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(s.journal[serial].text, "\n")
	if line < 1 || line > len(lines) {
		return 0
	}
	return max(0, strings.Index(lines[line-1], text))
}

// shell runs a command line in the interpreter's process: it has its directory and
// environment.
func (s *Session) shell(x *execution, line string) error {
	if line == "" {
		return errors.New("!: a command is missing")
	}
	ip, err := s.interpreter()
	if err != nil {
		return err
	}
	_, err = s.await(x, ip, false, func(n int) *interp.Run { return ip.Shell(n, line) }, func() {})
	return err
}

func (s *Session) script(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	body := p.Body
	if strings.TrimSpace(body) == "" {
		return nil, nil
	}
	if p.Args != "" {
		body = "set " + p.Args + "\n" + body
	}
	// By name: what runs a command line may be another shell.
	return nil, s.shell(x, "exec "+p.Name+" -c "+quote(body))
}

// quote writes s as one word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func (x *execution) print(text string) { x.out.write("stdout", []byte(text)) }

func (s *Session) who(x *execution, _ magic.Part, _ int) (*link.Bundle, error) {
	s.cellsMu.Lock()
	var names []string
	for _, v := range s.cells.Vars() {
		if !v.Lost {
			names = append(names, v.Name)
		}
	}
	others := s.cells.Names()
	s.cellsMu.Unlock()
	if len(names)+len(others) == 0 {
		x.print("nothing is declared\n")
		return nil, nil
	}
	if len(names) > 0 {
		x.print("variables: " + strings.Join(names, "  ") + "\n")
	}
	if len(others) > 0 {
		x.print("functions, types, constants: " + strings.Join(others, "  ") + "\n")
	}
	return nil, nil
}

func (s *Session) whos(x *execution, _ magic.Part, _ int) (*link.Bundle, error) {
	s.cellsMu.Lock()
	vars := s.cells.Vars()
	s.cellsMu.Unlock()
	if len(vars) == 0 {
		x.print("no variables\n")
		return nil, nil
	}
	values, err := s.values(x, vars)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "name\ttype\tlength\tbytes\tvalue")
	for _, v := range vars {
		val, ok := values[v.Name]
		switch {
		case !ok:
			fmt.Fprintf(w, "%s\t%s\t\t\t(lost)\n", v.Name, v.Type)
		case val.Len >= 0:
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", v.Name, v.Type, val.Len, val.Bytes, short(val.Text))
		default:
			fmt.Fprintf(w, "%s\t%s\t\t%d\t%s\n", v.Name, v.Type, val.Bytes, short(val.Text))
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	x.print(b.String())
	return nil, nil
}

// short cuts a value to what a table takes.
func short(text string) string {
	r := []rune(text)
	if len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return text
}

// values asks the interpreter for the values of variables.
func (s *Session) values(x *execution, vars []cell.Var) (map[string]link.Var, error) {
	var names []string
	for _, v := range vars {
		names = append(names, v.Name)
	}
	done, err := s.compileAndRun(x, func() (*cell.Program, error) { return s.cells.Describe(names...) })
	if err != nil {
		return nil, err
	}
	out := map[string]link.Var{}
	for _, v := range done.Vars {
		out[v.Name] = v
	}
	return out, nil
}

func (s *Session) del(x *execution, p magic.Part, serial int) (*link.Bundle, error) {
	names := strings.FieldsFunc(p.Args, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	if len(names) == 0 {
		return nil, errors.New("%del: a name is missing")
	}
	s.cellsMu.Lock()
	vars, others := s.cells.Vars(), s.cells.Names()
	s.cellsMu.Unlock()
	holds := false
	var unknown []string
	for _, name := range names {
		i := slices.IndexFunc(vars, func(v cell.Var) bool { return v.Name == name })
		switch {
		case i >= 0:
			holds = holds || !vars[i].Lost
		case !slices.Contains(others, name):
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%%del: nothing is called %s; nothing was deleted", strings.Join(unknown, ", "))
	}
	// What the variables hold is freed by giving them their zero values.
	if holds {
		if _, err := s.compileAndRun(x, func() (*cell.Program, error) { return s.cells.Zero(names...) }); err != nil {
			return nil, err
		}
		e, err := s.interpreter()
		if err != nil {
			return nil, err
		}
		if err := e.Collect(); err != nil {
			return nil, err
		}
	}
	s.compile.Lock()
	defer s.compile.Unlock()
	s.cellsMu.Lock()
	defer s.cellsMu.Unlock()
	s.cells.Delete(names...)
	return nil, nil
}

func (s *Session) resetAll(_ *execution, p magic.Part, _ int) (*link.Bundle, error) {
	if p.Args != "" {
		return nil, errors.New("%reset takes no arguments; %del NAME forgets single names")
	}
	s.compile.Lock()
	defer s.compile.Unlock()
	s.cellsMu.Lock()
	s.lib.Forget()
	s.cells = newCells(s.lib)
	s.cellsMu.Unlock()
	err := s.replace("%reset was called")
	s.herd.reset() // nobody uses it: no cell can have begun to run in the new interpreter
	return nil, err
}

func (s *Session) cd(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	dir := p.Args
	if dir == "" || dir == "~" || strings.HasPrefix(dir, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("%%cd: %w", err)
		}
		dir = filepath.Join(home, strings.TrimPrefix(dir, "~"))
	}
	dir = s.path(strings.Trim(dir, `"'`))
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("%%cd: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%%cd: %s is not a directory", dir)
	}
	ip, err := s.interpreter()
	if err != nil {
		return nil, err
	}
	if err := ip.Chdir(dir); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.dir = dir
	s.mu.Unlock()
	x.print(dir + "\n")
	return nil, nil
}

// path makes a file name absolute, from the interpreter's working directory.
func (s *Session) path(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return filepath.Join(s.dir, name)
}

func (s *Session) pwd(x *execution, _ magic.Part, _ int) (*link.Bundle, error) {
	x.print(s.path(".") + "\n")
	return nil, nil
}

func (s *Session) setenv(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	name, value, set := strings.Cut(p.Args, "=")
	name = strings.TrimSpace(name)
	if !set {
		env := map[string]string{}
		for _, e := range os.Environ() {
			if n, v, ok := strings.Cut(e, "="); ok && n != "" {
				env[n] = v
			}
		}
		s.mu.Lock()
		for n, v := range s.env {
			if v == nil {
				delete(env, n)
			} else {
				env[n] = *v
			}
		}
		s.mu.Unlock()
		if name != "" {
			v, ok := env[name]
			if !ok {
				return nil, fmt.Errorf("%%env: %s is not set", name)
			}
			x.print(v + "\n")
			return nil, nil
		}
		var lines []string
		for n, v := range env {
			lines = append(lines, n+"="+v+"\n")
		}
		slices.Sort(lines)
		x.print(strings.Join(lines, ""))
		return nil, nil
	}
	if name == "" {
		return nil, errors.New("%env: a name is missing")
	}
	value = strings.Trim(strings.TrimSpace(value), `"`)
	ip, err := s.interpreter()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	e := name + "=" + value
	if value == "" {
		s.env[name], e = nil, name
	} else {
		s.env[name] = &value
	}
	s.mu.Unlock()
	return nil, ip.Setenv(e)
}

func (s *Session) showHistory(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	text, err := s.pastCells(x.ctx, p.Args)
	if err != nil {
		return nil, err
	}
	x.print(text)
	return nil, nil
}

func (s *Session) load(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	if p.Args == "" {
		return nil, errors.New("%load: a file is missing")
	}
	b, err := os.ReadFile(s.path(strings.Trim(p.Args, `"'`)))
	if err != nil {
		return nil, fmt.Errorf("%%load: %w", err)
	}
	x.payload = append(x.payload, wire.SetNextInputPayload{
		Source: "set_next_input", Text: "// %load " + p.Args + "\n" + string(b), Replace: true,
	})
	return nil, nil
}

// maxRunDepth bounds notebooks that run each other.
const maxRunDepth = 20

func (s *Session) runFile(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	if p.Args == "" {
		return nil, errors.New("%run: a file is missing")
	}
	if x.depth++; x.depth > maxRunDepth {
		return nil, fmt.Errorf("%%run: %d files run each other: do they end?", maxRunDepth)
	}
	defer func() { x.depth-- }()
	name := s.path(strings.Trim(p.Args, `"'`))
	var cells []string
	switch filepath.Ext(name) {
	case ".go":
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%%run: %w", err)
		}
		cells = []string{string(b)}
	case ".ipynb":
		nb, err := notebook.Read(name)
		if err != nil {
			return nil, fmt.Errorf("%%run: %w", err)
		}
		for _, c := range nb.Cells {
			if c.Type == notebook.Code {
				cells = append(cells, c.Source)
			}
		}
	default:
		return nil, fmt.Errorf("%%run: %s is neither a notebook (.ipynb) nor a Go file (.go)", name)
	}
	for i, code := range cells {
		label := filepath.Base(name)
		if len(cells) > 1 {
			label += fmt.Sprintf(", code cell %d", i+1)
		}
		if _, err := s.parts(x, code, s.source(label, code), false); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (s *Session) writeFile(x *execution, p magic.Part, _ int) (*link.Bundle, error) {
	name, appending := p.Args, false
	if rest, ok := strings.CutPrefix(name, "-a "); ok {
		name, appending = strings.TrimSpace(rest), true
	}
	name = strings.Trim(name, `"'`)
	if name == "" {
		return nil, errors.New("%%writefile: a file is missing")
	}
	path := s.path(name)
	flags, did := os.O_WRONLY|os.O_CREATE|os.O_TRUNC, "wrote"
	if appending {
		flags, did = os.O_WRONLY|os.O_CREATE|os.O_APPEND, "appended to"
	} else if _, err := os.Stat(path); err == nil {
		did = "overwrote"
	}
	f, err := os.OpenFile(path, flags, 0o666)
	if err != nil {
		return nil, fmt.Errorf("%%%%writefile: %w", err)
	}
	_, err = f.WriteString(p.Body)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%%%%writefile: %w", err)
	}
	x.print(fmt.Sprintf("%s %s, %d bytes\n", did, name, len(p.Body)))
	return nil, nil
}

func (s *Session) help(x *execution, _ magic.Part, _ int) (*link.Bundle, error) {
	var b strings.Builder
	b.WriteString("A cell is Go: imports, declarations and statements in any order; its last expression is its result.\n" +
		"Packages that you name are imported by themselves. name? shows documentation.\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "!command\trun a command line in the shell")
	for _, sp := range spells {
		use := strings.TrimPrefix(sp.line+", "+sp.cell, ", ")
		fmt.Fprintf(w, "%s\t%s\n", strings.TrimSuffix(use, ", "), sp.doc)
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	x.print(b.String())
	return nil, nil
}

// ask answers name? with a page of documentation.
func (s *Session) ask(x *execution, p magic.Part) error {
	detail := 0
	if p.Double {
		detail = 1
	}
	found := s.Inspect(x.ctx, p.Args, len([]rune(p.Args)), detail)
	if !found.Found {
		return fmt.Errorf("nothing is known about %s", p.Args)
	}
	data := wire.Bundle{}
	for mime, text := range found.Data {
		data[mime] = text
	}
	x.payload = append(x.payload, wire.PagePayload{Source: "page", Data: data})
	return nil
}
