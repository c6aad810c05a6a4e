package rtype

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

//lint:ignore U1000 the field makes the types differ
type hiddenInstance[T any] struct{ v T }

func TestCompiled(t *testing.T) {
	var p atomic.Pointer[int]
	for _, v := range []any{
		errors.New(""), fmt.Errorf("%w", os.ErrExist), errors.Join(os.ErrExist), &url.Error{}, time.Second, time.Time{}, &p, &fs.PathError{},
		context.Background(), context.DeadlineExceeded, strings.NewReader(""), http.NoBody, &hiddenInstance[time.Duration]{}, reflect.TypeOf(1),
	} {
		want := reflect.TypeOf(v)
		if want.Kind() == reflect.Pointer {
			want = want.Elem()
		}
		if got, ok := Compiled(want.PkgPath(), want.Name()); !ok || got != want {
			t.Errorf("%s.%s: %v", want.PkgPath(), want.Name(), got)
		}
	}
	// Ones that only others lead to.
	for _, want := range []reflect.Type{reflect.TypeFor[fs.FileInfo](), reflect.TypeFor[os.File]().Field(0).Type.Elem()} {
		if got, ok := Compiled(want.PkgPath(), want.Name()); !ok || got != want {
			t.Errorf("%s.%s: %v", want.PkgPath(), want.Name(), got)
		}
	}
	if got, ok := Compiled("errors", "nothing"); ok {
		t.Errorf("there is no errors.nothing: %v", got)
	}
}
