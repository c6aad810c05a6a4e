//go:build !race

package engine_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/interp/engine/internal/border"
)

func TestMisuse(t *testing.T) { compare(t, border.Misuse, "Misuse") }
