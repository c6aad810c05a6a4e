"""Runs jupyter_kernel_test on the installed kernelspec goherd.

Prints one JSON object a line, for each test: its name, its outcome (passed, failed or skipped) and what it said.
"""

import json
import sys
import unittest

import jupyter_kernel_test as jkt


class GoherdTests(jkt.KernelTests):
    kernel_name = "goherd"
    language_name = "go"
    file_extension = ".go"

    code_hello_world = 'import "fmt"\nfmt.Println("hello, world")'
    code_stderr = 'import (\n\t"fmt"\n\t"os"\n)\nfmt.Fprintln(os.Stderr, "to standard error")'

    completion_samples = [
        {"text": "strings.Repe", "matches": {"Repeat"}},
        {"text": "strings.HasP", "matches": {"HasPrefix"}},
        {"text": "%time", "matches": {"%time", "%timeit"}},
        {"text": "no_such_name_anywhere", "matches": set()},
    ]
    complete_code_samples = [
        "",
        "x := 1",
        "func f(n int) int {\n\treturn n\n}",
        'import "fmt"\nfmt.Println("a")',
        "!ls",
        "for i := range 3 {\n\t_ = i\n}\n",
    ]
    incomplete_code_samples = [
        "func f() {",
        "x := []int{1,",
        "for i := range 3 {\n",
        "text := `begins here",
        "x := 1 +",
        "f(1,",
    ]
    invalid_code_samples = ["x := )", "func 1f() {}", "}", 'text := "not closed']

    code_page_something = "strings.Repeat?"
    code_generate_error = 'panic("on purpose")'
    code_execute_result = [
        {"code": "6*7", "result": "42"},
        {"code": '"a" + "b"', "result": '"ab"'},
        {"code": "1.5 * 2", "result": "3"},
    ]
    code_display_data = [
        {"code": 'display.Show(display.HTML("<b>bold</b>"))', "mime": "text/html"},
        {"code": 'display.Show(display.Markdown("*m*"))', "mime": "text/markdown"},
    ]
    code_history_pattern = "6?7*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "strings.Repeat"
    code_clear_output = "display.Clear()"


class WelcomeTests(jkt.IopubWelcomeTests):
    kernel_name = "goherd"
    support_iopub_welcome = True


class Report(unittest.TestResult):
    """Prints the outcome of each test when it ends; a failed or skipped subtest decides over its test."""

    def startTest(self, test):
        super().startTest(test)
        self.outcome, self.said = "passed", []

    def note(self, outcome, text):
        if self.outcome != "failed":
            self.outcome = outcome
        self.said.append(text)

    def addError(self, test, err):
        super().addError(test, err)
        if isinstance(test, unittest.TestCase):
            self.note("failed", self._exc_info_to_string(err, test))
        else:  # of setUpClass: no test has begun, and none will
            print(json.dumps({"name": str(test), "outcome": "failed", "said": "".join(self.errors[-1][1])}), flush=True)

    addFailure = addError

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note("skipped", reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note("failed", f"{subtest}\n{self._exc_info_to_string(err, test)}")

    def stopTest(self, test):
        super().stopTest(test)
        name = test.id().rsplit(".", 1)[-1]
        print(json.dumps({"name": name, "outcome": self.outcome, "said": "\n".join(self.said)}), flush=True)


if __name__ == "__main__":
    result = Report()
    unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]).run(result)
    sys.exit(0 if result.wasSuccessful() and not result.skipped else 1)
