package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Token", "t")
	return t.base.RoundTrip(r)
}

func main() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fail" {
			http.Error(w, "bad", http.StatusTeapot)
			return
		}
		fmt.Fprintf(w, "hello %s token=%s", r.URL.Query().Get("name"), r.Header.Get("X-Token"))
	}))
	defer srv.Close()
	c := &http.Client{Transport: transport{http.DefaultTransport}, Timeout: 5 * time.Second}
	for _, u := range []string{"/?name=go", "/fail"} {
		resp, err := c.Get(srv.URL + u)
		if err != nil {
			fmt.Println(err)
			continue
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, strings.TrimSpace(string(b)))
	}
}
