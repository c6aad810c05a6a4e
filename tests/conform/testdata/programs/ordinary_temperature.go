package main

import "fmt"

type Celsius float64
type Fahrenheit float64
type Kelvin float64

const (
	AbsoluteZero Celsius = -273.15
	Freezing     Celsius = 0
	Boiling      Celsius = 100
)

func (c Celsius) String() string    { return fmt.Sprintf("%g°C", c) }
func (f Fahrenheit) String() string { return fmt.Sprintf("%g°F", f) }
func (c Celsius) F() Fahrenheit     { return Fahrenheit(c*9/5 + 32) }
func (f Fahrenheit) C() Celsius     { return Celsius((f - 32) * 5 / 9) }
func (c Celsius) K() Kelvin         { return Kelvin(c - AbsoluteZero) }

func main() {
	for _, c := range []Celsius{AbsoluteZero, Freezing, Boiling} {
		fmt.Println(c, c.F(), c.F().C(), c.K())
	}
	fmt.Printf("%v %.1f %s\n", Boiling-Freezing, float64(Boiling), Boiling.F())
	m := map[string]Celsius{"today": 21.5}
	fmt.Println(m, []any{Boiling, Fahrenheit(1)})
}
