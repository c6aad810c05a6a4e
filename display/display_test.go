package display

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/display/pretty"
)

// recorder is a front end that remembers.
type recorder struct {
	mu     sync.Mutex
	events []Event
	fail   error
}

func (r *recorder) Display(e Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	return r.fail
}

func (r *recorder) Input(prompt string, password bool) (string, error) {
	return fmt.Sprint(prompt, password), r.fail
}

func record(t *testing.T) *recorder {
	r := new(recorder)
	previous := Connect(r)
	t.Cleanup(func() { Connect(previous) })
	return r
}

type point struct{ X, Y int }

type page struct{ title string }

func (p page) HTML() string     { return "<h1>" + p.title + "</h1>" }
func (p page) Markdown() string { return "# " + p.title }
func (p page) String() string   { return p.title }

type chart struct{}

func (chart) MIMEBundle() map[string]any {
	return map[string]any{"application/vnd.vegalite.v5+json": map[string]any{"mark": "bar"}, "image/png": []byte{1, 2}, "text/html": []byte("<p>é</p>")}
}

type pairBundle struct{}

func (pairBundle) MIMEBundle() (data, metadata map[string]any) {
	return map[string]any{"text/plain": "p"}, map[string]any{"isolated": true, "bad": func() {}}
}

type broken struct{ N int }

func (b *broken) HTML() string { panic(errors.New("no\nHTML")) }

type brokenBundle struct{ N int }

func (brokenBundle) MIMEBundle() Bundle { panic("none") }

type wrongBundle struct{}

func (wrongBundle) MIMEBundle() Bundle {
	return Bundle{Data: map[string]any{"text/html": 3, "application/json": math.NaN(), "text/plain": "w"}}
}

type silent struct{}

func (silent) MIMEBundle() Bundle { return Bundle{} }

type hostileImage struct{ image.Image }

func (hostileImage) Bounds() image.Rectangle { return image.Rect(0, 0, 2, 2) }
func (hostileImage) ColorModel() color.Model { return color.RGBAModel }
func (hostileImage) At(x, y int) color.Color { panic("no pixel") }

func TestBundleOf(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 3, 2))
	png, err := encodePNG(img)
	if err != nil {
		t.Fatal(err)
	}
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, img, nil); err != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString
	type m = map[string]any
	for _, test := range []struct {
		name string
		v    any
		data m
		meta m
	}{
		{"nil", nil, m{"text/plain": "nil"}, nil},
		{"value", point{1, 2}, m{"text/plain": "display.point{X: 1, Y: 2}"}, nil},
		{"error", errors.New("x"), m{"text/plain": "error: x"}, nil},
		{"methods", page{"T"}, m{"text/plain": "T", "text/html": "<h1>T</h1>", "text/markdown": "# T"}, nil},
		{"nil pointer", (*broken)(nil), m{"text/plain": "(*display.broken)(nil)"}, nil},
		{"panic", &broken{1}, m{"text/plain": "&display.broken{N: 1}\n(HTML panicked: no HTML)"}, nil},
		{"bundle panic", brokenBundle{2}, m{"text/plain": "display.brokenBundle{N: 2}\n(MIMEBundle panicked: none)"}, nil},
		{"map", chart{}, m{"text/plain": "display.chart{}", "application/vnd.vegalite.v5+json": json.RawMessage(`{"mark":"bar"}`), "image/png": "AQI=", "text/html": "<p>é</p>"}, nil},
		{"two maps", pairBundle{}, m{"text/plain": "p\n(metadata \"bad\": json: unsupported type: func())"}, m{"isolated": true}},
		{"empty", silent{}, nil, nil},
		{"HTML", HTML("<b>x</b>"), m{"text/plain": "x", "text/html": "<b>x</b>"}, nil},
		{"Text", Text("a\nb"), m{"text/plain": "a\nb"}, nil},
		{"Markdown", Markdown("*x*"), m{"text/plain": "*x*", "text/markdown": "*x*"}, nil},
		{"LaTeX", LaTeX("$x$"), m{"text/plain": "$x$", "text/latex": "$x$"}, nil},
		{"SVG", SVG("<svg/>"), m{"text/plain": "SVG drawing, 6 bytes", "image/svg+xml": "<svg/>"}, nil},
		{"PNG", PNG(png), m{"text/plain": fmt.Sprintf("PNG picture, 3×2 pixels, %d bytes", len(png)), "image/png": b64(png)}, nil},
		{"PNG sized", PNG(png, Size(30, 0)), m{"text/plain": fmt.Sprintf("PNG picture, 3×2 pixels, %d bytes", len(png)), "image/png": b64(png)}, m{"image/png": m{"width": 30}}},
		{"JPEG", JPEG(jpg.Bytes()), m{"text/plain": fmt.Sprintf("JPEG picture, 3×2 pixels, %d bytes", jpg.Len()), "image/jpeg": b64(jpg.Bytes())}, nil},
		{"no PNG", PNG([]byte("x")), m{"text/plain": "not shown as PNG: unexpected EOF"}, nil},
		{"JSON", JSON(m{"a": 1}), m{"text/plain": "{\n  \"a\": 1\n}", "application/json": json.RawMessage(`{"a":1}`)}, nil},
		{"no JSON", JSON(make(chan int)), m{"text/plain": "not shown as JSON: json: unsupported type: chan int"}, nil},
		{"Bytes", Bytes("application/x-a", []byte{1, 2}), m{"text/plain": "application/x-a, 2 bytes", "application/x-a": "AQI="}, nil},
		{"Bytes text", Bytes("text/vnd.mermaid", []byte("graph")), m{"text/plain": "text/vnd.mermaid, 5 bytes", "text/vnd.mermaid": "graph"}, nil},
		{"Bytes JSON", Bytes("application/geo+json", []byte("{")), m{"text/plain": "not shown as application/geo+json: json: error calling MarshalJSON for type json.RawMessage: unexpected end of JSON input"}, nil},
		{"image", img, m{"text/plain": "*image.Gray, 3×2 pixels", "image/png": b64(png)}, m{"image/png": m{"width": 3, "height": 2}}},
		{"hostile image", hostileImage{}, m{"text/plain": "display.hostileImage{Image: nil}\n(encoding the image panicked: no pixel)"}, nil},
	} {
		got := BundleOf(test.v)
		if test.data == nil {
			if len(got.Data) != 0 {
				t.Errorf("%s: got %v, want nothing", test.name, got)
			}
			continue
		}
		if test.meta == nil {
			test.meta = m{}
		}
		if diff := cmp.Diff(Bundle{test.data, test.meta}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	got := BundleOf(wrongBundle{}).Data
	if text := got["text/plain"].(string); len(got) != 1 || !strings.Contains(text, "text/html: a int can't be shown") || !strings.Contains(text, "NaN") {
		t.Errorf("got %v", got)
	}
	if text := BundleOf(image.White).Data["text/plain"].(string); !strings.Contains(text, "too large to be shown") {
		t.Errorf("got %s", text)
	}
}

func TestTyped(t *testing.T) {
	typ := &pretty.Type{Name: "main.temp", Kind: "float64", Methods: []string{"String", "HTML", "SVG"}}
	typed := Typed{
		Value: reflect.ValueOf(21.5),
		Type:  typ,
		Method: func(_ *pretty.Type, v reflect.Value, name string) (any, bool) {
			switch name {
			case "HTML":
				return fmt.Sprint("<b>", v.Float(), "</b>"), true
			case "SVG":
				panic("no drawing")
			case "JSON":
				t.Error("a method that the type doesn't list was called")
			}
			return fmt.Sprint(v.Float(), "°"), name == "String"
		},
	}
	want := map[string]any{"text/html": "<b>21.5</b>", "text/plain": "21.5°\n(SVG panicked: no drawing)"}
	for _, v := range []any{typed, Content(typed)} {
		if diff := cmp.Diff(want, BundleOf(v).Data); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(want, typed.MIMEBundle().Data); diff != "" {
		t.Error(diff)
	}
	// Held by an interface, it is shown by the type that it has there.
	var held any = 21.5
	typed.Value, typed.Type = reflect.ValueOf(&held).Elem(), &pretty.Type{Name: "any", Kind: "interface"}
	typed.Dynamic = func(reflect.Value) *pretty.Type { return typ }
	if diff := cmp.Diff(want, BundleOf(typed).Data); diff != "" {
		t.Error(diff)
	}
	// A compiled value in the interpreter's hands keeps its methods.
	c := HTML("x")
	if got := BundleOf(Typed{Value: reflect.ValueOf(&c).Elem(), Type: &pretty.Type{Name: "display.Content", Kind: "interface"}}); got.Data["text/html"] != "x" {
		t.Errorf("got %v", got)
	}
	if got := BundleOf(Typed{}); got.Data["text/plain"] != "nil" {
		t.Errorf("got %v", got)
	}
}

func TestShowAndUpdate(t *testing.T) {
	r := record(t)
	h := Show(1)
	named := Show(2, ID("mine"))
	for _, err := range []error{h.Err(), h.Update(3), Update(h.ID(), 4), Update("mine", 5), named.Update(6), Clear(), Clear(Wait), h.Update(silent{})} {
		if err != nil {
			t.Error(err)
		}
	}
	if silent := Show(h); silent.Err() != nil || len(r.events) != 9 {
		t.Errorf("showing a handle is not silent: %v", r.events)
	}
	var got []string
	for _, e := range r.events {
		id := strings.ReplaceAll(e.ID, h.ID(), "#")
		got = append(got, fmt.Sprint(e.Kind, " ", id, " ", e.Bundle.Data["text/plain"], " ", e.Wait))
	}
	want := []string{"0 # 1 false", "0 mine 2 false", "1 # 3 false", "1 # 4 false", "1 mine 5 false", "1 mine 6 false", "2  <nil> false", "2  <nil> true", "1 #  false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"", "other", known.prefix, known.prefix + "999999999", known.prefix + "x"} {
		if err := Update(id, 1); err == nil {
			t.Errorf("%q: an unknown ID is no error", id)
		}
	}
	if err := new(Handle).Update(1); err == nil {
		t.Error("an empty handle can be updated")
	}
	r.fail = errors.New("gone")
	if err := Show(1).Err(); err != r.fail {
		t.Errorf("got %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	r := record(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			h := Show(i, ID(fmt.Sprint("c", i)))
			if err := Update(h.ID(), Markdown("x")); err != nil {
				t.Error(err)
			}
			if err := Show(i).Update(i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, e := range r.events {
		seen[e.ID]++
	}
	if len(r.events) != 200 || len(seen) != 100 {
		t.Errorf("%d events of %d IDs", len(r.events), len(seen))
	}
}

func TestConnectReturnsThePrevious(t *testing.T) {
	r := record(t)
	other := new(recorder)
	if got := Connect(other); got != r {
		t.Errorf("got %v", got)
	}
	if got := Connect(r); got != other {
		t.Errorf("got %v", got)
	}
}

func TestInput(t *testing.T) {
	r := record(t)
	for want, ask := range map[string]func(string) (string, error){"? false": Input, "? true": Password} {
		if got, err := ask("? "); got != want || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	r.fail = errors.New("not allowed")
	if _, err := Input("? "); !errors.Is(err, r.fail) {
		t.Errorf("got %v", err)
	}
}

// swap makes f's pipe ends the process's standard files while it runs.
func swap(t *testing.T, input string, f func()) (printed string) {
	t.Helper()
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	inR, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inW.WriteString(input); err != nil {
		t.Fatal(err)
	}
	inW.Close()
	stdin, stdout := os.Stdin, os.Stdout
	os.Stdin, os.Stdout = inR, outW
	defer func() { os.Stdin, os.Stdout = stdin, stdout }()
	f()
	outW.Close()
	data, err := io.ReadAll(outR)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWithoutASink(t *testing.T) {
	printed := swap(t, "Ann\r\nsecret\nlast", func() {
		h := Show(HTML("<p>one</p><p>two</p>"))
		if err := errors.Join(h.Update(Text("three\n")), Clear()); err != nil {
			t.Error(err)
		}
		for _, want := range []string{"Ann", "secret", "last"} {
			ask := Input
			if want == "secret" {
				ask = Password
			}
			if got, err := ask(want + "? "); got != want || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		}
		if _, err := Input(""); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	})
	if want := "one\ntwo\nthree\nAnn? secret? last? "; printed != want {
		t.Errorf("got %q", printed)
	}
}

func TestReadLineError(t *testing.T) {
	if _, err := readLine(iotest.ErrReader(io.ErrClosedPipe)); err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
}

func TestContentCantBeChangedThroughItsBundle(t *testing.T) {
	c := HTML("x")
	c.MIMEBundle().Data["text/html"] = "y"
	if got := c.MIMEBundle().Data["text/html"]; got != "x" {
		t.Errorf("got %v", got)
	}
	if got := fmt.Sprint(c); got != "x" {
		t.Errorf("got %v", got)
	}
}

func TestHTMLText(t *testing.T) {
	for src, want := range map[string]string{
		"":                            "HTML",
		"plain &amp; <i>simple</i>":   "plain & simple",
		"<h1>A</h1>\n  <p>b\n c</p>d": "A\nb c\nd",
		"<table><tr><th>a<th>b<tr><td>1</td><td>2</td></table>":                     "a\tb\n1\t2",
		`<a title="x > y">t</a><!-- c > --><style>p{}</style><SCRIPT>a<b</Script>u`: "tu",
		"a<br>b<br/>c":   "a\nb\nc",
		"<p>unclosed <b": "unclosed",
		"1 < 2":          "1 < 2", "a <b>x</b> < y &lt; z<": "a x < y < z<",
		"<!doctype html><script>x": "HTML",
	} {
		if got := htmlText(src); got != want {
			t.Errorf("%q: got %q, want %q", src, got, want)
		}
	}
	if got := htmlText(strings.Repeat("<p>word", 100_000)); len(got) > 20_100 {
		t.Errorf("%d bytes", len(got))
	}
}
