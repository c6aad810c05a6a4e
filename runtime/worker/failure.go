package worker

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

const (
	// maxError is the size in bytes up to which the value of an error travels, not only its text.
	maxError = 64 << 10
	// maxText bounds the text of an error in bytes, maxChain how many of its causes are told.
	maxText, maxChain = 16 << 10, 16
)

// failure describes the error that the user's function returned for an item.
func (w *worker) failure(item int, err error) bus.Failure {
	f := bus.Failure{Item: item, Kind: "error", Name: typeName(err), Text: text(err), Chain: chain(err)}
	e, no := w.codec.Encode(reflect.ValueOf(&err).Elem())
	if no != nil {
		return f // it stays a text
	}
	size := len(e.Data)
	for _, s := range e.Segments {
		size += len(s)
	}
	if size > maxError {
		return f
	}
	if p, no := w.conn.Pack(e.Data, e.Segments); no == nil {
		f.Err = p
	}
	return f
}

// unsendable describes a result that can't travel.
func unsendable(item int, err *ship.Error) bus.Failure {
	one := *err
	one.Path = strings.TrimPrefix(strings.TrimPrefix(one.Path, "[0]"), ".") // it was a slice of one that was written
	return bus.Failure{Item: item, Kind: "unreadable", Name: "result", Text: "the result can't be sent: " + one.Error()}
}

// timeout describes that the time of an item was over; at is how it was interrupted.
func timeout(item int, limit time.Duration, at *bus.Failure) bus.Failure {
	return bus.Failure{Item: item, Kind: "timeout", Name: "timeout", Text: fmt.Sprintf("it took longer than %s", limit), Stack: at.Stack}
}

func typeName(err error) string { return reflect.TypeOf(err).String() }

// text returns what an error says. The method may be the user's: where it panics, that is told.
func text(err error) (s string) {
	defer func() {
		if v := recover(); v != nil {
			s = fmt.Sprintf("(its Error method panics: %v)", v)
		}
	}()
	return cut(err.Error())
}

func cut(s string) string {
	if len(s) > maxText {
		return s[:maxText] + "…"
	}
	return s
}

// chain returns the texts of the errors that err wraps, outermost first.
func chain(err error) (texts []string) {
	defer func() { _ = recover() }() // Unwrap may be the user's: what it gave so far is told
	for len(texts) < maxChain {
		switch e := err.(type) {
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				if one != nil && len(texts) < maxChain {
					texts = append(texts, text(one))
				}
			}
			return texts
		default:
			if err = errors.Unwrap(err); err == nil {
				return texts
			}
			texts = append(texts, text(err))
		}
	}
	return texts
}
