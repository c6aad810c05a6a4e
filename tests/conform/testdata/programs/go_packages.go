package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
)

func main() {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", "package p\nfunc F(a int) int { return a+1 }\ntype T struct{}", 0)
	fmt.Println(err, f.Name)
	ast.Inspect(f, func(n ast.Node) bool {
		if d, ok := n.(*ast.FuncDecl); ok {
			fmt.Println("func", d.Name, fset.Position(d.Pos()))
		}
		return true
	})
	b, _ := format.Source([]byte("package p\nvar   x=1"))
	fmt.Printf("%s", b)
	v := constant.BinaryOp(constant.MakeInt64(1<<62), token.MUL, constant.MakeInt64(4))
	fmt.Println(v)
	e, _ := parser.ParseExpr("1+2*3")
	fmt.Printf("%T\n", e)
	type visitor struct{ ast.Visitor }
	fmt.Println(types.Universe.Lookup("int").Type())
}
