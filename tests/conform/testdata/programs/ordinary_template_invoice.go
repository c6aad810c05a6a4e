package main

import (
	"log"
	"os"
	"strings"
	"text/template"
)

type Line struct {
	Item  string
	Qty   int
	Price float64
}

func (l Line) Total() float64 { return float64(l.Qty) * l.Price }

type Invoice struct {
	No    int
	To    string
	Lines []Line
}

func (i Invoice) Sum() (s float64) {
	for _, l := range i.Lines {
		s += l.Total()
	}
	return
}

const layout = `INVOICE #{{printf "%04d" .No}} for {{.To | title}}
{{- range .Lines}}
{{printf "%-10s" .Item}} {{.Qty}} x {{printf "%6.2f" .Price}} = {{printf "%7.2f" .Total}}
{{- end}}
TOTAL {{printf "%.2f" .Sum}}
{{if gt .Sum 100.0}}Thank you!{{else}}Bye{{end}}
`

func main() {
	t := template.Must(template.New("inv").Funcs(template.FuncMap{"title": func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }}).Parse(layout))
	if err := t.Execute(os.Stdout, Invoice{7, "ann", []Line{{"pen", 10, 1.5}, {"desk", 1, 99.9}}}); err != nil {
		log.Fatal(err)
	}
}
