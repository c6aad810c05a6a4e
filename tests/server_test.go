package tests

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// labServer starts a JupyterLab server in w's working directory and returns when it answers.
func labServer(t *testing.T, w *world) (url, token string) {
	t.Helper()
	settings := filepath.Join(w.home, "settings", "@jupyterlab", "apputils-extension")
	if err := os.MkdirAll(settings, 0o755); err != nil {
		t.Fatal(err)
	}
	// Neither news nor updates: they would ask, and hosts elsewhere.
	if err := os.WriteFile(filepath.Join(settings, "notification.jupyterlab-settings"),
		[]byte(`{"fetchNews": "false", "checkForUpdates": false}`), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	token = rand.Text()
	url = "http://127.0.0.1:" + strconv.Itoa(port)

	var out strings.Builder
	cmd := w.command(context.WithoutCancel(t.Context()), tool("jupyter-lab"), "--no-browser", "--allow-root", "--expose-app-in-browser",
		"--ServerApp.ip=127.0.0.1", "--ServerApp.port="+strconv.Itoa(port), "--ServerApp.port_retries=0",
		"--IdentityProvider.token="+token, "--ServerApp.root_dir="+w.work, "--LabApp.user_settings_dir="+filepath.Join(w.home, "settings"),
		"--LabApp.workspaces_dir="+filepath.Join(w.home, "workspaces"))
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		stop(t, cmd, done)
		if t.Failed() {
			t.Logf("JupyterLab said:\n%s", out.String())
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if r, err := http.Get(url + "/api?token=" + token); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return url, token
			}
		}
		select {
		case err := <-done:
			done <- err
			t.Fatalf("JupyterLab ended: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("JupyterLab does not answer")
		}
	}
}

// stop ends a server as `kill` does and waits for it, for at most twenty seconds.
func stop(t *testing.T, cmd *exec.Cmd, done <-chan error) {
	t.Helper()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Errorf("%s does not end when asked to", filepath.Base(cmd.Path))
		_ = cmd.Process.Kill()
		<-done
	}
}
