package main

import "fmt"

type Number interface{ ~int | ~float64 }
type Cents int

func (c Cents) String() string { return fmt.Sprintf("$%d.%02d", c/100, c%100) }

type Entry[N Number] struct {
	Memo   string
	Amount N
}

type Ledger[N Number] struct{ entries []Entry[N] }

func (l *Ledger[N]) Add(memo string, n N) *Ledger[N] {
	l.entries = append(l.entries, Entry[N]{memo, n})
	return l
}

func (l *Ledger[N]) Balance() (b N) {
	for _, e := range l.entries {
		b += e.Amount
	}
	return
}

func (l *Ledger[N]) Largest() (e Entry[N], ok bool) {
	for i, x := range l.entries {
		if i == 0 || x.Amount > e.Amount {
			e, ok = x, true
		}
	}
	return
}

func main() {
	var l Ledger[Cents]
	l.Add("salary", 100050).Add("rent", -60000).Add("food", -12345)
	fmt.Println(l.Balance())
	fmt.Println(l.Largest())
	fmt.Println(l.entries)
	f := (&Ledger[float64]{}).Add("x", 1.5)
	fmt.Printf("%v %T %+v\n", f.Balance(), f, *f)
	_, ok := new(Ledger[int]).Largest()
	fmt.Println(ok)
}
