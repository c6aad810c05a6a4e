package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
)

type NotFound struct{ Name string }

func (e *NotFound) Error() string        { return e.Name + " not found" }
func (e *NotFound) Is(target error) bool { return target == fs.ErrNotExist }

type Temporary interface{ Temporary() bool }
type netErr struct{ msg string }

func (n netErr) Error() string   { return n.msg }
func (n netErr) Temporary() bool { return true }

type wrap struct{ err error }

func (w wrap) Error() string { return "wrap(" + w.err.Error() + ")" }
func (w wrap) Unwrap() error { return w.err }

var ErrBase = errors.New("base")

func main() {
	err := fmt.Errorf("ctx: %w", &NotFound{"f"})
	var nf *NotFound
	fmt.Println(errors.As(err, &nf), nf.Name, errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrBase))
	err = wrap{fmt.Errorf("a: %w, b: %w", ErrBase, netErr{"net"})}
	var tmp Temporary
	fmt.Println(err, errors.Is(err, ErrBase), errors.As(err, &tmp), tmp.Temporary())
	var ne netErr
	fmt.Println(errors.As(err, &ne), ne.msg, errors.Unwrap(err) != nil)
	j := errors.Join(ErrBase, nil, &NotFound{"x"})
	fmt.Println(j, errors.Is(j, ErrBase), errors.Is(j, fs.ErrNotExist))
	if e, ok := errors.AsType[*NotFound](j); ok {
		fmt.Println("AsType", e.Name)
	}
	_, e := os.Open("/does/not/exist")
	var pe *fs.PathError
	fmt.Println(errors.As(e, &pe), pe.Op, pe.Path, errors.Is(e, os.ErrNotExist))
	_, e = strconv.Atoi("12x")
	var numErr *strconv.NumError
	fmt.Println(e, errors.As(e, &numErr), errors.Is(e, strconv.ErrSyntax))
	fmt.Printf("%T %v %+v %q\n", err, err, &NotFound{"n"}, ErrBase)
}
