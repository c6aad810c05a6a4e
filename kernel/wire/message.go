// Package wire is the Jupyter messaging protocol 5.5 as data: the message
// with its header, the content of every message type, the form it has on the
// wire with its signature, and the connection file.
//
// It does no network I/O and knows nothing of ZeroMQ: [Codec] turns a message
// into frames and back, package transport carries the frames. The
// specification is "Messaging in Jupyter",
// https://jupyter-client.readthedocs.io/en/stable/messaging.html; the comments
// here name its sections.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// ProtocolVersion is the version of the messaging protocol implemented here,
// as it stands in each header and in a kernel_info_reply.
const ProtocolVersion = "5.5"

// Header identifies a message (section "Message Header").
type Header struct {
	// MsgID is unique per message.
	MsgID string `json:"msg_id"`
	// Session identifies the sending process.
	Session string `json:"session"`
	// Username is the sender's user name; it may be empty.
	Username string `json:"username"`
	// Date is when the message was made, ISO 8601. It is kept as the sender
	// wrote it, because clients differ in how exactly they follow the format.
	Date string `json:"date"`
	// MsgType is one of the Msg constants, or a type unknown to us.
	MsgType string `json:"msg_type"`
	// Version is the protocol version of the sender.
	Version string `json:"version"`
	// SubshellID names the subshell a shell request is for; empty is the main
	// shell (section "Kernel subshells").
	SubshellID string `json:"subshell_id,omitempty"`
}

// Message is one message, decoded except for its content
// (section "General Message Format").
//
// The zero value of everything but Header is usable. Decoding shares the
// frames' memory: neither side may be changed afterwards.
type Message struct {
	// Identities are the frames before the delimiter: the ZeroMQ routing
	// prefix of a request, the topic of an IOPub message.
	Identities [][]byte
	// Header is the message's own header.
	Header Header
	// RawHeader is the header exactly as it was received, so that what follows
	// from this message can carry it as parent without losing fields we don't
	// know. It is empty in a message made here.
	RawHeader json.RawMessage
	// Parent is the header of the message that caused this one. It is the zero
	// Header where there is none, which is {} on the wire.
	Parent Header
	// RawParent is the parent header as it was received; when it is not empty,
	// it is what is sent, instead of Parent.
	RawParent json.RawMessage
	// Metadata is free-form; nil is {} on the wire.
	Metadata map[string]any
	// Content is a JSON object whose form depends on Header.MsgType; empty is
	// {} on the wire. See [Message.Decode].
	Content json.RawMessage
	// Buffers are raw data after the four dictionaries. They are not covered
	// by the signature.
	Buffers [][]byte
}

// Decode stores the content in v, a pointer to one of this package's content
// structs. Fields unknown to v are ignored, as the protocol asks (section
// "Compatibility").
func (m *Message) Decode(v any) error {
	content := m.Content
	if len(content) == 0 {
		content = emptyObject
	}
	if err := json.Unmarshal(content, v); err != nil {
		return fmt.Errorf("content of %s: %w", m.Header.MsgType, err)
	}
	return nil
}

// Session makes the messages of one sender: all have its session id, and
// message ids that are unique and in order. It is safe for concurrent use.
type Session struct {
	id, username string
	count        atomic.Uint64
}

// NewSession returns a Session with a new random id.
func NewSession(username string) *Session {
	return &Session{id: uuid.NewString(), username: username}
}

// ID is the session id that stands in the headers.
func (s *Session) ID() string { return s.id }

// Message makes a message with the given content: one of the content structs,
// a json.RawMessage holding an object, or nil for {}. A parent of nil means
// that no message caused this one. The identities are left for the caller: the
// topic on IOPub, and for a reply see [Session.Reply].
func (s *Session) Message(parent *Message, msgType string, content any) (*Message, error) {
	m := &Message{Header: Header{
		MsgID:    s.id + "_" + strconv.FormatUint(s.count.Add(1), 10),
		Session:  s.id,
		Username: s.username,
		Date:     time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
		MsgType:  msgType,
		Version:  ProtocolVersion,
	}}
	if parent != nil {
		m.Parent, m.RawParent = parent.Header, parent.RawHeader
	}
	raw, err := Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("content of %s: %w", msgType, err)
	}
	m.Content = raw
	return m, nil
}

// Reply makes the answer to req: its header is the parent, and its routing
// prefix leads the answer back to whoever asked.
func (s *Session) Reply(req *Message, msgType string, content any) (*Message, error) {
	m, err := s.Message(req, msgType, content)
	if err != nil {
		return nil, err
	}
	m.Identities = req.Identities
	return m, nil
}

var emptyObject = json.RawMessage("{}")

// Marshal encodes v as JSON without escaping <, > and &, which would make the
// HTML and SVG that outputs consist of a third longer. nil gives {}.
func Marshal(v any) (json.RawMessage, error) {
	if v == nil {
		return emptyObject, nil
	}
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
