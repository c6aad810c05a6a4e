// Package notebook reads, changes and writes Jupyter notebooks of nbformat 4
// (4.0 to 4.5), records in them what a kernel publishes while their cells run,
// and renders them as one self-contained HTML page.
//
// What it does not know is kept: fields, metadata and outputs of other tools
// survive reading and writing unchanged, and the file it writes has the layout
// of Python's nbformat (sorted keys, one space of indentation, text as lists
// of lines), so that saving by another tool makes no difference in a diff.
//
// It is not a client: it starts no kernel and reads no socket. It does not
// convert nbformat 3 and older, and it checks notebooks for what it needs
// itself, not against the whole JSON schema.
//
// Nothing in this package may be used from several goroutines at once, except
// that different notebooks are independent of each other.
package notebook

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Major is the version of the notebook format that this package reads and
// writes.
const Major = 4

// LatestMinor is the minor version of the notebooks that [New] makes: the one
// that gave cells their IDs.
const LatestMinor = 5

// idMinor is the first minor version whose cells have IDs.
const idMinor = 5

// A Notebook is an ordered list of cells with metadata.
type Notebook struct {
	// Cells in the order in which the notebook shows them.
	Cells []*Cell
	// Metadata of the notebook, among them "kernelspec" and "language_info".
	Metadata Metadata
	// Minor is the minor version of the format. It stays as it was read.
	Minor int

	extra Metadata // top-level fields that the format does not name
}

// New returns an empty notebook of the latest format.
func New() *Notebook { return &Notebook{Metadata: Metadata{}, Minor: LatestMinor} }

// A CellType says what a cell holds.
type CellType string

// The types of cells in nbformat 4.
const (
	Code     CellType = "code"
	Markdown CellType = "markdown"
	Raw      CellType = "raw"
)

// A Cell is one cell of a notebook.
type Cell struct {
	Type CellType
	// ID identifies the cell within its notebook. It is written from format
	// 4.5 on.
	ID string
	// Source is the text of the cell, its lines separated by "\n".
	Source   string
	Metadata Metadata
	// Attachments are the files of a Markdown or raw cell: a MIME bundle for
	// each name. They are kept as they were read.
	Attachments map[string]Bundle
	// ExecutionCount is the number in the cell's prompt; 0 is a cell that has
	// not been run. Code cells only.
	ExecutionCount int
	// Outputs of a code cell, in the order in which they are shown.
	Outputs []*Output

	extra     Metadata
	clearNext bool // clear_output(wait) came: the next output replaces all
}

// NewCell returns a cell with a fresh ID.
func NewCell(typ CellType, source string) *Cell {
	return &Cell{Type: typ, ID: newID(), Source: source, Metadata: Metadata{}}
}

// Tags returns the cell's tags, which front ends and tools such as papermill
// use to mark cells. Metadata that is no list of strings gives none.
func (c *Cell) Tags() []string {
	var tags []string
	if json.Unmarshal(c.Metadata["tags"], &tags) != nil {
		return nil
	}
	return tags
}

// HasTag reports whether the cell carries the tag.
func (c *Cell) HasTag(tag string) bool { return slices.Contains(c.Tags(), tag) }

// AddTag adds a tag to the cell unless it has it already.
func (c *Cell) AddTag(tag string) {
	if c.HasTag(tag) {
		return
	}
	if c.Metadata == nil {
		c.Metadata = Metadata{}
	}
	c.Metadata["tags"], _ = marshal(append(c.Tags(), tag))
}

// ClearOutputs removes the cell's outputs and its execution count.
func (c *Cell) ClearOutputs() {
	c.Outputs, c.ExecutionCount, c.clearNext = nil, 0, false
}

// FirstLine returns the first line of the source that is not blank, trimmed:
// what names a cell in a message.
func (c *Cell) FirstLine() string {
	for line := range strings.Lines(c.Source) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// Metadata holds JSON values by key. Values are kept as the bytes that were
// read, so that numbers and the order of nested keys do not change.
type Metadata map[string]json.RawMessage

// Get decodes the value of a key into v and reports whether there was one.
// A value of another type is an error that names the key.
func (m Metadata) Get(key string, v any) (bool, error) {
	raw, ok := m[key]
	if !ok {
		return false, nil
	}
	err := json.Unmarshal(raw, v)
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		// The decoder's own words are about Go's types.
		path := strings.TrimSuffix(key+"."+te.Field, ".")
		return true, fmt.Errorf("metadata %q cannot be a %s", path, te.Value)
	}
	return true, err
}

// Set stores v, encoded as JSON, under key. The map must not be nil.
func (m Metadata) Set(key string, v any) error {
	raw, err := marshal(v)
	if err != nil {
		return fmt.Errorf("metadata %q: %w", key, err)
	}
	m[key] = raw
	return nil
}

// A Bundle holds one thing in several representations, by MIME type. JSON
// types hold any JSON value, the others a JSON string (binary data in
// base64).
type Bundle map[string]json.RawMessage

// Text returns a representation as text; a list of lines is joined. It is
// false where there is none, or where the value is not text.
func (b Bundle) Text(mime string) (string, bool) {
	raw, ok := b[mime]
	if !ok {
		return "", false
	}
	s, err := joinLines(raw)
	return s, err == nil
}

// SetText stores text as a representation.
func (b Bundle) SetText(mime, text string) { b[mime], _ = marshal(text) }

// isJSONMIME reports whether values of the type are any JSON, not text.
func isJSONMIME(mime string) bool {
	return mime == "application/json" ||
		strings.HasPrefix(mime, "application/") && strings.HasSuffix(mime, "+json")
}

// An OutputType says what an output is.
type OutputType string

// The types of outputs in nbformat 4.
const (
	Stream        OutputType = "stream"
	DisplayData   OutputType = "display_data"
	ExecuteResult OutputType = "execute_result"
	Error         OutputType = "error"
)

// An Output is one output of a code cell. Which fields it uses depends on its
// type.
type Output struct {
	Type OutputType

	// Name is "stdout" or "stderr". Streams only.
	Name string

	// Data and Metadata of display data and results.
	Data     Bundle
	Metadata Metadata
	// ExecutionCount of a result; 0 when it has none.
	ExecutionCount int

	// The name, the value and the lines of the traceback (with ANSI colours)
	// of an error.
	EName, EValue string
	Traceback     []string

	text  screen // of a stream
	extra Metadata
}

// NewStream returns a stream output that holds text.
func NewStream(name, text string) *Output {
	o := &Output{Type: Stream, Name: name}
	o.text.write(text)
	return o
}

// Text returns the text of a stream as a front end shows it, that is with
// carriage returns and backspaces applied.
func (o *Output) Text() string { return o.text.String() }

// validID is what nbformat 4.5 accepts as the ID of a cell.
var validID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func newID() string {
	var b [4]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}
