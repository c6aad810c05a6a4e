package tests

import (
	"testing"
	"time"
	"fmt"
	"strings"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const kernelName = "python3"

func TestDev(t *testing.T) {
	w := bareWorld(t)
	l := startLab(t, w)
	t.Run("editing", func(t *testing.T) {
		l := l.on(t)
		w.write("e.ipynb", newNotebook(kernelName, `import textwrap`, "", "", ""))
		l.open("e.ipynb")
		l.run(0)
		l.idle(20 * time.Second)
		l.replace(1, "textwrap.ded")
		l.press(kb.Tab)
		l.wait(10*time.Second, "completion", jsPanel+`.content.widgets[1].model.sharedModel.getSource() === 'textwrap.dedent' || `+jsCompleter)
		if l.holds(jsCompleter) {
			fmt.Println("completer")
			l.press(kb.Enter)
		}
		l.wait(10*time.Second, "textwrap.dedent", jsPanel+`.content.widgets[1].model.sharedModel.getSource().startsWith('textwrap.dedent')`)
		l.typeText("(")
		l.press(kb.Tab, chromedp.ModifierShift)
		l.wait(10*time.Second, "the tooltip", `document.querySelector('.jp-Tooltip')?.innerText.includes('text')`)
		l.shot("dev-tooltip")
		l.press(kb.Escape)
		l.typeText("\"go\")")
		fmt.Println(l.source(1))
		l.press(kb.Enter, chromedp.ModifierShift)
		l.sees(1, "go", 20*time.Second)
		l.replace(2, "textwrap.")
		l.press(kb.Tab)
		l.wait(10*time.Second, "several completions", jsCompleter+` && document.querySelector('.jp-Completer').innerText.includes('fill') && document.querySelector('.jp-Completer').innerText.includes('wrap')`)
		l.shot("dev-completion")
		l.press(kb.Escape)
		l.replace(3, "textwrap.dedent?")
		l.press(kb.Enter, chromedp.ModifierShift)
		l.idle(20 * time.Second)
		l.wait(10*time.Second, "the documentation", `document.body.innerText.includes('Remove any common leading whitespace')`)
		l.shot("dev-pager")
	})
	t.Run("input", func(t *testing.T) {
		l := l.on(t)
		w.write("i.ipynb", newNotebook(kernelName, `1`, "import getpass\nprint(input('name'))", "print(len(getpass.getpass('x')))"))
		l.open("i.ipynb")
		l.command("notebook:run-all-cells")
		answer := func(cell int, text string) {
			l.wait(20*time.Second, "a prompt", fmt.Sprintf(`document.querySelector('%s .jp-Stdin-input')`, cellAt(cell)))
			l.click(cellAt(cell) + " .jp-Stdin-input")
			l.typeText(text + "\n")
		}
		answer(1, "Ada 36")
		l.sees(1, "Ada 36", 10*time.Second)
		l.wait(20*time.Second, "a prompt for a password", fmt.Sprintf(`document.querySelector('%s .jp-Stdin-input[type=password]')`, cellAt(2)))
		answer(2, "geheim")
		l.sees(2, "6", 10*time.Second)
	})
	t.Run("interrupt", func(t *testing.T) {
		l := l.on(t)
		w.write("int.ipynb", newNotebook(kernelName, `k=41`, "print('it runs')\nwhile True: pass", "k+1"))
		l.open("int.ipynb")
		l.run(0)
		l.idle(20 * time.Second)
		l.run(1)
		l.sees(1, "it runs", 10*time.Second)
		if !strings.Contains(l.count(1), "*") {
			l.t.Errorf("the endless cell's prompt is %q", l.count(1))
		}
		l.toolbar("notebook:interrupt-kernel")
		l.wait(5*time.Second, "an error in the interrupted cell", fmt.Sprintf(`document.querySelector('%s [data-mime-type="application/vnd.jupyter.error"]')`, cellAt(1)))
		l.idle(5 * time.Second)
		l.run(2)
		l.sees(2, "42", 10*time.Second)
	})
	t.Run("restart", func(t *testing.T) {
		l := l.on(t)
		l.w.write("restart.ipynb", newNotebook(kernelName, "gone = 1", "gone", "1 + 1"))
		l.open("restart.ipynb")
		l.run(0)
		l.idle(20 * time.Second)
		l.toolbar("notebook:restart-kernel")
		l.click(".jp-Dialog button.jp-mod-accept")
		l.wait(20*time.Second, "the kernel's restart", `!document.querySelector('.jp-Dialog')`)
		l.wait(20*time.Second, "an idle kernel", jsKernel+`?.status === 'idle'`)
		l.run(1)
		l.sees(1, "NameError", 20*time.Second)
		l.run(2)
		l.sees(2, "2", 10*time.Second)
		fmt.Println(l.count(1), l.count(2))
	})
	t.Run("reload", func(t *testing.T) {
		l := l.on(t)
		l.w.write("reload.ipynb", newNotebook(kernelName, "import time\nn=0", "while n<60:\n  time.sleep(.1)\n  print('tick', n)\n  n+=1\nprint('the end')", "n"))
		l.open("reload.ipynb")
		l.run(0)
		l.idle(20 * time.Second)
		l.run(1)
		l.sees(1, "tick 3", 10*time.Second)
		l.command("docmanager:save")
		time.Sleep(time.Second)
		run(l.browser, chromedp.Reload())
		l.shown()
		fmt.Println(eval[string](l.browser, jsKernel+`?.status`), "prompt", l.count(1), "out", l.outputs(1))
		l.shot("dev-reload")
		l.idle(30 * time.Second)
		fmt.Println("prompt", l.count(1), "out", l.outputs(1))
		l.run(2)
		l.sees(2, "60", 10*time.Second)
		l.shot("dev-reload2")
	})
}
