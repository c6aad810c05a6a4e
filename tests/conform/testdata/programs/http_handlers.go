package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[r.URL.Path]++
	fmt.Fprintf(w, "%s %d", r.URL.Path, c.n[r.URL.Path])
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(s int) { r.status = s; r.ResponseWriter.WriteHeader(s) }

func logged(next http.Handler, log *[]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{w, 200}
		next.ServeHTTP(rec, r)
		*log = append(*log, fmt.Sprint(r.Method, " ", r.URL.Path, " ", rec.status))
	})
}

func main() {
	var log []string
	mux := http.NewServeMux()
	mux.Handle("/count/", &counter{n: map[string]int{}})
	mux.HandleFunc("GET /user/{id}", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"id": r.PathValue("id"), "q": r.FormValue("q")})
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		w.Write(bytes.ToUpper(b))
	})
	h := logged(mux, &log)
	for _, x := range [][3]string{{"GET", "/count/a", ""}, {"GET", "/count/a", ""}, {"GET", "/user/7?q=z", ""}, {"POST", "/echo", "body"}, {"GET", "/none", ""}} {
		rr := httptest.NewRecorder()
		h.ServeHTTP(rr, httptest.NewRequest(x[0], x[1], strings.NewReader(x[2])))
		fmt.Println(rr.Code, strings.TrimSpace(rr.Body.String()))
	}
	for _, l := range log {
		fmt.Println(l)
	}
}
