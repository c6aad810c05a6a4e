// Package sources holds the source of the packages that cells import and that are generic: the cell compiler
// takes it in as it does that of a module, so that a type of a cell can be their type argument.
// What they need of the machine they have from runtime/core, which is compiled.
package sources

import "embed"

// Files has the folders of the packages: "pool/pool.go".
//
//go:embed pool/compare.go pool/map.go pool/pool.go pool/reduce.go pool/stream.go
//go:embed task/future.go task/process.go task/task.go
var Files embed.FS
