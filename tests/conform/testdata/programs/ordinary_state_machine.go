package main

import "fmt"

type State int

const (
	Idle State = iota
	Running
	Paused
	Stopped
)

var names = map[State]string{Idle: "idle", Running: "running", Paused: "paused", Stopped: "stopped"}

func (s State) String() string { return names[s] }

type Event string

type Machine struct {
	state State
	trans map[State]map[Event]State
	hooks []func(from, to State)
}

func (m *Machine) Fire(e Event) error {
	to, ok := m.trans[m.state][e]
	if !ok {
		return fmt.Errorf("no %q in state %v", e, m.state)
	}
	for _, h := range m.hooks {
		h(m.state, to)
	}
	m.state = to
	return nil
}

func main() {
	m := &Machine{trans: map[State]map[Event]State{
		Idle:    {"start": Running},
		Running: {"pause": Paused, "stop": Stopped},
		Paused:  {"resume": Running, "stop": Stopped},
	}}
	m.hooks = append(m.hooks, func(a, b State) { fmt.Printf("%v -> %v\n", a, b) })
	for _, e := range []Event{"start", "pause", "start", "resume", "stop", "start"} {
		if err := m.Fire(e); err != nil {
			fmt.Println("error:", err)
		}
	}
	fmt.Printf("%v %d %T\n", m.state, m.state, m.state)
}
