//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed requirements.txt
var requirements []byte

// environment returns the Python of an environment with the peers, which it makes in the user's cache directory where
// it isn't there: some 350 MB.
func environment(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "goherd-bench", fmt.Sprintf("%.6x", sha256.Sum256(requirements)))
	python, done := filepath.Join(dir, "bin", "python"), filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return python, nil
	}
	fmt.Fprintf(os.Stderr, "bench/parallel: installing joblib, NumPy and Ray in %s\n", dir)
	for _, argv := range [][]string{
		{"python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed')"},
		{"python3", "-m", "venv", "--clear", dir},
		{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", filepath.Join("bench", "parallel", "requirements.txt")},
	} {
		if out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput(); err != nil {
			return "", errors.Join(fmt.Errorf("%s: %w\n%s", argv[0], err, out), os.RemoveAll(dir))
		}
	}
	return python, os.WriteFile(done, nil, 0o644)
}
