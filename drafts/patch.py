"""patch.py draft.py notebook: put the draft's prose and code into an executed notebook; outputs stay where code did."""
import subprocess, sys, nbformat
draft, out = sys.argv[1:]
subprocess.run([sys.executable, "drafts/build.py", draft, "/tmp/_patched.ipynb"], check=True)
new, old = nbformat.read("/tmp/_patched.ipynb", 4), nbformat.read(out, 4)
kept = {}
for c in old.cells:
    if c.cell_type == "code": kept.setdefault(c.source, c)
missing = 0
for c in new.cells:
    if c.cell_type == "code":
        was = kept.get(c.source)
        if was is None: missing += 1; print("no output for:", c.source[:60])
        else: c.outputs, c.execution_count, c.metadata = was.outputs, was.execution_count, was.metadata
nbformat.write(new, out); print(missing, "cells without outputs")
