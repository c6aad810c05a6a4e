package engine_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/interp/code"
)

func TestVariables(t *testing.T) {
	p := load(t, &host{}, "package main\nvar x = 7\nvar y = \"why\"")
	list := p.Variables()
	if x := list[p.vars["x"]]; len(list) != 2 || x.Name != "x" || x.Value.Interface() != 7 || list[p.vars["y"]].Value.Interface() != "why" {
		t.Fatalf("%v", list)
	}
	// A later cell declares x anew, with another type; a package that runs from its source has one of its own.
	var text code.TypeID
	for _, g := range p.code.Globals {
		if g.Name == "y" {
			text = g.Type
		}
	}
	err := p.Load(&code.Program{Globals: []code.Global{{ID: 91, Name: "x", Type: text}, {ID: 92, Name: "y", Type: text, Init: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	list = p.Variables()
	if x := list[91]; len(list) != 2 || x.Name != "x" || x.Value.Interface() != "" || list[p.vars["y"]].Value.Interface() != "why" {
		t.Errorf("%v", list)
	}
}
