package main

import (
	"errors"
	"fmt"
	"sync"
)

var ErrInsufficient = errors.New("insufficient funds")

type Account struct {
	mu      sync.Mutex
	owner   string
	balance int
}

type TxError struct {
	Op     string
	Amount int
	Err    error
}

func (e *TxError) Error() string { return fmt.Sprintf("%s of %d: %v", e.Op, e.Amount, e.Err) }
func (e *TxError) Unwrap() error { return e.Err }

func (a *Account) Deposit(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += n
}

func (a *Account) Withdraw(n int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n > a.balance {
		return &TxError{"withdrawal", n, ErrInsufficient}
	}
	a.balance -= n
	return nil
}

func main() {
	acc := &Account{owner: "ann"}
	var wg sync.WaitGroup
	for i := 1; i <= 100; i++ {
		wg.Add(1)
		go func(n int) {
			defer wg.Done()
			acc.Deposit(n)
		}(i)
	}
	wg.Wait()
	fmt.Println("balance:", acc.balance)
	err := acc.Withdraw(10000)
	var te *TxError
	fmt.Println(err, errors.Is(err, ErrInsufficient), errors.As(err, &te) && te.Amount == 10000)
	fmt.Println(acc.Withdraw(50), acc.balance)
}
