package pool_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goherd/goherd/runtime/pool"
)

func ExampleMap() {
	p, err := pool.New(4, pool.Goroutines) // in a notebook, without the option, worker processes
	if err != nil {
		panic(err)
	}
	ys, err := pool.Map(p, func(x int) int { return x * x }, []int{1, 2, 3})
	fmt.Println(ys, err)
	// Output: [1 4 9] <nil>
}

// One bad item leaves the others, and the error is what the function returned.
func ExampleMapErr() {
	p, err := pool.New(2, pool.Goroutines)
	if err != nil {
		panic(err)
	}
	ns, err := pool.MapErr(p, strconv.Atoi, []string{"1", "two", "3"})
	fmt.Println(ns)
	var e *pool.Error
	if errors.As(err, &e) {
		fmt.Println("item", e.Failed[0].Item, "of", e.Items)
	}
	fmt.Println(errors.Is(err, strconv.ErrSyntax))
	// Output:
	// [1 0 3]
	// item 1 of 3
	// true
}

func ExampleStream() {
	p, err := pool.New(2, pool.Goroutines)
	if err != nil {
		panic(err)
	}
	for y, err := range pool.Stream(p, strings.ToUpper, slices.Values([]string{"a", "b", "c"})) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Print(y, " ")
	}
	// Output: A B C
}

func ExampleMapReduce() {
	p, err := pool.New(2, pool.Goroutines)
	if err != nil {
		panic(err)
	}
	counts, err := pool.MapReduce(p, func(text string) map[string]int {
		m := map[string]int{}
		for word := range strings.FieldsSeq(text) {
			m[word]++
		}
		return m
	}, func(a, b int) int { return a + b }, []string{"to be or", "not to be"})
	fmt.Println(counts, err)
	// Output: map[be:2 not:1 or:1 to:2] <nil>
}

func ExampleGo() {
	p, err := pool.New(2, pool.Goroutines)
	if err != nil {
		panic(err)
	}
	f := pool.Go(p, func() int { return 6 * 7 })
	n, err := f.Get()
	fmt.Println(n, err)
	// Output: 42 <nil>
}
