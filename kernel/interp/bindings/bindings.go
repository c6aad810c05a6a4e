// Package bindings makes goherd's own packages known to the interpreter: what yaegi
// calls exports, generated from the packages that cells import. The standard
// library's are in package std.
//
// After a change to what a package exports, "go generate ./kernel/..." makes them anew, and the
// types that the cell compiler checks against (kernel/cell/std). Tests fail where that was forgotten.
package bindings

import "reflect"

//go:generate go run github.com/traefik/yaegi/cmd/yaegi extract -name bindings github.com/goherd/goherd/display github.com/goherd/goherd/display/comm
//go:generate go run ./gen

// Symbols holds the exports by import path and package name, as yaegi's Use wants
// them.
var Symbols = map[string]map[string]reflect.Value{}
