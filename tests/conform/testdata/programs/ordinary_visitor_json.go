package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

func walk(path string, v any, visit func(path string, leaf any)) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			walk(path+"."+k, x[k], visit)
		}
	case []any:
		for i, e := range x {
			walk(fmt.Sprintf("%s[%d]", path, i), e, visit)
		}
	default:
		visit(path, x)
	}
}

func main() {
	var v any
	err := json.Unmarshal([]byte(`{"name":"x","list":[1,2.5,{"deep":true}],"none":null,"obj":{"k":"v"}}`), &v)
	if err != nil {
		panic(err)
	}
	walk("$", v, func(p string, leaf any) { fmt.Printf("%s = %v (%T)\n", p, leaf, leaf) })
}
