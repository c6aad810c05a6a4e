//go:build unix && !race

package kernel_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/wire"
)

// megabytes is what TestLargePrint prints.
const megabytes = 100

func TestTooMuchOutput(t *testing.T) {
	f := start(t)
	r := f.Cell(`t := strings.Repeat("0123456789abcde\n", 1 << 16); for i := 0; i < 201; i++ { os.Stdout.WriteString(t) }; fmt.Fprint(os.Stderr, "lost too"); 7`)
	seen := r.Idle("input: …", "stdout: …", "stderr: \n[more than 200 MB were printed: the rest is not shown]\n[1048584 bytes of this cell's output are not shown]\n", "result: 7")
	r.Reply(wire.MsgExecuteReply, nil)
	if n := lines(seen); n != 200<<16+3 { // and what is said about it
		t.Errorf("%d lines", n)
	}
	f.Run(`fmt.Println("next")`, "stdout: next\n")
}
