package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// cell is a cell of a notebook that a test makes or reads.
type cell struct {
	Type     string         `json:"cell_type"`
	ID       string         `json:"id"`
	Metadata map[string]any `json:"metadata"`
	Source   text           `json:"source"`
	Outputs  []output       `json:"outputs"`
	Count    *int           `json:"execution_count"`
}

type output struct {
	Type      string                     `json:"output_type"`
	Name      string                     `json:"name,omitempty"`
	Text      text                       `json:"text,omitempty"`
	Data      map[string]json.RawMessage `json:"data,omitempty"`
	Ename     string                     `json:"ename,omitempty"`
	Evalue    string                     `json:"evalue,omitempty"`
	Traceback []string                   `json:"traceback,omitempty"`
}

// text is a string that a notebook may hold in lines.
type text string

func (s *text) UnmarshalJSON(data []byte) error {
	var lines []string
	if json.Unmarshal(data, &lines) == nil {
		*s = ""
		for _, l := range lines {
			*s += text(l)
		}
		return nil
	}
	return json.Unmarshal(data, (*string)(s))
}

// newNotebook returns a notebook for kernel with the given code cells.
func newNotebook(kernel string, sources ...string) string {
	cells := make([]map[string]any, 0, len(sources))
	for i, s := range sources {
		cells = append(cells, map[string]any{"cell_type": "code", "id": fmt.Sprintf("cell-%d", i), "metadata": map[string]any{},
			"source": s, "outputs": []any{}, "execution_count": nil})
	}
	nb, err := json.Marshal(map[string]any{"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{
		"kernelspec": map[string]any{"name": kernel, "display_name": kernel, "language": "go"}}})
	if err != nil {
		panic(err) // of maps and strings: cannot be
	}
	return string(nb)
}

// readNotebook returns the cells of a notebook file.
func readNotebook(t *testing.T, path string) []cell {
	t.Helper()
	cells, err := tryNotebook(path)
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

// tryNotebook is readNotebook for a file that may just be being written.
func tryNotebook(path string) ([]cell, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var nb struct{ Cells []cell }
	if err := json.Unmarshal(data, &nb); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb.Cells, nil
}

// executed fails the test unless every code cell with source ran and none failed.
func executed(t *testing.T, cells []cell) {
	t.Helper()
	ran := 0
	for i, c := range cells {
		if c.Type != "code" || c.Source == "" {
			continue
		}
		ran++
		if c.Count == nil {
			t.Errorf("cell %d did not run: %s", i, c.Source)
		}
		for _, o := range c.Outputs {
			if o.Type == "error" {
				t.Errorf("cell %d failed: %s: %s", i, o.Ename, o.Evalue)
			}
		}
	}
	if ran == 0 {
		t.Error("the notebook has no code")
	}
}
