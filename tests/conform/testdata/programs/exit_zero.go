package main

import (
	"fmt"
	"os"
)

func work() {
	fmt.Println("working")
	os.Exit(0)
}

func main() {
	work()
	fmt.Println("not here")
}
