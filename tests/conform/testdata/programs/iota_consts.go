package main

import "fmt"

type Weekday int

const (
	Sunday Weekday = iota
	Monday
	Tuesday
	_
	Thursday
)

func (d Weekday) String() string {
	return [...]string{"Sun", "Mon", "Tue", "Wed", "Thu"}[d]
}

type Size float64

const (
	_       = iota
	KB Size = 1 << (10 * iota)
	MB
	GB
)

const (
	a, b = iota, iota * 10
	c, d
	e, f
)

const (
	x = "s"
	y
	z = iota
	w
)

type Flags uint8

const (
	FlagA Flags = 1 << iota
	FlagB
	FlagC
	mask = FlagA | FlagC
)

const (
	big   = 1 << 100
	small = big >> 98
)

func main() {
	fmt.Println(Sunday, Monday, Thursday, Weekday(2))
	fmt.Printf("%d %v %s %T %+v\n", Tuesday, Tuesday, Tuesday, Tuesday, []Weekday{0, 1})
	fmt.Println(KB, MB, GB)
	fmt.Println(a, b, c, d, e, f, x, y, z, w)
	fmt.Printf("%03b %T %v\n", mask, mask, mask&FlagB == 0)
	fmt.Println(small, big/1e29 > 1)
	const (
		first = iota + 1
		second
	)
	fmt.Println(first, second)
}
