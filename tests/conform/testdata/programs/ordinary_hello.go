package main

import "fmt"

func greet(name string) string {
	if name == "" {
		name = "World"
	}
	return "Hello, " + name + "!"
}

func main() {
	fmt.Println(greet(""))
	for _, n := range []string{"Ann", "Bob"} {
		fmt.Println(greet(n))
	}
}
