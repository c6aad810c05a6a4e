package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// labMissing says how JupyterLab comes onto this machine.
const labMissing = `JupyterLab is not installed; one of these installs it:

  pipx install jupyterlab
  uv tool install jupyterlab
  python3 -m pip install --user jupyterlab

then run goherd lab again`

// lab opens JupyterLab with args, after having seen to a kernelspec that starts a goherd of this version.
func (c *command) lab(ctx context.Context, args []string) error {
	if len(args) > 0 && (args[0] == "-h" || args[0] == "--help") {
		fmt.Fprintf(c.stdout, "usage: goherd lab [arguments of jupyter lab]\n\nOpens JupyterLab; installs the kernelspec before, where needed.\n")
		return nil
	}
	program, ok := findTool("jupyter-lab")
	if !ok {
		return errors.New(labMissing)
	}
	jupyter, _ := findTool("jupyter")
	if jupyter == "" {
		jupyter = beside(program, "jupyter")
	}
	if err := c.ensure(ctx, jupyter); err != nil {
		return err
	}
	return c.become(program, args)
}

// ensure installs the kernelspec where Jupyter finds none, or one whose program is gone or has another version.
func (c *command) ensure(ctx context.Context, jupyter string) error {
	spec, dir, err := find(ctx, jupyter, Name)
	var t target
	switch {
	case errors.Is(err, fs.ErrNotExist):
		data, err := dataDir()
		if err != nil {
			return err
		}
		t = target{name: Name, data: data}
	case err != nil:
		return err
	case !spec.ours():
		return fmt.Errorf("%s is the kernelspec of another kernel, %q", dir, spec.DisplayName)
	default:
		if v, err := programVersion(ctx, spec.Argv[0]); err == nil && v == Version() {
			return nil
		}
		// It stays where it is: another folder might come later in Jupyter's search than this one.
		t = target{name: Name, data: filepath.Dir(filepath.Dir(dir))}
	}
	if _, err := write(t, c.exe); err != nil {
		return err
	}
	fmt.Fprintf(c.stderr, "installed the kernelspec %s in %s\n", t.name, t.dir())
	return nil
}

// programVersion asks the program path for its version.
func programVersion(ctx context.Context, path string) (string, error) {
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return "", fmt.Errorf("%s version: %w", path, err)
	}
	v, ok := parseVersion(string(out))
	if !ok {
		return "", fmt.Errorf("%s is no goherd", path)
	}
	return v, nil
}

// findTool looks for one of Jupyter's programs: in the active Python environment, then in PATH.
func findTool(name string) (string, bool) {
	for _, env := range []string{os.Getenv("VIRTUAL_ENV"), os.Getenv("CONDA_PREFIX")} {
		if env == "" {
			continue
		}
		bin := "bin"
		if runtime.GOOS == "windows" {
			bin = "Scripts"
		}
		if path, err := exec.LookPath(filepath.Join(env, bin, name)); err == nil {
			return path, true
		}
	}
	path, err := exec.LookPath(name)
	return path, err == nil
}

// beside returns the program called name in the folder in which program really lies, or "". Installers such as pipx
// put only a link to jupyter-lab into PATH.
func beside(program, name string) string {
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		return ""
	}
	path, err := exec.LookPath(filepath.Join(filepath.Dir(real), name))
	if err != nil {
		return ""
	}
	return path
}
