package main

import "fmt"

type Color int

const (
	Red Color = iota
	Green
	Blue
)

func name(c Color) string {
	switch c {
	case Red, Green:
		return "warm-ish"
	case Blue:
		return "blue"
	}
	return "?"
}

func fall(n int) (out []string) {
	switch {
	case n > 10:
		out = append(out, "big")
		fallthrough
	case n > 5:
		out = append(out, "middle")
		fallthrough
	case false:
		out = append(out, "reached by falling")
	default:
		out = append(out, "default")
	}
	return
}

func f(s string) string { fmt.Print("f(", s, ") "); return s }

func main() {
	fmt.Println(name(Green), name(Blue), name(7))
	fmt.Println(fall(20), fall(6), fall(0))
	switch x := 5; x {
	default:
		fmt.Println("default first")
	case 6:
		fmt.Println("six")
	}
	switch f("b") {
	case f("a"), f("b"), f("c"):
		fmt.Println("matched")
	case f("d"):
	}
	switch x := any(3).(type) {
	case nil:
		fmt.Println("nil")
	case int, string:
		fmt.Printf("%T %v\n", x, x)
	}
	var e any
	switch x := e.(type) {
	case nil:
		fmt.Println("nil", x)
	default:
		fmt.Println("other")
	}
	var i any = 3
	switch i {
	case "3":
		fmt.Println("string")
	case 3.0:
		fmt.Println("float")
	case 3:
		fmt.Println("int")
	}
	for i := range 5 {
		switch i {
		case 1:
			continue
		case 3:
			break
		default:
			fmt.Print(i, " ")
		}
	}
	fmt.Println()
	switch {
	}
	switch a, b := 1, 2; {
	case a < b:
		fmt.Println("less")
	}
}
