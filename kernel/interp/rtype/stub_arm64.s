#include "textflag.h"

// A stub says which it is and jumps to the end, where its entry of stubTable, a func value,
// is loaded into the context register and its code jumped to. R16 and R17 are free there:
// no argument is in them. 8 bytes each.
// MOVZ $n, R16 is written as a number, since the assembler refuses it for 0.
#define S(n) WORD $(0xd2800010 + (n)*32); B call

#define S4(n) S(n); S(n+1); S(n+2); S(n+3)
#define S16(n) S4(n); S4(n+4); S4(n+8); S4(n+12)
#define S64(n) S16(n); S16(n+16); S16(n+32); S16(n+48)
#define S256(n) S64(n); S64(n+64); S64(n+128); S64(n+192)
#define S1K(n) S256(n); S256(n+256); S256(n+512); S256(n+768)
#define S4K(n) S1K(n); S1K(n+1024); S1K(n+2048); S1K(n+3072)
#define S16K(n) S4K(n); S4K(n+4096); S4K(n+8192); S4K(n+12288)

// func stubs()
TEXT ·stubs(SB), NOSPLIT|NOFRAME, $0-0
	S16K(0)
	S16K(16384)
	S16K(32768)
	S16K(49152)
call:
	MOVD $·stubTable(SB), R17
	MOVD (R17)(R16<<3), R26
	MOVD (R26), R16
	JMP (R16)

// func firstStub() unsafe.Pointer
TEXT ·firstStub(SB), NOSPLIT, $0-8
	MOVD $·stubs(SB), R0
	MOVD R0, ret+0(FP)
	RET
