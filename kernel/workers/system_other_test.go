//go:build !linux

package workers_test

const linux = false
