package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// dataDir returns the folder in which Jupyter keeps its files for this user, by the rules of jupyter_core: the
// variable JUPYTER_DATA_DIR, then JUPYTER_PLATFORM_DIRS's folder, then the classic one of the operating system.
func dataDir() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding Jupyter's data folder: %w", err)
	}
	platform := truthy(os.Getenv("JUPYTER_PLATFORM_DIRS"))
	switch runtime.GOOS {
	case "darwin":
		if platform {
			return filepath.Join(home, "Library", "Application Support", "Jupyter"), nil
		}
		return filepath.Join(home, "Library", "Jupyter"), nil
	case "windows":
		if local := os.Getenv("LOCALAPPDATA"); platform && local != "" {
			return filepath.Join(local, "Jupyter"), nil
		}
		if roaming := os.Getenv("APPDATA"); roaming != "" {
			return filepath.Join(roaming, "jupyter"), nil
		}
		if config := os.Getenv("JUPYTER_CONFIG_DIR"); config != "" {
			return filepath.Join(config, "data"), nil
		}
		return filepath.Join(home, ".jupyter", "data"), nil
	}
	share := os.Getenv("XDG_DATA_HOME")
	if share == "" {
		share = filepath.Join(home, ".local", "share")
	}
	return filepath.Abs(filepath.Join(share, "jupyter"))
}

// runtimeDir returns the folder in which Jupyter keeps its connection files.
func runtimeDir() (string, error) {
	if dir := os.Getenv("JUPYTER_RUNTIME_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	data, err := dataDir()
	return filepath.Join(data, "runtime"), err
}

// truthy reads a variable as Jupyter does: anything but these words means yes.
func truthy(v string) bool {
	switch strings.ToLower(v) {
	case "", "no", "n", "false", "off", "0", "0.0":
		return false
	}
	return true
}

func shareJupyter(prefix string) string { return filepath.Join(prefix, "share", "jupyter") }

// environment returns the folder of the active Python environment, Python's sys.prefix.
func environment(ctx context.Context) (string, error) {
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := os.Getenv(name); dir != "" {
			if st, err := os.Stat(dir); err != nil || !st.IsDir() {
				return "", fmt.Errorf("%s names %s, which is no folder", name, dir)
			}
			return filepath.Abs(dir)
		}
	}
	for _, python := range []string{"python3", "python"} {
		path, err := exec.LookPath(python)
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, path, "-c", "import sys; print(sys.prefix)").Output()
		if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
			return dir, nil
		}
	}
	return "", errors.New("--sys-prefix: no Python environment: neither VIRTUAL_ENV nor CONDA_PREFIX is set, and there is no python3")
}
