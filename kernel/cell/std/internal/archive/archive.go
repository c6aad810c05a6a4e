// Package archive is the format of the embedded type data and documentation:
// what the generator writes and package std reads. It neither compresses nor
// type-checks anything.
//
// An archive is text lines, then bytes:
//
//	goherd-std 1 go1.26.8
//	path TAB name TAB length of types TAB length of docs TAB synopsis    (one line for each package)
//	(empty line)
//	types and docs of the first package, of the second, ...
//
// The index is plain text so that its strings can be used where they lie in
// the binary, without a copy on the heap. Types and docs are compressed one by
// one: a package that nobody imports costs nothing.
package archive

import (
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

const magic = "goherd-std 1 "

// Env is the environment in which the packages are listed and loaded: one
// platform for everybody, without cgo, without experiments.
var Env = []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOEXPERIMENT=", "GOFLAGS=-buildvcs=false"}

// Importable tells whether user code may import a package of the standard
// library or of goherd: internal and vendored packages it may not.
func Importable(path string) bool {
	for elem := range strings.SplitSeq(path, "/") {
		if elem == "internal" || elem == "vendor" {
			return false
		}
	}
	return true
}

// Entry is one package to be written. Types and Docs are as they will lie in
// the archive, that is compressed; each may be empty.
type Entry struct {
	Path, Name, Synopsis string
	Types, Docs          []byte
}

// Encode writes an archive. version is the Go version the data is of.
func Encode(version string, entries []Entry) []byte {
	var b []byte
	b = append(b, magic+version+"\n"...)
	oneLine := strings.NewReplacer("\n", " ", "\t", " ")
	for _, e := range entries {
		b = fmt.Appendf(b, "%s\t%s\t%d\t%d\t%s\n", e.Path, e.Name, len(e.Types), len(e.Docs), oneLine.Replace(e.Synopsis))
	}
	b = append(b, '\n')
	for _, e := range entries {
		b = append(append(b, e.Types...), e.Docs...)
	}
	return b
}

// Package is one line of the index. All strings are parts of the archive.
type Package struct {
	Path, Name, Synopsis string
	Types, Docs          string // compressed; empty if there is none
}

// Decode reads the index of an archive.
func Decode(data string) (version string, pkgs []Package, err error) {
	head, body, ok := strings.Cut(data, "\n\n")
	if !ok || !strings.HasPrefix(head, magic) {
		return "", nil, fmt.Errorf("not an archive of type data")
	}
	first, lines, _ := strings.Cut(head, "\n")
	version = first[len(magic):]
	pkgs = make([]Package, 0, 1+strings.Count(lines, "\n"))
	for line := range strings.SplitSeq(lines, "\n") {
		if line == "" {
			continue
		}
		f := strings.SplitN(line, "\t", 5)
		if len(f) != 5 {
			return "", nil, fmt.Errorf("archive of type data: bad line %q", line)
		}
		nt, err1 := strconv.Atoi(f[2])
		nd, err2 := strconv.Atoi(f[3])
		if err1 != nil || err2 != nil || nt < 0 || nd < 0 || nt+nd > len(body) {
			return "", nil, fmt.Errorf("archive of type data: bad lengths for %s", f[0])
		}
		pkgs = append(pkgs, Package{Path: f[0], Name: f[1], Synopsis: f[4], Types: body[:nt], Docs: body[nt : nt+nd]})
		body = body[nt+nd:]
	}
	return version, pkgs, nil
}

// Record is the documentation of one declaration. Name is empty for the
// package itself, else "Name" or "Type.Method".
type Record struct {
	Name, Signature, Doc string
}

// EncodeRecords writes the documentation of a package.
func EncodeRecords(records []Record) []byte {
	var b []byte
	for _, r := range records {
		for _, s := range []string{r.Name, r.Signature, r.Doc} {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	return b
}

// Records yields what EncodeRecords wrote, in the same order, without copying
// text. It stops at the first malformed record.
func Records(data string) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for len(data) > 0 {
			var f [3]string
			for i := range f {
				n, rest, ok := uvarint(data)
				if !ok || n > uint64(len(rest)) {
					return
				}
				f[i], data = rest[:n], rest[n:]
			}
			if !yield(Record{f[0], f[1], f[2]}) {
				return
			}
		}
	}
}

func uvarint(s string) (n uint64, rest string, ok bool) {
	head := []byte(s[:min(len(s), binary.MaxVarintLen64)])
	n, w := binary.Uvarint(head)
	if w <= 0 {
		return 0, "", false
	}
	return n, s[w:], true
}
