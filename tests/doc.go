// Package tests holds the end-to-end tests: the real binary, started as users and Jupyter start it, seen through
// clients that are not ours. jupyter_kernel_test checks the protocol, nbclient and papermill run the examples, and
// JupyterLab in a real browser is clicked and typed at. Everything runs in a home of its own, and each test looks
// afterwards for processes and files that were left.
//
// There is no code here to import. The tests need what `make env` installs: Python packages in .venv and a browser.
package tests
