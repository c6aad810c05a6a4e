package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

type User struct{ Name, pw string }

func (u User) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", u.Name), slog.Int("len", len(u.pw)))
}

type handler struct {
	slog.Handler
	n *int
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	*h.n++
	r.AddAttrs(slog.Int("count", *h.n))
	return h.Handler.Handle(ctx, r)
}

func main() {
	noTime := func(g []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(g) == 0 {
			return slog.Attr{}
		}
		return a
	}
	l := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime, Level: slog.LevelDebug}))
	l.Info("hello", "user", User{"ann", "secret"}, "n", 1)
	l.With("a", 1).WithGroup("g").Debug("dbg", slog.Duration("d", time.Second), "err", errors.New("boom"))
	j := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime}))
	j.Warn("json", "u", User{"bob", "x"}, slog.Group("grp", "k", []int{1}))
	n := 0
	c := slog.New(handler{slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime}), &n})
	odd := []any{"odd"}
	c.Error("counted", odd...)
	c.Error("again")
	fmt.Println(n, slog.LevelWarn, l.Enabled(context.Background(), slog.LevelDebug))
}
