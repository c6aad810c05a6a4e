package main

import (
	"fmt"
	"os"
	"strings"
	"text/scanner"
	"text/tabwriter"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

func main() {
	s := "Straße ÀÉ ﬁ 日本"
	fmt.Println(strings.ToUpper(s), strings.ToLower(s), len(s), utf8.RuneCountInString(s), utf8.ValidString("a\xff"))
	for _, r := range "aÁ1 ٣_!" {
		fmt.Print(unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsPunct(r), " ")
	}
	fmt.Println(unicode.Is(unicode.Han, '日'), unicode.In('я', unicode.Cyrillic, unicode.Latin))
	b := utf8.AppendRune(nil, '世')
	r, n := utf8.DecodeRune(b)
	fmt.Println(b, string(r), n, utf16.Encode([]rune("😀")))
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, "a\tbbb\tc")
	fmt.Fprintln(w, "aaaa\tb\tccc")
	w.Flush()
	var sc scanner.Scanner
	sc.Init(strings.NewReader("x := 3.14 + \"s\" // c"))
	for t := sc.Scan(); t != scanner.EOF; t = sc.Scan() {
		fmt.Print(sc.TokenText(), "|", scanner.TokenString(t), " ")
	}
	fmt.Println()
}
