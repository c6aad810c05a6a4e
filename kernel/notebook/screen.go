package notebook

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A screen is the text of a stream with a cursor on its last line. It applies
// what JupyterLab applies when it shows a stream: a carriage return goes back
// to the start of the line, a backspace back by one character, text replaces
// what is under the cursor, and a newline is added at the end wherever the
// cursor is. A progress bar that redraws itself thus keeps one line, however
// often it is drawn. The zero value is empty.
type screen struct {
	buf    []byte
	line   int // start of the last line
	cursor int // line <= cursor <= len(buf)
}

func (s *screen) String() string { return string(s.buf) }

// write adds text; its cost is in the length of the text and, where text
// replaces other text, of the last line.
func (s *screen) write(text string) {
	for text != "" {
		switch text[0] {
		case '\r':
			s.cursor = s.line
			text = text[1:]
			continue
		case '\b':
			_, size := utf8.DecodeLastRune(s.buf[s.line:s.cursor])
			s.cursor -= size
			text = text[1:]
			continue
		case '\n':
			s.buf = append(s.buf, '\n')
			s.line, s.cursor = len(s.buf), len(s.buf)
			text = text[1:]
			continue
		}
		if s.cursor == len(s.buf) {
			// Nothing to replace: take all up to the next control, newlines
			// included.
			part := text
			if i := strings.IndexAny(text, "\r\b"); i >= 0 {
				part = text[:i]
			}
			s.buf = append(s.buf, part...)
			s.cursor = len(s.buf)
			if i := strings.LastIndexByte(part, '\n'); i >= 0 {
				s.line = len(s.buf) - len(part) + i + 1
			}
			text = text[len(part):]
			continue
		}
		part := text
		if i := strings.IndexAny(text, "\r\b\n"); i >= 0 {
			part = text[:i]
		}
		s.replace(part)
		text = text[len(part):]
	}
}

// replace puts text in the place of as many characters under the cursor.
func (s *screen) replace(text string) {
	end := s.cursor
	for range utf8.RuneCountInString(text) {
		if end == len(s.buf) {
			break
		}
		_, size := utf8.DecodeRune(s.buf[end:])
		end += size
	}
	tail := bytes.Clone(s.buf[end:])
	s.buf = append(append(s.buf[:s.cursor], text...), tail...)
	s.cursor += len(text)
}
