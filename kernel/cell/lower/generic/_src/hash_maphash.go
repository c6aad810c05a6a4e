package maphash

import "hash/maphash"

func hashValue(seed maphash.Seed, v any) uint64

func writeComparable(h *maphash.Hash, v any)

func Comparable[T comparable](seed maphash.Seed, v T) uint64 {
	return hashValue(seed, v)
}

func WriteComparable[T comparable](h *maphash.Hash, x T) {
	writeComparable(h, x)
}
