package kerneltest

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goherd/goherd/kernel/wire"
)

// A Request is a message that was sent, and what it brings about.
type Request struct {
	ID      string
	Channel wire.Channel

	// Again counts how often the kernel has said again that it is busy with this, which
	// it does when it has answered something else meanwhile. It isn't part of what Idle
	// and the others compare.
	Again int

	f    *Front
	name string // for messages

	// What came and wasn't looked at yet; guarded by f.mu.
	iopub     []*wire.Message
	replies   []*wire.Message
	forgotten bool

	seen    []*wire.Message // on IOPub
	summary []string        // of seen, streams joined
}

// Send sends a request. change, if not nil, is given the message before.
func (f *Front) Send(ch wire.Channel, msgType string, content any, change func(*wire.Message)) *Request {
	f.T.Helper()
	m, err := f.Client.Session().Message(nil, msgType, content)
	if err != nil {
		f.T.Fatal(err)
	}
	if change != nil {
		change(m)
	}
	r := &Request{ID: m.Header.MsgID, Channel: ch, f: f, name: msgType}
	f.mu.Lock()
	f.requests[r.ID] = r
	f.mu.Unlock()
	if err := f.Client.Send(ch, m); err != nil {
		f.T.Fatal(err)
	}
	return r
}

// Reply waits for the reply and stores its content in v, if that isn't nil.
func (r *Request) Reply(msgType string, v any) *wire.Message {
	r.f.T.Helper()
	var m *wire.Message
	r.f.await(msgType+" to "+r.name, func() bool {
		if len(r.replies) == 0 {
			return false
		}
		m, r.replies = r.replies[0], r.replies[1:]
		return true
	})
	if m.Header.MsgType != msgType {
		r.f.T.Fatalf("%s, want %s", Short(m), msgType)
	}
	if v != nil {
		r.f.decode(m, v)
	}
	return m
}

// next takes the next message on IOPub.
func (r *Request) next() *wire.Message {
	r.f.T.Helper()
	var m *wire.Message
	r.f.await("message on iopub of "+r.name+" after\n"+strings.Join(r.summary, "\n"), func() bool {
		if len(r.iopub) == 0 {
			return false
		}
		m, r.iopub = r.iopub[0], r.iopub[1:]
		return true
	})
	s := Short(m)
	if s == wire.StateBusy && len(r.seen) > 0 {
		r.Again++
		return m
	}
	r.seen = append(r.seen, m)
	if n := len(r.summary) - 1; n >= 0 && m.Header.MsgType == wire.MsgStream {
		if name, text, ok := strings.Cut(s, ": "); ok && strings.HasPrefix(r.summary[n], name+": ") {
			if len(r.summary[n]) < 1<<20 {
				r.summary[n] += text
			}
			return m
		}
	}
	r.summary = append(r.summary, s)
	return m
}

// Idle expects on IOPub: busy, what want says, idle. Consecutive texts of one stream
// are one entry. An "…" in want stands for anything.
func (r *Request) Idle(want ...string) []*wire.Message {
	r.f.T.Helper()
	for {
		m := r.next()
		if m.Header.MsgType == wire.MsgStatus && Short(m) == wire.StateIdle {
			break
		}
	}
	r.check(append(append([]string{wire.StateBusy}, want...), wire.StateIdle))
	seen := r.seen
	r.seen, r.summary = nil, nil
	return seen
}

// Late expects messages that come after the request has ended.
func (r *Request) Late(want ...string) []*wire.Message {
	r.f.T.Helper()
	for !r.matches(want) {
		r.next()
		if len(r.summary) > len(want) {
			break
		}
	}
	r.check(want)
	seen := r.seen
	r.seen, r.summary = nil, nil
	return seen
}

// Shows waits for the end of a cell and returns what it showed: a line for the kind of each message, and its text.
func (r *Request) Shows() string {
	r.f.T.Helper()
	for Short(r.next()) != wire.StateIdle {
	}
	text := strings.Join(r.summary, "\n")
	r.seen, r.summary = nil, nil
	r.Reply(wire.MsgExecuteReply, nil)
	return text
}

// Until waits until a message matches, which is counted as expected; Idle has to name
// it, too. It returns the message.
func (r *Request) Until(want string) *wire.Message {
	r.f.T.Helper()
	for {
		m := r.next()
		if n := len(r.summary); n > 0 && match(want, r.summary[n-1]) {
			return m
		}
		if Short(m) == wire.StateIdle {
			r.f.T.Fatalf("no %q in\n%s", want, strings.Join(r.summary, "\n"))
		}
	}
}

func (r *Request) matches(want []string) bool {
	if len(want) != len(r.summary) {
		return false
	}
	for i := range want {
		if !match(want[i], r.summary[i]) {
			return false
		}
	}
	return true
}

func (r *Request) check(want []string) {
	r.f.T.Helper()
	if !r.matches(want) {
		r.f.T.Fatalf("%s\n--- got ---\n%s\n--- want ---\n%s", r.name, strings.Join(cut(r.summary), "\n"), strings.Join(want, "\n"))
	}
}

// match reports whether text is as the pattern says, in which "…" is anything.
func match(pattern, text string) bool {
	parts := strings.Split(pattern, "…")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, `.*`) + `$`).MatchString(text)
}

// Ask sends a request, expects it to produce nothing but the statuses and the reply,
// and stores the reply's content in v.
func (f *Front) Ask(ch wire.Channel, msgType string, content, v any) *wire.Message {
	f.T.Helper()
	r := f.Send(ch, msgType, content, nil)
	m := r.Reply(strings.TrimSuffix(msgType, "_request")+"_reply", v)
	r.Idle()
	return m
}

// Cell asks to execute a cell as a notebook does.
func (f *Front) Cell(code string) *Request {
	f.T.Helper()
	return f.Execute(wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true, AllowStdin: true}, nil)
}

// Execute sends an execute_request.
func (f *Front) Execute(c wire.ExecuteRequest, change func(*wire.Message)) *Request {
	f.T.Helper()
	r := f.Send(wire.Shell, wire.MsgExecuteRequest, c, change)
	r.name = c.Code
	return r
}

// End expects the end of a cell that isn't silent, and that between its input and its
// end there is what want says. It returns the reply.
func (r *Request) End(want ...string) wire.ExecuteReply {
	r.f.T.Helper()
	r.Idle(append([]string{"input: " + r.name}, want...)...)
	var reply wire.ExecuteReply
	r.Reply(wire.MsgExecuteReply, &reply)
	return reply
}

// Run executes a cell and expects it to produce what want says.
func (f *Front) Run(code string, want ...string) wire.ExecuteReply {
	f.T.Helper()
	reply := f.Cell(code).End(want...)
	status := wire.StatusOK
	for _, w := range want {
		if strings.HasPrefix(w, "error: ") {
			status = wire.StatusError
		}
	}
	if reply.Status != status {
		f.T.Errorf("%s\nstatus %s (%s: %s), want %s", code, reply.Status, reply.Ename, reply.Evalue, status)
	}
	return reply
}

// Interrupt sends an interrupt_request and waits for the reply.
func (f *Front) Interrupt() {
	f.T.Helper()
	f.Ask(wire.Control, wire.MsgInterruptRequest, nil, nil)
}

// Quiet fails if a message comes within d.
func (f *Front) Quiet(d time.Duration) {
	f.T.Helper()
	time.Sleep(d)
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.state(); s != "" {
		f.T.Errorf("unexpected messages:\n%s", s)
	}
}

// Drain forgets what came on IOPub for a request up to its end, where the test can't
// know what that is.
func (r *Request) Drain() {
	r.f.T.Helper()
	for Short(r.next()) != wire.StateIdle {
	}
	r.seen, r.summary = nil, nil
}

// cut shortens texts for a message.
func cut(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		if out[i] = t; len(t) > 4000 {
			out[i] = t[:2000] + "\n(…)\n" + t[len(t)-2000:]
		}
	}
	return out
}

// Forget makes everything expected that came and will come for a request, where the
// test can't know what that is.
func (r *Request) Forget() {
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	r.forgotten, r.iopub, r.replies = true, nil, nil
	r.f.stdin = slices.DeleteFunc(r.f.stdin, func(m *wire.Message) bool { return m.Parent.MsgID == r.ID })
}
