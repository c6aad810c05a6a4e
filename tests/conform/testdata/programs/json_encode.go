package main

import (
	"encoding/json"
	"fmt"
	"strconv"
)

type Status int

func (s Status) MarshalText() ([]byte, error) { return []byte("st" + strconv.Itoa(int(s))), nil }

type Money struct{ cents int }

func (m Money) MarshalJSON() ([]byte, error) { return json.Marshal(float64(m.cents) / 100) }

type Base struct {
	ID      int `json:"id"`
	created string
}
type Item struct {
	Base
	Name   string            `json:"name"`
	Price  Money             `json:"price"`
	Tags   []string          `json:"tags,omitempty"`
	Status Status            `json:"status"`
	Attrs  map[string]any    `json:"attrs"`
	Skip   string            `json:"-"`
	Ptr    *Item             `json:"ptr,omitempty"`
	By     map[Status]string `json:"by"`
	Raw    json.RawMessage   `json:"raw"`
	B      []byte
	F      float64 `json:",string"`
	Any    any
	secret int
}

func main() {
	it := Item{Base: Base{1, "x"}, Name: "n<&>", Price: Money{1999}, Status: 2, Attrs: map[string]any{"z": 1, "a": []int{1}, "m": Money{5}},
		Ptr: &Item{Name: "inner"}, By: map[Status]string{3: "x", 1: "y"}, Raw: json.RawMessage(`{"k":1}`), B: []byte("hi"), F: 1.5, Any: Status(7)}
	it.Ptr.Raw = json.RawMessage("null")
	b, err := json.Marshal(it)
	fmt.Println(string(b), err)
	b, err = json.MarshalIndent(struct {
		A []Money
		M map[string]Money
	}{[]Money{{100}, {250}}, map[string]Money{"x": {1}}}, "", "  ")
	fmt.Println(string(b), err)
	_, err = json.Marshal(map[string]any{"f": func() {}})
	fmt.Println(err)
	_, err = json.Marshal(make(chan int))
	fmt.Println(err)
}
