package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"time"
)

type result struct {
	url  string
	size int
	err  error
}

func fetch(ctx context.Context, c *http.Client, url string) result {
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return result{url, 0, err}
	}
	resp, err := c.Do(req)
	if err != nil {
		return result{url, 0, err}
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	return result{url, int(n), err}
}

func main() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(path.Base(r.URL.Path))
		w.Write(bytes.Repeat([]byte("x"), n))
	}))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	results := make(chan result)
	sizes := []int{10, 200, 3000}
	for _, n := range sizes {
		go func() { results <- fetch(ctx, srv.Client(), fmt.Sprintf("%s/size/%d", srv.URL, n)) }()
	}
	total := 0
	for range sizes {
		r := <-results
		if r.err != nil {
			fmt.Println(r.err)
		}
		total += r.size
	}
	fmt.Println("total", total)
}
