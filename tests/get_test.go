package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The cells that import modules of others, and the same as a program.
var getTests = []struct {
	name    string
	module  string
	imports []string
	body    string // prints what it finds out
}{
	{"uuid", "github.com/google/uuid@v1.6.0", []string{"encoding/json", "github.com/google/uuid"}, `
u := uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
fmt.Printf("%v %T %v %v %d\n", u, u, u.Version(), u.Variant(), len(uuid.New().String()))
b, err := json.Marshal(map[string]any{"id": u})
fmt.Println(string(b), err)
var in struct{ ID uuid.UUID }
err = json.Unmarshal([]byte("{\"ID\": \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"}"), &in)
fmt.Println(in, err, in.ID == u)
_, err = uuid.Parse("nonsense")
fmt.Printf("%v %T %v\n", err, err, uuid.IsInvalidLengthError(err))
fmt.Println(uuid.NewSHA1(uuid.NameSpaceDNS, []byte("go.dev")), uuid.NewMD5(uuid.NameSpaceURL, []byte("go.dev")))
`},
	{"exp", "golang.org/x/exp@v0.0.0-20260112195511-716be5621a96", []string{"golang.org/x/exp/constraints", "golang.org/x/exp/maps", "golang.org/x/exp/rand", "golang.org/x/exp/slices"}, `
type number interface{ constraints.Integer | constraints.Float }
keys := maps.Keys(map[string]int{"b": 1, "a": 2})
slices.Sort(keys)
fmt.Println(keys, slices.Index(keys, "b"))
r := rand.New(rand.NewSource(1))
fmt.Println(r.Intn(100), r.Float64(), r.Perm(5), r.NormFloat64())
`},
	{"gonum", "gonum.org/v1/gonum@v0.17.0", []string{"gonum.org/v1/gonum/floats", "gonum.org/v1/gonum/mat", "gonum.org/v1/gonum/optimize", "gonum.org/v1/gonum/stat"}, `
a := mat.NewDense(3, 3, []float64{2, 1, 0, 1, 3, 1, 0, 1, 4})
var c, inv mat.Dense
c.Mul(a, a.T())
fmt.Println(mat.Formatted(&c), mat.Det(a), mat.Trace(a))
fmt.Println(inv.Inverse(a), mat.Formatted(&inv))
var svd mat.SVD
var eig mat.EigenSym
fmt.Println(svd.Factorize(a, mat.SVDFull), svd.Values(nil), eig.Factorize(mat.NewSymDense(2, []float64{2, 1, 1, 3}), true), eig.Values(nil))
fmt.Printf("%T %T\n", a, c)
xs := []float64{3, 1, 4, 1, 5, 9, 2, 6}
fmt.Println(stat.Mean(xs, nil), stat.StdDev(xs, nil), floats.Sum(xs), floats.Max(xs), floats.Norm(xs, 2))
res, err := optimize.Minimize(optimize.Problem{Func: func(x []float64) float64 { return (x[0]-1)*(x[0]-1) + (x[1]+2)*(x[1]+2) }}, []float64{0, 0}, nil, &optimize.NelderMead{})
fmt.Printf("%.3f %v %v\n", res.X, err, res.Status)
func() {
	defer func() { v := recover(); fmt.Printf("%v %T\n", v, v) }()
	a.At(5, 5)
}()
`},
	{"arrow", "github.com/apache/arrow-go/v18@v18.8.0", []string{"bytes", "github.com/apache/arrow-go/v18/arrow", "github.com/apache/arrow-go/v18/arrow/array", "github.com/apache/arrow-go/v18/arrow/ipc", "github.com/apache/arrow-go/v18/arrow/memory"}, `
b := array.NewInt64Builder(memory.DefaultAllocator)
b.AppendValues([]int64{1, 2, 3}, nil)
b.AppendNull()
arr := b.NewInt64Array()
fmt.Printf("%v %T %d %d %v\n", arr, arr, arr.Len(), arr.NullN(), arr.Value(1))
rb := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}, {Name: "s", Type: arrow.BinaryTypes.String, Nullable: true}}, nil))
rb.Field(0).(*array.Int64Builder).AppendValues([]int64{1, 2, 3}, nil)
rb.Field(1).(*array.StringBuilder).AppendValues([]string{"a", "b", "c"}, []bool{true, false, true})
rec := rb.NewRecordBatch()
fmt.Println(rec)
js, err := rec.MarshalJSON()
fmt.Println(string(js), err)
var buf bytes.Buffer
w := ipc.NewWriter(&buf, ipc.WithSchema(rec.Schema()))
fmt.Println(w.Write(rec), w.Close())
rd, err := ipc.NewReader(bytes.NewReader(buf.Bytes()))
for err == nil && rd.Next() {
	fmt.Println(rd.RecordBatch(), buf.Len())
}
`},
}

// Modules of others, in cells, do what they do compiled.
func TestGet(t *testing.T) {
	w := bareWorld(t)
	for _, tt := range getTests {
		t.Run(tt.name, func(t *testing.T) {
			imports := "import (\n\t\"fmt\"\n\t\"" + strings.Join(tt.imports, "\"\n\t\"") + "\"\n)\n"
			want := compiled(t, w, tt.module, "package main\n\n"+imports+"\nfunc main() {"+tt.body+"}\n")

			nb := w.write(tt.name+".ipynb", newNotebook("goherd", "%get "+tt.module, imports, strings.TrimSpace(tt.body)))
			out := filepath.Join(w.work, tt.name+"-out.ipynb")
			begun := time.Now()
			if r := w.goherd("run", nb, "-o", out); r.code != 0 {
				t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			t.Logf("the notebook took %v", time.Since(begun).Round(time.Millisecond))
			var got strings.Builder
			for _, o := range readNotebook(t, out)[2].Outputs {
				if o.Name != "stdout" {
					t.Errorf("output %s: %s", o.Name, o.Text)
				}
				got.WriteString(string(o.Text))
			}
			if got.String() != want {
				t.Errorf("in cells:\n%s\ncompiled:\n%s", got.String(), want)
			}
		})
	}
}

// compiled runs a program that needs a module and returns what it prints.
func compiled(t *testing.T, w *world, module, src string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=0")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
		}
		return string(out)
	}
	run("mod", "init", "compiled")
	run("get", module)
	// The same ways through the packages as in cells: sums of floating-point numbers depend on them.
	return run("run", "-tags", "noasm,purego,arrow_json_stdlib", ".")
}
