package bus

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// A message on the wire is its length, a byte that says its kind, and its fields in order. Integers
// are varints; strings, bytes and lists have their length before them.
const (
	kindCode byte = iota + 1
	kindOpen
	kindJob
	kindTask
	kindCancel
	kindClose
	kindResult
	kindNote
	kindCapacity
	kindHello
	kindBeat
	kindRetire
	kindTaken
	kindStarted
	kindRequest
	kindReply
	kindAck
	kindDrop
)

func (*Code) kind() byte     { return kindCode }
func (*Drop) kind() byte     { return kindDrop }
func (*Open) kind() byte     { return kindOpen }
func (*Job) kind() byte      { return kindJob }
func (*Task) kind() byte     { return kindTask }
func (*Cancel) kind() byte   { return kindCancel }
func (*Close) kind() byte    { return kindClose }
func (*Result) kind() byte   { return kindResult }
func (*Note) kind() byte     { return kindNote }
func (*Capacity) kind() byte { return kindCapacity }
func (*Hello) kind() byte    { return kindHello }
func (*Beat) kind() byte     { return kindBeat }
func (*Retire) kind() byte   { return kindRetire }
func (*Taken) kind() byte    { return kindTaken }
func (*Started) kind() byte  { return kindStarted }
func (*Request) kind() byte  { return kindRequest }
func (*Reply) kind() byte    { return kindReply }

// appendMessage appends a message to a batch.
func appendMessage(b []byte, m Message) []byte {
	// Most messages are short: a byte is left for the length, and more is made room for where that was wrong.
	start := len(b)
	w := writer{append(b, 0)}
	w.message(m)
	b = w.b
	n := len(b) - start - 1
	if n < 0x80 {
		b[start] = byte(n)
		return b
	}
	var head [binary.MaxVarintLen64]byte
	k := binary.PutUvarint(head[:], uint64(n))
	b = append(b, head[:k-1]...)
	copy(b[start+k:], b[start+1:start+1+n])
	copy(b[start:], head[:k])
	return b
}

type writer struct{ b []byte }

func (w *writer) uint(v uint64)            { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)              { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) float(v float64)          { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v)) }
func (w *writer) string(s string)          { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
func (w *writer) bytes(s []byte)           { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
func (w *writer) strings(list []string)    { list1(w, list, w.string) }
func (w *writer) duration(d time.Duration) { w.int(int64(d)) }

func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func list1[T any](w *writer, list []T, one func(T)) {
	w.uint(uint64(len(list)))
	for _, v := range list {
		one(v)
	}
}

func (w *writer) message(m Message) {
	w.b = append(w.b, m.kind())
	switch m := m.(type) {
	case *Code:
		w.string(m.ID)
		w.bytes(m.Program)
	case *Open:
		w.uint(m.Job)
		w.uint(m.Pool)
		w.int(int64(m.Run))
		w.spec(&m.Spec)
	case *Job:
		w.uint(m.Job)
		w.spec(&m.Spec)
	case *Task:
		w.uint(m.Job)
		w.uint(m.Task)
		w.int(int64(m.First))
		w.int(int64(m.Items))
		w.int(int64(m.Attempt))
		list1(w, m.GPUs, func(n int) { w.int(int64(n)) })
		w.payload(&m.Input)
	case *Cancel:
		w.uint(m.Job)
		w.uint(m.Task)
		w.bool(m.Queued)
	case *Close:
		w.uint(m.Job)
	case *Result:
		w.result(m)
	case *Note:
		w.uint(m.Job)
		w.string(m.Text)
	case *Capacity:
		w.uint(m.Pool)
		w.int(int64(m.Workers))
		w.int(int64(m.Busy))
	case *Hello:
		w.int(int64(m.Pid))
	case *Beat:
		w.uint(m.Task)
		w.int(int64(m.Item))
		w.duration(m.Since)
		w.int(m.Heap)
		w.int(m.Done)
	case *Retire:
	case *Drop:
		w.string(m.ID)
	case *Taken:
		w.string(m.Blob)
	case *Started:
		w.uint(m.Job)
		w.uint(m.Task)
		w.string(m.Worker)
		w.int(int64(m.Pid))
		w.int(int64(m.Attempt))
	case *Request:
		w.uint(m.Seq)
		w.string(m.Op)
		w.bytes(m.Body)
	case *Reply:
		w.uint(m.Seq)
		w.string(m.Error)
		w.bytes(m.Body)
	case *ack:
		w.int(m.bytes)
	default:
		panic(fmt.Sprintf("bus: %T has no encoding", m))
	}
}

func (w *writer) payload(p *Payload) {
	w.bytes(p.Data)
	w.string(p.Blob)
	w.int(p.Size)
	list1(w, p.Segments, w.int)
}

func (w *writer) spec(s *Spec) {
	w.string(s.Name)
	w.string(s.Place)
	w.strings(s.Code)
	w.payload(&s.Func)
	w.bool(s.Process)
	w.int(int64(s.Priority))
	w.int(int64(s.Deaths))
	w.duration(s.Timeout)
	w.float(s.Needs.CPUs)
	w.float(s.Needs.GPUs)
	w.int(s.Needs.Memory)
	w.uint(uint64(len(s.Needs.Custom)))
	for _, k := range slices.Sorted(maps.Keys(s.Needs.Custom)) {
		w.string(k)
		w.float(s.Needs.Custom[k])
	}
}

func (w *writer) result(r *Result) {
	w.uint(r.Job)
	w.uint(r.Task)
	w.b = append(w.b, byte(r.Status))
	w.payload(&r.Output)
	w.uint(uint64(len(r.Fails)))
	for i := range r.Fails {
		w.failure(&r.Fails[i])
	}
	w.string(r.Worker)
	w.int(int64(r.Pid))
	w.int(int64(r.Attempt))
	w.duration(r.Took)
	w.int(int64(r.Printed))
}

func (w *writer) failure(f *Failure) {
	w.int(int64(f.Item))
	w.string(f.Kind)
	w.string(f.Name)
	w.string(f.Text)
	w.strings(f.Chain)
	w.uint(uint64(len(f.Stack)))
	for _, s := range f.Stack {
		w.string(s.Func)
		w.string(s.Place)
		w.uint(s.Pos)
	}
	w.payload(&f.Err)
	w.int(int64(f.Code))
	w.string(f.Worker)
	w.int(int64(f.Pid))
	w.int(int64(f.Attempt))
}
