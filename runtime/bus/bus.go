// Package bus is what the runtime's processes talk through: NATS, embedded in the kernel process, and
// the messages on it.
package bus

// An Address says how to reach the bus. It holds a secret: it travels through pipes and files of mode 0600, never in an argument.
type Address struct {
	URL    string
	User   string // also the name of the client on the bus
	Secret string
	Dir    string // the session's directory, for payloads where there are no memory files
}
