package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// Encode returns the notebook as the bytes of an .ipynb file, in the layout
// of Python's nbformat.
func (nb *Notebook) Encode() ([]byte, error) {
	doc := newObject(nb.extra)
	doc["nbformat"] = Major
	doc["nbformat_minor"] = nb.Minor
	doc["metadata"] = nonNil(nb.Metadata)
	cells := make([]any, len(nb.Cells))
	for i, c := range nb.Cells {
		cells[i] = c.encode(nb.Minor >= idMinor)
	}
	doc["cells"] = cells

	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("encoding the notebook: %w", err)
	}
	return buf.Bytes(), nil
}

func (c *Cell) encode(withID bool) map[string]any {
	obj := newObject(c.extra)
	obj["cell_type"] = c.Type
	obj["metadata"] = nonNil(c.Metadata)
	obj["source"] = splitLines(c.Source)
	if withID {
		obj["id"] = c.ID
	}
	if len(c.Attachments) > 0 {
		obj["attachments"] = c.Attachments
	}
	if c.Type == Code {
		obj["execution_count"] = count(c.ExecutionCount)
		outputs := make([]any, len(c.Outputs))
		for i, o := range c.Outputs {
			outputs[i] = o.encode()
		}
		obj["outputs"] = outputs
	}
	return obj
}

func (o *Output) encode() map[string]any {
	obj := newObject(o.extra)
	obj["output_type"] = o.Type
	switch o.Type {
	case Stream:
		obj["name"] = o.Name
		obj["text"] = splitLines(o.Text())
	case DisplayData, ExecuteResult:
		data := make(map[string]any, len(o.Data))
		for mime, raw := range o.Data {
			data[mime] = raw
			if !splitMIME(mime) {
				continue
			}
			if s, err := joinLines(raw); err == nil {
				data[mime] = splitLines(s)
			}
		}
		obj["data"] = data
		obj["metadata"] = nonNil(o.Metadata)
		if o.Type == ExecuteResult {
			obj["execution_count"] = count(o.ExecutionCount)
		}
	case Error:
		obj["ename"] = o.EName
		obj["evalue"] = o.EValue
		traceback := o.Traceback
		if traceback == nil {
			traceback = []string{}
		}
		obj["traceback"] = traceback
	}
	return obj
}

// splitMIME reports whether text of the type is written as a list of lines.
// Base64 is not: its lines mean nothing.
func splitMIME(mime string) bool {
	return strings.HasPrefix(mime, "text/") ||
		mime == "image/svg+xml" || mime == "application/javascript"
}

func newObject(extra Metadata) map[string]any {
	obj := make(map[string]any, len(extra)+8)
	for k, v := range maps.All(extra) {
		obj[k] = v
	}
	return obj
}

func nonNil(m Metadata) Metadata {
	if m == nil {
		return Metadata{}
	}
	return m
}

func count(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

// splitLines cuts text after each newline.
func splitLines(s string) []string {
	lines := []string{}
	for line := range strings.Lines(s) {
		lines = append(lines, line)
	}
	return lines
}

// marshal is json.Marshal without escapes for HTML.
func marshal(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Write writes the notebook to a file, see [WriteFile].
func (nb *Notebook) Write(path string) error {
	data, err := nb.Encode()
	if err != nil {
		return err
	}
	return WriteFile(path, data)
}

// CheckTarget returns an error that names the file if [WriteFile] could not
// write it now. It creates and removes a file beside it to find out, and leaves
// the target itself as it is.
func CheckTarget(path string) error {
	target, regular, err := resolve(path)
	if err != nil || !regular {
		return err
	}
	// A file that may not be written must not be replaced either, though
	// renaming over it would succeed.
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	switch {
	case err == nil:
		f.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return targetError(path, err)
	}
	tmp, err := createTemp(target)
	if err != nil {
		return targetError(path, err)
	}
	tmp.Close()
	if err := os.Remove(tmp.Name()); err != nil {
		return targetError(path, err)
	}
	return nil
}

// WriteFile replaces a file as a whole: whoever reads it sees the old content
// or the new, also when the process is killed meanwhile. It writes a temporary
// file in the same folder, syncs it and renames it. The permissions of the
// old file are kept, a symbolic link is followed, and what is not a regular
// file (a device or a pipe) is written to directly. Errors name the file.
func WriteFile(path string, data []byte) error {
	target, regular, err := resolve(path)
	if err != nil {
		return err
	}
	if !regular {
		if err := os.WriteFile(target, data, 0o666); err != nil {
			return targetError(path, err)
		}
		return nil
	}
	tmp, err := createTemp(target)
	if err != nil {
		return targetError(path, err)
	}
	err = func() error {
		if info, err := os.Stat(target); err == nil {
			if err := tmp.Chmod(info.Mode().Perm()); err != nil {
				return err
			}
		}
		if _, err := tmp.Write(data); err != nil {
			return err
		}
		return tmp.Sync()
	}()
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), target)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return targetError(path, err)
	}
	return nil
}

// resolve follows links and reports whether the target is, or would be, a
// regular file.
func resolve(path string) (target string, regular bool, err error) {
	if path == "" {
		return "", false, errors.New("cannot write: the name of the file is empty")
	}
	target = path
	if t, err := filepath.EvalSymlinks(path); err == nil {
		target = t
	} else if t, lerr := os.Readlink(path); lerr == nil {
		// A link to a file that does not exist yet.
		if target = t; !filepath.IsAbs(t) {
			target = filepath.Join(filepath.Dir(path), t)
		}
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if strings.HasSuffix(path, string(filepath.Separator)) {
			return "", false, fmt.Errorf("cannot write %s: it is a folder's name", path)
		}
		return target, true, nil
	case err != nil:
		return "", false, targetError(path, err)
	case info.IsDir():
		return "", false, fmt.Errorf("cannot write %s: it is a folder", path)
	}
	return target, info.Mode().IsRegular(), nil
}

// createTemp creates a file beside the target with the permissions that a new
// file has. (os.CreateTemp would make it private.)
func createTemp(target string) (*os.File, error) {
	dir, base := filepath.Split(target)
	for {
		f, err := os.OpenFile(filepath.Join(dir, "."+base+"."+newID()+".tmp"),
			os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// targetError names the file that the user named, not the temporary one.
func targetError(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		err = le.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot write %s: there is no such folder", path)
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}
