package natives

import (
	"runtime"
	"strings"
	"testing"
)

func TestRangePanic(t *testing.T) {
	for state, want := range map[int]string{
		0: "after function for loop body returned false",
		2: "after loop body panic",
		3: "after whole loop exit",
		4: "recovered a loop body panic",
	} {
		func() {
			defer func() {
				err, ok := recover().(runtime.Error)
				if !ok || !strings.Contains(err.Error(), want) {
					t.Errorf("state %d: %v, want %s", state, err, want)
				}
			}()
			rangePanic(state)
		}()
	}
}
