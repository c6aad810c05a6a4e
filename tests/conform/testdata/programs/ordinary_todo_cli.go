package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

type Todo struct {
	ID   int
	Text string
	Done bool
}

type App struct {
	todos []Todo
	out   io.Writer
}

func (a *App) Exec(line string) error {
	args := strings.Fields(line)
	if len(args) == 0 {
		return nil
	}
	cmds := map[string]func(...string) error{"add": a.add, "done": a.done, "list": a.list}
	f, ok := cmds[args[0]]
	if !ok {
		return fmt.Errorf("unknown command %q", args[0])
	}
	return f(args[1:]...)
}

func (a *App) add(args ...string) error {
	a.todos = append(a.todos, Todo{ID: len(a.todos) + 1, Text: strings.Join(args, " ")})
	return nil
}

func (a *App) done(args ...string) error {
	if len(args) != 1 {
		return errors.New("done wants one number")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for i := range a.todos {
		if t := &a.todos[i]; t.ID == n {
			t.Done = true
			return nil
		}
	}
	return fmt.Errorf("no todo %d", n)
}

func (a *App) list(...string) error {
	for _, t := range a.todos {
		mark := ' '
		if t.Done {
			mark = 'x'
		}
		fmt.Fprintf(a.out, "[%c] %d %s\n", mark, t.ID, t.Text)
	}
	return nil
}

func main() {
	app := &App{out: os.Stdout}
	in := bufio.NewScanner(strings.NewReader("add buy milk\nadd write code\ndone 2\ndone x\ndone 9\nfly\n\nlist\n"))
	for in.Scan() {
		if err := app.Exec(in.Text()); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
		}
	}
}
