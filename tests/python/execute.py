"""Executes a notebook with nbclient, as nbconvert and others do: execute.py NOTEBOOK OUT."""

import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
client = NotebookClient(notebook, timeout=120, kernel_name="goherd")
with client.setup_kernel():
    for index, cell in enumerate(notebook.cells):
        client.execute_cell(cell, index)
nbformat.validate(notebook)
nbformat.write(notebook, sys.argv[2])
