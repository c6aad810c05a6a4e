package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
)

// hashes are the hash functions of Go's standard library by the names they
// have in Python's hashlib, from which signature_scheme takes its own.
var hashes = map[string]func() hash.Hash{
	"md5":        md5.New,
	"sha1":       sha1.New,
	"sha224":     sha256.New224,
	"sha256":     sha256.New,
	"sha384":     sha512.New384,
	"sha512":     sha512.New,
	"sha512_224": sha512.New512_224,
	"sha512_256": sha512.New512_256,
	"sha3_224":   func() hash.Hash { return sha3.New224() },
	"sha3_256":   func() hash.Hash { return sha3.New256() },
	"sha3_384":   func() hash.Hash { return sha3.New384() },
	"sha3_512":   func() hash.Hash { return sha3.New512() },
}

// DefaultScheme is the signature scheme of a connection file that names none.
const DefaultScheme = "hmac-sha256"

// signer computes signatures; with an empty key there are none. The pool
// saves setting up the key for each message.
type signer struct {
	pool sync.Pool
	off  bool
}

func newSigner(scheme, key string) (*signer, error) {
	if scheme == "" {
		scheme = DefaultScheme
	}
	name, ok := strings.CutPrefix(scheme, "hmac-")
	newHash := hashes[name]
	if !ok || newHash == nil {
		return nil, fmt.Errorf("unsupported signature scheme %q (supported: hmac-sha256 and other hashes of Go's standard library)", scheme)
	}
	s := &signer{off: key == ""}
	s.pool.New = func() any { return hmac.New(newHash, []byte(key)) }
	return s, nil
}

func (s *signer) mac(dicts [][]byte) []byte {
	h := s.pool.Get().(hash.Hash)
	defer s.pool.Put(h)
	h.Reset()
	for _, d := range dicts {
		h.Write(d)
	}
	return h.Sum(nil)
}

// signature returns the hexadecimal signature, empty when signing is off.
func (s *signer) signature(dicts [][]byte) []byte {
	if s.off {
		return nil
	}
	return hex.AppendEncode(nil, s.mac(dicts))
}

// verify returns the authentic MAC, or nil when signing is off.
func (s *signer) verify(signature []byte, dicts [][]byte) ([]byte, error) {
	if s.off {
		return nil, nil
	}
	if len(signature) == 0 {
		return nil, fmt.Errorf("%w: the message is not signed", ErrSignature)
	}
	want := s.mac(dicts)
	got := make([]byte, hex.DecodedLen(len(signature)))
	if len(got) != len(want) {
		return nil, fmt.Errorf("%w: wrong length", ErrSignature)
	}
	if _, err := hex.Decode(got, signature); err != nil || !hmac.Equal(got, want) {
		return nil, ErrSignature
	}
	return want, nil
}

// historySize is how many signatures are remembered, as many as Jupyter's own
// client does. Full, the history takes about 4 MB.
const historySize = 1 << 16

// history is the set of the last historySize MACs. Half a MAC is enough to
// tell messages apart: they are authentic, so nobody can choose collisions.
type history struct {
	mu   sync.Mutex
	seen map[[16]byte]struct{}
	ring [][16]byte
	next int
}

// add remembers mac; it reports false if it was there already.
func (h *history) add(mac []byte) bool {
	var k [16]byte
	copy(k[:], mac)
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, dup := h.seen[k]; dup {
		return false
	}
	if h.seen == nil {
		h.seen = make(map[[16]byte]struct{})
	}
	h.seen[k] = struct{}{}
	if len(h.ring) < historySize {
		h.ring = append(h.ring, k)
		return true
	}
	delete(h.seen, h.ring[h.next])
	h.ring[h.next] = k
	h.next = (h.next + 1) % historySize
	return true
}
