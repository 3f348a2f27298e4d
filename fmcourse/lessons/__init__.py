"""The exercises of each notebook, in files nb00.py, nb01.py and so on; docs/writing-notebooks.md shows how."""
