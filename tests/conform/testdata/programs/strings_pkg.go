package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

func main() {
	s := "The quick brown fox"
	fmt.Println(strings.Fields(s), strings.Split("a,b,c", ","), strings.SplitN("a,b,c", ",", 2), strings.Join([]string{"x", "y"}, "-"))
	fmt.Println(strings.Contains(s, "quick"), strings.Index(s, "o"), strings.LastIndex(s, "o"), strings.Count("cheese", "e"), strings.HasPrefix(s, "The"))
	fmt.Println(strings.Replace("aaa", "a", "b", 2), strings.ReplaceAll("aaa", "a", "bb"), strings.ToTitle("x"), strings.TrimLeft("xxhixx", "x"), strings.TrimSuffix("a.go", ".go"))
	fmt.Println(strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return -1
		}
		return r + 1
	}, "aBc"), strings.FieldsFunc("a1b2c", unicode.IsDigit), strings.IndexFunc(s, unicode.IsSpace), strings.TrimFunc("12x34", unicode.IsNumber))
	before, after, ok := strings.Cut("k=v", "=")
	fmt.Println(before, after, ok, strings.EqualFold("Go", "GO"), strings.Repeat("ab", 3), strings.TrimSpace(" \t x \n"))
	r := strings.NewReplacer("<", "&lt;", ">", "&gt;")
	fmt.Println(r.Replace("<b>"))
	var b strings.Builder
	for i := 3; i > 0; i-- {
		fmt.Fprintf(&b, "%d...", i)
	}
	b.WriteByte('!')
	fmt.Println(b.String(), b.Len())
	for p := range strings.SplitSeq("x y z", " ") {
		fmt.Print(p, ";")
	}
	for l := range strings.Lines("a\nb\n") {
		fmt.Printf("%q", l)
	}
	fmt.Println()
	rd := strings.NewReader("abc")
	c, _ := rd.ReadByte()
	fmt.Println(c, rd.Len(), bytes.Equal([]byte("a"), []byte("a")), string(bytes.TrimSpace([]byte(" x "))))
	fmt.Println(strconv.Quote("a\tb"), strconv.FormatInt(-255, 16), strconv.FormatFloat(1.0/3, 'f', 3, 64), strconv.AppendInt(nil, 7, 2))
	n, err := strconv.ParseInt("9999999999999999999", 10, 64)
	fmt.Println(n, err)
	x, err := strconv.ParseBool("maybe")
	fmt.Println(x, err)
	u, err := strconv.Unquote(`"q\n"`)
	fmt.Printf("%q %v %q\n", u, err, strconv.Itoa(-5))
}
