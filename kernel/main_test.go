//go:build unix

package kernel_test

import (
	"log/slog"
	"testing"

	"github.com/goherd/goherd/kernel/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

func start(t *testing.T) *kerneltest.Front {
	t.Helper()
	return kerneltest.Start(t, kerneltest.Options{})
}
