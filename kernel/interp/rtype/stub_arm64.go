package rtype

const stubSize = 8

// stubOK reports whether the code of a stub is what is expected: that the stubs have the
// size and order that stubCode counts on.
func stubOK(slot int) bool {
	c := (*[2]uint32)(stubCode(slot))
	movz := 0xd2800000 | uint32(slot)<<5 | 16 // MOVZ $slot, R16
	to := uint32(stubCount-slot)*2 - 1        // from the jump to the end, in instructions
	return c[0] == movz && c[1] == 0x14000000|to
}
