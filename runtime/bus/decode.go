package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

var errCorrupt = errors.New("a message is damaged")

// parse reads a batch. Bytes in the messages are those of p.
func parse(p []byte) ([]Message, error) {
	var ms []Message
	for len(p) > 0 {
		n, k := binary.Uvarint(p)
		if k <= 0 || n == 0 || n > uint64(len(p)-k) {
			return nil, errCorrupt
		}
		r := reader{p: p[k+1 : k+int(n) : k+int(n)]}
		m := r.message(p[k])
		if r.bad || len(r.p) > 0 {
			return nil, fmt.Errorf("%w (kind %d)", errCorrupt, p[k])
		}
		ms = append(ms, m)
		p = p[k+int(n):]
	}
	return ms, nil
}

// A reader reads fields. After what can't be read it is bad and gives zero values.
type reader struct {
	p   []byte
	bad bool
}

func (r *reader) fail() {
	r.p, r.bad = nil, true
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.p)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.p = r.p[n:]
	return v
}

func (r *reader) int64() int64 {
	v, n := binary.Varint(r.p)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.p = r.p[n:]
	return v
}

func (r *reader) int() int {
	v := r.int64()
	if int64(int(v)) != v {
		r.fail()
		return 0
	}
	return int(v)
}

func (r *reader) byte() byte {
	if len(r.p) == 0 {
		r.fail()
		return 0
	}
	b := r.p[0]
	r.p = r.p[1:]
	return b
}

func (r *reader) bool() bool {
	b := r.byte()
	if b > 1 {
		r.fail()
	}
	return b == 1
}

func (r *reader) float() float64 {
	if len(r.p) < 8 {
		r.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.p))
	r.p = r.p[8:]
	return v
}

func (r *reader) bytes() []byte {
	n := r.uint()
	if n > uint64(len(r.p)) {
		r.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	b := r.p[:n:n]
	r.p = r.p[n:]
	return b
}

func (r *reader) string() string          { return string(r.bytes()) }
func (r *reader) duration() time.Duration { return time.Duration(r.int64()) }

// readList reads a list whose elements take at least a byte each, so that its length can't ask for
// much more memory than the message has.
func readList[T any](r *reader, one func() T) []T {
	n := r.uint()
	if n > uint64(len(r.p)) {
		r.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	list := make([]T, 0, min(n, 1024))
	for range n {
		v := one()
		if r.bad {
			return nil
		}
		list = append(list, v)
	}
	return list
}

func (r *reader) message(kind byte) Message {
	switch kind {
	case kindCode:
		return &Code{ID: r.string(), Program: r.bytes()}
	case kindOpen:
		return &Open{Job: r.uint(), Pool: r.uint(), Run: r.int(), Spec: r.spec()}
	case kindJob:
		return &Job{Job: r.uint(), Spec: r.spec()}
	case kindTask:
		return &Task{Job: r.uint(), Task: r.uint(), First: r.int(), Items: r.int(), Attempt: r.int(),
			GPUs: readList(r, r.int), Input: r.payload()}
	case kindCancel:
		return &Cancel{Job: r.uint(), Task: r.uint(), Queued: r.bool()}
	case kindClose:
		return &Close{Job: r.uint()}
	case kindResult:
		return r.result()
	case kindNote:
		return &Note{Job: r.uint(), Text: r.string()}
	case kindCapacity:
		return &Capacity{Pool: r.uint(), Workers: r.int(), Busy: r.int()}
	case kindHello:
		return &Hello{Pid: r.int()}
	case kindBeat:
		return &Beat{Task: r.uint(), Item: r.int(), Since: r.duration(), Heap: r.int64(), Done: r.int64()}
	case kindRetire:
		return &Retire{}
	case kindDrop:
		return &Drop{ID: r.string()}
	case kindTaken:
		return &Taken{Blob: r.string()}
	case kindStarted:
		return &Started{Job: r.uint(), Task: r.uint(), Worker: r.string(), Pid: r.int(), Attempt: r.int()}
	case kindRequest:
		return &Request{Seq: r.uint(), Op: r.string(), Body: r.bytes()}
	case kindReply:
		return &Reply{Seq: r.uint(), Error: r.string(), Body: r.bytes()}
	case kindAck:
		return &ack{r.int64()}
	}
	r.fail()
	return nil
}

func (r *reader) payload() Payload {
	return Payload{Data: r.bytes(), Blob: r.string(), Size: r.int64(), Segments: readList(r, r.int64)}
}

func (r *reader) spec() Spec {
	s := Spec{Name: r.string(), Place: r.string(), Code: readList(r, r.string), Func: r.payload(), Process: r.bool(),
		Priority: r.int(), Deaths: r.int(), Timeout: r.duration(),
		Needs: Resources{CPUs: r.float(), GPUs: r.float(), Memory: r.int64()}}
	n := r.uint()
	if n > uint64(len(r.p)) {
		r.fail()
		return s
	}
	if n > 0 {
		s.Needs.Custom = map[string]float64{}
	}
	for range n {
		k := r.string()
		v := r.float()
		if r.bad {
			return s
		}
		s.Needs.Custom[k] = v
	}
	return s
}

func (r *reader) result() *Result {
	res := &Result{Job: r.uint(), Task: r.uint(), Status: Status(r.byte())}
	if res.Status > Cancelled {
		r.fail()
	}
	res.Output = r.payload()
	res.Fails = readList(r, r.failure)
	res.Worker, res.Pid, res.Attempt = r.string(), r.int(), r.int()
	res.Took, res.Printed = r.duration(), r.int()
	return res
}

func (r *reader) failure() Failure {
	return Failure{Item: r.int(), Kind: r.string(), Name: r.string(), Text: r.string(), Chain: readList(r, r.string),
		Stack: readList(r, func() Frame { return Frame{Func: r.string(), Place: r.string(), Pos: r.uint()} }),
		Err:   r.payload(), Code: r.int(), Worker: r.string(), Pid: r.int(), Attempt: r.int()}
}
