package std_test

import (
	"testing"

	"github.com/traefik/yaegi/interp"

	"github.com/goherd/goherd/kernel/interp/bindings/std"
)

// BenchmarkNew is what the start of an interpreter costs.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := std.New(interp.New(interp.Options{})); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSymbols is what the first import of a package costs.
func BenchmarkSymbols(b *testing.B) {
	for _, path := range []string{"fmt", "strings", "net/http", "syscall"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				std.Symbols(path)
			}
		})
	}
}
