package main

import "fmt"

type Item struct {
	Name          string
	Weight, Value int
}

func solve(items []Item, cap int) (int, []string) {
	best := make([][]int, len(items)+1)
	for i := range best {
		best[i] = make([]int, cap+1)
	}
	for i, it := range items {
		for w := 0; w <= cap; w++ {
			best[i+1][w] = best[i][w]
			if it.Weight <= w {
				best[i+1][w] = max(best[i+1][w], best[i][w-it.Weight]+it.Value)
			}
		}
	}
	var names []string
	for i, w := len(items), cap; i > 0; i-- {
		if best[i][w] != best[i-1][w] {
			names = append(names, items[i-1].Name)
			w -= items[i-1].Weight
		}
	}
	return best[len(items)][cap], names
}

func coins(amount int, kinds ...int) int {
	ways := make([]int, amount+1)
	ways[0] = 1
	for _, k := range kinds {
		for a := k; a <= amount; a++ {
			ways[a] += ways[a-k]
		}
	}
	return ways[amount]
}

func main() {
	fmt.Println(solve([]Item{{"map", 9, 150}, {"water", 153, 200}, {"food", 50, 160}, {"tent", 68, 45}}, 120))
	fmt.Println(coins(100, 1, 5, 10, 25, 50))
}
