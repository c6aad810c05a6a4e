package natives

// rangePanic panics as a loop over a function does whose body is called when it mustn't be, or whose
// panic is lost. The states are those of the runtime; its errors have no name, so that the
// mistakes are made here.
func rangePanic(state int) {
	switch state {
	case 0: // the body returned false
		for range func(yield func() bool) { yield(); yield() } {
			break
		}
	case 2: // the body runs, or has panicked
		for range func(yield func() bool) { survive(yield); yield() } {
			panic(state)
		}
	case 3: // the iterator has returned
		var kept func() bool
		for range func(yield func() bool) { kept = yield } {
		}
		kept()
	default: // the iterator ended a panic of the body
		for range func(yield func() bool) { survive(yield) } {
			panic(state)
		}
	}
}

func survive(yield func() bool) {
	defer func() { recover() }()
	yield()
}
