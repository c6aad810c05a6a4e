package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

func main() {
	s := "héllo, 世界\xff!"
	for i, r := range s {
		fmt.Printf("%d:%q(%d) ", i, r, utf8.RuneLen(r))
	}
	fmt.Println()
	for i := range s {
		fmt.Print(i, " ")
	}
	fmt.Println(len(s), utf8.RuneCountInString(s), []rune(s)[1], []byte(s)[1])
	for i := 0; i < len(s); i++ {
		fmt.Printf("%x ", s[i])
	}
	fmt.Println()
	for i, b := range []byte("é") {
		fmt.Print(i, b, " ")
	}
	fmt.Println()
	fmt.Println(string([]rune{0x4e16, 'a'}), string(rune(65)), string([]byte{104, 105}), string(rune(-1)) == "\uFFFD")
	r := []rune(s)
	slices.Reverse(r)
	fmt.Println(string(r))
	fmt.Println(s[1:3], s[7:], s[:1]+s[len(s)-1:], s > "h", s == "x", strings.ToValidUTF8(s, "?"))
	fmt.Printf("%q %x %+q %v %s|%10s|%-6s|%.2s\n", s, s[:3], s, []byte("ab"), []byte("ab"), "r", "l", "世界人")
	raw := `back\slash
	and "quotes"`
	fmt.Println(raw, len(raw), "\a\b"[:1] == "\x07")
	for range "ab" {
		fmt.Print("*")
	}
	fmt.Println()
	b := []byte("mutable")
	t := string(b)
	b[0] = 'M'
	fmt.Println(t, string(b))
	var sb strings.Builder
	for i, c := range "abc" {
		sb.WriteRune(c + rune(i))
	}
	fmt.Println(sb.String())
}
