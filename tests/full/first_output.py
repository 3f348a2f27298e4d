"""Seconds from the start of JupyterLab to a notebook's first output, over the websocket that a browser uses.

    python tests/full/first_output.py NOTEBOOK [AT_MOST]     with the Python that has JupyterLab and the course

Two figures: when the shared first cell has run, and when the first cell that says something has. 1 when the second is
more than AT_MOST seconds. What this leaves out: the browser's own time.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

PATIENCE = 600  # seconds until we give up


def ask(address: str, data: dict | None = None):
    body = None if data is None else json.dumps(data).encode()
    head = {"Content-Type": "application/json", "Authorization": "token first"}
    with urllib.request.urlopen(urllib.request.Request(address, body, head), timeout=PATIENCE) as reply:
        return json.loads(reply.read())


def until_up(address: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            ask(f"{address}/api")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError("JupyterLab did not come up")


def run_cell(socket, source: str) -> str:
    """Execute one cell; return at its first output, or at its end: what it said. RuntimeError when it fails."""
    id = uuid.uuid4().hex
    head = {"msg_id": id, "msg_type": "execute_request", "session": "s", "username": "", "version": "5.3"}
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    message = {
        "header": head,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }
    socket.send(json.dumps(message))
    while True:
        got = json.loads(socket.recv())
        if got["parent_header"].get("msg_id") != id:
            continue
        kind, said = got["header"]["msg_type"], got["content"]
        if kind == "error":
            raise RuntimeError(f"{said['ename']}: {said['evalue']}")
        if kind in ("stream", "display_data", "execute_result"):
            return str(said.get("text") or said.get("data"))
        if kind == "status" and said["execution_state"] == "idle":
            return ""


def main(notebook: str, at_most: str = "inf") -> int:
    import websocket  # jupyter_server brings it

    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    port, began, seconds = 18_900 + time.time_ns() % 900, time.perf_counter(), []
    with tempfile.TemporaryDirectory() as folder:
        words = ["--no-browser", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={folder}", "--port-retries=0"]
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *words, "--IdentityProvider.token=first"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until_up(f"http://127.0.0.1:{port}", server)
            seconds.append(time.perf_counter() - began)
            kernel = ask(f"http://127.0.0.1:{port}/api/kernels", {"name": "python3"})["id"]
            socket = websocket.create_connection(
                f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels?token=first", timeout=PATIENCE
            )
            said = run_cell(socket, code[0])
            seconds.append(time.perf_counter() - began)
            for source in code[1:]:
                if said := run_cell(socket, source):
                    break
            seconds.append(time.perf_counter() - began)
            socket.close()
        finally:
            server.terminate()
            server.wait()
    print(
        "JupyterLab up after {:.1f} s, the first cell after {:.1f} s, the first output after {:.1f} s".format(*seconds)
    )
    return 0 if said and seconds[-1] <= float(at_most) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
