package main

import (
	"fmt"
	"maps"
	"slices"
)

type Trie struct {
	kids map[rune]*Trie
	end  bool
}

func (t *Trie) Insert(w string) {
	for _, c := range w {
		if t.kids == nil {
			t.kids = make(map[rune]*Trie)
		}
		next, ok := t.kids[c]
		if !ok {
			next = &Trie{}
			t.kids[c] = next
		}
		t = next
	}
	t.end = true
}

func (t *Trie) Complete(prefix string) (out []string) {
	for _, c := range prefix {
		if t = t.kids[c]; t == nil {
			return nil
		}
	}
	var walk func(*Trie, string)
	walk = func(n *Trie, s string) {
		if n.end {
			out = append(out, s)
		}
		keys := slices.Sorted(maps.Keys(n.kids))
		for _, k := range keys {
			walk(n.kids[k], s+string(k))
		}
	}
	walk(t, prefix)
	return
}

func main() {
	t := &Trie{}
	for _, w := range []string{"car", "card", "care", "cat", "dog", "été"} {
		t.Insert(w)
	}
	fmt.Println(t.Complete("car"), t.Complete("ca"), t.Complete("x"), t.Complete("é"))
}
