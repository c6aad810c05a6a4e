package wire

// Message types on the IOPub channel, besides the comm messages.
const (
	MsgWelcome           = "iopub_welcome"
	MsgStatus            = "status"
	MsgStream            = "stream"
	MsgDisplayData       = "display_data"
	MsgUpdateDisplayData = "update_display_data"
	MsgExecuteInput      = "execute_input"
	MsgExecuteResult     = "execute_result"
	MsgError             = "error"
	MsgClearOutput       = "clear_output"
	MsgDebugEvent        = "debug_event"
)

// Welcome is the first message on IOPub that a subscriber gets (section
// "Welcome message").
type Welcome struct {
	Subscription string `json:"subscription"`
}

// Status tells what the kernel is doing (section "Kernel status").
type Status struct {
	ExecutionState string `json:"execution_state"` // one of the State constants
}

// The values of Status.ExecutionState.
const (
	StateStarting = "starting"
	StateBusy     = "busy"
	StateIdle     = "idle"
)

// Stream is text written to standard output or error (section "Streams").
type Stream struct {
	Name string `json:"name"` // "stdout" or "stderr"
	Text string `json:"text"`
}

// DisplayData is the content of display_data and update_display_data (section
// "Display Data").
type DisplayData struct {
	Data      Bundle     `json:"data"` // by MIME type
	Metadata  Bundle     `json:"metadata"`
	Transient *Transient `json:"transient,omitempty"`
}

// Transient is data about a display that is not kept in the notebook.
type Transient struct {
	// DisplayID lets update_display_data find the display again.
	DisplayID string `json:"display_id,omitempty"`
}

// ExecuteInput tells all clients what is being run (section "Code inputs").
type ExecuteInput struct {
	Code           string `json:"code"`
	ExecutionCount int    `json:"execution_count"`
}

// ExecuteResult is the value of a cell (section "Execution results").
type ExecuteResult struct {
	ExecutionCount int        `json:"execution_count"`
	Data           Bundle     `json:"data"` // by MIME type
	Metadata       Bundle     `json:"metadata"`
	Transient      *Transient `json:"transient,omitempty"`
}

// Error tells why a cell failed (section "Execution errors").
type Error struct {
	Ename     string       `json:"ename"`
	Evalue    string       `json:"evalue"`
	Traceback List[string] `json:"traceback"`
}

// ClearOutput empties the cell's output, with Wait only when new output comes
// (section "Clear output").
type ClearOutput struct {
	Wait bool `json:"wait"`
}
