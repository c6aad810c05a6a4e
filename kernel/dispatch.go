package kernel

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/goherd/goherd/kernel/assist"
	"github.com/goherd/goherd/kernel/session"
	"github.com/goherd/goherd/kernel/transport"
	"github.com/goherd/goherd/kernel/wire"
)

// onShell takes a message of the shell channel. Executions wait in the queue of their
// shell; everything else is answered at once, also while a cell runs.
func (k *Kernel) onShell(m *wire.Message) {
	switch m.Header.MsgType {
	case wire.MsgExecuteRequest:
		sh := k.main
		if id := m.Header.SubshellID; id != "" {
			k.mu.Lock()
			sh = k.subs[id]
			k.mu.Unlock()
		}
		err := fmt.Errorf("there is no subshell %.100s", m.Header.SubshellID)
		if sh != nil {
			err = sh.add(m)
		}
		if err != nil {
			k.answer(k.shell, m, wire.MsgExecuteReply, func(context.Context) any {
				return wire.ExecuteReply{Status: wire.StatusError, ExecutionCount: k.nb.Count(), Ename: "not executed", Evalue: err.Error()}
			})
		}
	default:
		select {
		case k.quick <- m:
		case <-k.ctx.Done():
		}
	}
}

// serveQuick answers the requests of the shell channel that don't wait for cells.
func (k *Kernel) serveQuick() {
	for {
		select {
		case m := <-k.quick:
			k.onQuick(m)
		case <-k.ctx.Done():
			return
		}
	}
}

func (k *Kernel) onQuick(m *wire.Message) {
	replyType := strings.TrimSuffix(m.Header.MsgType, "_request") + "_reply"
	var handle func(context.Context) any
	switch m.Header.MsgType {
	case wire.MsgKernelInfoRequest:
		handle = func(context.Context) any { return k.kernelInfo() }
	case wire.MsgConnectRequest:
		handle = func(context.Context) any {
			return wire.ConnectReply{Status: wire.StatusOK, ShellPort: k.info.ShellPort, IOPubPort: k.info.IOPubPort,
				StdinPort: k.info.StdinPort, HeartbeatPort: k.info.HeartbeatPort, ControlPort: k.info.ControlPort}
		}
	case wire.MsgCompleteRequest:
		handle = func(ctx context.Context) any { return k.complete(ctx, m) }
	case wire.MsgInspectRequest:
		handle = func(ctx context.Context) any { return k.inspect(ctx, m) }
	case wire.MsgIsCompleteRequest:
		handle = func(context.Context) any {
			var r wire.IsCompleteRequest
			if err := m.Decode(&r); err != nil {
				return malformed(err)
			}
			status, indent := assist.IsComplete(r.Code)
			return wire.IsCompleteReply{Status: string(status), Indent: indent}
		}
	case wire.MsgHistoryRequest:
		handle = func(ctx context.Context) any {
			var r wire.HistoryRequest
			if err := m.Decode(&r); err != nil {
				return malformed(err)
			}
			entries, err := k.nb.History(ctx, r)
			if err != nil {
				return wire.NewErrorReply("history", err.Error(), nil)
			}
			return wire.HistoryReply{Status: wire.StatusOK, History: entries}
		}
	case wire.MsgCommInfoRequest:
		handle = func(context.Context) any {
			var r wire.CommInfoRequest
			if err := m.Decode(&r); err != nil {
				return malformed(err)
			}
			comms := wire.Object[wire.CommInfo]{}
			for id, c := range k.comms.Info(r.TargetName) {
				comms[id] = wire.CommInfo{TargetName: c.TargetName}
			}
			return wire.CommInfoReply{Status: wire.StatusOK, Comms: comms}
		}
	case wire.MsgCommOpen, wire.MsgCommMsg, wire.MsgCommClose:
		k.during(m, func() {
			ctx := session.WithParent(k.ctx, m)
			// A comm message has no reply; guard logs.
			_ = k.guard(m, func() {
				if err := k.comms.Handle(ctx, m.Header.MsgType, m.Content, m.Metadata, m.Buffers); err != nil {
					k.log.Warn("comm", "type", m.Header.MsgType, "error", err)
				}
			})
		})
		return
	case wire.MsgShutdownRequest: // where older clients send it
		k.onControl(k.shell, m)
		return
	default:
		k.log.Warn("message of unknown type dropped", "channel", "shell", "type", m.Header.MsgType)
		return
	}
	k.answer(k.shell, m, replyType, handle)
}

// during tells the clients that the kernel is busy with m while f runs. If a cell is
// being executed beside it, the kernel is still busy afterwards, and says so: front
// ends show the last state they are told.
func (k *Kernel) during(m *wire.Message, f func()) {
	k.status(m, wire.StateBusy)
	f()
	k.mu.Lock() // no cell begins or ends between the two
	defer k.mu.Unlock()
	k.status(m, wire.StateIdle)
	if n := len(k.active); n > 0 {
		k.status(k.active[n-1], wire.StateBusy)
	}
}

// answer replies to a request with what handle returns. A panic of handle, which is a
// defect of ours, is an error too.
func (k *Kernel) answer(s *transport.Socket, m *wire.Message, replyType string, handle func(context.Context) any) {
	k.during(m, func() {
		var content any
		if err := k.guard(m, func() { content = handle(k.ctx) }); err != nil {
			content = wire.NewErrorReply("kernel error", err.Error(), nil)
		}
		k.reply(s, m, replyType, content)
	})
}

// guard turns a panic of f into an error.
func (k *Kernel) guard(m *wire.Message, f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			k.log.Error("defect", "type", m.Header.MsgType, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("goherd has a defect, please report it: %v", v)
		}
	}()
	f()
	return nil
}

func malformed(err error) wire.ErrorReply {
	return wire.NewErrorReply("malformed request", err.Error(), nil)
}

func (k *Kernel) complete(ctx context.Context, m *wire.Message) any {
	var r wire.CompleteRequest
	if err := m.Decode(&r); err != nil {
		return malformed(err)
	}
	c := k.nb.Complete(ctx, r.Code, r.CursorPos)
	reply := wire.CompleteReply{Status: wire.StatusOK, Matches: c.Matches, CursorStart: c.Start, CursorEnd: c.End}
	if len(c.Types) > 0 {
		// What ipykernel sends, and JupyterLab shows beside the matches.
		types := make([]map[string]any, len(c.Types))
		for i, t := range c.Types {
			types[i] = map[string]any{"start": c.Start, "end": c.End, "text": t.Text, "type": t.Type, "signature": t.Signature}
		}
		reply.Metadata = wire.Bundle{"_jupyter_types_experimental": types}
	}
	return reply
}

func (k *Kernel) inspect(ctx context.Context, m *wire.Message) any {
	var r wire.InspectRequest
	if err := m.Decode(&r); err != nil {
		return malformed(err)
	}
	found := k.nb.Inspect(ctx, r.Code, r.CursorPos, r.DetailLevel)
	data := wire.Bundle{}
	for mime, text := range found.Data {
		data[mime] = text
	}
	return wire.InspectReply{Status: wire.StatusOK, Found: found.Found, Data: data}
}

// onControl takes a message of the control channel. Nothing there waits for a cell.
// The answer goes out by the socket.
func (k *Kernel) onControl(socket *transport.Socket, m *wire.Message) {
	var handle func(context.Context) any
	shutdown := false
	switch m.Header.MsgType {
	case wire.MsgKernelInfoRequest:
		handle = func(context.Context) any { return k.kernelInfo() }
	case wire.MsgInterruptRequest:
		handle = func(context.Context) any {
			k.nb.Interrupt()
			return wire.OKReply{Status: wire.StatusOK}
		}
	case wire.MsgShutdownRequest:
		handle = func(context.Context) any {
			var r wire.ShutdownRequest
			if err := m.Decode(&r); err != nil {
				return malformed(err)
			}
			shutdown = true
			reply := wire.ShutdownReply{Status: wire.StatusOK, Restart: r.Restart}
			k.publish(m, wire.MsgShutdownReply, reply, nil, nil)
			return reply
		}
	case wire.MsgUsageRequest:
		handle = func(context.Context) any { return k.usage() }
	case wire.MsgDebugRequest:
		handle = func(context.Context) any {
			var r wire.DebugRequest
			if err := m.Decode(&r); err != nil {
				return malformed(err)
			}
			return wire.DebugReply{Type: "response", RequestSeq: r.Seq, Command: r.Command, Message: "goherd has no debugger yet"}
		}
	case wire.MsgCreateSubshellRequest:
		handle = func(context.Context) any {
			id, err := k.createSubshell()
			if err != nil {
				return wire.NewErrorReply("subshell", err.Error(), nil)
			}
			return wire.CreateSubshellReply{Status: wire.StatusOK, SubshellID: id}
		}
	case wire.MsgDeleteSubshellRequest:
		handle = func(context.Context) any {
			var r wire.DeleteSubshellRequest
			if err := m.Decode(&r); err != nil {
				return malformed(err)
			}
			if !k.deleteSubshell(r.SubshellID) {
				return wire.NewErrorReply("subshell", fmt.Sprintf("there is no subshell %.100s", r.SubshellID), nil)
			}
			return wire.OKReply{Status: wire.StatusOK}
		}
	case wire.MsgListSubshellRequest:
		handle = func(context.Context) any {
			return wire.ListSubshellReply{Status: wire.StatusOK, SubshellID: k.listSubshells()}
		}
	default:
		k.log.Warn("message of unknown type dropped", "channel", "control", "type", m.Header.MsgType)
		return
	}
	k.answer(socket, m, strings.TrimSuffix(m.Header.MsgType, "_request")+"_reply", handle)
	if shutdown {
		k.stop(errShutdown)
	}
}

// goVersion returns the version of the Go that the kernel is built with, whose
// language and library the cells have.
func goVersion() string { return strings.TrimPrefix(strings.Fields(runtime.Version())[0], "go") }
