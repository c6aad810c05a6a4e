package engine

// The operations of two numbers, each for the forms that its operands have: a slot (s, o), a
// constant (k) or anything else. A call and a slot are evaluated in either order: no call changes
// a slot.

func add[T number](x, y *expr) func(*frame) T {
	if x.konst {
		x, y = y, x
	}
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) + *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) + k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) + k }
	case o != 0:
		return func(f *frame) T { return a(f) + *at[T](f, o) }
	case s != 0:
		return func(f *frame) T { return *at[T](f, s) + b(f) }
	}
	return func(f *frame) T { return a(f) + b(f) }
}

func sub[T number](x, y *expr) func(*frame) T {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) - *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) - k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) - k }
	case o != 0:
		return func(f *frame) T { return a(f) - *at[T](f, o) }
	case s != 0:
		return func(f *frame) T { return *at[T](f, s) - b(f) }
	}
	return func(f *frame) T { return a(f) - b(f) }
}

func mul[T number](x, y *expr) func(*frame) T {
	if x.konst {
		x, y = y, x
	}
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) * *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) * k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) * k }
	case o != 0:
		return func(f *frame) T { return a(f) * *at[T](f, o) }
	case s != 0:
		return func(f *frame) T { return *at[T](f, s) * b(f) }
	}
	return func(f *frame) T { return a(f) * b(f) }
}

func quo[T number](x, y *expr) func(*frame) T {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) / *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) / k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) / k }
	case o != 0:
		return func(f *frame) T { return a(f) / *at[T](f, o) }
	case s != 0:
		return func(f *frame) T { return *at[T](f, s) / b(f) }
	}
	return func(f *frame) T { return a(f) / b(f) }
}

func rem[T integer](x, y *expr) func(*frame) T {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) % *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) % k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) % k }
	case o != 0:
		return func(f *frame) T { return a(f) % *at[T](f, o) }
	case s != 0:
		return func(f *frame) T { return *at[T](f, s) % b(f) }
	}
	return func(f *frame) T { return a(f) % b(f) }
}

func and[T integer](x, y *expr) func(*frame) T {
	if x.konst {
		x, y = y, x
	}
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) & *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) & k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) & k }
	case o != 0:
		return func(f *frame) T { return a(f) & *at[T](f, o) }
	case s != 0:
		return func(f *frame) T { return *at[T](f, s) & b(f) }
	}
	return func(f *frame) T { return a(f) & b(f) }
}

func or[T integer](x, y *expr) func(*frame) T {
	if x.konst {
		x, y = y, x
	}
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) | *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) | k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) | k }
	}
	return func(f *frame) T { return a(f) | b(f) }
}

func xor[T integer](x, y *expr) func(*frame) T {
	if x.konst {
		x, y = y, x
	}
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) ^ *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) ^ k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) ^ k }
	}
	return func(f *frame) T { return a(f) ^ b(f) }
}

func andNot[T integer](x, y *expr) func(*frame) T {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) T { return *at[T](f, s) &^ *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) T { return *at[T](f, s) &^ k }
	case y.konst:
		k := b(nil)
		return func(f *frame) T { return a(f) &^ k }
	}
	return func(f *frame) T { return a(f) &^ b(f) }
}
