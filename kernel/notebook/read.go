package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Read reads the notebook in a file. The error names the file, and the line
// and column where it is not JSON, or the field that is wrong. A missing file
// is an [fs.ErrNotExist].
func Read(path string) (*Notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	nb, err := Decode(data)
	if err != nil {
		var se *SyntaxError
		if errors.As(err, &se) {
			return nil, fmt.Errorf("%s:%w", path, err)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb, nil
}

// A SyntaxError says where a file is not JSON.
type SyntaxError struct {
	Line, Column int // from 1; the column counts bytes
	Err          error
}

// Error gives the error as "LINE:COLUMN: not JSON: REASON".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: not JSON: %v", e.Line, e.Column, e.Err)
}

// Unwrap returns the decoder's error.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Decode reads a notebook. Cells of format 4.5 that have no ID, one that the
// format does not allow, or one that an earlier cell has, get a new one.
func Decode(data []byte) (*Notebook, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var doc json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, syntaxError(data, err)
	}
	if bytes.TrimSpace(doc)[0] != '{' {
		return nil, fmt.Errorf("not a notebook: want an object, have %s", kind(data))
	}
	d := decoder{}
	nb := d.notebook(data)
	if d.err != nil {
		return nil, d.err
	}
	if nb.Minor >= idMinor {
		nb.repairIDs()
	}
	return nb, nil
}

func syntaxError(data []byte, err error) error {
	se, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return err
	}
	// The offset counts the bytes read, including the one that was wrong; a
	// file that ends too early is wrong at its end.
	at := int(se.Offset) - 1
	if at < 0 || at > len(data) || se.Error() == "unexpected end of JSON input" {
		at = len(data)
	}
	before := data[:at]
	return &SyntaxError{
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: at - bytes.LastIndexByte(before, '\n'),
		Err:    err,
	}
}

// repairIDs gives an ID to every cell that lacks a valid one of its own.
func (nb *Notebook) repairIDs() {
	seen := make(map[string]bool, len(nb.Cells))
	for _, c := range nb.Cells {
		for !validID.MatchString(c.ID) || seen[c.ID] {
			c.ID = newID()
		}
		seen[c.ID] = true
	}
}

// A decoder takes JSON apart by hand, so that a value of the wrong type is
// reported by its place ("cells[3].source") and that nothing unknown is lost.
// After the first error it returns zero values.
type decoder struct {
	path []string
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err != nil {
		return
	}
	where := strings.Join(d.path, "")
	if where = strings.TrimPrefix(where, "."); where != "" {
		where += ": "
	}
	d.err = fmt.Errorf("not a notebook: %s%s", where, fmt.Sprintf(format, args...))
}

// in runs f with a step added to the path of errors.
func (d *decoder) in(step string, f func()) {
	d.path = append(d.path, step)
	f()
	d.path = d.path[:len(d.path)-1]
}

// take decodes the field of obj, if it is there, into v, and removes it. It
// reports whether it was there; null counts as absent.
func (d *decoder) take(obj Metadata, key, want string, v any) bool {
	raw, ok := obj[key]
	if !ok || d.err != nil {
		return false
	}
	delete(obj, key)
	if string(raw) == "null" {
		return false
	}
	if json.Unmarshal(raw, v) != nil {
		d.in("."+key, func() { d.fail("want %s, have %s", want, kind(raw)) })
		return false
	}
	return true
}

// lines is take for text, which may be a list of lines.
func (d *decoder) lines(obj Metadata, key string) string {
	raw, ok := obj[key]
	if !ok || d.err != nil {
		return ""
	}
	delete(obj, key)
	s, err := joinLines(raw)
	if err != nil {
		d.in("."+key, func() { d.fail("%v", err) })
	}
	return s
}

func (d *decoder) notebook(data []byte) *Notebook {
	nb := &Notebook{}
	obj := Metadata{}
	d.object(data, &obj)
	major := 0
	if !d.take(obj, "nbformat", "a number", &major) {
		d.fail(`no "nbformat"`)
	}
	d.take(obj, "nbformat_minor", "a number", &nb.Minor)
	if d.err == nil && major != Major {
		d.err = versionError(major)
		return nil
	}
	var cells []json.RawMessage
	if !d.take(obj, "cells", "a list", &cells) {
		d.fail(`no "cells"`)
	}
	d.take(obj, "metadata", "an object", &nb.Metadata)
	if nb.Metadata == nil {
		nb.Metadata = Metadata{}
	}
	nb.extra = obj
	for i, raw := range cells {
		d.in(fmt.Sprintf("cells[%d]", i), func() { nb.Cells = append(nb.Cells, d.cell(raw)) })
	}
	return nb
}

func versionError(major int) error {
	if major > Major {
		return fmt.Errorf("nbformat %d is newer than the version this program reads (%d)", major, Major)
	}
	return fmt.Errorf("nbformat %d is too old, this program reads version %d: "+
		"convert it with jupyter nbconvert --to notebook --nbformat %d", major, Major, Major)
}

// object decodes an object without looking at its values.
func (d *decoder) object(raw json.RawMessage, obj *Metadata) {
	if d.err != nil {
		return
	}
	if json.Unmarshal(raw, obj) != nil || *obj == nil {
		d.fail("want an object, have %s", kind(raw))
		*obj = Metadata{}
	}
}

func (d *decoder) cell(raw json.RawMessage) *Cell {
	c := &Cell{}
	obj := Metadata{}
	d.object(raw, &obj)
	if !d.take(obj, "cell_type", "a string", &c.Type) {
		d.fail(`no "cell_type"`)
	}
	switch c.Type {
	case Code, Markdown, Raw:
	default:
		d.fail("unknown cell type %q", c.Type)
	}
	d.take(obj, "id", "a string", &c.ID)
	c.Source = d.lines(obj, "source")
	d.take(obj, "metadata", "an object", &c.Metadata)
	if c.Metadata == nil {
		c.Metadata = Metadata{}
	}
	d.take(obj, "attachments", "an object of objects", &c.Attachments)
	if c.Type == Code {
		d.take(obj, "execution_count", "a whole number", &c.ExecutionCount)
		var outputs []json.RawMessage
		d.take(obj, "outputs", "a list", &outputs)
		for i, raw := range outputs {
			d.in(fmt.Sprintf(".outputs[%d]", i), func() { c.Outputs = append(c.Outputs, d.output(raw)) })
		}
	}
	c.extra = obj
	return c
}

func (d *decoder) output(raw json.RawMessage) *Output {
	o := &Output{}
	obj := Metadata{}
	d.object(raw, &obj)
	if !d.take(obj, "output_type", "a string", &o.Type) {
		d.fail(`no "output_type"`)
	}
	delete(obj, "transient")
	switch o.Type {
	case Stream:
		d.take(obj, "name", "a string", &o.Name)
		o.text.write(d.lines(obj, "text"))
	case DisplayData, ExecuteResult:
		d.take(obj, "data", "an object", &o.Data)
		d.take(obj, "metadata", "an object", &o.Metadata)
		if o.Type == ExecuteResult {
			d.take(obj, "execution_count", "a whole number", &o.ExecutionCount)
		}
	case Error:
		d.take(obj, "ename", "a string", &o.EName)
		d.take(obj, "evalue", "a string", &o.EValue)
		d.take(obj, "traceback", "a list of strings", &o.Traceback)
	}
	o.extra = obj
	return o
}

// joinLines decodes text that is written as a string or as a list of lines.
func joinLines(raw json.RawMessage) (string, error) {
	var s string
	if err := json.Unmarshal(raw, &s); err == nil && string(raw) != "null" {
		return s, nil
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err == nil && list != nil {
		return strings.Join(list, ""), nil
	}
	return "", fmt.Errorf("want a string or a list of strings, have %s", kind(raw))
}

// kind names the type of a JSON value, for messages.
func kind(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "the number " + string(raw)
}
