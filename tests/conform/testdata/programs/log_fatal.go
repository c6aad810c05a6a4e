package main

import "log"

func main() {
	log.SetFlags(0)
	log.SetPrefix("app: ")
	log.Println("starting")
	log.Fatalf("cannot open %q", "x.txt")
}
