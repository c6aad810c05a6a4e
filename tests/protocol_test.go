package tests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
)

// jupyter_kernel_test has this many tests: 12 and the one of iopub_welcome.
const kernelTests = 13

func TestJupyterKernelTest(t *testing.T) {
	w := newWorld(t)
	cmd := w.command(t.Context(), python(), filepath.Join(root, "tests", "python", "protocol.py"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		var result struct{ Name, Outcome, Said string }
		if err := json.Unmarshal(lines.Bytes(), &result); err != nil {
			t.Errorf("not understood: %s", lines.Bytes())
			continue
		}
		names = append(names, result.Name)
		t.Run(result.Name, func(t *testing.T) {
			if result.Outcome != "passed" {
				t.Errorf("%s:\n%s", result.Outcome, result.Said)
			}
		})
	}
	if err := cmd.Wait(); err != nil && !t.Failed() {
		t.Errorf("protocol.py: %v", err)
	}
	if t.Failed() {
		t.Logf("standard error:\n%s", &stderr)
	}
	slices.Sort(names)
	if n := len(slices.Compact(names)); n != kernelTests {
		t.Errorf("%d tests ran, want %d: %q", n, kernelTests, names)
	}
}
