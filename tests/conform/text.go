package conform

import (
	"strconv"
	"strings"
)

const maxText = 160 // characters of a line in a report

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText-1]) + "…"
	}
	return s
}

func quoteLine(s string) string {
	if r := []rune(s); len(r) > maxText/2 {
		s = string(r[:maxText/2-1]) + "…"
	}
	return strconv.Quote(s)
}

func digits(n int) string { return strconv.Itoa(n) }
