package child

import (
	"fmt"
	"sync"

	"github.com/goherd/goherd/display"
	"github.com/goherd/goherd/display/comm"
	"github.com/goherd/goherd/kernel/interp/link"
)

// connectDisplay makes what cells show and ask travel to the kernel.
func (s *session) connectDisplay() {
	display.Connect(sink{s})
	comm.Connect(sink{s})
	go s.serveComms()
}

// sink is the session as package display sees it.
type sink struct{ s *session }

func (k sink) Display(e display.Event) error {
	d := &link.Display{ID: e.ID, Wait: e.Wait, Bundle: link.Bundle{Data: e.Bundle.Data, Metadata: e.Bundle.Metadata}}
	switch e.Kind {
	case display.KindShow:
		d.Kind = link.Show
	case display.KindUpdate:
		d.Kind = link.Update
	case display.KindClear:
		d.Kind = link.Clear
	default:
		return fmt.Errorf("display: event of unknown kind %d", e.Kind)
	}
	return k.s.w.Send(link.Event{Type: link.EventDisplay, Run: currentRun(), Display: d})
}

func (k sink) Input(prompt string, password bool) (string, error) { return k.s.input(prompt, password) }

func (k sink) Send(e comm.Event) error {
	return k.s.w.Send(link.Event{Type: link.EventComm, Run: currentRun(), Comm: &e})
}

// maxMail bounds how many comm messages wait for the user's code.
const maxMail = 1 << 14

// A mailbox holds comm messages that the user's code is yet to get. The zero value is
// ready to use.
type mailbox struct {
	mu    sync.Mutex
	queue []comm.Event
	lost  int           // for lack of room
	came  chan struct{} // has room for one value: look at the queue
}

// put adds a message. It never waits.
func (m *mailbox) put(e comm.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == maxMail {
		m.lost++
		return
	}
	m.queue = append(m.queue, e)
	select {
	case m.signal() <- struct{}{}:
	default:
	}
}

func (m *mailbox) signal() chan struct{} {
	if m.came == nil {
		m.came = make(chan struct{}, 1)
	}
	return m.came
}

// take waits for messages and returns them, and how many were lost before.
func (m *mailbox) take() (mail []comm.Event, lost int) {
	for {
		m.mu.Lock()
		mail, lost = m.queue, m.lost
		m.queue, m.lost = nil, 0
		came := m.signal()
		m.mu.Unlock()
		if len(mail) > 0 {
			return mail, lost
		}
		<-came
	}
}

// serveComms gives what the front end says over comms to the user's code, in order.
// The code may break as any other: a panic is told and ends only the call.
func (s *session) serveComms() {
	for {
		mail, lost := s.comms.take()
		if lost > 0 {
			fmt.Fprintf(s.stderr, "%d comm messages were lost: their handlers are too slow\n", lost)
		}
		for _, e := range mail {
			s.deliver(e)
		}
	}
}

func (s *session) deliver(e comm.Event) {
	defer func() {
		if v := recover(); v != nil {
			f := panicFailure(v, nil, stack())
			fmt.Fprintf(s.stderr, "%s: %s (in the handler of a comm)\n", f.Name, f.Text)
		}
	}()
	if err := comm.Deliver(e); err != nil {
		fmt.Fprintln(s.stderr, err)
	}
}
