package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"time"
)

type Todo struct {
	ID    int        `json:"id"`
	Title string     `json:"title"`
	Done  bool       `json:"done,omitempty"`
	Due   *time.Time `json:"due,omitempty"`
}

type Store struct {
	mu    sync.RWMutex
	todos map[int]Todo
	next  int
}

func (s *Store) handle(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.mu.RLock()
		defer s.mu.RUnlock()
		list := make([]Todo, 0, len(s.todos))
		for _, t := range s.todos {
			list = append(list, t)
		}
		sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(list)
	case http.MethodPost:
		var t Todo
		if err := json.NewDecoder(r.Body).Decode(&t); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		s.next++
		t.ID = s.next
		s.todos[t.ID] = t
		s.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
	default:
		http.Error(w, "no", http.StatusMethodNotAllowed)
	}
}

func main() {
	s := &Store{todos: map[int]Todo{}}
	srv := httptest.NewServer(http.HandlerFunc(s.handle))
	defer srv.Close()
	for _, body := range []string{`{"title":"write"}`, `{"title":"test","done":true,"due":"2024-01-02T03:04:05Z"}`, `{"title":5}`} {
		resp, err := http.Post(srv.URL, "application/json", strings.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.Status, strings.TrimSpace(string(b)))
	}
	resp, err := http.Get(srv.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	var got []Todo
	fmt.Println(json.NewDecoder(resp.Body).Decode(&got), len(got), got[1].Title, got[1].Due.Year())
}
