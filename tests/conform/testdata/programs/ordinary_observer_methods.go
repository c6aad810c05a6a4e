package main

import "fmt"

type Celsius float64

type Observer interface{ Notify(Celsius) }
type ObserverFunc func(Celsius)

func (f ObserverFunc) Notify(c Celsius) { f(c) }

type Sensor struct {
	obs  []Observer
	last Celsius
}

func (s *Sensor) Attach(o ...Observer) { s.obs = append(s.obs, o...) }
func (s *Sensor) Set(c Celsius) {
	s.last = c
	for _, o := range s.obs {
		o.Notify(c)
	}
}

type Alarm struct {
	Limit Celsius
	Count int
}

func (a *Alarm) Notify(c Celsius) {
	if c > a.Limit {
		a.Count++
		fmt.Printf("alarm %d: %.1f > %.1f\n", a.Count, c, a.Limit)
	}
}

type Average struct {
	sum Celsius
	n   int
}

func (a *Average) Notify(c Celsius) { a.sum += c; a.n++ }
func (a Average) Value() Celsius    { return a.sum / Celsius(a.n) }

func main() {
	s := &Sensor{}
	al, avg := &Alarm{Limit: 30}, &Average{}
	s.Attach(al, avg, ObserverFunc(func(c Celsius) { fmt.Println("seen", c) }))
	for _, t := range []Celsius{20, 31.5, 35, 10} {
		s.Set(t)
	}
	fmt.Printf("%.3f %d %v\n", avg.Value(), al.Count, s.last)
}
