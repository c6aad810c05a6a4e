package child

import (
	"fmt"

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

// serveComms gives what the front end says over comms to the user's code, in order.
// The code may break as any other: a panic is told and ends only the call.
func (s *session) serveComms() {
	for e := range s.comms {
		func() {
			defer func() {
				if v := recover(); v != nil {
					f := panicFailure(v, nil, stack())
					fmt.Fprintf(s.stderr, "%s: %s (in the handler of a comm)\n", f.Name, f.Text)
				}
			}()
			if err := comm.Deliver(e); err != nil {
				fmt.Fprintln(s.stderr, err)
			}
		}()
	}
}
