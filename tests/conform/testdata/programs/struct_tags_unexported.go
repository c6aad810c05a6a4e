package main

import (
	"encoding/json"
	"fmt"
	"reflect"
)

type Inner struct {
	Pub  int `json:"pub"`
	priv string
}
type outer struct {
	Inner
	*extra
	X int
	y []Inner
}
type extra struct{ Z float64 }

func main() {
	o := outer{Inner{1, "p"}, &extra{2.5}, 3, []Inner{{4, "q"}}}
	b, err := json.Marshal(o)
	fmt.Println(string(b), err)
	fmt.Printf("%+v\n", o.y)
	fmt.Printf("%#v\n", o.Inner)
	t := reflect.TypeOf(o)
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Println(f.Name, f.Type, f.IsExported(), f.Anonymous)
	}
	v := reflect.ValueOf(o)
	fmt.Println(v.Field(3).Len(), v.Field(3).CanInterface(), v.FieldByName("Z").Float())
	fmt.Println(o.Z, o.Pub, o.priv)
}
