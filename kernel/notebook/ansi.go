package notebook

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// ansiHTML escapes text for HTML and turns the colours and weights of its ANSI
// escape sequences (ECMA-48, "SGR") into spans. The sixteen basic colours are
// classes, so that the page's theme decides them. All other sequences are
// dropped.
func ansiHTML(text string) string {
	var (
		b    strings.Builder
		st   ansiStyle
		open bool
	)
	emit := func(s string) {
		if s == "" {
			return
		}
		if attrs := st.attrs(); attrs != "" && !open {
			b.WriteString("<span" + attrs + ">")
			open = true
		}
		b.WriteString(html.EscapeString(s))
	}
	for {
		i := strings.IndexByte(text, 0x1b)
		if i < 0 {
			break
		}
		emit(text[:i])
		params, final, size := escape(text[i:])
		text = text[i+size:]
		if final != 'm' {
			continue
		}
		if open {
			b.WriteString("</span>")
			open = false
		}
		st.apply(params)
	}
	emit(text)
	if open {
		b.WriteString("</span>")
	}
	return b.String()
}

// StripANSI removes all escape sequences from text, for where there are no
// colours.
func StripANSI(text string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, 0x1b)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		_, _, size := escape(text[i:])
		text = text[i+size:]
	}
}

// escape takes the escape sequence at the start of s. A CSI sequence gives its
// parameters and its final byte; an OSC sequence (titles, links) ends with BEL
// or ST; any other is ESC and one byte.
func escape(s string) (params string, final byte, size int) {
	if len(s) < 2 {
		return "", 0, len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return s[2:i], s[i], i + 1
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return "", 0, i // broken off
			}
		}
		return "", 0, len(s)
	case ']':
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] == 0x07:
				return "", 0, i + 1
			case s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\':
				return "", 0, i + 2
			case s[i] == '\n':
				return "", 0, i
			}
		}
		return "", 0, len(s)
	}
	if s[1] < 0x20 || s[1] > 0x7e {
		return "", 0, 1
	}
	return "", 0, 2
}

// A color is 0 for the default, 1 to 16 for the basic colours, and otherwise
// rgbColor with 24 bits.
type color uint32

const rgbColor color = 1 << 24

type ansiStyle struct {
	fg, bg                                   color
	bold, faint, italic, under, strike, swap bool
}

// apply carries out one SGR sequence.
func (st *ansiStyle) apply(params string) {
	codes := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(codes) == 0 {
		codes = []string{"0"}
	}
	for i := 0; i < len(codes); i++ {
		n, err := strconv.Atoi(codes[i])
		if err != nil {
			continue
		}
		switch {
		case n == 0:
			*st = ansiStyle{}
		case n == 1:
			st.bold = true
		case n == 2:
			st.faint = true
		case n == 3:
			st.italic = true
		case n == 4:
			st.under = true
		case n == 7:
			st.swap = true
		case n == 9:
			st.strike = true
		case n == 22:
			st.bold, st.faint = false, false
		case n == 23:
			st.italic = false
		case n == 24:
			st.under = false
		case n == 27:
			st.swap = false
		case n == 29:
			st.strike = false
		case n >= 30 && n <= 37:
			st.fg = color(n - 30 + 1)
		case n >= 90 && n <= 97:
			st.fg = color(n - 90 + 9)
		case n == 39:
			st.fg = 0
		case n >= 40 && n <= 47:
			st.bg = color(n - 40 + 1)
		case n >= 100 && n <= 107:
			st.bg = color(n - 100 + 9)
		case n == 49:
			st.bg = 0
		case n == 38 || n == 48:
			c, used := extended(codes[i+1:])
			i += used
			if n == 38 {
				st.fg = c
			} else {
				st.bg = c
			}
		}
	}
}

// extended decodes what follows 38 and 48: "5;N" or "2;R;G;B". It returns how
// many codes it used; what is not whole uses all and gives the default.
func extended(codes []string) (c color, used int) {
	part := func(i int) color {
		n, err := strconv.ParseUint(codes[i], 10, 8)
		if err != nil {
			return 0
		}
		return color(n)
	}
	switch {
	case len(codes) >= 2 && codes[0] == "5":
		return indexed(part(1)), 2
	case len(codes) >= 4 && codes[0] == "2":
		return rgbColor | part(1)<<16 | part(2)<<8 | part(3), 4
	}
	return 0, len(codes)
}

// indexed gives a colour of xterm's palette of 256: the 16 basic ones, a cube
// with 6 steps a side, and 24 greys.
func indexed(n color) color {
	switch {
	case n < 16:
		return n + 1
	case n < 232:
		n -= 16
		step := func(v color) color {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		return rgbColor | step(n/36)<<16 | step(n/6%6)<<8 | step(n%6)
	}
	v := 8 + 10*(n-232)
	return rgbColor | v<<16 | v<<8 | v
}

// attrs returns the class and style attributes of a span, with a leading
// space, or "" for the default style.
func (st *ansiStyle) attrs() string {
	var classes, styles []string
	fg, bg := st.fg, st.bg
	if st.swap {
		fg, bg = bg, fg
		if fg == 0 {
			classes = append(classes, "ansi-inv-fg")
		}
		if bg == 0 {
			classes = append(classes, "ansi-inv-bg")
		}
	}
	add := func(c color, class, property string) {
		switch {
		case c&rgbColor != 0:
			styles = append(styles, fmt.Sprintf("%s:#%06x", property, uint32(c&^rgbColor)))
		case c != 0:
			classes = append(classes, fmt.Sprintf("ansi-%s%d", class, c-1))
		}
	}
	add(fg, "fg", "color")
	add(bg, "bg", "background")
	for _, f := range []struct {
		on    bool
		class string
	}{
		{st.bold, "ansi-bold"}, {st.faint, "ansi-faint"}, {st.italic, "ansi-italic"},
		{st.under, "ansi-under"}, {st.strike, "ansi-strike"},
	} {
		if f.on {
			classes = append(classes, f.class)
		}
	}
	var b strings.Builder
	if len(classes) > 0 {
		b.WriteString(` class="` + strings.Join(classes, " ") + `"`)
	}
	if len(styles) > 0 {
		b.WriteString(` style="` + strings.Join(styles, ";") + `"`)
	}
	return b.String()
}
