package main

import (
	"fmt"
	"strings"
	"unicode"
)

func reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func palindrome(s string) bool {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			b.WriteRune(c)
		}
	}
	return b.String() == reverse(b.String())
}

func rle(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == s[i] {
			j++
		}
		fmt.Fprintf(&b, "%d%c", j-i, s[i])
		i = j
	}
	return b.String()
}

func main() {
	fmt.Println(reverse("Hello, 世界"), palindrome("A man, a plan, a canal: Panama"), palindrome("golang"))
	fmt.Println(rle("aaabccdddd"))
	var b strings.Builder
	for i := range 5 {
		fmt.Fprint(&b, i, ",")
	}
	fmt.Println(strings.TrimSuffix(b.String(), ","), b.Len())
}
