#include "textflag.h"

// A stub loads its entry of stubTable, a func value, into the context register and jumps
// to its code. R12 is free there: no argument is in it. 16 bytes each.
#define S(off) MOVQ ·stubTable+off(SB), DX; MOVQ (DX), R12; JMP R12; BYTE $0x90; BYTE $0x90; BYTE $0x90

#define S4(off) S(off); S(off+8); S(off+16); S(off+24)
#define S16(off) S4(off); S4(off+32); S4(off+64); S4(off+96)
#define S64(off) S16(off); S16(off+128); S16(off+256); S16(off+384)
#define S256(off) S64(off); S64(off+512); S64(off+1024); S64(off+1536)
#define S1K(off) S256(off); S256(off+2048); S256(off+4096); S256(off+6144)
#define S4K(off) S1K(off); S1K(off+8192); S1K(off+16384); S1K(off+24576)
#define S16K(off) S4K(off); S4K(off+32768); S4K(off+65536); S4K(off+98304)

// func stubs()
TEXT ·stubs(SB), NOSPLIT|NOFRAME, $0-0
	S16K(0)
	S16K(131072)
	S16K(262144)
	S16K(393216)

// func firstStub() unsafe.Pointer
TEXT ·firstStub(SB), NOSPLIT, $0-8
	LEAQ ·stubs(SB), AX
	MOVQ AX, ret+0(FP)
	RET
