//go:build !linux

package interp

// limitData does nothing: only Linux lets a process be limited from outside, and in memory that is really used.
func limitData(int, int64) {}
