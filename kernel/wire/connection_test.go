package wire

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/internal/pytool"
)

const ports = `"shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5`

// A connection file that jupyter_client has written is read, with the same
// endpoints as it makes of it, and the other way round.
func TestConnectionFile(t *testing.T) {
	for _, transport := range []string{"tcp", "ipc"} {
		dir := t.TempDir()
		theirs, ours := filepath.Join(dir, "theirs.json"), filepath.Join(dir, "ours.json")
		p := pytool.Start(t, `
import sys
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
transport, theirs, ours = sys.argv[1:]
def endpoints(file):
    c = BlockingKernelClient(connection_file=file)
    c.load_connection_file()
    print(*[c._make_url(n) for n in ("shell", "control", "iopub", "stdin", "hb")], c.session.key.decode())
write_connection_file(theirs, transport=transport, ip="" if transport == "tcp" else theirs + "-ipc", key=b"secret", kernel_name="go")
endpoints(theirs)
sys.stdin.readline()
endpoints(ours)
`, transport, theirs, ours)
		line := p.Line()
		info, err := LoadConnection(theirs)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, ch := range Channels {
			words = append(words, info.Endpoint(ch))
		}
		if got := strings.Join(append(words, info.Key), " "); got != line {
			t.Errorf("got  %s\nwant %s", got, line)
		}
		if err := info.Write(ours); err != nil {
			t.Fatal(err)
		}
		p.Send("")
		p.Expect(line)
		again, err := LoadConnection(ours)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(info, again); diff != "" {
			t.Error(diff)
		}
		if st, err := os.Stat(ours); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", st.Mode(), err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		p.Wait()
	}
}

func TestConnectionErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "c.json")
	for text, want := range map[string]string{
		`{`:                                 "JSON",
		`[]`:                                "array",
		`{}`:                                "shell_port",
		`{` + ports + `}`:                   "",
		`{` + ports + `,"transport":"udp"}`: "udp",
		`{` + ports + `,"transport":"ipc"}`: "path",
		`{` + ports + `,"signature_scheme":"plain"}`:                        "plain",
		`{` + ports + `,"curve_publickey":"p","curve_secretkey":"s"}`:       "CurveZMQ",
		`{` + ports + `,"curve_secretkey":"s"}`:                             "CurveZMQ",
		strings.Replace(`{`+ports+`}`, `"hb_port":5`, `"hb_port":1`, 1):     "both 1",
		strings.Replace(`{`+ports+`}`, `"hb_port":5`, `"hb_port":0`, 1):     "hb_port",
		strings.Replace(`{`+ports+`}`, `"hb_port":5`, `"hb_port":70000`, 1): "70000",
		strings.Replace(`{`+ports+`}`, `5`, `"5"`, 1):                       "hb_port",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := LoadConnection(path)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want == "" && (info.Endpoint(Heartbeat) != "tcp://127.0.0.1:5" || info.SignatureScheme != DefaultScheme):
			t.Errorf("%s: %+v", text, info)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path)):
			t.Errorf("%s: %v, want something with %s", text, err, want)
		}
	}
	if _, err := LoadConnection(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	var info ConnectionInfo
	if err := info.Write(filepath.Join(dir, "no", "such", "dir")); err == nil {
		t.Error("written into a directory that isn't there")
	}
	info.SetPort("nonsense", 3)
	if info.Port("nonsense") != 0 || info != (ConnectionInfo{}) {
		t.Errorf("an unknown channel has a port: %+v", info)
	}
	info.IP = "::1"
	info.SetPort(Shell, 7)
	if got := info.Endpoint(Shell); got != "tcp://[::1]:7" {
		t.Errorf("endpoint %s", got)
	}
}
