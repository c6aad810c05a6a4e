package tests

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// findBrowser returns a Chromium or Chrome, looked for as tests/env.sh does.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("GOHERD_CHROME"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("no Chromium or Chrome: run `make env`, or name one in GOHERD_CHROME")
	return ""
}

// browser is one tab of a headless browser that reaches nothing but this machine.
type browser struct {
	t     *testing.T
	ctx   context.Context
	shots string // the folder for pictures
}

// page is tall, so that JupyterLab renders a whole notebook.
const (
	pageWidth  = 1280
	pageHeight = 2000
)

func newBrowser(t *testing.T, w *world) *browser {
	t.Helper()
	tmp := filepath.Join(w.dir, "browser-tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(findBrowser(t)),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
		chromedp.UserDataDir(filepath.Join(w.dir, "browser")),
		chromedp.NoInheritEnv, chromedp.Env(append(slices.Clone(w.env), "TMPDIR="+tmp)...),
		chromedp.WindowSize(pageWidth, pageHeight),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	alloc, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), opts...)
	ctx, closeTab := chromedp.NewContext(alloc, chromedp.WithErrorf(func(format string, args ...any) {
		t.Logf("browser: "+format, args...)
	}))
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
		closeTab()
		stop()
	})
	b := &browser{t: t, ctx: ctx, shots: filepath.Join(root, "artefacts")}
	if err := os.MkdirAll(b.shots, 0o755); err != nil {
		t.Fatal(err)
	}
	// The first action starts the browser, which lives as long as the context given to it.
	if _, err := chromedp.Run(ctx, chromedp.EmulateViewport(pageWidth, pageHeight)); err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	// The question whether to leave a page with unsaved changes is answered with yes.
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for _, err := range dialogs {
			if err != nil {
				return
			}
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}
	}()
	return b
}

// run runs an action, which may take up to a minute.
func run[T any](b *browser, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		b.fail("%v", err)
	}
	return v
}

// fail ends the test with a picture of what was to be seen.
func (b *browser) fail(format string, args ...any) {
	b.t.Helper()
	b.shot("failed-" + strings.NewReplacer("/", "-", " ", "-").Replace(b.t.Name()))
	b.t.Fatalf(format, args...)
}

// shot saves a picture of the page.
func (b *browser) shot(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Errorf("taking the picture %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(b.shots, name+".png"), png, 0o644); err != nil {
		b.t.Error(err)
	}
}

// eval runs a JavaScript expression in the page and returns its value, awaited where it is a promise.
func eval[T any](b *browser, expr string) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](expr, chromedp.EvalAwaitPromise))
}

// holds tells whether a JavaScript expression is true now.
func (b *browser) holds(expr string) bool {
	b.t.Helper()
	return eval[bool](b, "!!("+expr+")")
}

// wait waits until a JavaScript expression is true.
func (b *browser) wait(within time.Duration, what, expr string) {
	b.t.Helper()
	for deadline := time.Now().Add(within); !b.holds(expr); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.fail("not seen within %v: %s\n(%s)", within, what, expr)
		}
	}
}

// click clicks with the mouse on what the selector finds.
func (b *browser) click(selector string) {
	b.t.Helper()
	run(b, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// press presses one key, with modifiers where given.
func (b *browser) press(key string, modifiers ...chromedp.Modifier) {
	b.t.Helper()
	run(b, chromedp.KeyEvent(key, chromedp.KeyModifiers(modifiers...)))
}

// typeText types characters into what has the focus, with Enter for newlines.
func (b *browser) typeText(s string) {
	b.t.Helper()
	for line := range strings.SplitAfterSeq(s, "\n") {
		line, newline := strings.CutSuffix(line, "\n")
		run(b, chromedp.KeyEvent(line))
		if newline {
			b.press(kb.Enter)
		}
	}
}
