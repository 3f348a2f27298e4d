"""No connection leaves this machine: a socket to anywhere but the loopback is refused, and written down.

Python imports a module of this name at start-up, so a kernel or server whose PYTHONPATH begins with this folder is
covered, and so are the Python processes it starts. The test process itself calls `refuse_outside`.
With FMCOURSE_PRETEND_GPU set, torch is also told that there is an NVIDIA GPU: whoever asks for it unasked then fails on
a machine without one, as nine notebooks once failed on machines that had one. With "all" it can be used, too: see
pretended_gpu.py.

What this leaves out: programs that are not Python (the browser test watches the browser's own requests).
"""

import importlib.util
import ipaddress
import os
import socket
import sys


class OutsideRefused(ConnectionError):
    """Somebody tried to reach another machine during the tests."""


def is_here(host) -> bool:
    """Whether `host` (a name, an address, None) is this machine."""
    name = (host.decode() if isinstance(host, bytes) else str(host or "")).strip("[]").split("%")[0].lower()
    if name in ("", "localhost", "0.0.0.0", "::", socket.gethostname().lower()):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.endswith(".localhost")


def refuse_outside(log: str | None = None) -> None:
    """Replace socket's ways out; each attempt is appended to the file `log` before it is refused."""

    def refuse(host):
        if log:
            with open(log, "a", encoding="utf-8") as file:
                file.write(f"{host}\n")
        raise OutsideRefused(f"the tests run offline, and something tried to reach {host}")

    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(original):
        def call(self, address):
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_here(address[0]):
                refuse(address[0])
            return original(self, address)

        return call

    def guarded_look_up(host, *args, **kwargs):
        if not is_here(host):
            refuse(host)
        return look_up(host, *args, **kwargs)

    socket.socket.connect, socket.socket.connect_ex = guarded(connect), guarded(connect_ex)
    socket.getaddrinfo = guarded_look_up


class PretendGPU:
    """An import hook: once `module` is loaded, `tell` is called with it."""

    def __init__(self, module, tell):
        self.module, self.tell = module, tell

    def find_spec(self, name, path=None, target=None):
        if name != self.module:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def run_and_tell(module):
            run(module)
            self.tell(module)

        spec.loader.exec_module = run_and_tell
        return spec


def say_so(cuda):
    """Tell torch that there is a GPU, and nothing else."""
    cuda.is_available = lambda: True
    cuda.device_count = lambda: 1
    cuda.get_device_name = lambda *_: "a GPU that is not there"


def say_and_do(_):
    """Let torch also behave as if there were one."""
    import pretended_gpu

    pretended_gpu.begin()


if pretended := os.environ.get("FMCOURSE_PRETEND_GPU"):
    sys.meta_path.insert(0, PretendGPU("torch", say_and_do) if pretended == "all" else PretendGPU("torch.cuda", say_so))
if os.environ.get("FMCOURSE_OUTSIDE_LOG") and not os.environ.get("FMCOURSE_OUTSIDE_ALLOWED"):
    refuse_outside(os.environ["FMCOURSE_OUTSIDE_LOG"])
