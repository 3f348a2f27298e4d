"""A small hub on this machine: the few routes of the Hugging Face Hub that its client asks, and faults to order.

What this leaves out: access rights, other branches, Xet storage, uploads.
"""

import contextlib
import hashlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class SmallHub:
    """`repos` maps "owner/name" to {file: bytes}. Every request is noted in `asked` as (method, file or path, range).

    Faults, each a set or dict of file names: `gone` is listed and answered with 404; `swapped` gives other bytes than
    those its checksum is of; `cut` closes the connection after so many bytes, once; `broken` answers 503 to everything.
    """

    def __init__(self, repos: dict[str, dict[str, bytes]]):
        self.repos, self.asked, self.open = repos, [], []
        self.gone: set[str] = set()
        self.swapped: dict[str, bytes] = {}
        self.cut: dict[str, int] = {}
        self.broken = False
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def ask_here(self, monkeypatch, cache):
        """The Hub's client of this process asks this hub, and keeps what it gets in the folder `cache`."""
        from huggingface_hub import constants

        url = self.url + "/{repo_id}/resolve/{revision}/{filename}"
        settings = {"ENDPOINT": self.url, "HUGGINGFACE_CO_URL_TEMPLATE": url, "HF_HUB_CACHE": str(cache),
                    "HF_HUB_OFFLINE": False, "HF_HUB_DISABLE_XET": True}  # fmt: skip
        for name, value in settings.items():
            monkeypatch.setattr(constants, name, value)

    def close(self):
        """No connection is taken any more, and those that are open end."""
        self.server.shutdown()
        self.server.server_close()
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def gets(self, file: str) -> list[str | None]:
        """The ranges with which a file was fetched, None for the whole."""
        return [part for method, asked, part in self.asked if method == "GET" and asked == file]


def commit(files: dict[str, bytes]) -> str:
    """Forty hexadecimal digits that change with any file."""
    return hashlib.sha1(repr(sorted((f, hashlib.sha1(b).hexdigest()) for f, b in files.items())).encode()).hexdigest()


def is_large(file: str) -> bool:
    return file.endswith((".safetensors", ".bin", ".pt"))


def git_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: SmallHub
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.hub.open.append(self.connection)

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        path = unquote(urlsplit(self.path).path).strip("/")
        parts = path.split("/")
        api = parts[:2] == ["api", "models"]
        owner_name, rest = "/".join(parts[2:4] if api else parts[:2]), parts[4:] if api else parts[2:]
        file = "/".join(rest[2:]) if rest[:1] == ["resolve"] else ""
        self.hub.asked.append((self.command, file or path, self.headers.get("Range")))
        files = self.hub.repos.get(owner_name)
        if self.hub.broken:
            return self._send(503, b"", {})
        if files is None:
            return self._send(404, b"", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        if rest[:1] == ["tree"]:
            return self._json([self._tree_entry(f, b) for f, b in files.items()])
        if api:
            listed = [self._sibling(f, b) for f, b in files.items()]
            return self._json({"id": owner_name, "modelId": owner_name, "sha": commit(files), "private": False,
                               "tags": [], "downloads": 0, "likes": 0, "siblings": listed})  # fmt: skip
        return self._file(file, files)

    def _file(self, file, files):
        head = {"X-Repo-Commit": commit(files)}
        if file not in files or file in self.hub.gone:
            return self._send(404, b"", {**head, "X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        content = files[file]
        tag = hashlib.sha256(content).hexdigest() if is_large(file) else git_id(content)
        head |= {"ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
        if is_large(file):
            head |= {"X-Linked-Etag": f'"{tag}"', "X-Linked-Size": str(len(content))}
        content, status, whole = self.hub.swapped.get(file, content), 200, len(content)
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes="):
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            content, status = content[start:], 206
            head["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
        cut = self.hub.cut.pop(file, None) if self.command == "GET" else None
        self._send(status, content, head, cut)

    def _sibling(self, file, content):
        large = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
        entry = {"rfilename": file, "size": len(content), "blobId": git_id(content)}
        return {**entry, "lfs": large} if is_large(file) else entry

    def _tree_entry(self, file, content):
        large = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
        entry = {"type": "file", "path": file, "size": len(content), "oid": git_id(content)}
        return {**entry, "lfs": large} if is_large(file) else entry

    def _json(self, value):
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status, content, headers, cut=None):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content if cut is None else content[:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True
