package main

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

type Person struct {
	Name string
	Age  int
}
type ByAge []Person

func (a ByAge) Len() int           { return len(a) }
func (a ByAge) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a ByAge) Less(i, j int) bool { return a[i].Age < a[j].Age }

type multi struct {
	ps   []Person
	less []func(a, b *Person) int
}

func (m *multi) Len() int      { return len(m.ps) }
func (m *multi) Swap(i, j int) { m.ps[i], m.ps[j] = m.ps[j], m.ps[i] }
func (m *multi) Less(i, j int) bool {
	for _, f := range m.less {
		if c := f(&m.ps[i], &m.ps[j]); c != 0 {
			return c < 0
		}
	}
	return false
}

func main() {
	ps := []Person{{"Bob", 31}, {"Ann", 25}, {"Carl", 31}, {"Dan", 25}}
	sort.Sort(ByAge(ps))
	fmt.Println(sort.IsSorted(ByAge(ps)), ps[0].Age)
	sort.Stable(sort.Reverse(ByAge(ps)))
	fmt.Println(ps[0].Age, ps[3].Age)
	sort.Sort(&multi{ps, []func(a, b *Person) int{func(a, b *Person) int { return a.Age - b.Age }, func(a, b *Person) int { return strings.Compare(a.Name, b.Name) }}})
	fmt.Println(ps)
	sort.Slice(ps, func(i, j int) bool { return ps[i].Name > ps[j].Name })
	fmt.Println(ps)
	slices.SortFunc(ps, func(a, b Person) int { return cmp.Or(cmp.Compare(a.Age, b.Age), strings.Compare(b.Name, a.Name)) })
	fmt.Println(ps)
	i := sort.Search(100, func(i int) bool { return i*i >= 50 })
	fmt.Println(i, sort.SearchInts([]int{1, 3, 5}, 4))
	s := []string{"b", "c", "a"}
	sort.Strings(s)
	sort.Sort(sort.Reverse(sort.StringSlice(s)))
	fmt.Println(s)
}
