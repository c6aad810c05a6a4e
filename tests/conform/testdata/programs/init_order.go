package main

import "fmt"

var a = b + c()
var b = f("b", 2)

func c() int { return f("c", d) }

var d = f("d", 4)
var _ = f("blank", 0)
var x, y = pair()

func pair() (int, string) { fmt.Println("pair"); return a, "y" }

func f(s string, n int) int { fmt.Println("init", s); return n }

func init() { fmt.Println("init 1", a, b) }
func init() { fmt.Println("init 2", x, y) }

func main() { fmt.Println("main", a, b, d) }
