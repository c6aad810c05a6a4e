// Package early binds the sockets of "goherd kernel -f FILE" before the rest of the
// program is initialised.
//
// A Jupyter client connects some 10 ms after it has started a kernel. A ZeroMQ socket
// that finds its port closed then waits 100 to 200 ms before it tries again, and that
// is most of what a person waits for a kernel that is ready in 20 ms. Binding the
// ports takes no time, but it comes after the initialisation of all packages: some
// 10 ms, most of them the interpreter's symbols. Go initialises packages in the order
// of their import paths as far as imports allow, so this one, which imports nearly
// nothing, comes before those.
//
// It is no more than a head start: whatever goes wrong here is left to the ordinary
// way, which reports it. Clients that connect meanwhile wait in the backlog.
package early

import (
	"encoding/json"
	"net"
	"os"
	"strconv"
	"sync"
)

var (
	mu        sync.Mutex
	listeners = map[string]net.Listener{} // by address
)

func init() {
	if len(os.Args) == 4 && os.Args[1] == "kernel" && os.Args[2] == "-f" {
		bind(os.Args[3])
	}
}

// bind listens on the ports of a connection file.
func bind(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	var info struct {
		Transport string `json:"transport"`
		IP        string `json:"ip"`
		Shell     int    `json:"shell_port"`
		IOPub     int    `json:"iopub_port"`
		Stdin     int    `json:"stdin_port"`
		Control   int    `json:"control_port"`
		Heartbeat int    `json:"hb_port"`
	}
	if json.Unmarshal(text, &info) != nil || info.Transport != "tcp" {
		return
	}
	ip := net.ParseIP(info.IP)
	if ip == nil || !ip.IsLoopback() {
		return // what others can reach is bound when all is checked
	}
	for _, port := range []int{info.Control, info.Shell, info.IOPub, info.Stdin, info.Heartbeat} {
		addr := net.JoinHostPort(info.IP, strconv.Itoa(port))
		if l, err := net.Listen("tcp", addr); err == nil {
			listeners[addr] = l
		}
	}
}

// Take returns the listener of a TCP address, which is then the caller's, or nil if
// there is none. It may be called from any goroutine.
func Take(addr string) net.Listener {
	mu.Lock()
	defer mu.Unlock()
	l := listeners[addr]
	delete(listeners, addr)
	return l
}
