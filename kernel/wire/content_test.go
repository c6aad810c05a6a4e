package wire

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

// The forms that front ends rely on: no null where a list or an object
// belongs, no field where it doesn't.
func TestContentForms(t *testing.T) {
	tests := []struct {
		content any
		want    string
	}{
		{OKReply{StatusOK}, `{"status":"ok"}`},
		{NewErrorReply("E", "v", nil), `{"status":"error","ename":"E","evalue":"v","traceback":[]}`},
		{ExecuteReply{Status: StatusOK, ExecutionCount: 2, Ename: "not sent"},
			`{"status":"ok","execution_count":2,"payload":[],"user_expressions":{}}`},
		{ExecuteReply{Status: StatusOK, Payload: []any{PagePayload{"page", Bundle{"text/plain": "x"}, 0}},
			UserExpressions: map[string]any{"a": UserExpression{Status: StatusOK}}},
			`{"status":"ok","execution_count":0,"payload":[{"source":"page","data":{"text/plain":"x"},"start":0}],` +
				`"user_expressions":{"a":{"status":"ok","data":{},"metadata":{}}}}`},
		{ExecuteReply{Status: StatusAborted, ExecutionCount: 4}, `{"status":"aborted"}`},
		{ExecuteReply{Status: StatusError, Ename: "E", Evalue: "v", Traceback: []string{"t"}, ExecutionCount: 1},
			`{"status":"error","ename":"E","evalue":"v","traceback":["t"],"execution_count":1}`},
		{InspectReply{Status: StatusOK}, `{"status":"ok","found":false,"data":{},"metadata":{}}`},
		{CompleteReply{Status: StatusOK}, `{"status":"ok","matches":[],"cursor_start":0,"cursor_end":0,"metadata":{}}`},
		{IsCompleteReply{Status: CodeIncomplete, Indent: "\t"}, `{"status":"incomplete","indent":"\t"}`},
		{IsCompleteReply{Status: CodeComplete, Indent: "\t"}, `{"status":"complete"}`},
		{HistoryReply{Status: StatusOK}, `{"status":"ok","history":[]}`},
		{HistoryReply{Status: StatusOK, History: []HistoryEntry{
			{Session: 1, Line: 2, Input: "in"},
			{Session: 1, Line: 3, Input: "in", HasOutput: true},
			{Session: 1, Line: 4, Input: "in", Output: ptr("out"), HasOutput: true},
		}}, `{"status":"ok","history":[[1,2,"in"],[1,3,["in",null]],[1,4,["in","out"]]]}`},
		{CommInfoReply{Status: StatusOK}, `{"status":"ok","comms":{}}`},
		{CommInfoReply{StatusOK, map[string]CommInfo{"id": {"target"}}}, `{"status":"ok","comms":{"id":{"target_name":"target"}}}`},
		{CommMsg{"id", json.RawMessage(`{"x":1}`)}, `{"comm_id":"id","data":{"x":1}}`},
		{KernelInfoReply{Status: StatusOK}, `{"status":"ok","protocol_version":"","implementation":"","implementation_version":"",` +
			`"language_info":{"name":"","version":"","mimetype":"","file_extension":""},"banner":"","debugger":false,"help_links":[],"supported_features":[]}`},
		{ListSubshellReply{Status: StatusOK}, `{"status":"ok","subshell_id":[]}`},
		{ExecuteResult{ExecutionCount: 1}, `{"execution_count":1,"data":{},"metadata":{}}`},
		{DisplayData{Transient: &Transient{"id"}}, `{"data":{},"metadata":{},"transient":{"display_id":"id"}}`},
		{Error{}, `{"ename":"","evalue":"","traceback":[]}`},
		{Welcome{}, `{"subscription":""}`},
		{InputRequest{"?", true}, `{"prompt":"?","password":true}`},
		{DebugReply{Type: "response", RequestSeq: 3, Command: "initialize", Message: "no"},
			`{"seq":0,"type":"response","request_seq":3,"command":"initialize","success":false,"message":"no"}`},
		{nil, `{}`},
	}
	for _, test := range tests {
		raw, err := Marshal(test.content)
		if err != nil || string(raw) != test.want {
			t.Errorf("%T\n got %s (%v)\nwant %s", test.content, raw, err, test.want)
		}
	}
}

func TestHistoryEntryRoundTrip(t *testing.T) {
	want := []HistoryEntry{{1, 2, "in", nil, false}, {0, 3, "[in]", nil, true}, {-1, 4, "in", ptr("out"), true}}
	raw, err := Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []HistoryEntry
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a front end leaves out has the protocol's default.
func TestRequestDefaults(t *testing.T) {
	check := func(got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	execute := func(text string) (r ExecuteRequest) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	check(execute(`{"code":"x"}`), ExecuteRequest{Code: "x", StoreHistory: true, StopOnError: true})
	check(execute(`{"silent":true,"store_history":true}`), ExecuteRequest{Silent: true, StopOnError: true})
	check(execute(`{"store_history":false,"stop_on_error":false,"allow_stdin":true,"user_expressions":{"a":"b"}}`),
		ExecuteRequest{AllowStdin: true, UserExpressions: map[string]string{"a": "b"}})
	check(execute(`{"user_expressions":null,"code":null,"future":1}`), ExecuteRequest{StoreHistory: true, StopOnError: true})

	for text, want := range map[string]int{
		`{"code":"aü𝄞"}`:                   3,
		`{"code":"aü𝄞","cursor_pos":2}`:    2,
		`{"code":"aü𝄞","cursor_pos":0}`:    0,
		`{"code":"aü𝄞","cursor_pos":99}`:   3,
		`{"code":"aü𝄞","cursor_pos":-5}`:   3,
		`{"code":"aü𝄞","cursor_pos":null}`: 3,
	} {
		var c CompleteRequest
		var i InspectRequest
		if err := json.Unmarshal([]byte(text), &c); err != nil || c.CursorPos != want {
			t.Errorf("%s: %+v, %v", text, c, err)
		}
		if err := json.Unmarshal([]byte(text), &i); err != nil || i.CursorPos != want {
			t.Errorf("%s: %+v, %v", text, i, err)
		}
	}
	var r ExecuteRequest
	m := Message{Header: Header{MsgType: MsgExecuteRequest}, Content: json.RawMessage(`{"code":1}`)}
	if err := m.Decode(&r); err == nil {
		t.Error("a number was taken for code")
	}
	m.Content = nil
	if err := m.Decode(&r); err != nil || !r.StopOnError {
		t.Errorf("empty content: %+v, %v", r, err)
	}
}
