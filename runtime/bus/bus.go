// Package bus is what the runtime's processes talk through: NATS, embedded in the kernel process, and
// the messages on it.
//
// All messages go from a client or a worker to the head, or back; in each direction they arrive once and in order. The
// server listens on the loopback device only. Each user has a secret, may write to the head only, as itself, and read
// only what is sent to it. Neither end waits for the other: what is sent goes out in the background, and the head keeps
// what a peer doesn't take yet. Large values go beside the bus, in files: see Payload.
package bus

// An Address says how to reach the bus. It holds a secret: it travels through pipes and files of mode 0600, never in an argument.
type Address struct {
	URL    string
	User   string // also the name of the client on the bus
	Secret string
	Dir    string // the session's directory, for payloads where there are no memory files
}
