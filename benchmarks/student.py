"""One simulated student on a JupyterHub, by the interfaces that a browser uses: pages, the contents API, a websocket.

It logs in with a form, waits for its server, opens a notebook, runs the cells in order, writes a line into the notebook
after each and saves. When the network or the hub fails it behaves as JupyterLab does: it tries again, opens the socket
anew under the same session, and takes what the server kept for it; when an answer was lost on the way, it runs the cell
again. But: it looks at no picture and moves no slider.
"""

import json
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
import websocket

PATIENCE = 180.0  # seconds during which a lost hub is waited for
SILENCE = 1800.0  # seconds without an answer after which a cell counts as lost
LISTEN = 10.0  # seconds without a word from the socket before the kernel is asked; the server itself pings every 30
AGAIN = {302, 404, 405, 424, 429, 500, 502, 503, 504}  # what a hub or a proxy says while a server is not reachable yet
NEVER_CAME = "the kernel is idle, and its answer never came"
EDIT = "edited by {} after cell {}"
# What a kernel knows of itself, its children and the server above it; PSS counts shared pages by their share.
PROBE = """
def _probe():
    import json, os, psutil, resource
    me, server = psutil.Process(), psutil.Process(os.getppid())
    seconds = lambda p: sum(p.cpu_times()[:2])
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({"cpu": sum(os.times()[:4]), "server_cpu": seconds(server), "cores": os.cpu_count(),
        "kernel_mb": peak / 1024, "kernel_pss_mb": me.memory_full_info().pss / 2**20,
        "server_mb": server.memory_info().rss / 2**20}))
_probe()
"""


@dataclass
class Visit:
    """What one student met in one notebook."""

    notebook: str
    student: str
    begun: float = 0.0
    ended: float = 0.0
    waits: list[float] = field(default_factory=list)  # seconds from sending a cell to its answer
    failures: list[str] = field(default_factory=list)
    again: int = 0  # cells whose answer was lost while the hub was away, and which were run a second time
    saves: int = 0
    lost: list[str] = field(default_factory=list)  # edits that were saved and are not there any more
    reconnections: int = 0
    used: dict = field(default_factory=dict)


class Student:
    """A name, a password, and the cookies of one browser."""

    def __init__(self, hub: str, name: str, password: str):
        self.hub, self.name, self.password = hub.rstrip("/"), name, password
        self.base = f"{self.hub}/user/{name}"
        self.browser = requests.Session()
        self.session = uuid.uuid4().hex  # JupyterLab's name for this tab; the server keeps messages under it

    def log_in(self) -> float:
        """Log in and wait until the own server answers; the seconds that took."""
        begun = time.monotonic()
        page = self._page(f"{self.hub}/hub/login")
        form = {"username": self.name, "password": self.password, "_xsrf": self._token("/hub/")}
        page = self._page(f"{self.hub}/hub/login?next=%2Fhub%2Fspawn", form)
        if "/hub/login" in page.url:
            raise RuntimeError(f"{self.name} cannot log in: name or password is wrong, or the hub does not allow it.")
        while time.monotonic() - begun < SILENCE:
            page = self._page(f"{self.base}/lab")
            if page.ok and page.url.startswith(self.base):
                return time.monotonic() - begun
            time.sleep(1)
        raise RuntimeError(f"the server of {self.name} did not start: see the hub's log.")

    def visit(self, notebook: str, think: float, tick=lambda: None) -> Visit:
        """Run `notebook` (its name in the folder notebooks/) from the first cell to the last; `tick` after each."""
        seen = Visit(notebook, self.name, begun=time.time())
        path = f"notebooks/{notebook}"
        page = self.call("GET", f"contents/{path}?content=1")["content"]
        kernel = {"path": path, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        room = self.call("POST", "sessions", kernel)
        socket = Socket(self, room["kernel"]["id"])
        try:
            for number, cell in enumerate(page["cells"]):
                if cell["cell_type"] != "code":
                    continue
                self._one_cell(seen, socket, number, cell, page, path)
                tick()
                time.sleep(think)
            seen.used = json.loads(socket.run(PROBE)["text"])
        finally:
            seen.ended, seen.reconnections = time.time(), socket.reconnections
            socket.close()
            self.call("DELETE", f"sessions/{room['id']}")
        return seen

    def _one_cell(self, seen, socket, number, cell, page, path) -> None:
        begun = time.monotonic()
        answer = socket.run("".join(cell["source"]))
        if answer["lost"] == NEVER_CAME:  # what somebody does who sees a cell that waits for ever
            seen.again += 1
            answer = socket.run("".join(cell["source"]))
        seen.waits.append(time.monotonic() - begun)
        cell["outputs"], cell["execution_count"] = answer["outputs"], answer["count"]
        if answer["lost"]:
            seen.failures.append(f"cell {number}: no answer, {answer['lost']}")
        elif answer["status"] != "ok" and "raises-exception" not in cell["metadata"].get("tags", []):
            seen.failures.append(f"cell {number}: {answer['status']} {answer['error']}")
        edit = EDIT.format(self.name, number)
        page["metadata"]["edit"] = edit
        self.call("PUT", f"contents/{path}", {"type": "notebook", "format": "json", "content": page})
        seen.saves += 1
        there = self.call("GET", f"contents/{path}?content=1")["content"]
        if there["metadata"].get("edit") != edit or len(there["cells"]) != len(page["cells"]):
            seen.lost.append(edit)

    def last_edit(self, notebook: str) -> str | None:
        """What the notebook on the server says was edited last."""
        return self.call("GET", f"contents/notebooks/{notebook}?content=1")["content"]["metadata"].get("edit")

    def leave(self) -> None:
        """Stop the own server."""
        token = {"X-XSRFToken": self._token("/hub/"), "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
        self.browser.delete(f"{self.hub}/hub/api/users/{self.name}/server", headers=token, timeout=60)

    def call(self, method: str, address: str, body: dict | None = None) -> dict:
        """One call of the server's API, tried again for a while when the way there is broken."""
        until, url = time.monotonic() + PATIENCE, f"{self.base}/api/{address}"
        while True:
            headers = {"X-XSRFToken": self._token(f"/user/{self.name}/"), "Sec-Fetch-Mode": "cors"}
            headers["Sec-Fetch-Site"] = "same-origin"
            try:
                said = self.browser.request(method, url, json=body, headers=headers, timeout=120, allow_redirects=False)
                if said.ok and said.status_code != 302:
                    return said.json() if said.content else {}
                trouble = f"{said.status_code} {said.text[:200]}"
                if said.status_code not in AGAIN:
                    raise RuntimeError(f"{method} {address}: {trouble}")
            except requests.RequestException as error:
                trouble = repr(error)
            if time.monotonic() > until:
                raise RuntimeError(f"{method} {address}, tried for {PATIENCE:.0f} s: {trouble}")
            time.sleep(1)

    def cookies_for(self, url: str) -> str:
        """The line of cookies that the browser would send there."""
        return requests.cookies.get_cookie_header(self.browser.cookies, requests.Request("GET", url).prepare()) or ""

    def _page(self, url: str, form: dict | None = None):
        headers = {"Sec-Fetch-Mode": "navigate"}
        return self.browser.request("POST" if form else "GET", url, data=form, headers=headers, timeout=300)

    def _token(self, path: str) -> str:
        return next((c.value for c in self.browser.cookies if c.name == "_xsrf" and c.path == path), "")


class Socket:
    """The websocket to one kernel, opened anew when it breaks."""

    def __init__(self, student: Student, kernel: str):
        self.student, self.kernel, self.reconnections = student, kernel, 0
        self.open()

    def open(self) -> None:
        url = f"{self.student.base}/api/kernels/{self.kernel}/channels?session_id={self.student.session}"
        parts = urlsplit(url)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.line = websocket.create_connection(
                    url.replace("http", "ws", 1),
                    timeout=LISTEN,
                    cookie=self.student.cookies_for(url),
                    origin=f"{parts.scheme}://{parts.netloc}",
                    header=["Sec-Fetch-Mode: websocket"],
                )
                return
            except (OSError, websocket.WebSocketException):
                if time.monotonic() > until:
                    raise
                time.sleep(1)

    def close(self) -> None:
        self.line.close()

    def run(self, code: str) -> dict:
        """Execute `code` and wait for its answer: status, outputs, and `lost`, a reason when no answer came."""
        asked = uuid.uuid4().hex
        answer = {"status": "", "error": "", "outputs": [], "count": None, "text": "", "lost": ""}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        self._send(asked, "execute_request", {**content, "stop_on_error": False})
        replied = idle = False
        heard = time.monotonic()
        while not (replied and idle):
            try:
                message = json.loads(self.line.recv() or "{}")
            except websocket.WebSocketTimeoutException:
                self.line.ping()
                if time.monotonic() - heard > SILENCE:
                    answer["lost"] = f"silence for {SILENCE:.0f} s"
                    return answer
                if time.monotonic() - heard > 60 and self._is_idle():
                    answer["lost"] = NEVER_CAME
                    return answer
                continue
            except (OSError, ValueError, websocket.WebSocketException):
                self.reconnections += 1
                self.open()
                continue
            kind, said = message.get("msg_type"), message.get("content", {})
            if kind == "status" and said.get("execution_state") in ("restarting", "autorestarting", "dead"):
                answer["lost"] = f"the kernel is {said['execution_state']}"
                return answer
            if (message.get("parent_header") or {}).get("msg_id") != asked:
                continue
            heard = time.monotonic()
            if kind == "execute_reply":
                replied, answer["status"], answer["count"] = True, said["status"], said.get("execution_count")
                answer["error"] = f"{said.get('ename', '')} {said.get('evalue', '')}".strip()[:300]
            elif kind == "status":
                idle = said["execution_state"] == "idle"
            else:
                self._output(answer, kind, said)
        return answer

    def _output(self, answer: dict, kind: str, said: dict) -> None:
        if kind in ("stream", "display_data", "execute_result", "error"):
            answer["outputs"].append({"output_type": kind, **{k: v for k, v in said.items() if k != "transient"}})
            answer["text"] += said.get("text", "") if kind == "stream" else ""

    def _is_idle(self) -> bool:
        return self.student.call("GET", f"kernels/{self.kernel}").get("execution_state") == "idle"

    def _send(self, number: str, kind: str, content: dict) -> None:
        header = {"msg_id": number, "username": self.student.name, "session": self.student.session, "version": "5.3"}
        header |= {"msg_type": kind, "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        message = json.dumps({**parts, "buffers": []})
        try:
            self.line.send(message)
        except (OSError, websocket.WebSocketException):
            self.reconnections += 1
            self.open()
            self.line.send(message)
