package std

import (
	"expvar"
	"net/http"
	"net/http/pprof"
)

// isolateHandlers gives the process a default mux without the handlers that
// net/http/pprof and expvar have registered when they were initialised: a server
// that a cell starts must not show the process to the world unasked.
func isolateHandlers() { http.DefaultServeMux = http.NewServeMux() }

// registerHandlers does what the initialisation of a package does to the default mux.
func registerHandlers(path string) {
	switch path {
	case "net/http/pprof":
		http.HandleFunc("GET /debug/pprof/", pprof.Index)
		http.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		http.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		http.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		http.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	case "expvar":
		http.Handle("GET /debug/vars", expvar.Handler())
	}
}
