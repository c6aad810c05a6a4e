package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("a")
	fmt.Fprintln(os.Stderr, "to stderr")
	panic("something is wrong")
}
