package rtype

import "testing"

func TestCheck(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkCheck(b *testing.B) {
	stubs := nextStub
	for b.Loop() {
		nextStub = stubs // or there wouldn't be enough
		for _, step := range [...]func() error{checkHeader, checkKinds, checkMethods, checkStubs, checkUse} {
			if err := step(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
