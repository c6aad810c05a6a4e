package main

import "fmt"

type notFound struct{ name string }

func (e *notFound) Error() string { return e.name + ": not found" }

func find(name string) error { return &notFound{name} }

func main() {
	fmt.Println("start")
	if err := find("key"); err != nil {
		panic(err)
	}
}
