package main

import "fmt"

func main() {
	var fs []func()
	for i := 0; i < 3; i++ {
		fs = append(fs, func() { fmt.Print(i, " "); i += 100 })
	}
	for _, f := range fs {
		f()
		f()
	}
	fmt.Println()
	var ps []*int
	for i := 0; i < 6; i++ {
		i++
		ps = append(ps, &i)
	}
	for _, p := range ps {
		fmt.Print(*p, " ")
	}
	fmt.Println()
	fs = nil
	for k, v := range []string{"a", "b"} {
		fs = append(fs, func() { fmt.Print(k, v, " ") })
	}
	for _, f := range fs {
		f()
	}
	fmt.Println()
	for i, j := 0, func() int { return 3 }; i < j(); i++ {
		defer func() { fmt.Println("deferred", i) }()
	}
	var cond []func() int
	for i := 0; func() bool { cond = append(cond, func() int { return i }); return i < 3 }(); i++ {
	}
	for _, f := range cond {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	for i := 0; i < 10; i++ {
		if i%2 == 0 {
			continue
		}
		defer func() { fmt.Print(i, ";") }()
	}
}
