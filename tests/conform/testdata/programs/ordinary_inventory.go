package main

import (
	"errors"
	"fmt"
	"strings"
)

type Product struct {
	SKU   string
	Price float64
	Stock int
}

type Inventory struct {
	products map[string]*Product
	log      []string
}

var ErrNotFound = errors.New("product not found")

func (inv *Inventory) Get(sku string) (*Product, error) {
	p, ok := inv.products[sku]
	if !ok {
		return nil, fmt.Errorf("%s: %w", sku, ErrNotFound)
	}
	return p, nil
}

func (inv *Inventory) Sell(sku string, n int) (total float64, err error) {
	defer func() {
		status := "ok"
		if err != nil {
			status = err.Error()
		}
		inv.log = append(inv.log, fmt.Sprintf("sell %s x%d: %s", sku, n, status))
	}()
	p, err := inv.Get(sku)
	if err != nil {
		return 0, err
	}
	if p.Stock < n {
		return 0, fmt.Errorf("only %d of %s left", p.Stock, sku)
	}
	p.Stock -= n
	return float64(n) * p.Price, nil
}

func main() {
	inv := &Inventory{products: map[string]*Product{"pen": {"pen", 1.25, 10}, "ink": {"ink", 7, 1}}}
	fmt.Println(inv.Sell("pen", 4))
	fmt.Println(inv.Sell("ink", 2))
	_, err := inv.Sell("cup", 1)
	fmt.Println(err, errors.Is(err, ErrNotFound))
	fmt.Println(strings.Join(inv.log, "\n"))
	fmt.Printf("%+v\n", *inv.products["pen"])
}
