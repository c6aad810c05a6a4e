package runner

import (
	"encoding/json"
	"testing"

	"github.com/goherd/goherd/kernel/notebook"
)

func TestPlain(t *testing.T) {
	const png = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAADklEQVR4nGNgAAMwAQAADgABzcoyrAAAAABJRU5ErkJggg=="
	for _, tt := range []struct{ name, bundle, want string }{
		{"plain first", `{"text/html": "<b>h</b>", "text/plain": ["a\n", "b"]}`, "a\nb"},
		{"markdown", `{"text/markdown": "**x**"}`, "**x**"},
		{"html", `{"text/html": "<h1>Title</h1><p>Some <b>bold</b>,\n  text</p><script>x()</script><ul><li>a<li>b</ul>"}`, "Title\nSome bold, text\n- a\n- b"},
		{"table", `{"text/html": "<table><tr><th>name</th><th>n</th></tr><tr><td>alpha &amp; beta</td><td>1</td></tr></table>"}`, "name          n\nalpha & beta  1"},
		{"progress", `{"text/html": "<progress value=\"3\" max=\"4\"></progress> files"}`, "75 % files"},
		{"pre", `{"text/html": "<pre>a\n  b</pre>"}`, "a\n  b"},
		{"html without text", `{"text/html": "<canvas></canvas>"}`, "[text/html, 17 bytes]"},
		{"json", `{"application/json": {"b": [1, 2.50]}}`, "{\n  \"b\": [\n    1,\n    2.50\n  ]\n}"},
		{"png", `{"image/png": "` + png + `"}`, "[image/png, 3×2, 70 bytes]"},
		{"broken png", `{"image/png": "AAAA"}`, "[image/png, 3 bytes]"},
		{"not base64", `{"image/png": "?"}`, "[image/png, not base64]"},
		{"svg", `{"image/svg+xml": "<svg/>"}`, "[image/svg+xml, 6 bytes]"},
		{"others", `{"b/x": {"a":1}, "a/x": "yy"}`, "[a/x, 2 bytes]\n[b/x, 7 bytes]"},
		{"empty", `{}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b notebook.Bundle
			if err := json.Unmarshal([]byte(tt.bundle), &b); err != nil {
				t.Fatal(err)
			}
			if got := plain(b); got != tt.want {
				t.Errorf("have %q, want %q", got, tt.want)
			}
		})
	}
}
