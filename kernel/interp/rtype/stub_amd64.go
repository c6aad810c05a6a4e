package rtype

import (
	"encoding/binary"
	"unsafe"
)

const stubSize = 16

// stubOK reports whether the code of a stub is what is expected: that the stubs have the
// size and order that stubCode counts on.
func stubOK(slot int) bool {
	c := unsafe.Slice((*byte)(stubCode(slot)), stubSize)
	to := uintptr(stubCode(slot)) + 7 + uintptr(int32(binary.LittleEndian.Uint32(c[3:])))
	return string(c[:3]) == "\x48\x8b\x15" && // MOVQ rel32(PC), DX
		to == uintptr(unsafe.Pointer(&stubTable[slot])) &&
		string(c[7:]) == "\x4c\x8b\x22\x41\xff\xe4\x90\x90\x90" // MOVQ (DX), R12; JMP R12
}
