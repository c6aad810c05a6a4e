package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

type Level int

func (l *Level) UnmarshalText(b []byte) error {
	switch string(b) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return fmt.Errorf("bad level %q", b)
	}
	return nil
}

type When struct{ time.Time }

func (w *When) UnmarshalJSON(b []byte) error {
	t, err := time.Parse(`"2006-01-02"`, string(b))
	w.Time = t
	return err
}

type Address struct{ Street, City string }
type Person struct {
	Name    string
	Age     int `json:"age"`
	Emails  []string
	Address *Address
	Level   Level
	Born    When
	Extra   map[string]any
	Any     any
	private int
}

func main() {
	src := `{"name":"Ann","age":30,"Emails":["a@b","c@d"],"address":{"Street":"s","city":"c"},"Level":"high","Born":"2001-02-03",
	"Extra":{"n":1.5,"l":[1,"a",null,true]},"Any":{"x":1},"private":9,"unknown":1}`
	var p Person
	err := json.Unmarshal([]byte(src), &p)
	fmt.Println(err, p.Name, p.Age, p.Emails, *p.Address, p.Level, p.Born.Year(), p.Extra, p.Any, p.private)
	var ute *json.UnmarshalTypeError
	err = json.Unmarshal([]byte(`{"age":"x"}`), &p)
	fmt.Println(err, errors.As(err, &ute))
	fmt.Println(json.Unmarshal([]byte(`{"Level":"none"}`), &p))
	fmt.Println(json.Unmarshal([]byte(`{bad`), &p))
	var se *json.SyntaxError
	fmt.Println(errors.As(json.Unmarshal([]byte(`[1,]`), new([]int)), &se), se.Offset)
	d := json.NewDecoder(strings.NewReader(`{"Name":"a"} {"Name":"b","zzz":1}`))
	d.DisallowUnknownFields()
	for {
		var q Person
		if err := d.Decode(&q); err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(q.Name)
	}
	var ps []*Person
	fmt.Println(json.Unmarshal([]byte(`[{"Name":"x"},null]`), &ps), len(ps), ps[0].Name, ps[1] == nil)
	m := map[Level][]Address{}
	fmt.Println(json.Unmarshal([]byte(`{"low":[{"City":"z"}]}`), &m), m)
}
