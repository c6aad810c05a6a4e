package kernel

import (
	"bytes"
	"context"
	"errors"
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
	k.send(k.stdin, m)
	select {
	case line := <-answer:
		return line, nil
	case <-ctx.Done():
		return "", errors.New("interrupted")
	}
}

// reply takes an input_reply. One that answers no question, or an earlier one, is
// dropped.
func (in *inputs) reply(m *wire.Message) {
	var r wire.InputReply
	if m.Header.MsgType != wire.MsgInputReply || m.Decode(&r) != nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.request == nil || !sameParts(m.Identities, in.client) {
		return
	}
	// Some clients name the question, some don't.
	if p := m.Parent; p.MsgType == wire.MsgInputRequest && p.MsgID != in.request.Header.MsgID {
		return
	}
	select {
	case in.answer <- r.Value:
	default: // answered already
	}
}

func sameParts(a, b [][]byte) bool {
	return bytes.Equal(bytes.Join(a, []byte{0}), bytes.Join(b, []byte{0}))
}
