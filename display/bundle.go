package display

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"maps"
	"reflect"
	"strings"

	"github.com/goherd/goherd/display/pretty"
)

// Bundle is one thing in one or several forms, keyed by MIME type, of which a
// front end shows the richest that it knows: a mimebundle in the words of the
// Jupyter messaging protocol. An empty bundle shows nothing.
type Bundle struct {
	// Data holds a string for text, []byte or a base64 string for binary types
	// and any value that encoding/json takes for JSON types. In what [BundleOf]
	// returns, every value is ready for JSON: a string or a json.RawMessage.
	Data map[string]any `json:"data"`
	// Metadata is keyed as Data is, and by names of the front end's own.
	Metadata map[string]any `json:"metadata"`
}

// Content is a value that shows itself.
type Content interface {
	MIMEBundle() Bundle
}

const plainText = "text/plain"

// Typed is a value with what the compiler knows of its static type, for values
// of interpreted code, whose types reflection doesn't know. It shows itself as
// the value would.
type Typed struct {
	Value reflect.Value
	Type  *pretty.Type // nil: unknown
	// Method calls a method without arguments of a value whose type t lists it in
	// Methods and returns its first result; false means that it can't be called.
	// What an interface holds comes without it, see [pretty.Unwrap]. Nil: only
	// methods that reflection knows are called.
	Method func(t *pretty.Type, v reflect.Value, name string) (any, bool)
	// Dynamic is as in [pretty.Options].
	Dynamic func(v reflect.Value) *pretty.Type
}

// MIMEBundle returns the bundle that [BundleOf] returns.
func (t Typed) MIMEBundle() Bundle { return BundleOf(t) }

// BundleOf returns how v is shown: by its own methods (see the package comment)
// and always as text, in Go's syntax unless it has a text of its own. A picture
// (image.Image) is also shown as PNG. A MIMEBundle method that returns an empty
// bundle says that nothing is to be shown. What v's methods get wrong, panics
// included, is said in the text.
func BundleOf(v any) Bundle {
	d := describer{Typed: Typed{Value: reflect.ValueOf(v)}}
	if t, ok := v.(Typed); ok {
		d = describer{Typed: t, interpreted: true}
	}
	return d.bundle()
}

// describer makes the bundle of one value.
type describer struct {
	Typed
	interpreted bool
	dynamic     *pretty.Type // of the value itself, if Value is an interface
	result      Bundle
	notes       []string // what went wrong, for the text
}

// simple are the methods that give one form each.
var simple = []struct{ method, mime string }{
	{"HTML", "text/html"},
	{"Markdown", "text/markdown"},
	{"LaTeX", "text/latex"},
	{"SVG", "image/svg+xml"},
	{"PNG", "image/png"},
	{"JPEG", "image/jpeg"},
	{"JSON", "application/json"},
}

func (d *describer) bundle() Bundle {
	d.result = Bundle{Data: map[string]any{}, Metadata: map[string]any{}}
	v := pretty.Unwrap(d.Value)
	d.dynamic = d.Type
	if v.IsValid() && d.Dynamic != nil && v.Type() != d.Value.Type() {
		d.dynamic = d.Dynamic(d.Value)
	}
	if v.IsValid() && !(v.Kind() == reflect.Pointer && v.IsNil()) {
		if r, ok := d.call(v, "MIMEBundle"); ok {
			if d.whole(r) {
				return Bundle{}
			}
		} else {
			for _, m := range simple {
				if r, ok := d.call(v, m.method); ok {
					d.set(m.mime, r)
				}
			}
			if len(d.result.Data) == 0 && v.CanInterface() {
				if img, ok := v.Interface().(image.Image); ok {
					d.image(img)
				}
			}
		}
	}
	if _, ok := d.result.Data[plainText]; !ok {
		d.result.Data[plainText] = d.text()
	}
	if len(d.notes) > 0 {
		d.result.Data[plainText] = fmt.Sprint(d.result.Data[plainText], "\n(", strings.Join(d.notes, "; "), ")")
	}
	return d.result
}

func (d *describer) note(format string, args ...any) {
	s := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	d.notes = append(d.notes, s[:min(len(s), 300)])
}

// call calls one of v's methods, if it has it, and turns a panic into a note.
func (d *describer) call(v reflect.Value, name string) (result any, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			result, ok = nil, false
			d.note("%s panicked: %v", name, p)
		}
	}()
	if d.Method != nil && d.dynamic.HasMethod(name) {
		if r, ok := d.Method(d.dynamic, v, name); ok {
			return r, true
		}
	}
	if v.Type().NumMethod() == 0 || !v.CanInterface() {
		return nil, false
	}
	return callCompiled(v.Interface(), name)
}

// callCompiled asks for each method by its own interface rather than by name
// through reflection, which would keep every method of the program alive.
func callCompiled(v any, name string) (any, bool) {
	switch name {
	case "MIMEBundle":
		switch x := v.(type) {
		case Content:
			return x.MIMEBundle(), true
		case interface{ MIMEBundle() map[string]any }:
			return x.MIMEBundle(), true
		case interface {
			MIMEBundle() (data, metadata map[string]any)
		}:
			data, metadata := x.MIMEBundle()
			return Bundle{data, metadata}, true
		}
	case "HTML":
		if x, ok := v.(interface{ HTML() string }); ok {
			return x.HTML(), true
		}
	case "Markdown":
		if x, ok := v.(interface{ Markdown() string }); ok {
			return x.Markdown(), true
		}
	case "LaTeX":
		if x, ok := v.(interface{ LaTeX() string }); ok {
			return x.LaTeX(), true
		}
	case "SVG":
		if x, ok := v.(interface{ SVG() string }); ok {
			return x.SVG(), true
		}
	case "PNG":
		if x, ok := v.(interface{ PNG() []byte }); ok {
			return x.PNG(), true
		}
	case "JPEG":
		if x, ok := v.(interface{ JPEG() []byte }); ok {
			return x.JPEG(), true
		}
	case "JSON":
		if x, ok := v.(interface{ JSON() any }); ok {
			return x.JSON(), true
		}
	}
	return nil, false
}

// whole takes the result of a MIMEBundle method; empty says that it had nothing
// to show.
func (d *describer) whole(result any) (empty bool) {
	var b Bundle
	switch x := result.(type) {
	case Bundle:
		b = x
	case map[string]any:
		b.Data = x
	default:
		d.note("MIMEBundle returned %T rather than a display.Bundle", result)
		return false
	}
	for mime, value := range b.Data {
		d.set(mime, value)
	}
	for key, value := range b.Metadata {
		if _, err := json.Marshal(value); err != nil {
			d.note("metadata %q: %v", key, err)
			continue
		}
		d.result.Metadata[key] = value
	}
	return len(b.Data) == 0
}

// set adds one form, or a note why it can't be shown.
func (d *describer) set(mime string, value any) {
	w, err := wireValue(mime, value)
	if err != nil {
		d.note("%s: %v", mime, err)
		return
	}
	d.result.Data[mime] = w
}

// image adds img as PNG, with its size.
func (d *describer) image(img image.Image) {
	defer func() {
		if p := recover(); p != nil { // in its At method, for example
			d.note("encoding the image panicked: %v", p)
		}
	}()
	const limit = 50_000_000 // pixels; an image.Uniform has 4e18
	size := img.Bounds().Size()
	if size.X > limit || size.Y > limit || size.X*size.Y > limit {
		d.note("a picture of %d×%d pixels is too large to be shown", size.X, size.Y)
		return
	}
	data, err := encodePNG(img)
	if err != nil {
		d.note("encoding the image: %v", err)
		return
	}
	d.set("image/png", data)
	d.result.Metadata["image/png"] = map[string]any{"width": size.X, "height": size.Y}
	d.result.Data[plainText] = fmt.Sprintf("%T, %d×%d pixels", img, size.X, size.Y)
}

// text is the value in Go's syntax, or its own text.
func (d *describer) text() string {
	o := pretty.Options{Interpreted: d.interpreted, Dynamic: d.Dynamic}
	if d.Method != nil {
		o.Method = func(t *pretty.Type, v reflect.Value, name string) (string, bool) {
			r, _ := d.Method(t, v, name)
			s, ok := r.(string)
			return s, ok
		}
	}
	return pretty.Format(d.Value, d.Type, o)
}

// wireValue makes a value of a bundle ready for JSON: a string, or a
// json.RawMessage for types that are JSON.
func wireValue(mime string, v any) (any, error) {
	if isJSON(mime) {
		if data, ok := v.([]byte); ok { // written by hand
			v = json.RawMessage(data)
		}
		data, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		return json.RawMessage(data), nil
	}
	switch x := v.(type) {
	case string:
		return x, nil
	case []byte:
		if isText(mime) {
			return strings.ToValidUTF8(string(x), "\uFFFD"), nil
		}
		return base64.StdEncoding.EncodeToString(x), nil
	}
	if rv := reflect.ValueOf(v); rv.IsValid() && rv.Kind() == reflect.String {
		return rv.String(), nil // template.HTML and its like
	}
	return nil, fmt.Errorf("a %T can't be shown, it must be a string or []byte", v)
}

func isJSON(mime string) bool {
	mime, _, _ = strings.Cut(mime, ";")
	return mime == "application/json" || strings.HasSuffix(mime, "+json")
}

func isText(mime string) bool {
	mime, _, _ = strings.Cut(mime, ";")
	switch {
	case strings.HasPrefix(mime, "text/"), strings.HasSuffix(mime, "+xml"):
		return true
	}
	switch mime {
	case "application/javascript", "application/xml", "application/x-latex", "application/x-tex":
		return true
	}
	return false
}

// clone copies b so that its holder can't be changed through it.
func (b Bundle) clone() Bundle { return Bundle{maps.Clone(b.Data), maps.Clone(b.Metadata)} }
