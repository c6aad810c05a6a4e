package early

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestBind(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		bound      bool
	}{
		{"loopback", `{"transport":"tcp","ip":"127.0.0.1","shell_port":%d}`, true},
		{"not loopback", `{"transport":"tcp","ip":"0.0.0.0","shell_port":%d}`, false},
		{"ipc", `{"transport":"ipc","ip":"127.0.0.1","shell_port":%d}`, false},
		{"damaged", `{"shell_port":%d`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "c.json")
			if err := os.WriteFile(file, fmt.Appendf(nil, c.text, port), 0o600); err != nil {
				t.Fatal(err)
			}
			bind(file)
			addr := fmt.Sprintf("127.0.0.1:%d", port)
			l := Take(addr)
			if (l != nil) != c.bound {
				t.Fatalf("bound: %v", l != nil)
			}
			for a, l := range listeners { // ports that are 0 in the file
				l.Close()
				delete(listeners, a)
			}
			if l == nil {
				return
			}
			defer l.Close()
			if Take(addr) != nil {
				t.Error("taken twice")
			}
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal("a client can't connect before Accept:", err)
			}
			conn.Close()
		})
	}
	bind(filepath.Join(t.TempDir(), "missing"))
}
