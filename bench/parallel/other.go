//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench/parallel: the memory of processes is measured as Linux tells it: it runs only there")
	os.Exit(1)
}
