package cell_test

import (
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/cell"
)

func TestDidYouMean(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`fmt.Printn("x")`, "undefined: fmt.Printn: did you mean Println?"},
		{`strings.ToUper("a")`, "undefined: strings.ToUper: did you mean ToUpper?"},
		{"var lenght = 3\nlenth + 1", "undefined: lenth: did you mean lenght?"},
		{"func f(count int) int { return cuont }", "undefined: cuont: did you mean count?"},
		{"type T struct{ name string }\nT{}.nmae", "T{}.nmae undefined (type T has no field or method nmae): did you mean name?"},
		{"var u url.URL\nu.Hots", "u.Hots undefined (type url.URL has no field or method Hots): did you mean Host?"},
		{"var b bytes.Buffer\nb.WriteSting(`x`)", "b.WriteSting undefined (type bytes.Buffer has no field or method WriteSting): did you mean WriteString?"},
		{"retrun := 1\nquux", "undefined: quux"}, // nothing is like it
		{"math.pi", "undefined: math.pi (but have Pi)"},
		{"x := 3\nx.foo", "x.foo undefined (type int has no field or method foo)"},
		{"q", "undefined: q"},
		{"apend([]int{}, 1)", "undefined: apend: did you mean append?"},
	} {
		s := cell.NewSession(lib)
		_, err := s.Compile(cell.Source{Serial: 1, Text: test.text}, cell.Normal)
		if err == nil {
			t.Errorf("%s compiles", test.text)
			continue
		}
		if _, got, _ := strings.Cut(err.Error(), " "); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
}
