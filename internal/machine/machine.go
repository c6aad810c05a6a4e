// Package machine knows what the operating system allows this process: the limits that
// a container or a session sets. It doesn't know how much of them is used.
package machine
