package main

import (
	"encoding/xml"
	"fmt"
)

type Addr struct {
	City string `xml:"city"`
	Zip  string `xml:"zip,attr"`
}
type Person struct {
	XMLName xml.Name `xml:"person"`
	ID      int      `xml:"id,attr"`
	Name    string   `xml:"name>first"`
	Emails  []string `xml:"email"`
	Addr    Addr     `xml:"address"`
	Comment string   `xml:",comment"`
	Level   Level    `xml:"level"`
	hidden  int
}
type Level int

func (l Level) MarshalText() ([]byte, error) { return []byte(fmt.Sprint("L", int(l))), nil }
func (l *Level) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "L%d", (*int)(l))
	return err
}

func main() {
	p := Person{ID: 3, Name: "Ann <x>", Emails: []string{"a", "b"}, Addr: Addr{"c", "12"}, Comment: " hi ", Level: 4}
	b, err := xml.MarshalIndent(p, "", " ")
	fmt.Println(string(b), err)
	var q Person
	fmt.Println(xml.Unmarshal(b, &q), q.ID, q.Name, q.Emails, q.Addr, q.Level, q.XMLName.Local)
	fmt.Println(xml.Unmarshal([]byte("<person><a></person>"), &q))
	b, _ = xml.Marshal([]Addr{{"x", "1"}})
	fmt.Println(string(b))
}
