package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

type Animal struct{ Name string }

func (a *Animal) Rename(n string) { a.Name = n }
func (a Animal) Describe() string { return "animal " + a.Name }
func (a Animal) Sound() string    { return "..." }

type Dog struct {
	Animal
	Breed string
}

func (d Dog) Sound() string { return "woof, not " + d.Animal.Sound() }

type Puppy struct {
	*Dog
	Age int
}

type Speaker interface{ Sound() string }

type Loud struct{ Speaker }

func (l Loud) Sound() string { return strings.ToUpper(l.Speaker.Sound()) }

type Buf struct {
	bytes.Buffer
	sync.Mutex
	writes int
}

func (b *Buf) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	b.writes++
	return b.Buffer.Write(p)
}

type X struct{ V int }
type Y struct{ V string }
type Z struct {
	X
	Y
	W int
}

type Deep struct{ Z }

func main() {
	d := Dog{Animal{"rex"}, "lab"}
	d.Rename("max")
	fmt.Println(d.Describe(), d.Sound(), d.Name)
	p := Puppy{&d, 1}
	p.Rename("tiny")
	fmt.Println(d.Name, p.Describe(), p.Sound(), p.Dog.Animal.Name)
	fmt.Printf("%v %+v\n", d, d)
	for _, s := range []Speaker{d, &d, p, Loud{d}, Loud{Loud{p}}} {
		fmt.Printf("%T %s\n", s, s.Sound())
	}
	var b Buf
	fmt.Fprintf(&b, "hello %d", 1)
	io.WriteString(&b, " world")
	fmt.Println(b.String(), b.Len(), b.writes)
	z := Deep{Z{X{1}, Y{"y"}, 2}}
	fmt.Println(z.X.V, z.Y.V, z.W)
	fmt.Printf("%+v\n", z)
	f := p.Describe
	p.Rename("other")
	fmt.Println(f(), p.Describe())
}
