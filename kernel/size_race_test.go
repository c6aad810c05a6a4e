//go:build unix && race

package kernel_test

// megabytes is what TestLargePrint prints: the race detector makes that slow. What is
// cut is then tested by package session alone.
const megabytes = 10
