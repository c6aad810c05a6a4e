package main

import (
	"fmt"
	"reflect"
)

type Inner struct{ A int }
type T struct {
	Inner
	Name string `json:"name" db:"n"`
	priv int
	P    *T
	F    func(int, ...string) (bool, error)
	M    map[string][]Inner
}

func (t T) Hello(s string) string { return "hello " + s + " from " + t.Name }
func (t *T) Set(n string)         { t.Name = n }
func (t T) unexported()           {}

type Kind uint8
type Iface interface{ Hello(string) string }

func main() {
	t := T{Name: "n"}
	rt := reflect.TypeOf(t)
	fmt.Println(rt, rt.Name(), rt.Kind(), rt.NumField(), rt.NumMethod(), rt.PkgPath(), reflect.TypeOf(&t).NumMethod())
	for i := range rt.NumField() {
		f := rt.Field(i)
		fmt.Println(f.Name, f.Type, f.Tag.Get("db"), f.Anonymous, f.IsExported(), f.PkgPath, f.Index)
	}
	pt := reflect.TypeOf(&t)
	for i := range pt.NumMethod() {
		m := pt.Method(i)
		fmt.Println(m.Name, m.Type)
	}
	v := reflect.ValueOf(&t)
	fmt.Println(v.MethodByName("Hello").Call([]reflect.Value{reflect.ValueOf("x")})[0])
	v.MethodByName("Set").Call([]reflect.Value{reflect.ValueOf("changed")})
	fmt.Println(t.Name, v.Elem().FieldByName("A").Int(), v.Elem().FieldByName("priv").CanSet())
	v.Elem().FieldByName("A").SetInt(5)
	fmt.Println(t.A, reflect.DeepEqual(t.Inner, Inner{5}))
	k := reflect.TypeFor[Kind]()
	fmt.Println(k, k.Kind(), k.Size(), reflect.Zero(k).Interface() == any(Kind(0)))
	it := reflect.TypeFor[Iface]()
	fmt.Println(it, it.Kind(), rt.Implements(it), k.Implements(it))
	fmt.Println(reflect.TypeOf(Inner{}) == reflect.TypeOf(struct{ A int }{}), reflect.TypeOf(Inner{}).ConvertibleTo(reflect.TypeOf(struct{ A int }{})))
	nv := reflect.New(rt).Elem()
	nv.Field(1).SetString("made")
	fmt.Println(nv.Interface().(T).Hello("y"))
	fn := reflect.MakeFunc(reflect.TypeOf(func(int) int { return 0 }), func(a []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(int(a[0].Int() * 2))}
	})
	fmt.Println(fn.Interface().(func(int) int)(21))
	s := reflect.MakeSlice(reflect.TypeFor[[]Kind](), 2, 2)
	s.Index(1).SetUint(9)
	fmt.Printf("%v %T\n", s.Interface(), s.Interface())
	m := reflect.ValueOf(map[Kind]string{1: "a"})
	fmt.Println(m.MapIndex(reflect.ValueOf(Kind(1))), m.Type())
	type local struct{ x int }
	fmt.Println(reflect.TypeOf(local{}), reflect.TypeOf(local{}).Name())
}
