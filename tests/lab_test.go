package tests

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// kernelName is the kernelspec that goherd install writes.
const kernelName = "goherd"

// lab is JupyterLab in a browser.
type lab struct {
	*browser
	w     *world
	url   string
	token string
}

// startLab starts a server in w and a browser.
func startLab(t *testing.T, w *world) *lab {
	t.Helper()
	url, token := labServer(t, w)
	return &lab{browser: newBrowser(t, w), w: w, url: url, token: token}
}

// on returns l for the subtest t.
func (l *lab) on(t *testing.T) *lab {
	b := *l.browser
	b.t = t
	return &lab{browser: &b, w: l.w, url: l.url, token: l.token}
}

// open goes to a notebook in the server's folder and waits until its kernel is idle.
func (l *lab) open(name string) {
	l.t.Helper()
	// Without the workspace of the page before, whose notebooks would be open, too.
	run(l.browser, chromedp.Navigate(fmt.Sprintf("%s/lab/tree/%s?reset&token=%s", l.url, name, l.token)))
	l.ready()
}

// ready waits for the notebook and an idle kernel, and gives the notebook the focus.
func (l *lab) ready() {
	l.t.Helper()
	l.shown()
	l.idle(60 * time.Second)
}

// shown waits for the notebook, and clicks into it as a user does before anything else: JupyterLab's commands are for
// the notebook that has the focus.
func (l *lab) shown() {
	l.t.Helper()
	l.wait(90*time.Second, "a notebook", `window.jupyterapp?.shell && `+jsPanel+`?.content.widgets.length && `+jsKernel)
	l.click(cellAt(0) + " .jp-InputPrompt")
	l.wait(10*time.Second, "the notebook in front", `window.jupyterapp.shell.currentWidget === `+jsPanel)
}

// Expressions of the page's objects, which --expose-app-in-browser shows us.
const (
	jsPanel  = `[...window.jupyterapp.shell.widgets('main')].find(w => w.sessionContext)`
	jsKernel = jsPanel + `?.sessionContext.session?.kernel`
)

// idle waits until no cell runs or waits.
func (l *lab) idle(within time.Duration) {
	l.t.Helper()
	l.wait(within, "an idle kernel", jsKernel+`?.status === 'idle' && `+
		`![...document.querySelectorAll('.jp-Notebook .jp-InputPrompt')].some(p => p.textContent.includes('*'))`)
}

// command runs one of JupyterLab's commands, as a menu does.
func (l *lab) command(id string) {
	l.t.Helper()
	eval[*string](l.browser, fmt.Sprintf(`void window.jupyterapp.commands.execute('%s')`, id))
}

// toolbar clicks a button of the notebook's toolbar.
func (l *lab) toolbar(command string) {
	l.t.Helper()
	l.click(`.jp-NotebookPanel-toolbar [data-command="` + command + `"]`)
}

// cellAt returns the selector of the nth cell, from 0.
func cellAt(n int) string {
	return fmt.Sprintf(`.jp-Notebook .jp-Cell[data-windowed-list-index="%d"]`, n)
}

// outputs returns the text of the nth cell's outputs.
func (l *lab) outputs(n int) string {
	l.t.Helper()
	return eval[string](l.browser, fmt.Sprintf(`document.querySelector('%s .jp-OutputArea')?.innerText ?? ''`, cellAt(n)))
}

// sees waits until the nth cell's outputs contain want.
func (l *lab) sees(n int, want string, within time.Duration) {
	l.t.Helper()
	for deadline := time.Now().Add(within); !strings.Contains(l.outputs(n), want); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.fail("cell %d does not show %q within %v but %q", n, want, within, l.outputs(n))
		}
	}
}

// count returns the nth cell's execution count as it is shown, as in "[3]:".
func (l *lab) count(n int) string {
	l.t.Helper()
	return eval[string](l.browser, fmt.Sprintf(`document.querySelector('%s .jp-InputPrompt').textContent`, cellAt(n)))
}

// enter puts the cursor into the nth cell's editor.
func (l *lab) enter(n int) {
	l.t.Helper()
	l.click(cellAt(n) + " .cm-content")
}

// replace selects all of the nth cell's source and types s over it.
func (l *lab) replace(n int, s string) {
	l.t.Helper()
	l.enter(n)
	l.press("a", chromedp.ModifierCtrl)
	l.press(kb.Backspace)
	l.typeText(s)
}

// run runs the nth cell as Shift+Enter does.
func (l *lab) run(n int) {
	l.t.Helper()
	l.enter(n)
	l.press(kb.Enter, chromedp.ModifierShift)
}

// jsSource is the nth cell's text.
func jsSource(n int) string {
	return fmt.Sprintf(jsPanel+`.content.widgets[%d].model.sharedModel.getSource()`, n)
}

// jsFailed is true where the nth cell has an error among its outputs.
func jsFailed(n int) string {
	return fmt.Sprintf(jsPanel+`.content.widgets[%d].model.outputs.toJSON().some(o => o.output_type === 'error')`, n)
}

// JupyterLab as it is used: one server, one browser, a notebook for each subtest. When the server ends, it ends its
// kernels, and the world sees to it that nothing of them is left.
func TestJupyterLab(t *testing.T) {
	w := newWorld(t)
	l := startLab(t, w)
	t.Run("outputs", func(t *testing.T) { testLabOutputs(l.on(t)) })
	t.Run("editing", func(t *testing.T) { testLabEditing(l.on(t)) })
	t.Run("input", func(t *testing.T) { testLabInput(l.on(t)) })
	t.Run("interrupt", func(t *testing.T) { testLabInterrupt(l.on(t)) })
	t.Run("restart", func(t *testing.T) { testLabRestart(l.on(t)) })
	t.Run("reload", func(t *testing.T) { testLabReload(l.on(t)) })
	t.Run("crash", func(t *testing.T) { testLabCrash(l.on(t)) })
	t.Run("example", func(t *testing.T) { testLabExample(l.on(t)) })
}

const (
	pngPixel  = `iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==`
	svgCircle = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="18" fill="teal"/></svg>`
)

// Each kind of output is drawn by the renderer that it is meant for, and an error ends Run All.
func testLabOutputs(l *lab) {
	cells := []struct {
		source string
		seen   string // a JavaScript expression on c, the cell's element
	}{
		{`fmt.Println("to standard output")`,
			`c.querySelector('[data-mime-type="application/vnd.jupyter.stdout"]').innerText.includes('to standard output')`},
		{`fmt.Fprintln(os.Stderr, "to standard error")`,
			`c.querySelector('[data-mime-type="application/vnd.jupyter.stderr"]').innerText.includes('to standard error')`},
		{`6 * 7`,
			`c.querySelector('.jp-OutputPrompt').textContent.includes('[') && c.querySelector('.jp-OutputArea-executeResult').innerText.includes('42')`},
		{"display.HTML(`<b class=\"goherd-html\">bold</b>`)", `c.querySelector('.jp-RenderedHTML b.goherd-html').textContent === 'bold'`},
		{"display.Markdown(`# A *heading*`)", `c.querySelector('.jp-RenderedMarkdown h1 em').textContent === 'heading'`},
		{"display.LaTeX(`$$\\int_0^1 x^2\\,dx$$`)", `c.querySelector('.jp-RenderedLatex mjx-container')`},
		{"display.SVG(`" + svgCircle + "`)", `c.querySelector('.jp-RenderedSVG img').naturalWidth === 40`},
		{"import \"encoding/base64\"\n\npixel, _ := base64.StdEncoding.DecodeString(\"" + pngPixel + "\")\ndisplay.PNG(pixel, display.Size(30, 30))",
			`c.querySelector('.jp-RenderedImage img').naturalWidth === 1 && c.querySelector('.jp-RenderedImage img').width === 30`},
		{"import (\"bytes\"; \"image\"; \"image/jpeg\")\n\nvar jpg bytes.Buffer\njpeg.Encode(&jpg, image.NewGray(image.Rect(0, 0, 24, 16)), nil)\ndisplay.JPEG(jpg.Bytes())",
			`c.querySelector('.jp-RenderedImage img').src.startsWith('data:image/jpeg') && c.querySelector('.jp-RenderedImage img').naturalWidth === 24`},
		{`display.JSON(map[string]any{"answer": 42, "words": []string{"a", "b"}})`, `c.querySelector('.jp-RenderedJSON').innerText.includes('answer')`},
		{"display.Bytes(\"application/vnd.vegalite.v5+json\", []byte(`{\"data\": {\"values\": [{\"x\": 1, \"y\": 2}, {\"x\": 2, \"y\": 5}]}, \"mark\": \"bar\", " +
			"\"encoding\": {\"x\": {\"field\": \"x\", \"type\": \"ordinal\"}, \"y\": {\"field\": \"y\", \"type\": \"quantitative\"}}}`))",
			`c.querySelector('.vega-embed svg, .vega-embed canvas')`},
		{"display.Show(display.HTML(`<i>before</i>`), display.ID(\"it\"))\nfmt.Println(\"between\")", `c.querySelector('.jp-RenderedHTML i').textContent === 'after'`},
		{"display.Update(\"it\", display.HTML(`<i>after</i>`))", `c.querySelector('.jp-InputPrompt').textContent.match(/\d/)`},
		{`fmt.Println("cleared")` + "\ndisplay.Clear()\n" + `fmt.Println("kept")`,
			`c.querySelector('.jp-OutputArea').innerText.includes('kept') && !c.querySelector('.jp-OutputArea').innerText.includes('cleared')`},
		{"numbers := []int{1, 2, 3}\nindex := 7\nnumbers[index]",
			`c.querySelector('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]').innerText.includes('index out of range')`},
		{`fmt.Println("not reached")`, `c.querySelector('.jp-InputPrompt').textContent.match(/\[ \]/) && c.querySelector('.jp-OutputArea').innerText === ''`},
	}
	sources := []string{"import (\n\t\"fmt\"\n\t\"os\"\n)"}
	for _, c := range cells {
		sources = append(sources, c.source)
	}
	l.w.write("outputs.ipynb", newNotebook(kernelName, sources...))
	l.open("outputs.ipynb")
	l.command("notebook:run-all-cells")
	for i, c := range cells {
		l.wait(20*time.Second, "the output of "+c.source, fmt.Sprintf(`(c => { try { return %s } catch { return false } })(document.querySelector('%s'))`, c.seen, cellAt(i+1)))
	}
	l.idle(10 * time.Second)
	l.shot("lab-outputs")
}

// What is typed is completed, explained and run.
func testLabEditing(l *lab) {
	l.w.write("editing.ipynb", newNotebook(kernelName, `import "strings"`, "", "", ""))
	l.open("editing.ipynb")
	l.run(0)
	l.idle(20 * time.Second)

	// A single match is taken at once, several are offered.
	l.replace(1, "strings.ToTit")
	l.press(kb.Tab)
	l.wait(10*time.Second, "the completion of strings.ToTit", jsSource(1)+` === 'strings.ToTitle' || `+jsCompleter)
	if l.holds(jsCompleter) {
		l.press(kb.Enter)
	}
	l.wait(10*time.Second, "strings.ToTitle", jsSource(1)+`.startsWith('strings.ToTitle')`)
	l.replace(1, "strings.Repe")
	l.press(kb.Tab)
	l.wait(10*time.Second, "the completion of strings.Repe", jsSource(1)+` === 'strings.Repeat' || `+jsCompleter)
	if l.holds(jsCompleter) {
		l.press(kb.Enter)
	}
	l.typeText("(")
	l.press(kb.Tab, chromedp.ModifierShift)
	l.wait(10*time.Second, "the tooltip of strings.Repeat", `document.querySelector('.jp-Tooltip')?.innerText.includes('count')`)
	l.shot("lab-tooltip")
	l.enter(1) // closes it
	l.press(kb.End)
	l.typeText("\"go\", 3)")
	l.press(kb.Enter, chromedp.ModifierShift)
	l.sees(1, "gogogo", 20*time.Second)

	l.replace(2, "strings.Has")
	l.press(kb.Tab)
	l.wait(10*time.Second, "several completions", jsCompleter+` && document.querySelector('.jp-Completer').innerText.includes('HasPrefix') && document.querySelector('.jp-Completer').innerText.includes('HasSuffix')`)
	l.shot("lab-completion")
	l.press(kb.Escape)

	// A question mark opens the pager.
	l.replace(3, "strings.Repeat?")
	l.press(kb.Enter, chromedp.ModifierShift)
	l.idle(20 * time.Second)
	l.wait(10*time.Second, "the documentation", `document.body.innerText.includes('returns a new string consisting of count copies')`)
}

// jsCompleter is true while completions are offered.
const jsCompleter = `(document.querySelector('.jp-Completer') && !document.querySelector('.jp-Completer').classList.contains('lm-mod-hidden') && document.querySelector('.jp-Completer .jp-Completer-item'))`

// A cell that reads asks in the notebook.
func testLabInput(l *lab) {
	l.w.write("input.ipynb", newNotebook(kernelName,
		"import (\n\t\"bufio\"\n\t\"fmt\"\n\t\"os\"\n)",
		"var name string\nvar age int\nfmt.Scan(&name, &age)\nfmt.Println(name, \"is\", age)",
		"sc := bufio.NewScanner(os.Stdin)\nsc.Scan()\nfmt.Println(\"read:\", sc.Text())",
		"secret, err := display.Password(\"Secret? \")\nfmt.Println(len(secret), err)"))
	l.open("input.ipynb")
	l.command("notebook:run-all-cells")
	answer := func(cell int, text string) {
		l.t.Helper()
		l.wait(20*time.Second, "a prompt", fmt.Sprintf(`document.querySelector('%s .jp-Stdin-input')`, cellAt(cell)))
		l.click(cellAt(cell) + " .jp-Stdin-input")
		l.typeText(text + "\n")
	}
	answer(1, "Ada 36")
	l.sees(1, "Ada is 36", 10*time.Second)
	answer(2, "a whole line")
	l.sees(2, "read: a whole line", 10*time.Second)
	l.wait(20*time.Second, "a prompt for a password", fmt.Sprintf(`document.querySelector('%s .jp-Stdin-input[type=password]')`, cellAt(3)))
	answer(3, "geheim")
	l.sees(3, "6", 10*time.Second)
	if strings.Contains(l.outputs(3), "geheim") {
		l.t.Error("the password is shown")
	}
	l.idle(10 * time.Second)
}

// The square button stops an endless cell, and what was before is still there.
func testLabInterrupt(l *lab) {
	l.w.write("interrupt.ipynb", newNotebook(kernelName,
		"import \"fmt\"\n\nkept := 41", "fmt.Println(\"it runs\")\nfor {\n\tkept = kept\n}", "kept + 1"))
	l.open("interrupt.ipynb")
	l.run(0)
	l.idle(20 * time.Second)
	l.run(1)
	l.sees(1, "it runs", 10*time.Second)
	if !strings.Contains(l.count(1), "*") {
		l.t.Errorf("the endless cell's prompt is %q", l.count(1))
	}
	l.toolbar("notebook:interrupt-kernel")
	l.wait(5*time.Second, "an error in the interrupted cell", jsFailed(1))
	l.idle(5 * time.Second)
	l.shot("lab-interrupted")
	l.run(2)
	l.sees(2, "42", 10*time.Second)
}

// A restarted kernel is a new one, in the same notebook.
func testLabRestart(l *lab) {
	l.w.write("restart.ipynb", newNotebook(kernelName, "gone := 1", "gone", "1 + 1"))
	l.open("restart.ipynb")
	l.run(0)
	l.idle(20 * time.Second)
	l.toolbar("notebook:restart-kernel")
	l.click(".jp-Dialog button.jp-mod-accept")
	l.wait(20*time.Second, "the kernel's restart", `!document.querySelector('.jp-Dialog')`)
	l.wait(20*time.Second, "an idle kernel", jsKernel+`?.status === 'idle'`)
	l.run(1)
	l.sees(1, "undefined: gone", 20*time.Second)
	l.run(2)
	l.sees(2, "2", 10*time.Second)
	if got := l.count(2); got != "[2]:" {
		l.t.Errorf("after the restart the second cell's count is %q", got)
	}
}

// A page that is loaded again finds the running kernel and gets the rest of the output. JupyterLab shows that nowhere,
// with any kernel, since it has forgotten whose output it is; so what arrives is looked at.
func testLabReload(l *lab) {
	l.w.write("reload.ipynb", newNotebook(kernelName,
		"import (\n\t\"fmt\"\n\t\"time\"\n)\n\nticks := 0",
		"for ticks < 80 {\n\ttime.Sleep(100 * time.Millisecond)\n\tfmt.Println(\"tick\", ticks)\n\tticks++\n}\nfmt.Println(\"the end\")",
		"ticks"))
	l.open("reload.ipynb")
	l.run(0)
	l.idle(20 * time.Second)
	l.run(1)
	l.sees(1, "tick 3", 10*time.Second)
	l.command("docmanager:save")
	eventually(l.t, 10*time.Second, "the notebook saved", func() bool {
		c, err := tryNotebook(filepath.Join(l.w.work, "reload.ipynb"))
		return err == nil && len(c) > 1 && len(c[1].Outputs) > 0
	})
	run(l.browser, chromedp.Reload())
	l.shown()
	eval[bool](l.browser, `(() => { window.arrived = ''; `+jsKernel+
		`.iopubMessage.connect((_, m) => { if (m.header.msg_type === 'stream') window.arrived += m.content.text }); return true })()`)
	l.wait(20*time.Second, "the rest of the output", `window.arrived.includes('the end')`)
	l.idle(10 * time.Second)
	if first := eval[string](l.browser, `window.arrived.split('\n')[0]`); first < "tick" || strings.Contains(first, "tick 79") {
		l.t.Errorf("the output seen after the reload begins with %q", first)
	}
	l.shot("lab-reload")
	l.run(2)
	l.sees(2, "80", 10*time.Second)
}

// Code that kills its process costs the cell and the variables, and not the notebook.
func testLabCrash(l *lab) {
	l.w.write("crash.ipynb", newNotebook(kernelName,
		"import (\n\t\"fmt\"\n\t\"time\"\n)\n\nfunc double(n int) int { return 2 * n }\n\nlost := []int{1}",
		"go func() { panic(\"nobody catches this\") }()\ntime.Sleep(time.Minute)",
		"fmt.Println(double(21))"))
	l.open("crash.ipynb")
	l.run(0)
	l.idle(20 * time.Second)
	l.run(1)
	l.sees(1, "nobody catches this", 20*time.Second)
	l.idle(10 * time.Second)
	l.run(2)
	l.sees(2, "42", 10*time.Second)
}

// The example of the README, from the first cell to the last.
func testLabExample(l *lab) {
	l.w.copy("examples/quickstart.ipynb")
	l.open("quickstart.ipynb")
	l.command("notebook:run-all-cells")
	l.wait(10*time.Second, "the first cell run", `[...document.querySelectorAll('.jp-Notebook .jp-InputPrompt')].some(p => p.textContent.match(/[\d*]/))`)
	l.idle(60 * time.Second)
	l.command("docmanager:save")
	path := filepath.Join(l.w.work, "quickstart.ipynb")
	eventually(l.t, 10*time.Second, "the notebook saved", func() bool {
		cells, err := tryNotebook(path)
		return err == nil && !slices.ContainsFunc(cells, func(c cell) bool { return c.Type == "code" && c.Source != "" && c.Count == nil })
	})
	executed(l.t, readNotebook(l.t, path))
	l.shot("lab-quickstart")

	// The picture of the README: a window of common size with the part that shows most.
	l.command("application:toggle-left-area")
	run(l.browser, chromedp.EmulateViewport(1080, 1240, chromedp.EmulateScale(1.5)))
	l.wait(10*time.Second, "the drawing in view", `(() => {
		const heading = [...document.querySelectorAll('.jp-Notebook h2')].find(h => h.textContent.startsWith('More than text'));
		heading.scrollIntoView();
		return document.querySelector('.jp-RenderedSVG img')?.getBoundingClientRect().bottom < window.innerHeight })()`)
	l.shot("readme")
}
