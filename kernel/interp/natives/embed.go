package natives

import (
	"cmp"
	"embed"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// An embedFile is laid out as the files of an [embed.FS] are.
type embedFile struct {
	name, data string // the name of a directory ends in a slash
	_          [16]byte
}

// embedLayout reports whether this Go's embed.FS is a pointer to a slice of such files.
var embedLayout = sync.OnceValue(func() bool {
	fs := reflect.TypeFor[embed.FS]()
	if fs.NumField() != 1 || fs.Field(0).Type.Kind() != reflect.Pointer || fs.Field(0).Type.Elem().Kind() != reflect.Slice {
		return false
	}
	got, want := fs.Field(0).Type.Elem().Elem(), reflect.TypeFor[embedFile]()
	if got.Kind() != reflect.Struct || got.NumField() != want.NumField() || got.Size() != want.Size() {
		return false
	}
	return got.Field(0).Type == want.Field(0).Type && got.Field(1).Type == want.Field(1).Type
})

// embedFiles makes the value of a variable of type [embed.FS] that //go:embed is for.
func embedFiles(names, contents []string) embed.FS {
	if !embedLayout() {
		panic("embed.FS is laid out in another way in this version of Go")
	}
	dirs := map[string]bool{}
	var files []embedFile
	for i, name := range names {
		files = append(files, embedFile{name: name, data: contents[i]})
		for dir := path.Dir(name); dir != "." && !dirs[dir]; dir = path.Dir(dir) {
			dirs[dir] = true
			files = append(files, embedFile{name: dir + "/"})
		}
	}
	// They are in the order of their directories, and in these of their names.
	slices.SortFunc(files, func(a, b embedFile) int {
		x, y := strings.TrimSuffix(a.name, "/"), strings.TrimSuffix(b.name, "/")
		return cmp.Or(cmp.Compare(path.Dir(x), path.Dir(y)), cmp.Compare(path.Base(x), path.Base(y)))
	})
	var fs embed.FS
	*(**[]embedFile)(unsafe.Pointer(&fs)) = &files
	return fs
}
