package worker

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A Page is a few bytes of memory that two processes share: the worker, and who has started it. They
// are still there when the worker was killed and say what it was at. Its methods may be called from any goroutine.
type Page struct {
	File *os.File // to be inherited; nil in the worker

	mu  sync.RWMutex // held while mem is used by who doesn't know that it is mapped
	mem []byte       // nil after Close
	at  *place
}

// A place is what is on the page. Both processes run on one machine, so it is as that one stores it.
type place struct {
	task   uint64 // 0 while none runs
	item   int    // stored by the task itself
	reason uint64 // why the worker ends, one of those below
}

// Why a worker ended by itself, where its exit code doesn't tell.
const (
	reasonNone  uint64 = iota
	reasonStuck        // an item took longer than it might, and no notice of its end
)

const pageSize = 4096

// NewPage makes a page. Its File is for the worker to inherit.
func NewPage() (*Page, error) {
	f, err := pageFile()
	if err != nil {
		return nil, fmt.Errorf("page of a worker: %w", err)
	}
	p, err := mapped(f)
	if err != nil {
		_ = f.Close() // of no use
		return nil, err
	}
	p.File = f
	return p, nil
}

// OpenPage opens the page that a worker has inherited as this descriptor, which it closes. (On Windows it is a handle.)
func OpenPage(fd uintptr) (*Page, error) {
	f := os.NewFile(fd, "page")
	if f == nil {
		return nil, fmt.Errorf("page of a worker: no descriptor %d", fd)
	}
	defer f.Close()
	return mapped(f)
}

func mapped(f *os.File) (*Page, error) {
	mem, err := mapPage(f)
	if err != nil {
		return nil, fmt.Errorf("page of a worker: %w", err)
	}
	return &Page{mem: mem, at: (*place)(unsafe.Pointer(unsafe.SliceData(mem)))}, nil
}

// Close gives the memory back. From then on the page is empty. The worker that runs on it mustn't call it.
func (p *Page) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mem == nil {
		return
	}
	if p.File != nil {
		_ = p.File.Close() // nothing was written through it
	}
	unmapPage(p.mem)
	p.mem, p.at = nil, nil
}

// Shared closes File, after a worker has inherited it.
func (p *Page) Shared() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.File.Close() // nothing was written through it
	p.File = nil
}

// Running returns the task that runs, or ran when the worker died, 0 for none, and which of its items.
func (p *Page) Running() (task uint64, item int) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.at == nil {
		return 0, 0
	}
	task = atomic.LoadUint64(&p.at.task)
	item = int(atomic.LoadInt64((*int64)(unsafe.Pointer(&p.at.item))))
	return task, item
}

// Stuck reports whether the worker ended itself because a task took no notice that its time was over.
func (p *Page) Stuck() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.at != nil && atomic.LoadUint64(&p.at.reason) == reasonStuck
}

// begin says that a task runs, and returns where the number of its item is to be stored.
func (p *Page) begin(task uint64) *int {
	p.set(0)
	atomic.StoreUint64(&p.at.task, task)
	return &p.at.item
}

func (p *Page) set(item int) { atomic.StoreInt64((*int64)(unsafe.Pointer(&p.at.item)), int64(item)) }

// over says that no task runs.
func (p *Page) over() { atomic.StoreUint64(&p.at.task, 0) }

// stuck says that the worker ends because of an item that took no notice that its time was over.
func (p *Page) stuck() { atomic.StoreUint64(&p.at.reason, reasonStuck) }
