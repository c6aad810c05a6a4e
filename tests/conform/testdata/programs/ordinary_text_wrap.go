package main

import (
	"fmt"
	"strings"
)

func wrap(s string, width int) []string {
	var lines []string
	var line string
	for _, w := range strings.Fields(s) {
		if line != "" && len(line)+1+len(w) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func justify(s string, width int) string {
	words := strings.Fields(s)
	if len(words) < 2 {
		return s
	}
	gaps := len(words) - 1
	spaces := width
	for _, w := range words {
		spaces -= len(w)
	}
	var b strings.Builder
	for i, w := range words {
		b.WriteString(w)
		if i < gaps {
			n := spaces / gaps
			if i < spaces%gaps {
				n++
			}
			b.WriteString(strings.Repeat(" ", n))
		}
	}
	return b.String()
}

func main() {
	text := "Go is expressive, concise, clean, and efficient. Its concurrency mechanisms make it easy to write programs."
	for i, l := range wrap(text, 30) {
		fmt.Printf("%2d |%-30s|%s|\n", i, l, justify(l, 30))
	}
}
