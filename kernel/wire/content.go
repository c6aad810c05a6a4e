package wire

import (
	"encoding/json"
	"unicode/utf8"
)

// Message types on the shell and control channels, and the input messages of
// the stdin channel. The usage messages are ipykernel's addition, used by
// jupyter-resource-usage.
const (
	MsgKernelInfoRequest     = "kernel_info_request"
	MsgKernelInfoReply       = "kernel_info_reply"
	MsgExecuteRequest        = "execute_request"
	MsgExecuteReply          = "execute_reply"
	MsgInspectRequest        = "inspect_request"
	MsgInspectReply          = "inspect_reply"
	MsgCompleteRequest       = "complete_request"
	MsgCompleteReply         = "complete_reply"
	MsgHistoryRequest        = "history_request"
	MsgHistoryReply          = "history_reply"
	MsgIsCompleteRequest     = "is_complete_request"
	MsgIsCompleteReply       = "is_complete_reply"
	MsgConnectRequest        = "connect_request"
	MsgConnectReply          = "connect_reply"
	MsgCommInfoRequest       = "comm_info_request"
	MsgCommInfoReply         = "comm_info_reply"
	MsgCommOpen              = "comm_open"
	MsgCommMsg               = "comm_msg"
	MsgCommClose             = "comm_close"
	MsgShutdownRequest       = "shutdown_request"
	MsgShutdownReply         = "shutdown_reply"
	MsgInterruptRequest      = "interrupt_request"
	MsgInterruptReply        = "interrupt_reply"
	MsgDebugRequest          = "debug_request"
	MsgDebugReply            = "debug_reply"
	MsgCreateSubshellRequest = "create_subshell_request"
	MsgCreateSubshellReply   = "create_subshell_reply"
	MsgDeleteSubshellRequest = "delete_subshell_request"
	MsgDeleteSubshellReply   = "delete_subshell_reply"
	MsgListSubshellRequest   = "list_subshell_request"
	MsgListSubshellReply     = "list_subshell_reply"
	MsgUsageRequest          = "usage_request"
	MsgUsageReply            = "usage_reply"
	MsgInputRequest          = "input_request"
	MsgInputReply            = "input_reply"
)

// The values of a reply's status (section "Request-Reply"). Aborted is
// deprecated since 5.1, but it is what front ends expect for requests that
// were dropped because an earlier one failed.
const (
	StatusOK      = "ok"
	StatusError   = "error"
	StatusAborted = "aborted"
)

// Object is a JSON object; nil is written as {}, where Go would write null,
// which front ends don't expect. A map[string]T can be assigned to it.
type Object[T any] map[string]T

// MarshalJSON writes an object.
func (o Object[T]) MarshalJSON() ([]byte, error) {
	if o == nil {
		return emptyObject, nil
	}
	return Marshal(map[string]T(o))
}

// Bundle is an object with any values, as a MIME bundle is.
type Bundle = Object[any]

// List is a JSON list; nil is written as []. A []T can be assigned to it.
type List[T any] []T

// MarshalJSON writes a list.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return Marshal([]T(l))
}

// OKReply is a reply that says no more than its status: interrupt_reply and
// delete_subshell_reply that all is well, an execute_reply that it was aborted.
type OKReply struct {
	Status string `json:"status"`
}

// ErrorReply is the content of any reply that reports a failure (section
// "Request-Reply"). For an execute_request use [ExecuteReply].
type ErrorReply struct {
	Status    string       `json:"status"` // StatusError
	Ename     string       `json:"ename"`
	Evalue    string       `json:"evalue"`
	Traceback List[string] `json:"traceback"`
}

// NewErrorReply returns an ErrorReply with StatusError.
func NewErrorReply(ename, evalue string, traceback []string) ErrorReply {
	return ErrorReply{StatusError, ename, evalue, traceback}
}

// KernelInfoReply answers a kernel_info_request, on shell or control (section
// "Kernel info"). The request's content is empty.
type KernelInfoReply struct {
	Status                string         `json:"status"`
	ProtocolVersion       string         `json:"protocol_version"`
	Implementation        string         `json:"implementation"`
	ImplementationVersion string         `json:"implementation_version"`
	LanguageInfo          LanguageInfo   `json:"language_info"`
	Banner                string         `json:"banner"`
	Debugger              bool           `json:"debugger"`
	HelpLinks             List[HelpLink] `json:"help_links"`
	SupportedFeatures     List[string]   `json:"supported_features"`
}

// LanguageInfo describes the kernel's language to front ends.
type LanguageInfo struct {
	Name              string `json:"name"`
	Version           string `json:"version"`
	Mimetype          string `json:"mimetype"`
	FileExtension     string `json:"file_extension"` // with the dot
	PygmentsLexer     string `json:"pygments_lexer,omitempty"`
	CodemirrorMode    any    `json:"codemirror_mode,omitempty"` // string or object
	NbconvertExporter string `json:"nbconvert_exporter,omitempty"`
}

// HelpLink is an entry of the front end's help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// Features a kernel can name in KernelInfoReply.SupportedFeatures.
const (
	FeatureSubshells = "kernel subshells"
	FeatureDebugger  = "debugger"
)

// ExecuteRequest asks to run code (section "Execute").
type ExecuteRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    bool              `json:"store_history"`
	UserExpressions map[string]string `json:"user_expressions"`
	AllowStdin      bool              `json:"allow_stdin"`
	StopOnError     bool              `json:"stop_on_error"`
}

// UnmarshalJSON fills in the protocol's defaults for fields that are absent:
// stop_on_error is true, store_history is true unless silent. allow_stdin is
// false, because asking a front end that didn't say it can answer would block
// for ever. silent forces store_history to be false.
func (r *ExecuteRequest) UnmarshalJSON(text []byte) error {
	type plain ExecuteRequest
	p := plain{StoreHistory: true, StopOnError: true}
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	p.StoreHistory = p.StoreHistory && !p.Silent
	*r = ExecuteRequest(p)
	return nil
}

// ExecuteReply answers an ExecuteRequest (section "Execution results").
// Which fields are sent depends on the status, see [ExecuteReply.MarshalJSON].
type ExecuteReply struct {
	Status         string `json:"status"`
	ExecutionCount int    `json:"execution_count"`
	// With StatusOK: actions for the front end, and the result per name of
	// ExecuteRequest.UserExpressions, each a UserExpression or an ErrorReply.
	Payload         List[any] `json:"payload"`
	UserExpressions Bundle    `json:"user_expressions"`
	// With StatusError.
	Ename     string       `json:"ename"`
	Evalue    string       `json:"evalue"`
	Traceback List[string] `json:"traceback"`
}

// MarshalJSON writes the fields that belong to the status.
func (r ExecuteReply) MarshalJSON() ([]byte, error) {
	switch r.Status {
	case StatusOK:
		return Marshal(struct {
			Status          string    `json:"status"`
			ExecutionCount  int       `json:"execution_count"`
			Payload         List[any] `json:"payload"`
			UserExpressions Bundle    `json:"user_expressions"`
		}{r.Status, r.ExecutionCount, r.Payload, r.UserExpressions})
	case StatusAborted: // a count would become the number of a cell that didn't run
		return Marshal(OKReply{r.Status})
	}
	return Marshal(struct {
		ErrorReply
		ExecutionCount int `json:"execution_count"`
	}{NewErrorReply(r.Ename, r.Evalue, r.Traceback), r.ExecutionCount})
}

// UserExpression is the value of one of ExecuteRequest.UserExpressions.
type UserExpression struct {
	Status   string `json:"status"` // StatusOK
	Data     Bundle `json:"data"`   // by MIME type
	Metadata Bundle `json:"metadata"`
}

// PagePayload shows text in the front end's pager (section "Payloads").
type PagePayload struct {
	Source string `json:"source"` // "page"
	Data   Bundle `json:"data"`   // must have text/plain
	Start  int    `json:"start"`  // first line to show
}

// SetNextInputPayload makes a new cell, or replaces the text of this one.
type SetNextInputPayload struct {
	Source  string `json:"source"` // "set_next_input"
	Text    string `json:"text"`
	Replace bool   `json:"replace"`
}

// InspectRequest asks about the thing at the cursor (section "Introspection").
type InspectRequest struct {
	Code        string `json:"code"`
	CursorPos   int    `json:"cursor_pos"` // in code points
	DetailLevel int    `json:"detail_level"`
}

// UnmarshalJSON puts an absent cursor at the end of the code.
func (r *InspectRequest) UnmarshalJSON(text []byte) error {
	type plain InspectRequest
	p := plain{CursorPos: -1}
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	p.CursorPos = clampCursor(p.Code, p.CursorPos)
	*r = InspectRequest(p)
	return nil
}

// InspectReply answers an InspectRequest.
type InspectReply struct {
	Status   string `json:"status"`
	Found    bool   `json:"found"`
	Data     Bundle `json:"data"` // by MIME type; {} if nothing is found
	Metadata Bundle `json:"metadata"`
}

// CompleteRequest asks what could stand at the cursor (section "Completion").
type CompleteRequest struct {
	Code      string `json:"code"`
	CursorPos int    `json:"cursor_pos"` // in code points
}

// UnmarshalJSON puts an absent cursor at the end of the code.
func (r *CompleteRequest) UnmarshalJSON(text []byte) error {
	type plain CompleteRequest
	p := plain{CursorPos: -1}
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	p.CursorPos = clampCursor(p.Code, p.CursorPos)
	*r = CompleteRequest(p)
	return nil
}

// clampCursor makes pos an offset into code, counted in code points; one that
// is outside becomes the end.
func clampCursor(code string, pos int) int {
	if n := utf8.RuneCountInString(code); pos < 0 || pos > n {
		return n
	}
	return pos
}

// CompleteReply answers a CompleteRequest: each match replaces the code points
// from CursorStart to CursorEnd.
type CompleteReply struct {
	Status      string       `json:"status"`
	Matches     List[string] `json:"matches"`
	CursorStart int          `json:"cursor_start"`
	CursorEnd   int          `json:"cursor_end"`
	Metadata    Bundle       `json:"metadata"`
}

// HistoryRequest asks for earlier inputs (section "History").
type HistoryRequest struct {
	Output     bool   `json:"output"`
	Raw        bool   `json:"raw"`
	AccessType string `json:"hist_access_type"` // "range", "tail" or "search"
	Session    int    `json:"session"`          // range: below 1 counts back from this session
	Start      int    `json:"start"`            // range
	Stop       int    `json:"stop"`             // range: excluded; 0 is the end
	N          int    `json:"n"`                // tail and search: the last n
	Pattern    string `json:"pattern"`          // search: a glob with * and ?
	Unique     bool   `json:"unique"`           // search: without duplicates
}

// HistoryReply answers a HistoryRequest.
type HistoryReply struct {
	Status  string             `json:"status"`
	History List[HistoryEntry] `json:"history"`
}

// HistoryEntry is one input. On the wire it is a list of three: session, line
// and input, where input is itself a pair with the output if HasOutput is set.
type HistoryEntry struct {
	Session, Line int
	Input         string
	Output        *string // null if there was none
	HasOutput     bool
}

// MarshalJSON writes the list.
func (e HistoryEntry) MarshalJSON() ([]byte, error) {
	if e.HasOutput {
		return Marshal([]any{e.Session, e.Line, []any{e.Input, e.Output}})
	}
	return Marshal([]any{e.Session, e.Line, e.Input})
}

// UnmarshalJSON reads the list.
func (e *HistoryEntry) UnmarshalJSON(text []byte) error {
	var input json.RawMessage
	list := []any{&e.Session, &e.Line, &input}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	if e.HasOutput = len(input) > 0 && input[0] == '['; !e.HasOutput {
		return json.Unmarshal(input, &e.Input)
	}
	pair := []any{&e.Input, &e.Output}
	return json.Unmarshal(input, &pair)
}

// IsCompleteRequest asks whether code can be run or needs more lines (section
// "Code completeness").
type IsCompleteRequest struct {
	Code string `json:"code"`
}

// IsCompleteReply answers an IsCompleteRequest. Indent is meant for the next
// line and exists with the status "incomplete" only.
type IsCompleteReply struct {
	Status string `json:"status"` // one of the Code constants
	Indent string `json:"indent"`
}

// The values of IsCompleteReply.Status.
const (
	CodeComplete   = "complete"
	CodeIncomplete = "incomplete"
	CodeInvalid    = "invalid"
	CodeUnknown    = "unknown"
)

// MarshalJSON leaves indent out unless the code is incomplete.
func (r IsCompleteReply) MarshalJSON() ([]byte, error) {
	if r.Status == CodeIncomplete {
		type plain IsCompleteReply
		return Marshal(plain(r))
	}
	return Marshal(struct {
		Status string `json:"status"`
	}{r.Status})
}

// ConnectReply answers a connect_request, which is deprecated but costs
// nothing to answer (section "Connect").
type ConnectReply struct {
	Status        string `json:"status"`
	ShellPort     int    `json:"shell_port"`
	IOPubPort     int    `json:"iopub_port"`
	StdinPort     int    `json:"stdin_port"`
	HeartbeatPort int    `json:"hb_port"`
	ControlPort   int    `json:"control_port"`
}

// CommInfoRequest asks for the open comms, all or those of a target (section
// "Comm info").
type CommInfoRequest struct {
	TargetName string `json:"target_name"`
}

// CommInfoReply answers a CommInfoRequest, by comm id.
type CommInfoReply struct {
	Status string           `json:"status"`
	Comms  Object[CommInfo] `json:"comms"`
}

// CommInfo describes an open comm.
type CommInfo struct {
	TargetName string `json:"target_name"`
}

// CommOpen opens a comm; it goes both ways, on shell to the kernel and on IOPub
// to the client (section "Custom Messages").
type CommOpen struct {
	CommID       string          `json:"comm_id"`
	TargetName   string          `json:"target_name"`
	TargetModule string          `json:"target_module,omitempty"`
	Data         json.RawMessage `json:"data"` // an object
}

// CommMsg is the content of comm_msg and of comm_close.
type CommMsg struct {
	CommID string          `json:"comm_id"`
	Data   json.RawMessage `json:"data"` // an object
}

// ShutdownRequest asks the kernel to end (section "Kernel shutdown").
type ShutdownRequest struct {
	Restart bool `json:"restart"`
}

// ShutdownReply answers a ShutdownRequest.
type ShutdownReply struct {
	Status  string `json:"status"`
	Restart bool   `json:"restart"`
}

// DebugReply answers a debug_request with a failure, in the form of the Debug
// Adapter Protocol's Response, which debug messages follow (section "Debug
// request").
type DebugReply struct {
	Seq        int    `json:"seq"`
	Type       string `json:"type"` // "response"
	RequestSeq int    `json:"request_seq"`
	Command    string `json:"command"`
	Success    bool   `json:"success"`
	Message    string `json:"message,omitempty"`
	Body       any    `json:"body,omitempty"`
}

// DebugRequest is the part of a debug_request that its answer needs.
type DebugRequest struct {
	Seq     int    `json:"seq"`
	Command string `json:"command"`
}

// CreateSubshellReply answers a create_subshell_request, whose content is
// empty (section "Create subshell").
type CreateSubshellReply struct {
	Status     string `json:"status"`
	SubshellID string `json:"subshell_id"`
}

// DeleteSubshellRequest asks to end a subshell (section "Delete subshell"). The
// answer is an [OKReply].
type DeleteSubshellRequest struct {
	SubshellID string `json:"subshell_id"`
}

// ListSubshellReply answers a list_subshell_request (section "List subshell").
type ListSubshellReply struct {
	Status     string       `json:"status"`
	SubshellID List[string] `json:"subshell_id"` // the protocol's name, though it is a list
}

// UsageReply answers a usage_request as ipykernel does. It is not part of the
// specification.
type UsageReply struct {
	Hostname          string         `json:"hostname"`
	PID               int            `json:"pid"`
	KernelCPU         float64        `json:"kernel_cpu"`    // percent of one core, all processes of the kernel
	KernelMemory      uint64         `json:"kernel_memory"` // bytes, all processes of the kernel
	HostCPUPercent    float64        `json:"host_cpu_percent,omitempty"`
	CPUCount          int            `json:"cpu_count"`
	HostVirtualMemory *VirtualMemory `json:"host_virtual_memory,omitempty"`
}

// VirtualMemory is the machine's memory in bytes, with Percent of it in use.
type VirtualMemory struct {
	Total     uint64  `json:"total"`
	Available uint64  `json:"available"`
	Percent   float64 `json:"percent"`
	Used      uint64  `json:"used"`
	Free      uint64  `json:"free"`
}

// InputRequest asks the client for a line (section "Messages on the stdin
// channel"). It goes from the kernel to the client.
type InputRequest struct {
	Prompt   string `json:"prompt"`
	Password bool   `json:"password"`
}

// InputReply answers an InputRequest.
type InputReply struct {
	Value string `json:"value"`
}
