package main

import (
	"fmt"
	"strings"
)

func caesar(s string, k int) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+rune(k)+26)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+rune(k)+26)%26
		}
		return r
	}, s)
}

func vigenere(s, key string) string {
	out := []byte(s)
	for i, c := range out {
		out[i] = (c-'A'+key[i%len(key)]-'A')%26 + 'A'
	}
	return string(out)
}

func main() {
	e := caesar("Hello, World!", 3)
	fmt.Println(e, caesar(e, -3))
	fmt.Println(vigenere("ATTACKATDAWN", "LEMON"))
}
