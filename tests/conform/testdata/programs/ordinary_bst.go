package main

import "fmt"

type BST struct {
	root *node
}
type node struct {
	key         int
	left, right *node
}

func (t *BST) Insert(k int) { t.root = t.root.insert(k) }

func (n *node) insert(k int) *node {
	if n == nil {
		return &node{key: k}
	}
	if k < n.key {
		n.left = n.left.insert(k)
	} else if k > n.key {
		n.right = n.right.insert(k)
	}
	return n
}

func (n *node) remove(k int) *node {
	switch {
	case n == nil:
		return nil
	case k < n.key:
		n.left = n.left.remove(k)
	case k > n.key:
		n.right = n.right.remove(k)
	case n.left == nil:
		return n.right
	case n.right == nil:
		return n.left
	default:
		m := n.right
		for m.left != nil {
			m = m.left
		}
		n.key = m.key
		n.right = n.right.remove(m.key)
	}
	return n
}

func (t *BST) InOrder() (out []int) {
	var walk func(*node)
	walk = func(n *node) {
		if n == nil {
			return
		}
		walk(n.left)
		out = append(out, n.key)
		walk(n.right)
	}
	walk(t.root)
	return
}

func (n *node) height() int {
	if n == nil {
		return 0
	}
	return 1 + max(n.left.height(), n.right.height())
}

func main() {
	var t BST
	for _, k := range []int{50, 30, 70, 20, 40, 60, 80, 30} {
		t.Insert(k)
	}
	fmt.Println(t.InOrder(), t.root.height())
	t.root = t.root.remove(50)
	t.root = t.root.remove(20)
	fmt.Println(t.InOrder(), t.root.key)
}
