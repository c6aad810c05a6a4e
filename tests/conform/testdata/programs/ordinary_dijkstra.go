package main

import (
	"container/heap"
	"fmt"
)

type edge struct {
	to   string
	cost int
}
type state struct {
	node string
	dist int
}
type queue []state

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].dist < q[j].dist }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(state)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

type Graph map[string][]edge

func (g Graph) Add(a, b string, c int) {
	g[a] = append(g[a], edge{b, c})
	g[b] = append(g[b], edge{a, c})
}

func (g Graph) Path(from, to string) (int, []string) {
	dist := map[string]int{from: 0}
	prev := map[string]string{}
	q := &queue{{from, 0}}
	for q.Len() > 0 {
		s := heap.Pop(q).(state)
		if s.node == to {
			path := []string{to}
			for n := to; n != from; {
				n = prev[n]
				path = append([]string{n}, path...)
			}
			return s.dist, path
		}
		if s.dist > dist[s.node] {
			continue
		}
		for _, e := range g[s.node] {
			d := s.dist + e.cost
			if old, ok := dist[e.to]; !ok || d < old {
				dist[e.to], prev[e.to] = d, s.node
				heap.Push(q, state{e.to, d})
			}
		}
	}
	return -1, nil
}

func main() {
	g := Graph{}
	g.Add("A", "B", 7)
	g.Add("A", "C", 3)
	g.Add("C", "B", 1)
	g.Add("B", "D", 2)
	g.Add("C", "D", 8)
	fmt.Println(g.Path("A", "D"))
	fmt.Println(g.Path("A", "Z"))
}
