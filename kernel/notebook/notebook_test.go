package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/internal/pytool"
)

// validate checks notebooks with Python's nbformat, strictly: warnings (for
// one, about missing IDs) are errors. Written by nbformat they must be the same
// bytes.
func validate(t *testing.T, notebooks ...[]byte) {
	t.Helper()
	const script = `
import json, sys, warnings
warnings.simplefilter("error")
import nbformat
for text in json.load(sys.stdin):
    nbformat.validate(json.loads(text))
    nb = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    again = nbformat.writes(nb, version=nbformat.NO_CONVERT) + "\n"
    if again != text:
        sys.exit("nbformat writes it differently:\n%s\n--- ours:\n%s" % (again, text))
`
	var texts []string
	for _, nb := range notebooks {
		texts = append(texts, string(nb))
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pytool.Python(t), "-c", script)
	cmd.Stdin = bytes.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nbformat refuses a notebook: %v\n%s", err, out)
	}
}

func mustRead(t *testing.T, path string) *Notebook {
	t.Helper()
	nb, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

func mustEncode(t *testing.T, nb *Notebook) []byte {
	t.Helper()
	data, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join("testdata", "kinds.ipynb")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := mustEncode(t, mustRead(t, path))
	// The one thing that changes is what a front end would not have kept:
	// the overwritten part of a line, and how a bundle's text is cut.
	for _, r := range [][2]string{
		{`"10 %\r20 %\rdone\n"`, `"done\n"`},
		{`"text/plain": "plain"`, "\"text/plain\": [\n       \"plain\"\n      ]"},
	} {
		if !bytes.Contains(want, []byte(r[0])) {
			t.Fatalf("the test notebook lacks %s", r[0])
		}
		want = bytes.Replace(want, []byte(r[0]), []byte(r[1]), 1)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRoundTripKeepsWhatIsUnknown(t *testing.T) {
	const src = `{"nbformat": 4, "nbformat_minor": 2, "top": [1.0, 1e400, 12345678901234567890],
	"metadata": {"z": {"b": "<&>", "a": null}}, "cells": [
	{"cell_type": "raw", "metadata": {}, "source": "x", "other": {"q": 1.50, "p": []}},
	{"cell_type": "code", "metadata": {}, "source": "", "execution_count": null, "outputs": [
	  {"output_type": "pyout", "text": "as it was"},
	  {"output_type": "stream", "name": "stdout", "text": "a", "more": 1},
	  {"output_type": "display_data", "metadata": {"m": 1}, "transient": {"display_id": "d"}, "data": {
	     "application/x+json": ["a", "b"], "image/png": "AA\nBB", "x/y": {"n": 1}, "text/plain": ["a", "b"]}}]}]}`
	nb, err := Decode([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	got := string(mustEncode(t, nb))
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(got)); err != nil {
		t.Fatal(err)
	}
	const want = `{"cells":[{"cell_type":"raw","metadata":{},"other":{"q":1.50,"p":[]},"source":["x"]},` +
		`{"cell_type":"code","execution_count":null,"metadata":{},"outputs":[` +
		`{"output_type":"pyout","text":"as it was"},` +
		`{"more":1,"name":"stdout","output_type":"stream","text":["a"]},` +
		`{"data":{"application/x+json":["a","b"],"image/png":"AA\nBB","text/plain":["ab"],"x/y":{"n":1}},` +
		`"metadata":{"m":1},"output_type":"display_data"}],"source":[]}],` +
		`"metadata":{"z":{"b":"<&>","a":null}},"nbformat":4,"nbformat_minor":2,"top":[1.0,1e400,12345678901234567890]}`
	if diff := cmp.Diff(want, compact.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWrittenNotebookIsValid(t *testing.T) {
	nb := mustRead(t, filepath.Join("testdata", "kinds.ipynb"))
	for _, c := range nb.Cells {
		c.extra = nil // the schema allows no field of others in a cell
	}
	latest := mustEncode(t, nb)
	nb.Minor = 4 // no IDs
	older := mustEncode(t, nb)

	nb = New()
	nb.Cells = append(nb.Cells, NewCell(Code, "a\nb"), NewCell(Markdown, ""), NewCell(Raw, "\n"), NewCell(Code, "c"))
	nb.Cells[0].AddTag("parameters")
	nb.Cells[0].Outputs = []*Output{NewStream("stdout", "x\ny"), {Type: Error, EName: "E"}, {Type: DisplayData}, {Type: ExecuteResult}}
	nb.Cells[0].Outputs[2].Data = Bundle{}
	nb.Cells[0].Outputs[2].Data.SetText("text/html", "<p>\nü\n</p>")
	validate(t, latest, older, mustEncode(t, nb))
}

func TestIDs(t *testing.T) {
	const src = `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
	{"cell_type": "raw", "metadata": {}, "source": "", "id": "same"},
	{"cell_type": "raw", "metadata": {}, "source": "", "id": "same"},
	{"cell_type": "raw", "metadata": {}, "source": ""},
	{"cell_type": "raw", "metadata": {}, "source": "", "id": "not allowed"}]}`
	nb, err := Decode([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, c := range nb.Cells {
		if !validID.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("cell %d has ID %q", i, c.ID)
		}
		seen[c.ID] = true
	}
	if !seen["same"] {
		t.Error("the first cell lost its ID")
	}
	validate(t, mustEncode(t, nb))
}

func TestReadErrors(t *testing.T) {
	const head = `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [`
	for _, tt := range []struct{ name, src, want string }{
		{"empty", "", "nb.ipynb:1:1: not JSON: unexpected end of JSON input"},
		{"not JSON", "{\n \"cells\": [\n  oops\n", "nb.ipynb:3:3: not JSON: invalid character 'o' looking for beginning of value"},
		{"cut off", "{\n \"cells\": [", "nb.ipynb:2:12: not JSON: unexpected end of JSON input"},
		{"two values", "{}\n{}", "nb.ipynb:2:1: not JSON: invalid character '{' after top-level value"},
		{"a list", " []", "nb.ipynb: not a notebook: want an object, have a list"},
		{"null", "null", "nb.ipynb: not a notebook: want an object, have null"},
		{"other JSON", `{"a": 1}`, `nb.ipynb: not a notebook: no "nbformat"`},
		{"no cells", `{"nbformat": 4}`, `nb.ipynb: not a notebook: no "cells"`},
		{"version 3", `{"nbformat": 3, "worksheets": []}`, "nb.ipynb: nbformat 3 is too old, this program reads version 4: convert it with jupyter nbconvert --to notebook --nbformat 4"},
		{"version 5", `{"nbformat": 5, "cells": []}`, "nb.ipynb: nbformat 5 is newer than the version this program reads (4)"},
		{"version text", `{"nbformat": "4", "cells": []}`, "nb.ipynb: not a notebook: nbformat: want a number, have a string"},
		{"cells object", `{"nbformat": 4, "cells": {}}`, "nb.ipynb: not a notebook: cells: want a list, have an object"},
		{"metadata list", `{"nbformat": 4, "cells": [], "metadata": []}`, "nb.ipynb: not a notebook: metadata: want an object, have a list"},
		{"cell", head + `7]}`, "nb.ipynb: not a notebook: cells[0]: want an object, have the number 7"},
		{"null cell", head + `null]}`, "nb.ipynb: not a notebook: cells[0]: want an object, have null"},
		{"no type", head + `{}]}`, `nb.ipynb: not a notebook: cells[0]: no "cell_type"`},
		{"type", head + `{"cell_type": "heading"}]}`, `nb.ipynb: not a notebook: cells[0]: unknown cell type "heading"`},
		{"source", head + `{"cell_type": "raw", "source": ""}, {"cell_type": "code", "source": 3}]}`, "nb.ipynb: not a notebook: cells[1].source: want a string or a list of strings, have the number 3"},
		{"count", head + `{"cell_type": "code", "source": "", "execution_count": 1.5}]}`, "nb.ipynb: not a notebook: cells[0].execution_count: want a whole number, have the number 1.5"},
		{"outputs", head + `{"cell_type": "code", "source": "", "outputs": true}]}`, "nb.ipynb: not a notebook: cells[0].outputs: want a list, have a boolean"},
		{"output", head + `{"cell_type": "code", "source": "", "outputs": [{"output_type": "stream", "text": [1]}]}]}`, "nb.ipynb: not a notebook: cells[0].outputs[0].text: want a string or a list of strings, have a list"},
		{"traceback", head + `{"cell_type": "code", "source": "", "outputs": [{"output_type": "error", "traceback": "x"}]}]}`, "nb.ipynb: not a notebook: cells[0].outputs[0].traceback: want a list of strings, have a string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("nb.ipynb", []byte(tt.src), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := Read("nb.ipynb")
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != tt.want {
				t.Errorf("have %s\nwant %s", err, tt.want)
			}
		})
	}
	_, err := Read("missing.ipynb")
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "missing.ipynb: no such file or directory" {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.HasSuffix(err.Error(), ": is a directory") {
		t.Errorf("folder: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	if data, err := os.ReadFile(filepath.Join("testdata", "kinds.ipynb")); err == nil {
		f.Add(data)
	}
	f.Add([]byte(`{"nbformat":4,"cells":[{"cell_type":"code","source":["a"],"outputs":[{"output_type":"stream","text":"\r\bé"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := Decode(data)
		if err != nil {
			return
		}
		first, err := nb.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := Decode(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first)
		}
		if second := mustEncode(t, again); !bytes.Equal(first, second) {
			t.Fatalf("writing is not stable:\n%s\n%s", first, second)
		}
		var page bytes.Buffer
		if err := HTML(&page, nb, HTMLOptions{}); err != nil {
			t.Fatal(err)
		}
	})
}
