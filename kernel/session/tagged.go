package session

import "bytes"

// maxLine is how many bytes of a worker's line are held back for its end to come.
const maxLine = 64 << 10

// A source is one of the streams of a worker, whose lines are not to be torn by what others print.
type source struct{ worker, name string }

// writeLines takes what a worker printed. Whole lines are shown, each with the worker's name; the rest
// waits for its end, at most until the cell ends.
func (o *output) writeLines(worker, name string, p []byte) {
	o.mu.Lock()
	key := source{worker, name}
	held := append(o.held[key], p...)
	n := bytes.LastIndexByte(held, '\n') + 1
	if o.ended || len(held)-n > maxLine {
		n = len(held)
	}
	lines := bytes.Clone(held[:n])
	if o.held == nil {
		o.held = map[source][]byte{}
	}
	if rest := held[n:]; len(rest) > 0 {
		o.held[key] = append(held[:0], rest...)
	} else {
		delete(o.held, key)
	}
	o.mu.Unlock()
	o.write(name, tagged(worker, lines))
}

// writeHeld shows the lines of workers that have no end.
func (o *output) writeHeld() {
	o.mu.Lock()
	held := o.held
	o.held = nil
	o.mu.Unlock()
	for key, p := range held {
		o.write(key.name, tagged(key.worker, p))
	}
}

// tagged puts the name of a worker before each line of p, and makes the last one end.
func tagged(worker string, p []byte) []byte {
	if len(p) == 0 {
		return nil
	}
	var b []byte
	for line := range bytes.Lines(p) {
		b = append(b, '[')
		b = append(b, worker...)
		b = append(b, "] "...)
		b = append(b, line...)
	}
	if b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	return b
}
