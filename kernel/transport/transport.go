// Package transport carries multi-part messages over ZeroMQ between a Jupyter
// kernel and its clients, and keeps the promises a kernel needs: a peer that
// is slow, silent or hostile harms only itself, and what was sent before Close
// arrives.
//
// It is not a general ZeroMQ library: it has the socket kinds of the Jupyter
// protocol, one endpoint per socket, the transports tcp and ipc, and no
// encryption. It doesn't look into messages; that is package wire's work.
//
// # How it uses zmq4
//
// The protocol of a single connection, ZMTP 3, is
// github.com/go-zeromq/zmq4's: its greeting, its handshake, its framing of
// received messages (zmq4.Open, Conn.RecvMsg), running on a net.Conn of our
// own (link) that bounds what zmq4 reads and makes its writes whole. zmq4's
// sockets are not used, because their faults can't be mended from outside:
// the accept loop makes the handshakes one after the other, in a goroutine
// where a peer with malformed metadata or an unknown socket type ends the
// process with a panic; the subscription frames are swallowed by the XPUB
// socket; messages of a ROUTER go to all connections of an identity; Close
// drops what is queued and leaves goroutines behind. Routing, queues, the
// accept loop, reconnecting and Close are therefore here.
//
// # Semantics
//
// A message is sent to a connection whole or not at all, in the order of the
// Send calls. Each connection has a queue of its own, bounded in bytes; when
// it is full the connection is dropped, not a message: ZeroMQ clients
// reconnect by themselves, and know that they have missed something. Nothing
// that one peer does delays another.
package transport

import (
	"errors"
	"log/slog"
	"time"

	"github.com/go-zeromq/zmq4"
)

// Kind is what a socket does with messages, after the ZeroMQ socket types.
type Kind int

// The kinds. The first three are a kernel's and listen, the others are a
// client's and dial.
const (
	// Router receives requests and answers them. The first part of a message
	// is the identity of the peer, received and to be sent.
	//
	// Of several connections with one identity, that which connected or sent a
	// message last gets what is sent to the identity. So a client that
	// reconnects before the loss of its old connection was noticed gets its
	// answers, as with libzmq's ROUTER_HANDOVER, while two clients that share
	// an identity by mistake are both served as long as they take turns.
	Router Kind = iota
	// XPub sends each message to the peers that have subscribed to a prefix of
	// its first part. There is nothing to receive; see Options.OnSubscribe.
	XPub
	// Echo sends each message back to where it came from, without Recv and
	// Send, whatever the rest of the process does: the heartbeat. Its ZeroMQ
	// type is REP.
	Echo
	// Dealer sends to and receives from the one peer it has dialled.
	Dealer
	// Sub receives what it has subscribed to; see Options.Topics.
	Sub
	// Req is a Dealer that puts an empty part before what it sends and takes
	// it off what it receives. It doesn't enforce that requests and replies
	// take turns, so that a lost heartbeat doesn't end all later ones.
	Req
)

var types = [...]zmq4.SocketType{
	Router: zmq4.Router, XPub: zmq4.XPub, Echo: zmq4.Rep,
	Dealer: zmq4.Dealer, Sub: zmq4.Sub, Req: zmq4.Req,
}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(types) {
		return "unknown socket kind"
	}
	return string(types[k])
}

func (k Kind) listens() bool { return k == Router || k == XPub || k == Echo }

var (
	// ErrClosed is returned by the methods of a closed socket.
	ErrClosed = errors.New("socket is closed")
	// ErrNoPeer means that a Router has no connection with that identity: the
	// client is gone.
	ErrNoPeer = errors.New("no such peer")
	// ErrSlowPeer means that the peer didn't take what was sent to it; it has
	// been disconnected, or, for a Dealer without a connection, the message
	// was refused.
	ErrSlowPeer = errors.New("peer does not take its messages")
	// ErrUndelivered means that Close gave up on messages that a peer didn't
	// take in time.
	ErrUndelivered = errors.New("messages were not delivered")
)

// Options configure a socket. The zero value is usable.
type Options struct {
	// Identity is what a Router at the other end knows a Dealer by, 255 bytes
	// at most and not beginning with a zero byte. Empty lets it choose.
	Identity []byte
	// Topics are a Sub's subscriptions; "" is everything.
	Topics []string
	// OnSubscribe is called when a peer subscribes to a topic of an XPub. The
	// message it returns, if any, is the first that the peer gets for this
	// subscription, and nobody else gets it. Like every message its first part
	// must begin with topic, or the peer won't see it. It is called from
	// several goroutines and must not block.
	OnSubscribe func(topic []byte) [][]byte
	// Log gets what happens to connections: refused ones, dropped ones. nil
	// discards it.
	Log *slog.Logger
}

// bounds protect the process; no honest client comes near them.
type bounds struct {
	// message is the size of a received message in bytes. Front ends send
	// files and widget data as single messages.
	message int64
	// queue is how many bytes may wait for one peer. The outputs of a cell
	// that prints a lot come here faster than a client reads them.
	queue int64
	// handshake is how long a peer may take for it.
	handshake time.Duration
	// conns is the number of connections of one socket.
	conns int
}

var defaults = bounds{message: 256 << 20, queue: 256 << 20, handshake: 5 * time.Second, conns: 1024}

const (
	// maxCommand bounds, in bytes, what is read from a peer before its
	// handshake is done, and from those that have nothing to send but
	// subscriptions and heartbeats.
	maxCommand = 64 << 10
	// maxParts is the number of parts of a received message.
	maxParts = 1 << 14
	// maxTopics is the number of subscriptions of one peer.
	maxTopics = 256
)
