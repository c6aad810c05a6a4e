package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/internal/pytool"
)

func mustCodec(t testing.TB, scheme, key string) *Codec {
	t.Helper()
	c, err := NewCodec(scheme, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lines are how frames go to and from Python.
func toLine(parts [][]byte) string {
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = base64.StdEncoding.EncodeToString(p) + "."
	}
	return strings.Join(words, " ")
}

func fromLine(t *testing.T, line string) [][]byte {
	var parts [][]byte
	for _, w := range strings.Fields(line) {
		b, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(w, "."))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		parts = append(parts, b)
	}
	return parts
}

// Jupyter's own implementation accepts our messages, and we its.
func TestAgainstJupyterClient(t *testing.T) {
	schemes := []string{"hmac-sha256", "hmac-md5", "hmac-sha1", "hmac-sha384", "hmac-sha512", "hmac-sha3_256", "unsigned"}
	for _, scheme := range schemes {
		t.Run(scheme, func(t *testing.T) {
			key := "a key"
			if scheme == "unsigned" {
				scheme, key = "hmac-sha256", ""
			}
			p := pytool.Start(t, `
import sys, base64, json
from jupyter_client.session import Session
s = Session(key=sys.argv[2].encode(), signature_scheme=sys.argv[1], username="zoë", check_pid=False)
dec = lambda l: [base64.b64decode(w[:-1]) for w in l.split()]
enc = lambda l: " ".join(base64.b64encode(bytes(p)).decode() + "." for p in l)
req = s.msg("execute_request", content={"code": "x<y & 'ü𝄞'\n"}, metadata={"a": [1, None]})
print(enc([b"me", *s.serialize(req), b"raw\0buffer", b""]))
idents, rest = s.feed_identities(dec(sys.stdin.readline()))
assert idents == [b"me"], idents
m = s.deserialize(rest)
assert m["header"]["msg_type"] == "execute_reply" and m["header"]["version"] == "5.5"
assert m["header"]["date"].tzinfo is not None
assert m["parent_header"] == req["header"], m["parent_header"]
assert m["content"] == {"status": "error", "ename": "<ü𝄞>", "evalue": "", "traceback": [], "execution_count": 3}, m["content"]
assert m["metadata"] == {"k": "<>&"}
assert [bytes(b) for b in m["buffers"]] == [b"\xff", b""]
m = s.deserialize(s.feed_identities(dec(sys.stdin.readline()))[1])
assert m["parent_header"] == {} and m["metadata"] == {} and m["content"] == {}
print("ok")
`, scheme, key)
			c, s := mustCodec(t, scheme, key), NewSession("me")
			req, err := c.Decode(fromLine(t, p.Line()))
			if err != nil {
				t.Fatal(err)
			}
			var content ExecuteRequest
			if err := req.Decode(&content); err != nil {
				t.Fatal(err)
			}
			if content.Code != "x<y & 'ü𝄞'\n" || req.Header.Username != "zoë" || req.Header.MsgType != MsgExecuteRequest ||
				req.Parent != (Header{}) || len(req.Buffers) != 2 || string(req.Buffers[0]) != "raw\x00buffer" {
				t.Errorf("decoded %+v, %+v", req, content)
			}
			if diff := cmp.Diff(map[string]any{"a": []any{1., nil}}, req.Metadata); diff != "" {
				t.Error(diff)
			}
			reply, err := s.Reply(req, MsgExecuteReply, ExecuteReply{Status: StatusError, Ename: "<ü𝄞>", ExecutionCount: 3})
			if err != nil {
				t.Fatal(err)
			}
			reply.Metadata = map[string]any{"k": "<>&"}
			reply.Buffers = [][]byte{{0xff}, {}}
			plain, err := s.Message(nil, MsgKernelInfoRequest, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range []*Message{reply, plain} {
				parts, err := c.Encode(m)
				if err != nil {
					t.Fatal(err)
				}
				p.Send(toLine(parts))
			}
			p.Expect("ok")
		})
	}
}

func mustEncode(t testing.TB, c *Codec, m *Message) [][]byte {
	t.Helper()
	parts, err := c.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func sample(t testing.TB) *Message {
	t.Helper()
	m, err := NewSession("u").Message(nil, MsgExecuteRequest, ExecuteRequest{Code: "1+1"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	s := NewSession("u")
	first := sample(t)
	first.Header.SubshellID = "sub"
	send, recv := mustCodec(t, "", "k"), mustCodec(t, "", "k")
	got, err := recv.Decode(mustEncode(t, send, first))
	if err != nil {
		t.Fatal(err)
	}
	if got.Header != first.Header {
		t.Errorf("header %+v, want %+v", got.Header, first.Header)
	}
	// A header field that we don't know comes back in the reply.
	got.RawHeader = append([]byte(`{"future":[1],`), got.RawHeader[1:]...)
	reply, err := s.Reply(got, MsgExecuteReply, nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := recv.Decode(mustEncode(t, send, reply))
	if err != nil {
		t.Fatal(err)
	}
	if back.Parent != first.Header || !bytes.Equal(back.RawParent, got.RawHeader) {
		t.Errorf("parent %s, want %s", back.RawParent, got.RawHeader)
	}
	// Without the raw form the parent is written anew.
	reply.RawParent = nil
	reply.Parent = first.Header
	if back, err = recv.Decode(append([][]byte{[]byte("id1"), []byte("id2")}, mustEncode(t, send, reply)...)); err != nil {
		t.Fatal(err)
	}
	if back.Parent != first.Header || len(back.Identities) != 2 {
		t.Errorf("decoded %+v", back)
	}
}

func TestSessionIDs(t *testing.T) {
	s := NewSession("u")
	seen := make(map[string]bool)
	for range 100 {
		m, err := s.Message(nil, MsgStatus, Status{StateBusy})
		if err != nil {
			t.Fatal(err)
		}
		if seen[m.Header.MsgID] || m.Header.Session != s.ID() {
			t.Fatalf("header %+v", m.Header)
		}
		seen[m.Header.MsgID] = true
	}
	if NewSession("u").ID() == s.ID() {
		t.Error("two sessions have one id")
	}
	if _, err := s.Message(nil, MsgStatus, func() {}); err == nil {
		t.Error("a function was encoded")
	}
}

// Every change of a signed byte is noticed, every message is accepted once,
// and a refused one leaves nothing behind.
func TestSignature(t *testing.T) {
	c := mustCodec(t, "", "k")
	parts := mustEncode(t, c, sample(t))
	const first = 1 // after the delimiter
	for i := first; i < len(parts); i++ {
		for j := range parts[i] {
			bad := make([][]byte, len(parts))
			for k, p := range parts {
				bad[k] = bytes.Clone(p)
			}
			bad[i][j] ^= 1
			if _, err := c.Decode(bad); !errors.Is(err, ErrSignature) {
				t.Fatalf("frame %d, byte %d changed: %v", i, j, err)
			}
		}
	}
	for name, signature := range map[string]string{"none": "", "short": "00", "not hex": strings.Repeat("xy", 32), "long": strings.Repeat("0", 66), "odd": strings.Repeat("0", 65)} {
		bad := append([][]byte(nil), parts...)
		bad[first] = []byte(signature)
		if _, err := c.Decode(bad); !errors.Is(err, ErrSignature) {
			t.Errorf("signature %s: %v", name, err)
		}
	}
	if n := len(c.replay.seen) + len(c.replay.ring); n != 0 {
		t.Errorf("%d things were remembered of forged messages", n)
	}
	if _, err := c.Decode(parts); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Decode(parts); !errors.Is(err, ErrReplay) {
		t.Errorf("the same again: %v", err)
	}
	parts[first] = bytes.ToUpper(parts[first])
	if _, err := c.Decode(parts); !errors.Is(err, ErrReplay) {
		t.Errorf("the same in upper case: %v", err)
	}
	if _, err := mustCodec(t, "", "other").Decode(parts); !errors.Is(err, ErrSignature) {
		t.Errorf("other key: %v", err)
	}
	off := mustCodec(t, "", "")
	for range 2 {
		if _, err := off.Decode(parts); err != nil {
			t.Errorf("unsigned: %v", err)
		}
	}
	for _, scheme := range []string{"sha256", "hmac-", "hmac-blake2b", "none", "hmac-SHA256 "} {
		if _, err := NewCodec(scheme, "k"); err == nil || !strings.Contains(err.Error(), scheme) {
			t.Errorf("scheme %q: %v", scheme, err)
		}
	}
}

func TestReplayHistoryIsBounded(t *testing.T) {
	var h history
	mac := func(i int) []byte { return fmt.Appendf(make([]byte, 0, 32), "%016d", i) }
	for i := range 3 * historySize {
		if !h.add(mac(i)) {
			t.Fatalf("%d was there before", i)
		}
	}
	if len(h.seen) != historySize || len(h.ring) != historySize {
		t.Errorf("%d and %d entries, want %d", len(h.seen), len(h.ring), historySize)
	}
	for i := 2 * historySize; i < 3*historySize; i++ {
		if h.add(mac(i)) {
			t.Fatalf("%d was forgotten", i)
		}
	}
}

func TestMalformed(t *testing.T) {
	c := mustCodec(t, "", "k")
	header := `{"msg_id":"1","session":"s","username":"u","date":"","msg_type":"x","version":"5.5"}`
	signed := func(dicts ...string) [][]byte {
		parts := [][]byte{[]byte("id"), delimiter, nil}
		for _, d := range dicts {
			parts = append(parts, []byte(d))
		}
		parts[2] = hex.AppendEncode(nil, c.sign.mac(parts[3:]))
		return parts
	}
	if _, err := c.Decode(signed(header, "{}", " {}", "\n{} ")); err != nil {
		t.Errorf("good message: %v", err)
	}
	big := strings.Repeat(" ", maxHeader+1)
	tests := []struct {
		name  string
		parts [][]byte
		want  error
	}{
		{"nothing", nil, ErrMalformed},
		{"no delimiter", [][]byte{{}, {}, {}, {}, {}, {}}, ErrMalformed},
		{"delimiter last", [][]byte{delimiter}, ErrMalformed},
		{"four frames", signed(header, "{}", "{}"), ErrMalformed},
		{"empty frames", signed("", "", "", ""), ErrMalformed},
		{"empty header", signed("{}", "{}", "{}", "{}"), ErrMalformed},
		{"null header", signed("null", "{}", "{}", "{}"), ErrMalformed},
		{"list header", signed("[]", "{}", "{}", "{}"), ErrMalformed},
		{"header cut short", signed(header[:20], "{}", "{}", "{}"), ErrMalformed},
		{"number as id", signed(strings.Replace(header, `"1"`, "1", 1), "{}", "{}", "{}"), ErrMalformed},
		{"null parent", signed(header, "null", "{}", "{}"), ErrMalformed},
		{"list metadata", signed(header, "{}", "[]", "{}"), ErrMalformed},
		{"list content", signed(header, "{}", "{}", "[]"), ErrMalformed},
		{"broken content", signed(header, "{}", "{}", "{"), ErrMalformed},
		{"two contents", signed(header, "{}", "{}", "{}{}"), ErrMalformed},
		{"deep content", signed(header, "{}", "{}", `{"a":`+strings.Repeat("[", 1<<20)), ErrMalformed},
		{"pickle", signed("\x80\x04}", "\x80\x04}", "\x80\x04}", "\x80\x04}"), ErrMalformed},
		{"large header", signed(big+header, "{}", "{}", "{}"), ErrTooLarge},
		{"large parent", signed(header, big, "{}", "{}"), ErrTooLarge},
		{"large metadata", signed(header, "{}", strings.Repeat(" ", maxMetadata+1), "{}"), ErrTooLarge},
		{"frames", make([][]byte, maxFrames+1), ErrTooLarge},
	}
	for _, test := range tests {
		if m, err := c.Decode(test.parts); !errors.Is(err, test.want) || m != nil {
			t.Errorf("%s: %v, %v", test.name, m, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	off := mustCodec(f, "", "")
	on := mustCodec(f, "", "k")
	parts := mustEncode(f, on, sample(f))
	f.Add(bytes.Join(parts, []byte{'\n'}))
	f.Add(bytes.Join(append([][]byte{[]byte("id")}, append(parts, []byte("buffer"))...), []byte{'\n'}))
	f.Add([]byte("<IDS|MSG>\n\n{}\n{}\n{}\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parts := bytes.Split(data, []byte{'\n'})
		if _, err := on.Decode(parts); err != nil &&
			!errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrSignature) && !errors.Is(err, ErrReplay) {
			t.Fatalf("an error of another kind: %v", err)
		}
		m, err := off.Decode(parts)
		if err != nil {
			return
		}
		// What was understood can be sent on and is understood the same way.
		again, err := off.Decode(mustEncode(t, off, m))
		if err != nil {
			t.Fatalf("again: %v", err)
		}
		again.RawHeader = m.RawHeader
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatal(diff)
		}
		var v any
		if err := m.Decode(&v); err != nil {
			t.Fatalf("content: %v", err)
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	c := mustCodec(b, "", "k")
	s := NewSession("u")
	req := sample(b)
	for b.Loop() {
		m, err := s.Reply(req, MsgStream, Stream{"stdout", "hello\n"})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Decode(mustEncode(b, c, m)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMarshalDoesNotEscape(t *testing.T) {
	raw, err := Marshal(DisplayData{Data: Bundle{"text/html": "<b>a & b</b>"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"data":{"text/html":"<b>a & b</b>"},"metadata":{}}`; string(raw) != want {
		t.Errorf("got %s, want %s", raw, want)
	}
	raw, _ = Marshal(json.RawMessage(`{"a" : 1}`))
	if string(raw) != `{"a" : 1}` {
		t.Errorf("raw JSON was changed to %s", raw)
	}
}
