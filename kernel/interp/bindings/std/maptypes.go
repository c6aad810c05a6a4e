package std

import (
	"bufio"
	"encoding"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"reflect"
)

// formatters returns the functions that take anything and ask for methods: yaegi
// passes them values of interpreted types wrapped as the first of these interfaces
// that the type has. A function laid over one of them is like it.
//
// The same table has, for wrappers of interfaces, those with more methods to be tried
// first: compiled code asks for the methods.
func (l *Loader) formatters() map[reflect.Value][]reflect.Type {
	var (
		format        = []reflect.Type{reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[fmt.Stringer]()}
		scan          = []reflect.Type{reflect.TypeFor[fmt.Scanner]()}
		marshalJSON   = []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}
		unmarshalJSON = []reflect.Type{reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}
		marshalXML    = []reflect.Type{reflect.TypeFor[xml.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}
		unmarshalXML  = []reflect.Type{reflect.TypeFor[xml.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}
	)
	byPackage := map[string]map[string]struct {
		function any
		asksFor  []reflect.Type
	}{
		"fmt/fmt": {
			"Append": {fmt.Append, format}, "Appendf": {fmt.Appendf, format}, "Appendln": {fmt.Appendln, format},
			"Errorf": {fmt.Errorf, format},
			"Fprint": {fmt.Fprint, format}, "Fprintf": {fmt.Fprintf, format}, "Fprintln": {fmt.Fprintln, format},
			"Print": {fmt.Print, format}, "Printf": {fmt.Printf, format}, "Println": {fmt.Println, format},
			"Sprint": {fmt.Sprint, format}, "Sprintf": {fmt.Sprintf, format}, "Sprintln": {fmt.Sprintln, format},
			"Fscan": {fmt.Fscan, scan}, "Fscanf": {fmt.Fscanf, scan}, "Fscanln": {fmt.Fscanln, scan},
			"Scan": {fmt.Scan, scan}, "Scanf": {fmt.Scanf, scan}, "Scanln": {fmt.Scanln, scan},
			"Sscan": {fmt.Sscan, scan}, "Sscanf": {fmt.Sscanf, scan}, "Sscanln": {fmt.Sscanln, scan},
		},
		"log/log": {
			"Fatal": {log.Fatal, format}, "Fatalf": {log.Fatalf, format}, "Fatalln": {log.Fatalln, format},
			"Panic": {log.Panic, format}, "Panicf": {log.Panicf, format}, "Panicln": {log.Panicln, format},
			"Print": {log.Print, format}, "Printf": {log.Printf, format}, "Println": {log.Println, format},
		},
		"encoding/json/json": {
			"Marshal": {json.Marshal, marshalJSON}, "MarshalIndent": {json.MarshalIndent, marshalJSON},
			"Unmarshal": {json.Unmarshal, unmarshalJSON},
		},
		"encoding/xml/xml": {
			"Marshal": {xml.Marshal, marshalXML}, "MarshalIndent": {xml.MarshalIndent, marshalXML},
			"Unmarshal": {xml.Unmarshal, unmarshalXML},
		},
	}
	m := map[reflect.Value][]reflect.Type{
		reflect.ValueOf((*_net_http_ResponseWriter)(nil)): {
			reflect.TypeFor[_net_http_ResponseWriterFlusherHijacker](),
			reflect.TypeFor[_net_http_ResponseWriterHijacker](),
			reflect.TypeFor[_net_http_ResponseWriterFlusher](),
		},
		reflect.ValueOf((*_io_Reader)(nil)): {reflect.TypeFor[_io_ReaderWriterTo]()},
		reflect.ValueOf((*_io_Writer)(nil)): {reflect.TypeFor[_io_WriterReaderFrom]()},
	}
	for key, functions := range byPackage {
		laid := map[string]reflect.Value{}
		for _, o := range l.overlays {
			maps.Copy(laid, o[key])
		}
		for name, f := range functions {
			m[reflect.ValueOf(f.function)] = f.asksFor
			if v, ok := laid[name]; ok {
				m[v] = f.asksFor
			}
		}
	}
	return m
}

// A response that can be flushed, one whose connection can be taken over, and both.
type (
	_net_http_ResponseWriterFlusher struct {
		IValue       any
		WHeader      func() http.Header
		WWrite       func([]byte) (int, error)
		WWriteHeader func(int)
		WFlush       func()
	}
	_net_http_ResponseWriterHijacker struct {
		IValue       any
		WHeader      func() http.Header
		WWrite       func([]byte) (int, error)
		WWriteHeader func(int)
		WHijack      func() (net.Conn, *bufio.ReadWriter, error)
	}
	_net_http_ResponseWriterFlusherHijacker struct {
		IValue       any
		WHeader      func() http.Header
		WWrite       func([]byte) (int, error)
		WWriteHeader func(int)
		WFlush       func()
		WHijack      func() (net.Conn, *bufio.ReadWriter, error)
	}
)

func (w _net_http_ResponseWriterFlusher) Header() http.Header         { return w.WHeader() }
func (w _net_http_ResponseWriterFlusher) Write(b []byte) (int, error) { return w.WWrite(b) }
func (w _net_http_ResponseWriterFlusher) WriteHeader(status int)      { w.WWriteHeader(status) }
func (w _net_http_ResponseWriterFlusher) Flush()                      { w.WFlush() }

func (w _net_http_ResponseWriterHijacker) Header() http.Header         { return w.WHeader() }
func (w _net_http_ResponseWriterHijacker) Write(b []byte) (int, error) { return w.WWrite(b) }
func (w _net_http_ResponseWriterHijacker) WriteHeader(status int)      { w.WWriteHeader(status) }
func (w _net_http_ResponseWriterHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.WHijack()
}

func (w _net_http_ResponseWriterFlusherHijacker) Header() http.Header         { return w.WHeader() }
func (w _net_http_ResponseWriterFlusherHijacker) Write(b []byte) (int, error) { return w.WWrite(b) }
func (w _net_http_ResponseWriterFlusherHijacker) WriteHeader(status int)      { w.WWriteHeader(status) }
func (w _net_http_ResponseWriterFlusherHijacker) Flush()                      { w.WFlush() }
func (w _net_http_ResponseWriterFlusherHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.WHijack()
}

// What io.Copy asks a reader and a writer for.
type (
	_io_ReaderWriterTo struct {
		IValue   any
		WRead    func([]byte) (int, error)
		WWriteTo func(io.Writer) (int64, error)
	}
	_io_WriterReaderFrom struct {
		IValue    any
		WWrite    func([]byte) (int, error)
		WReadFrom func(io.Reader) (int64, error)
	}
)

func (w _io_ReaderWriterTo) Read(b []byte) (int, error)               { return w.WRead(b) }
func (w _io_ReaderWriterTo) WriteTo(out io.Writer) (int64, error)     { return w.WWriteTo(out) }
func (w _io_WriterReaderFrom) Write(b []byte) (int, error)            { return w.WWrite(b) }
func (w _io_WriterReaderFrom) ReadFrom(from io.Reader) (int64, error) { return w.WReadFrom(from) }
