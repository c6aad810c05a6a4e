package main

import (
	"errors"
	"fmt"
	"net"
	"net/rpc"
)

type Arith int
type Args struct{ A, B int }

func (t *Arith) Multiply(args *Args, reply *int) error { *reply = args.A * args.B; return nil }
func (t *Arith) Divide(args *Args, reply *int) error {
	if args.B == 0 {
		return errors.New("divide by zero")
	}
	*reply = args.A / args.B
	return nil
}

func main() {
	s := rpc.NewServer()
	fmt.Println(s.Register(new(Arith)))
	a, b := net.Pipe()
	go s.ServeConn(a)
	c := rpc.NewClient(b)
	var n int
	fmt.Println(c.Call("Arith.Multiply", &Args{6, 7}, &n), n)
	fmt.Println(c.Call("Arith.Divide", &Args{6, 0}, &n))
	fmt.Println(c.Call("Arith.None", &Args{}, &n))
	c.Close()
}
