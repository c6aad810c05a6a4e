package notebook

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestScreen(t *testing.T) {
	for _, tt := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"plain", []string{"a\nb", "c\n"}, "a\nbc\n"},
		{"progress", []string{"10 %", "\r20 %", "\r100 %", "\n"}, "100 %\n"},
		{"shorter keeps the tail", []string{"abcdef\rxy"}, "xycdef"},
		{"return and newline", []string{"a\r\nb\r\n"}, "a\nb\n"},
		{"return at the end waits", []string{"abc\r", "x"}, "xbc"},
		{"newline keeps the tail", []string{"abc\rx\ny"}, "xbc\ny"},
		{"backspace", []string{"abc\b\bX"}, "aXc"},
		{"backspace at the start", []string{"a\n\b\bb"}, "a\nb"},
		{"spinner", []string{"|", "\b/", "\b-"}, "-"},
		{"characters, not bytes", []string{"äöü\rab", "\b\b\bé"}, "ébü"},
		{"only the last line", []string{"a\nb\rc"}, "a\nc"},
		{"longer", []string{"ab\rcdef", "gh"}, "cdefgh"},
		{"across writes", []string{"one\ntw", "o\rT"}, "one\nTwo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s screen
			for _, w := range tt.writes {
				s.write(w)
			}
			if s.String() != tt.want {
				t.Errorf("have %q, want %q", s.String(), tt.want)
			}
		})
	}
}

func FuzzScreen(f *testing.F) {
	f.Add("abc\rd\b\b\né", uint(3))
	f.Fuzz(func(t *testing.T, text string, cut uint) {
		if !utf8.ValidString(text) {
			return
		}
		n := int(cut % uint(len(text)+1))
		for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		var whole, parts screen
		whole.write(text)
		parts.write(text[:n])
		parts.write(text[n:])
		if whole.String() != parts.String() {
			t.Errorf("whole %q, in parts %q", whole.String(), parts.String())
		}
		if strings.Count(whole.String(), "\n") != strings.Count(text, "\n") {
			t.Errorf("%q has other newlines than %q", whole.String(), text)
		}
		if !utf8.ValidString(whole.String()) {
			t.Errorf("%q is not UTF-8", whole.String())
		}
	})
}

// show gives the outputs of a cell in short.
func show(c *Cell) []string {
	list := []string{}
	for _, o := range c.Outputs {
		switch o.Type {
		case Stream:
			list = append(list, o.Name+" "+o.Text())
		case Error:
			list = append(list, fmt.Sprintf("error %s %s %d", o.EName, o.EValue, len(o.Traceback)))
		default:
			s, _ := o.Data.Text("text/plain")
			list = append(list, string(o.Type)+" "+s)
		}
	}
	return list
}

func TestRecorder(t *testing.T) {
	type msg struct {
		cell          int
		typ, contents string
	}
	display := func(typ, id, text string) msg {
		return msg{0, typ, fmt.Sprintf(`{"data": {"text/plain": %q}, "metadata": {}, "transient": {"display_id": %q}}`, text, id)}
	}
	var written [][]byte
	for _, tt := range []struct {
		name  string
		msgs  []msg
		want  []string
		want1 []string // of the second cell
	}{
		{name: "streams of one name merge", msgs: []msg{
			{0, "stream", `{"name": "stdout", "text": "a"}`},
			{0, "stream", `{"name": "stdout", "text": "b\n"}`},
			{0, "stream", `{"name": "stderr", "text": "c"}`},
			{0, "stream", `{"name": "stdout", "text": "d"}`},
		}, want: []string{"stdout ab\n", "stderr c", "stdout d"}},
		{name: "progress over messages", msgs: []msg{
			{0, "stream", `{"name": "stdout", "text": "10 %"}`},
			{0, "stream", `{"name": "stdout", "text": "\r99 %"}`},
		}, want: []string{"stdout 99 %"}},
		{name: "a display between streams parts them", msgs: []msg{
			{0, "stream", `{"name": "stdout", "text": "a"}`},
			display("display_data", "", "x"),
			{0, "stream", `{"name": "stdout", "text": "\rb"}`},
		}, want: []string{"stdout a", "display_data x", "stdout b"}},
		{name: "update changes every output of the ID, in all cells", msgs: []msg{
			display("display_data", "p", "0"),
			{1, "display_data", `{"data": {"text/plain": "0"}, "transient": {"display_id": "p"}}`},
			display("display_data", "q", "q"),
			{1, "update_display_data", `{"data": {"text/plain": "1"}, "transient": {"display_id": "p"}}`},
		}, want: []string{"display_data 1", "display_data q"}, want1: []string{"display_data 1"}},
		{name: "showing an ID again updates the first", msgs: []msg{
			display("display_data", "p", "0"), display("display_data", "p", "1"),
		}, want: []string{"display_data 1", "display_data 1"}},
		{name: "update of an unknown ID is nothing", msgs: []msg{
			display("update_display_data", "p", "0"), display("update_display_data", "", "0"),
		}, want: []string{}},
		{name: "clear", msgs: []msg{
			display("display_data", "", "0"),
			{0, "clear_output", `{"wait": false}`},
			{0, "stream", `{"name": "stdout", "text": "a"}`},
		}, want: []string{"stdout a"}},
		{name: "clear waits for the next output", msgs: []msg{
			display("display_data", "", "0"),
			{0, "clear_output", `{"wait": true}`},
		}, want: []string{"display_data 0"}},
		{name: "clear after the wait", msgs: []msg{
			{0, "stream", `{"name": "stdout", "text": "a"}`},
			{0, "clear_output", `{"wait": true}`},
			{0, "stream", `{"name": "stdout", "text": "b"}`},
			{0, "stream", `{"name": "stdout", "text": "c"}`},
		}, want: []string{"stdout bc"}},
		{name: "result, error and input", msgs: []msg{
			{0, "status", `{"execution_state": "busy"}`},
			{0, "execute_input", `{"code": "x", "execution_count": 7}`},
			{0, "execute_result", `{"data": {"text/plain": "42"}, "metadata": {}, "execution_count": 7}`},
			{0, "error", `{"ename": "E", "evalue": "v", "traceback": ["a", "b"]}`},
			{0, "comm_open", `{"comm_id": 3}`},
		}, want: []string{"execute_result 42", "error E v 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nb := New()
			nb.Cells = []*Cell{NewCell(Code, "x"), NewCell(Code, "y")}
			var r Recorder
			for _, m := range tt.msgs {
				if err := r.Record(nb.Cells[m.cell], m.typ, json.RawMessage(m.contents)); err != nil {
					t.Fatal(err)
				}
			}
			if tt.want1 == nil {
				tt.want1 = []string{}
			}
			if diff := cmp.Diff([][]string{tt.want, tt.want1}, [][]string{show(nb.Cells[0]), show(nb.Cells[1])}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			written = append(written, mustEncode(t, nb))
		})
	}
	validate(t, written...)

	var r Recorder
	c := NewCell(Code, "")
	if err := r.Record(c, "execute_input", json.RawMessage(`{"execution_count": 7}`)); err != nil || c.ExecutionCount != 7 {
		t.Errorf("execution count %d, error %v", c.ExecutionCount, err)
	}
	if err := r.Record(c, "stream", json.RawMessage(`{"text": 7}`)); err == nil {
		t.Error("a stream without text was taken")
	}
}
