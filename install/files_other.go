//go:build !unix

package install

func openFiles() finding {
	return finding{name: "open files", detail: "not limited by the system"}
}
