// Package conform compares the kernel with compiled Go: it takes programs, cuts
// each into the cells that a notebook would have, runs them in a real kernel that
// sees no Go toolchain, and compares what they print and how they end with what the
// compiled program does.
//
// The programs are those of testdata/programs, those of any folder, those of the Go
// distribution's own test folder, and those that package gen makes up. The command
// in cmd runs it by hand and prints a table.
//
// Nothing is skipped without a word: a program that can't be compared stands with its
// reason in a list, and one that the kernel gets wrong stands in testdata/known.txt.
package conform
