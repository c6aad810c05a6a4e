package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/goherd/goherd/kernel/wire"
)

// inputs are the questions that wait for an answer on the stdin channel. The zero
// value is ready to use.
type inputs struct {
	asking sync.Mutex // one question at a time: answers may come without a parent

	mu      sync.Mutex
	request *wire.Message // the question
	client  [][]byte      // who was asked
	answer  chan string
}

// ask asks the client that sent parent for a line (section "Messages on the stdin
// channel"). It returns when the answer comes, or with an error when ctx ends.
func (in *inputs) ask(ctx context.Context, k *Kernel, parent *wire.Message, prompt string, password bool) (string, error) {
	in.asking.Lock()
	defer in.asking.Unlock()
	if ctx.Err() != nil {
		return "", errors.New("interrupted")
	}
	m, err := k.sender.Reply(parent, wire.MsgInputRequest, wire.InputRequest{Prompt: prompt, Password: password})
	if err != nil {
		return "", err
	}
	answer := make(chan string, 1)
	in.mu.Lock()
	in.request, in.client, in.answer = m, parent.Identities, answer
	in.mu.Unlock()
	defer func() {
		in.mu.Lock()
		in.request, in.answer = nil, nil
		in.mu.Unlock()
	}()
	if err := k.send(k.stdin, m); err != nil {
		return "", fmt.Errorf("the front end can't be asked for input: %w", err)
	}
	select {
	case line := <-answer:
		return line, nil
	case <-ctx.Done():
		return "", errors.New("interrupted")
	}
}

// reply takes an input_reply. An error says why it is dropped: it answers no question,
// or an earlier one.
func (in *inputs) reply(m *wire.Message) error {
	var r wire.InputReply
	if m.Header.MsgType != wire.MsgInputReply {
		return errors.New("unknown type")
	}
	if err := m.Decode(&r); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.request == nil || !slices.EqualFunc(m.Identities, in.client, bytes.Equal) {
		return errors.New("nothing was asked")
	}
	// Some clients name the question, some don't.
	if p := m.Parent; p.MsgType == wire.MsgInputRequest && p.MsgID != in.request.Header.MsgID {
		return errors.New("it answers an earlier question")
	}
	select {
	case in.answer <- r.Value:
		return nil
	default:
		return errors.New("it was answered already")
	}
}

// onStdin takes a message of the stdin channel.
func (k *Kernel) onStdin(m *wire.Message) {
	if err := k.inputs.reply(m); err != nil {
		k.log.Warn("message dropped", "channel", "stdin", "type", m.Header.MsgType, "error", err)
	}
}
