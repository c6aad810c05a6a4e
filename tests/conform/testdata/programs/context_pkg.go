package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type keyT struct{}

func work(ctx context.Context, n int) error {
	for i := range n {
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped: %w", ctx.Err())
		case <-time.After(time.Millisecond):
			_ = i
		}
	}
	return nil
}

type myCtx struct {
	context.Context
	name string
}

func (c myCtx) Value(k any) any {
	if k == "name" {
		return c.name
	}
	return c.Context.Value(k)
}

func main() {
	ctx := context.WithValue(context.Background(), keyT{}, "v")
	fmt.Println(ctx.Value(keyT{}), ctx.Value("x"))
	c, cancel := context.WithCancel(ctx)
	cancel()
	fmt.Println(c.Err(), work(c, 5), c.Value(keyT{}))
	t, cancel2 := context.WithTimeout(ctx, 5*time.Millisecond)
	defer cancel2()
	err := work(t, 100000)
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
	cc, cause := context.WithCancelCause(ctx)
	cause(errors.New("because"))
	fmt.Println(cc.Err(), context.Cause(cc))
	m := myCtx{ctx, "me"}
	child, cancel3 := context.WithCancel(m)
	fmt.Println(child.Value("name"), child.Value(keyT{}))
	done := make(chan bool)
	stop := context.AfterFunc(child, func() { done <- true })
	cancel3()
	fmt.Println(<-done, stop())
	fmt.Println(work(context.WithoutCancel(c), 1))
}
