package main

import "fmt"

type Base[T any] struct {
	items []T
}

func (b *Base[T]) Add(x T) { b.items = append(b.items, x) }
func (b Base[T]) Len() int { return len(b.items) }

type Named[T any] struct {
	Base[T]
	Name string
}

type Logger[T fmt.Stringer] struct {
	*Named[T]
	log []string
}

func (l *Logger[T]) Add(x T) {
	l.log = append(l.log, "add "+x.String())
	l.Named.Add(x)
}

type ID int

func (i ID) String() string { return fmt.Sprintf("#%d", int(i)) }

type Adder[T any] interface {
	Add(T)
	Len() int
}

func Fill[T any](a Adder[T], xs ...T) int {
	for _, x := range xs {
		a.Add(x)
	}
	return a.Len()
}

func main() {
	n := &Named[ID]{Name: "n"}
	fmt.Println(Fill[ID](n, 1, 2))
	l := &Logger[ID]{Named: n}
	fmt.Println(Fill[ID](l, 3), l.log, n.items)
	fmt.Printf("%T %T\n", l, l.Named.Base)
	fmt.Printf("%+v\n", *n)
}
