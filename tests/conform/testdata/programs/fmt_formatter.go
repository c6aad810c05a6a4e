package main

import "fmt"

type Temp float64

func (t Temp) Format(s fmt.State, verb rune) {
	switch verb {
	case 'v':
		if s.Flag('+') {
			fmt.Fprintf(s, "temperature %.2f", float64(t))
			return
		}
		fallthrough
	case 's':
		w, ok := s.Width()
		fmt.Fprintf(s, "%.1f°(%d,%v)", float64(t), w, ok)
	default:
		fmt.Fprintf(s, "%%!%c", verb)
	}
}

type Secret string

func (Secret) GoString() string { return "Secret(***)" }
func (Secret) String() string   { return "***" }

type Bad struct{ n *int }

func (b Bad) String() string { return fmt.Sprint(*b.n) }

type E struct{ code int }

func (e E) Error() string  { return fmt.Sprint("E", e.code) }
func (e E) String() string { return "not used" }

func main() {
	fmt.Printf("%v|%+v|%s|%8v|%d\n", Temp(1), Temp(2), Temp(3), Temp(4), Temp(5))
	fmt.Println(Temp(6), []Temp{7}, map[string]Temp{"a": 8}, struct{ T Temp }{9})
	fmt.Printf("%#v %v %s %q %#v\n", Secret("x"), Secret("x"), Secret("x"), Secret("x"), []Secret{"a"})
	fmt.Printf("%#v\n", struct{ S Secret }{"z"})
	fmt.Println(Bad{})
	fmt.Println((*E)(nil))
	fmt.Println(E{1}, &E{2}, []any{E{3}}, []error{E{4}})
	fmt.Printf("%v %s %d %x\n", E{5}, E{6}, E{7}, E{8})
}
