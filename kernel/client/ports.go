package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/goherd/goherd/kernel/wire"
)

// A kernel must be told its ports before it can bind them, so that somebody
// else could take them meanwhile. Two measures make that improbable: we
// remember what we have given away, and we choose below the ranges from which
// systems serve those who want any port (32768 and up on Linux, 49152 and up
// elsewhere).
const (
	firstPort = 20000
	lastPort  = 32767
)

// reserved are the ports given to kernels of this process.
var reserved = struct {
	sync.Mutex
	ports map[int]bool
}{ports: make(map[int]bool)}

// choosePorts fills in the address and the ports of k.info.
func (k *Kernel) choosePorts() error {
	if k.info.Transport == "ipc" {
		k.info.IP = filepath.Join(k.dir, "ipc")
		for i, ch := range wire.Channels {
			k.info.SetPort(ch, i+1)
		}
		return nil
	}
	k.info.IP = "127.0.0.1"
	for _, ch := range wire.Channels {
		port, err := reservePort(k.info.IP)
		if err != nil {
			return fmt.Errorf("port for %s: %w", ch, err)
		}
		k.info.SetPort(ch, port)
	}
	return nil
}

// reservePort returns a port that is free, and that no other kernel gets until
// it is released.
func reservePort(ip string) (int, error) {
	reserved.Lock()
	defer reserved.Unlock()
	err := errors.New("all are given away")
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if reserved.ports[port] {
			continue
		}
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port))); err == nil {
			l.Close()
			reserved.ports[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("none is free: %w", err)
}

func releasePorts(info *wire.ConnectionInfo) {
	if info.Transport == "ipc" {
		return
	}
	reserved.Lock()
	defer reserved.Unlock()
	for _, ch := range wire.Channels {
		delete(reserved.ports, info.Port(ch))
	}
}
