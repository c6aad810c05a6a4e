package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Channel is one of the five sockets between a client and a kernel.
type Channel string

// The channels (section "Introduction" of the specification).
const (
	Shell     Channel = "shell"
	Control   Channel = "control"
	IOPub     Channel = "iopub"
	Stdin     Channel = "stdin"
	Heartbeat Channel = "hb"
)

// Channels are all five.
var Channels = [...]Channel{Shell, Control, IOPub, Stdin, Heartbeat}

// ErrCurve means that a connection file asks for CurveZMQ encryption, which
// this implementation does not have.
var ErrCurve = errors.New("the connection file asks for CurveZMQ encryption, which this kernel does not support: " +
	`set KernelManager.transport_encryption to "disabled", or use transport ipc`)

// ConnectionInfo is what a connection file says (section "Connection files" of
// "Making kernels for Jupyter").
type ConnectionInfo struct {
	Transport       string `json:"transport"` // "tcp" or "ipc"
	IP              string `json:"ip"`        // an address, or the start of the socket files' path for ipc
	ShellPort       int    `json:"shell_port"`
	ControlPort     int    `json:"control_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	HeartbeatPort   int    `json:"hb_port"`
	Key             string `json:"key"` // empty: messages are not signed
	SignatureScheme string `json:"signature_scheme"`
	KernelName      string `json:"kernel_name,omitempty"`
	// CurvePublicKey and CurveSecretKey ask for encryption; see [ErrCurve].
	CurvePublicKey string `json:"curve_publickey,omitempty"`
	CurveSecretKey string `json:"curve_secretkey,omitempty"`
}

// LoadConnection reads and validates the connection file at path. Errors name
// the file; they are those of reading, of JSON and of [ConnectionInfo.Validate].
func LoadConnection(path string) (ConnectionInfo, error) {
	var c ConnectionInfo
	text, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("connection file: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("connection file %s: %w", path, err)
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("connection file %s: %w", path, err)
	}
	return c, nil
}

// Validate fills in what may be left out (transport tcp, address 127.0.0.1,
// scheme hmac-sha256) and fails for what can't work: an unknown transport or
// signature scheme, a missing, impossible or repeated port, encryption.
func (c *ConnectionInfo) Validate() error {
	if c.Transport == "" {
		c.Transport = "tcp"
	}
	if c.SignatureScheme == "" {
		c.SignatureScheme = DefaultScheme
	}
	switch {
	case c.CurvePublicKey != "" || c.CurveSecretKey != "":
		return ErrCurve
	case c.Transport != "tcp" && c.Transport != "ipc":
		return fmt.Errorf("unsupported transport %q (supported: tcp, ipc)", c.Transport)
	case c.IP == "" && c.Transport == "ipc":
		return errors.New("transport ipc needs the path of the sockets in ip")
	case c.IP == "":
		c.IP = "127.0.0.1"
	}
	if _, err := newSigner(c.SignatureScheme, c.Key); err != nil {
		return err
	}
	seen := make(map[int]Channel)
	for _, ch := range Channels {
		port := c.Port(ch)
		if port <= 0 || c.Transport == "tcp" && port > 65535 {
			return fmt.Errorf("%s_port is missing or impossible: %d", ch, port)
		}
		if other, dup := seen[port]; dup {
			return fmt.Errorf("%s_port and %s_port are both %d", other, ch, port)
		}
		seen[port] = ch
	}
	return nil
}

// Port returns the port of a channel, 0 for an unknown one.
func (c *ConnectionInfo) Port(ch Channel) int {
	if p := c.port(ch); p != nil {
		return *p
	}
	return 0
}

// SetPort sets the port of a channel; an unknown channel is ignored.
func (c *ConnectionInfo) SetPort(ch Channel, port int) {
	if p := c.port(ch); p != nil {
		*p = port
	}
}

func (c *ConnectionInfo) port(ch Channel) *int {
	switch ch {
	case Shell:
		return &c.ShellPort
	case Control:
		return &c.ControlPort
	case IOPub:
		return &c.IOPubPort
	case Stdin:
		return &c.StdinPort
	case Heartbeat:
		return &c.HeartbeatPort
	}
	return nil
}

// Endpoint returns the ZeroMQ endpoint of a channel: tcp://IP:PORT, or
// ipc://IP-PORT, where IP is a path.
func (c *ConnectionInfo) Endpoint(ch Channel) string {
	port := strconv.Itoa(c.Port(ch))
	if c.Transport == "ipc" {
		return "ipc://" + c.IP + "-" + port
	}
	return "tcp://" + net.JoinHostPort(c.IP, port)
}

// Write writes the connection file at path, readable by its owner only since
// the key lets anybody run code here. It appears whole or not at all.
func (c *ConnectionInfo) Write(path string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("connection file: %w", err)
	}
	// CreateTemp makes files of mode 0600.
	f, err := os.CreateTemp(filepath.Dir(path), ".connection-*")
	if err != nil {
		return fmt.Errorf("connection file: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("connection file: %w", err)
	}
	return nil
}
