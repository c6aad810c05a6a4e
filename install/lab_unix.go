//go:build unix

package install

import (
	"fmt"
	"os"
	"syscall"
)

// become replaces this process by program, so that the terminal's signals are JupyterLab's alone.
func (c *command) become(program string, args []string) error {
	err := syscall.Exec(program, append([]string{program}, args...), os.Environ())
	return fmt.Errorf("starting %s: %w", program, err)
}
