package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Errors of [Codec.Decode]; use errors.Is. Whatever the error, nothing of the
// message has been kept.
var (
	// ErrMalformed means that the frames are not a message.
	ErrMalformed = errors.New("malformed message")
	// ErrTooLarge means that a part exceeds the limits of this package.
	ErrTooLarge = errors.New("message too large")
	// ErrSignature means that the signature is missing or wrong.
	ErrSignature = errors.New("invalid signature")
	// ErrReplay means that a message with this signature came before.
	ErrReplay = errors.New("replayed message")
)

// Limits of a received message. The size of the content and of the buffers is
// bounded by the transport, which refuses a large frame before it is in memory.
const (
	maxFrames   = 1 << 14  // frames of a message
	maxHeader   = 1 << 20  // bytes of the header, and of the parent header
	maxMetadata = 16 << 20 // bytes
)

var delimiter = []byte("<IDS|MSG>")

// Codec encodes and decodes messages with one key and refuses replays (section
// "The Wire Protocol"). One process needs one Codec for all its channels, as a
// message replayed on another channel is a replay too. It is safe for
// concurrent use.
type Codec struct {
	sign   *signer
	replay history
}

// NewCodec returns the Codec for a connection file's signature_scheme and key.
// The scheme is "hmac-" and a hash as Python's hashlib names it; empty means
// hmac-sha256. An empty key switches signing off, as the protocol says. It
// fails for a scheme that Go's standard library doesn't have.
func NewCodec(scheme, key string) (*Codec, error) {
	s, err := newSigner(scheme, key)
	if err != nil {
		return nil, err
	}
	return &Codec{sign: s}, nil
}

// Encode returns the frames of m: identities, delimiter, signature, header,
// parent header, metadata, content, buffers. They share m's memory. It fails
// if the metadata can't be expressed in JSON.
func (c *Codec) Encode(m *Message) ([][]byte, error) {
	header, err := Marshal(m.Header)
	if err != nil {
		return nil, fmt.Errorf("header of %s: %w", m.Header.MsgType, err)
	}
	parent := m.RawParent
	switch {
	case len(parent) > 0:
	case m.Parent == (Header{}):
		parent = emptyObject
	default:
		if parent, err = Marshal(m.Parent); err != nil {
			return nil, fmt.Errorf("parent header of %s: %w", m.Header.MsgType, err)
		}
	}
	metadata := emptyObject
	if len(m.Metadata) > 0 {
		if metadata, err = Marshal(m.Metadata); err != nil {
			return nil, fmt.Errorf("metadata of %s: %w", m.Header.MsgType, err)
		}
	}
	content := m.Content
	if len(content) == 0 {
		content = emptyObject
	}
	parts := make([][]byte, 0, len(m.Identities)+6+len(m.Buffers))
	parts = append(parts, m.Identities...)
	parts = append(parts, delimiter, nil, header, parent, metadata, content)
	parts[len(m.Identities)+1] = c.sign.signature(parts[len(parts)-4:])
	return append(parts, m.Buffers...), nil
}

// Decode returns the message that the frames hold, sharing their memory. The
// signature is compared, in constant time, before anything is parsed or
// remembered. The error is one of [ErrMalformed], [ErrTooLarge],
// [ErrSignature] and [ErrReplay].
func (c *Codec) Decode(parts [][]byte) (*Message, error) {
	if len(parts) > maxFrames {
		return nil, fmt.Errorf("%w: %d frames", ErrTooLarge, len(parts))
	}
	at := -1
	for i, p := range parts {
		if bytes.Equal(p, delimiter) {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("%w: no delimiter", ErrMalformed)
	}
	if n := len(parts) - at - 1; n < 5 {
		return nil, fmt.Errorf("%w: %d of 5 frames after the delimiter", ErrMalformed, n)
	}
	signature, dicts := parts[at+1], parts[at+2:at+6]
	mac, err := c.sign.verify(signature, dicts)
	if err != nil {
		return nil, err
	}
	for i, limit := range []int{maxHeader, maxHeader, maxMetadata} {
		if len(dicts[i]) > limit {
			return nil, fmt.Errorf("%w: %s of %d bytes", ErrTooLarge, dictNames[i], len(dicts[i]))
		}
	}
	if mac != nil && !c.replay.add(mac) {
		return nil, ErrReplay
	}
	m := &Message{
		Identities: parts[:at:at],
		RawHeader:  dicts[0],
		RawParent:  dicts[1],
		Content:    dicts[3],
		Buffers:    parts[at+6:],
	}
	for i, v := range []any{&m.Header, &m.Parent, &m.Metadata} {
		if !isObject(dicts[i]) {
			return nil, fmt.Errorf("%w: the %s is not an object", ErrMalformed, dictNames[i])
		}
		if err := json.Unmarshal(dicts[i], v); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, dictNames[i], err)
		}
	}
	if m.Header.MsgID == "" || m.Header.MsgType == "" {
		return nil, fmt.Errorf("%w: header without msg_id or msg_type", ErrMalformed)
	}
	if !isObject(m.Content) || !json.Valid(m.Content) {
		return nil, fmt.Errorf("%w: the content is not an object", ErrMalformed)
	}
	return m, nil
}

var dictNames = [...]string{"header", "parent header", "metadata"}

// isObject reports whether JSON text begins as an object does.
func isObject(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	return len(text) > 0 && text[0] == '{'
}
