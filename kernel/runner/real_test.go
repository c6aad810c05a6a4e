package runner

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/internal/pytool"
	"github.com/goherd/goherd/kernel/notebook"
)

// TestForeignKernel runs a notebook through everything that is real, in a
// kernel that others wrote.
func TestForeignKernel(t *testing.T) {
	argv := []string{pytool.Python(t), "-m", "ipykernel_launcher", "-f", "{connection_file}"}
	dir := t.TempDir()
	nb := notebook.New()
	for i, src := range []string{
		"import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7",
		"from IPython.display import HTML, display, update_display\n_ = display({'text/plain': '0 %'}, raw=True, display_id='p')\nupdate_display({'text/plain': '100 %'}, raw=True, display_id='p')",
		"while True: pass",
		"input('who? ')",
		"1 / 0",
		"print('still here')",
		"import os\nos._exit(3)",
		"print('never')",
	} {
		c := notebook.NewCell(notebook.Code, src)
		c.ID = "c" + string(rune('1'+i))
		nb.Cells = append(nb.Cells, c)
	}
	path, out := filepath.Join(dir, "nb.ipynb"), filepath.Join(dir, "out.ipynb")
	if err := nb.Write(path); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := Main(t.Context(), []string{path, "--allow-errors", "--timeout", "2s", "-o", out}, strings.NewReader("nobody\n"), &stdout, &stderr, argv)
	if code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if want := "out\n42\n0 %\n100 %\nstill here\n"; stdout.String() != want {
		t.Errorf("stdout %q, want %q", stdout.String(), want)
	}
	var ours []string
	for line := range strings.Lines(stderr.String()) {
		if strings.HasPrefix(line, "goherd run: ") {
			ours = append(ours, strings.TrimSpace(line))
		}
	}
	want := []string{
		"goherd run: cell 3 of 8 (id c3: while True: pass) timed out after 2s",
		"goherd run: cell 4 of 8 (id c4: input('who? ')) failed: StdinNotImplementedError: raw_input was called, but this frontend does not support input requests.",
		"goherd run: cell 5 of 8 (id c5: 1 / 0) failed: ZeroDivisionError: division by zero",
		"goherd run: cell 7 of 8 (id c7: import os) was lost: execute_request: the kernel process ended (exit status 3)",
	}
	if len(ours) == len(want) { // the last line goes on with what the kernel logged
		ours[3] = ours[3][:min(len(ours[3]), len(want[3]))]
	}
	if diff := cmp.Diff(want, ours); diff != "" {
		t.Errorf("stderr (-want +got):\n%s\nin\n%s", diff, stderr.String())
	}

	written, err := notebook.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, c := range written.Cells {
		s := ""
		for _, o := range c.Outputs {
			s += string(o.Type) + o.Name + " "
		}
		kinds = append(kinds, strings.TrimSpace(s))
	}
	wantKinds := []string{"streamstdout streamstderr execute_result", "display_data", "error", "error", "error", "streamstdout", "", ""}
	if diff := cmp.Diff(wantKinds, kinds); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if msg, err := exec.Command(pytool.Python(t), "-W", "error", "-c",
		"import nbformat, sys; nbformat.validate(nbformat.read(sys.argv[1], 4))", out).CombinedOutput(); err != nil {
		t.Errorf("nbformat refuses the notebook: %v\n%s", err, msg)
	}
}

// TestExamples checks what can be known of the examples without running them.
func TestExamples(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.ipynb"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, path := range paths {
		nb, err := notebook.Read(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := setKernel(nb.Metadata); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for i, c := range nb.Cells {
			if len(c.Outputs) > 0 || c.ExecutionCount != 0 {
				t.Errorf("%s: cell %d is kept with its outputs", path, i)
			}
			if c.HasTag(tagParameters) {
				if vars, err := declarations(c.Source); err != nil || len(vars) == 0 {
					t.Errorf("%s: cell %d declares no parameters: %v", path, i, err)
				}
			}
		}
	}
}
