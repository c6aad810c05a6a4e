package lower_test

import "testing"

// Operations that stand among calls are carried out in their turn, and variables are read after
// the calls, as by compiled code. What compiled code does here is written down, for it does other
// things when the race detector looks at it.
func TestOrder(t *testing.T) {
	const head = `
import "fmt"

type point struct{ x, y int }

var (
	s   = []int{1}
	str = "a"
	b   bool
	i   = 1
	p   point
	m   = map[int]int{}
	a   = map[any]int{}
	nul *point
	z   int
)

// change changes all variables.
func change() int {
	s = append(s, 1)
	s[0]++
	str += "b"
	b = !b
	i++
	p.x++
	m[i], a[i] = i, i
	return 0
}

func show(a ...any) { fmt.Println(a...) }

func caught() { fmt.Println(recover()) }
`
	for _, c := range []struct{ text, want string }{
		// In their turn.
		{"show(len(s), change(), len(s))", "1 0 2"},
		{"show(len(s) + change(), len(m) - change())", "1 1"},
		{"show(len(s) == change(), cap(s) | change())", "false 2"},
		{"show(min(i, 9), change(), max(i, 0))", "1 0 2"},
		{"show(b && i == 1 || b, change(), b || i == 1)", "false 0 true"},
		{"show(p == point{}, change(), p == point{})", "true 0 false"},
		{"show(point{i, 0}, change(), &point{i, 0})", "{1 0} 0 &{2 0}"},
		{"show(map[int]int{i: i}, change(), map[int]int{i: i})", "map[1:1] 0 map[2:2]"},
		{"show(string([]byte(str)), change(), []byte(str))", "a 0 [97 98]"},
		{"show(str[:1], str[len(str)-1:], change(), str[len(str)-1:])", "a a 0 b"},
		// After the calls.
		{"show(i, change(), i)", "2 0 2"},
		{"show(s[0], change(), s[0])", "2 0 2"},
		{"show(m[2], change(), m[2])", "2 0 2"},
		{"show(a[any(2)] + change(), a[any(2)])", "2 2"},
		{"show(str+\"x\", change(), str)", "abx 0 ab"},
		{"show([]int{i}, change(), i+1)", "[2] 0 3"},
		{"show(p.x, change(), p)", "1 0 {1 0}"},
		// Which panic comes first.
		{"defer caught(); show(1/z, str[5:])", "runtime error: slice bounds out of range [5:1]"},
		{"defer caught(); show(1/z, any(str).(int))", "interface conversion: interface {} is string, not int"},
		{"defer caught(); show(s[5], len(s[i:z]))", "runtime error: slice bounds out of range [1:0]"},
		{"defer caught(); show(s[5], 1/z)", "runtime error: index out of range [5] with length 1"},
		{"defer caught(); s[5] += 1 / z", "runtime error: index out of range [5] with length 1"},
		{"defer caught(); s[5] = 1 / z", "runtime error: integer divide by zero"},
		{"defer caught(); s[s[5]] = int(str[i])", "runtime error: index out of range [1] with length 1"},
		{"defer caught(); nul.x = int(str[i])", "runtime error: index out of range [1] with length 1"},
		{"defer caught(); nul.x += s[5]", "runtime error: invalid memory address or nil pointer dereference"},
		{"defer caught(); s[5] += change()", "runtime error: index out of range [5] with length 2"},
	} {
		got, err := run("package main\n" + head + "func main() { " + c.text + " }")
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got != c.want+"\n" {
			t.Errorf("%s\nprints %s wants  %s", c.text, got, c.want)
		}
	}
}
