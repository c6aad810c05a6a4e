package notebook

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A Recorder turns the messages that a kernel publishes on IOPub into the
// outputs of cells, as a front end does (Jupyter messaging protocol 5.5,
// "Messages on the IOPub channel"). It remembers which outputs have a display
// ID, over all cells of a session. The zero value is ready.
type Recorder struct {
	displays map[string][]*Output
}

// message is the union of the contents that matter.
type message struct {
	Name           string   `json:"name"`
	Text           string   `json:"text"`
	Data           Bundle   `json:"data"`
	Metadata       Metadata `json:"metadata"`
	ExecutionCount int      `json:"execution_count"`
	EName          string   `json:"ename"`
	EValue         string   `json:"evalue"`
	Traceback      []string `json:"traceback"`
	Wait           bool     `json:"wait"`
	Transient      struct {
		DisplayID string `json:"display_id"`
	} `json:"transient"`
}

// Record applies a message to the cell whose execution it answers (its parent
// header says which). Message types that leave nothing in a notebook (status,
// comm messages and unknown ones) are ignored. The error is about a content
// that cannot be decoded.
func (r *Recorder) Record(c *Cell, msgType string, content json.RawMessage) error {
	switch msgType {
	case "stream", "display_data", "update_display_data", "execute_result",
		"execute_input", "clear_output", "error":
	default:
		return nil
	}
	var m message
	if err := json.Unmarshal(content, &m); err != nil {
		return fmt.Errorf("%s message: %w", msgType, err)
	}
	switch msgType {
	case "execute_input":
		c.ExecutionCount = m.ExecutionCount
	case "clear_output":
		if c.clearNext = m.Wait; !m.Wait {
			c.Outputs = nil
		}
	case "update_display_data":
		r.update(&m)
	case "stream":
		c.flush()
		if n := len(c.Outputs); n > 0 && c.Outputs[n-1].Type == Stream && c.Outputs[n-1].Name == m.Name {
			c.Outputs[n-1].text.write(m.Text)
			return nil
		}
		c.Outputs = append(c.Outputs, NewStream(m.Name, m.Text))
	case "error":
		c.flush()
		c.Outputs = append(c.Outputs, &Output{
			Type: Error, EName: m.EName, EValue: m.EValue, Traceback: m.Traceback,
		})
	case "display_data", "execute_result":
		c.flush()
		// An ID that is shown a second time also changes where it was shown
		// before.
		r.update(&m)
		o := &Output{Type: OutputType(msgType), Data: m.Data, Metadata: m.Metadata}
		if o.Type == ExecuteResult {
			o.ExecutionCount = m.ExecutionCount
		}
		if id := m.Transient.DisplayID; id != "" {
			if r.displays == nil {
				r.displays = make(map[string][]*Output)
			}
			r.displays[id] = append(r.displays[id], o)
		}
		c.Outputs = append(c.Outputs, o)
	}
	return nil
}

// flush carries out a clear_output that waited for the next output.
func (c *Cell) flush() {
	if c.clearNext {
		c.clearNext = false
		c.Outputs = nil
	}
}

func (r *Recorder) update(m *message) {
	if m.Transient.DisplayID == "" {
		return
	}
	for _, o := range r.displays[m.Transient.DisplayID] {
		o.Data, o.Metadata = m.Data, m.Metadata
	}
}

// LastError returns the last error among the cell's outputs, or nil.
func (c *Cell) LastError() *Output {
	for _, o := range slices.Backward(c.Outputs) {
		if o.Type == Error {
			return o
		}
	}
	return nil
}
