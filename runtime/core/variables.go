package core

import "reflect"

// A Session is a Host that knows the variables of the session: that of an interpreter.
type Session interface {
	// Variables returns those that hold a value, in no order. Looking at what they hold is for the caller, who must
	// expect other goroutines to change it meanwhile.
	Variables() []SessionVariable
}

// A SessionVariable is a variable of the session.
type SessionVariable struct {
	Name, Type string
	Bytes      int64 // about how much it holds
	// Idle is how many cells have run since one mentioned the variable. It is -1 if functions do,
	// which may be called any time.
	Idle  int
	Value reflect.Value
}

// TheHost returns the process that the package is used in.
func TheHost() Host { return host() }
