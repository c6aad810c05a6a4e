// Package generic holds the source of what is generic in the standard library, and so
// has no compiled form without type arguments. It is data: nothing here runs it.
//
// The file of a package declares its generic functions as users know them. For
// a method of a generic type it has a function that takes the receiver first, called Type_Method.
// Functions without a body are compiled, in package kernel/interp/natives,
// under their name with the import path.
package generic

import (
	"embed"
	"strings"
)

//go:embed _src/*.go
var files embed.FS

// Source returns the source for an import path. ok is false if there is none.
func Source(path string) (src string, ok bool) {
	b, err := files.ReadFile("_src/" + strings.ReplaceAll(path, "/", "_") + ".go")
	return string(b), err == nil
}
