package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/template"
)

type Item struct {
	Name  string
	Price float64
	Tags  []string
	f     int
}

func (i Item) Upper() string               { return strings.ToUpper(i.Name) }
func (i *Item) Discount(p float64) float64 { return i.Price * (1 - p) }
func (i Item) Fail() (string, error)       { return "", errors.New("method failed") }

type Cart struct {
	User  string
	Items []*Item
	Meta  map[string]any
}

func main() {
	t := template.Must(template.New("t").Funcs(template.FuncMap{"add": func(a, b int) int { return a + b }, "join": strings.Join}).Parse(
		`{{define "item"}}{{.Upper}}: {{printf "%.2f" .Price}} ({{.Discount 0.5}}){{end -}}
Hi {{.User | printf "%q"}}
{{range $i, $e := .Items}}{{add $i 1}}. {{template "item" $e}}{{with .Tags}} [{{join . ","}}]{{else}} no tags{{end}}
{{end}}{{if and .Meta.x (gt (len .Items) 1)}}many {{index .Meta "x"}}{{end}} {{eq .User "bob"}}
`))
	c := Cart{"ann", []*Item{{"pen", 1.5, []string{"a", "b"}, 0}, {"ink", 3, nil, 0}}, map[string]any{"x": 5}}
	fmt.Println(t.Execute(os.Stdout, c))
	e := template.Must(template.New("e").Parse("{{.Fail}}"))
	fmt.Println(e.Execute(io.Discard, c.Items[0]))
	e = template.Must(template.New("e2").Parse("{{.Missing}}"))
	fmt.Println(e.Execute(io.Discard, c))
	_, err := template.New("bad").Parse("{{.A")
	fmt.Println(err)
}
