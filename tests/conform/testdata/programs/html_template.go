package main

import (
	"fmt"
	"html/template"
	"os"
)

type Page struct {
	Title string
	Links []Link
	Safe  template.HTML
}
type Link struct{ URL, Text string }

func main() {
	t := template.Must(template.New("p").Parse(`<h1>{{.Title}}</h1>{{range .Links}}<a href="{{.URL}}">{{.Text}}</a>{{end}}{{.Safe}}<script>var x = {{.Links}};</script>`))
	err := t.Execute(os.Stdout, Page{"<b>&", []Link{{"javascript:x", "a'b"}, {"/p?q=1 2", "ok"}}, "<i>s</i>"})
	fmt.Println()
	fmt.Println(err)
}
