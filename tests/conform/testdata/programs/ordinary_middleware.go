package main

import (
	"errors"
	"fmt"
	"strings"
)

type Handler func(req string) (string, error)
type Middleware func(Handler) Handler

func chain(h Handler, ms ...Middleware) Handler {
	for i := len(ms) - 1; i >= 0; i-- {
		h = ms[i](h)
	}
	return h
}

func logging(out *[]string) Middleware {
	return func(next Handler) Handler {
		return func(req string) (resp string, err error) {
			*out = append(*out, "> "+req)
			defer func() { *out = append(*out, fmt.Sprintf("< %q %v", resp, err)) }()
			return next(req)
		}
	}
}

func recovering(next Handler) Handler {
	return func(req string) (resp string, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("panic: %v", r)
			}
		}()
		return next(req)
	}
}

func main() {
	var log []string
	h := chain(func(req string) (string, error) {
		switch req {
		case "boom":
			panic("it broke")
		case "err":
			return "", errors.New("refused")
		}
		return strings.ToUpper(req), nil
	}, logging(&log), recovering)
	for _, r := range []string{"hi", "err", "boom"} {
		h(r)
	}
	fmt.Println(strings.Join(log, "\n"))
}
