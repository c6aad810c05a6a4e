package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

type level int

func (l *level) String() string { return fmt.Sprint("level ", int(*l)) }
func (l *level) Set(s string) error {
	if s == "bad" {
		return errors.New("no such level")
	}
	*l = level(len(s))
	return nil
}

func main() {
	fs := flag.NewFlagSet("prog", flag.ContinueOnError)
	fs.SetOutput(os.Stdout)
	n := fs.Int("n", 5, "a `count`")
	v := fs.Bool("v", false, "verbose")
	d := fs.Duration("d", time.Second, "how long")
	var l level
	fs.Var(&l, "level", "the level")
	fs.Func("f", "call", func(s string) error { fmt.Println("func", s); return nil })
	fmt.Println(fs.Parse([]string{"-n", "7", "-v", "--d=1m", "-level", "abc", "-f", "x", "rest", "-n"}))
	fmt.Println(*n, *v, *d, l, fs.Args(), fs.NArg())
	fmt.Println(fs.Parse([]string{"-level", "bad"}))
	fs.VisitAll(func(f *flag.Flag) { fmt.Println(f.Name, f.Value, f.DefValue) })
}
