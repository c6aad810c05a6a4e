package main

import "fmt"

type Op byte

const (
	Push Op = iota
	Add
	Mul
	Dup
	JmpNZ
	Dec
	Print
	Halt
)

var opNames = [...]string{Push: "PUSH", Add: "ADD", Mul: "MUL", Dup: "DUP", JmpNZ: "JMPNZ", Dec: "DEC", Print: "PRINT", Halt: "HALT"}

func (o Op) String() string { return opNames[o] }

type Instr struct {
	Op  Op
	Arg int
}

type VM struct {
	stack []int
	pc    int
	steps int
}

func (v *VM) pop() int {
	x := v.stack[len(v.stack)-1]
	v.stack = v.stack[:len(v.stack)-1]
	return x
}
func (v *VM) push(x int) { v.stack = append(v.stack, x) }

func (v *VM) Run(p []Instr) {
	for {
		in := p[v.pc]
		v.pc++
		v.steps++
		switch in.Op {
		case Push:
			v.push(in.Arg)
		case Add:
			v.push(v.pop() + v.pop())
		case Mul:
			v.push(v.pop() * v.pop())
		case Dup:
			v.push(v.stack[len(v.stack)-1])
		case Dec:
			v.push(v.pop() - 1)
		case JmpNZ:
			if v.stack[len(v.stack)-1] != 0 {
				v.pc = in.Arg
			}
		case Print:
			fmt.Println(v.stack)
		case Halt:
			return
		}
	}
}

func main() {
	p := []Instr{{Push, 3}, {Print, 0}, {Dec, 0}, {JmpNZ, 1}, {Push, 6}, {Dup, 0}, {Mul, 0}, {Add, 0}, {Print, 0}, {Halt, 0}}
	vm := &VM{}
	vm.Run(p)
	fmt.Println(vm.steps, p[0], p[6].Op)
}
