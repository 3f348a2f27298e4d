"""build.py NN source.py out.ipynb: cells from a python file that calls md(...) and code(...)."""
import sys, json, nbformat as nbf, runpy, hashlib
cells=[]
def md(text): cells.append(("markdown",text.strip("\n"),[]))
def code(text,*tags): cells.append(("code",text.strip("\n"),list(tags)))
first=json.load(open("/work/main/docs/notebook-template.ipynb"))
first_cell=[c for c in first["cells"] if c["cell_type"]=="code"][0]
def start(): cells.append(("first",None,first_cell["metadata"].get("tags",[])))
src=sys.argv[1]
exec(compile(open(src).read(),src,"exec"),{"md":md,"code":code,"start":start})
nb=nbf.v4.new_notebook(); nb.metadata=first["metadata"]
for i,(k,t,tags) in enumerate(cells):
    if k=="markdown": c=nbf.v4.new_markdown_cell(t)
    elif k=="first":
        c=nbf.v4.new_code_cell("".join(first_cell["source"])); c.metadata=dict(first_cell["metadata"])
    else: c=nbf.v4.new_code_cell(t)
    c.id="c%03d"%i
    if tags and k!="first": c.metadata["tags"]=tags
    nb.cells.append(c)
nbf.write(nb,sys.argv[2])
