//go:build race

package interp_test

// raceDetector says that the interpreter is built with it: its stacks are larger.
const raceDetector = true
