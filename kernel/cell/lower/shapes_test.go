package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/cell/lower/internal/shapes"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/natives"
)

// TestShapes compares descriptions with reflect.
func TestShapes(t *testing.T) {
	src, err := os.ReadFile("internal/shapes/shapes.go")
	if err != nil {
		t.Fatal(err)
	}
	u, f := checkUnit(t, 1, string(src))
	u.Name = reflect.TypeFor[Unit]().PkgPath() + "/internal/shapes"
	p := declareAll(t, NewLinker(testLib), u, f)
	var asked []types.Type
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			ast.Inspect(g, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Name == "TypeFor" {
					asked = append(asked, u.Info.Instances[id].TypeArgs.At(0))
				}
				return true
			})
		}
	}
	if len(asked) != len(shapes.Types) {
		t.Fatalf("%d types for %d", len(asked), len(shapes.Types))
	}
	ids := make([]code.TypeID, len(asked))
	for i, typ := range asked {
		ids[i] = p.typeID(typ)
	}
	out := finish(t, p)
	described := map[code.TypeID]code.Type{}
	for _, typ := range out.Types {
		described[typ.ID] = typ
	}
	for i, want := range shapes.Types {
		compareType(t, described, described[ids[i]], want)
	}
}

func compareType(t *testing.T, described map[code.TypeID]code.Type, got code.Type, want reflect.Type) {
	t.Helper()
	if got.Name != want.Name() || got.Path != want.PkgPath() || int(got.Kind) != int(want.Kind()) {
		t.Errorf("%v: got kind %d, name %s, path %q", want, got.Kind, got.Name, got.Path)
	}
	if got.Compiled {
		if _, isInstance := natives.Type(got.Path, got.Name); strings.Contains(got.Name, "[") && !isInstance {
			t.Errorf("%v is called compiled", want)
		}
		return
	}
	if got.Kind == code.Struct {
		if len(got.Fields) != want.NumField() {
			t.Errorf("%v: %d fields", want, len(got.Fields))
			return
		}
		for i, f := range got.Fields {
			w := want.Field(i)
			if f.Name != w.Name || f.Path != w.PkgPath || f.Tag != string(w.Tag) || f.Embedded != w.Anonymous {
				t.Errorf("%v: field %+v, want %+v", want, f, w)
			}
		}
	}
	if got.Kind == code.Interface {
		var names, wants []string
		for _, m := range got.Methods {
			names = append(names, m.Name+m.Path)
		}
		for m := range want.Methods() {
			wants = append(wants, m.Name+m.PkgPath)
		}
		if !slices.Equal(names, wants) {
			t.Errorf("%v: methods %v, want %v", want, names, wants)
		}
		return
	}
	var value, pointer []string
	for _, m := range got.Methods {
		if m.Func == 0 {
			t.Errorf("%v: no function for %s", want, m.Name)
		}
		if m.Path != "" {
			continue
		}
		text := fmt.Sprint(m.Name, " ", len(described[m.Sig].In), " ", len(described[m.Sig].Out))
		pointer = append(pointer, text)
		if !m.Pointer {
			value = append(value, text)
		}
	}
	for _, c := range []struct {
		got []string
		of  reflect.Type
	}{{value, want}, {pointer, reflect.PointerTo(want)}} {
		var wants []string
		for m := range c.of.Methods() {
			wants = append(wants, fmt.Sprint(m.Name, " ", m.Type.NumIn()-1, " ", m.Type.NumOut()))
		}
		if !slices.Equal(c.got, wants) {
			t.Errorf("%v: methods %v, want %v", c.of, c.got, wants)
		}
	}
}
