"""Which proxies of the environment Python's HTTP libraries can use: ordinary ones, http:// or https://.

With any other in a variable, httpx (in JupyterLab and in the Hub's client) stops before it asks anybody. What this
leaves out: proxies that Windows and macOS keep in their settings, and whether a proxy answers.
"""

import importlib.util
import re
from collections.abc import Mapping

_VARIABLES = re.compile("(all|https?)_proxy", re.I)
_ORDINARY = re.compile(r"https?://([^/@]*@)?(\[[\da-f:.]+\]|[^/:@\[\]\s]+)(:\d*)?/?", re.I)
_SOCKS = re.compile(_ORDINARY.pattern.replace("https?", "socks5h?", 1), re.I)  # with the package socksio


def usable(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` as it may be handed on: proxies that cannot be used are left out, an address alone becomes http://.

    >>> usable({"ALL_PROXY": "gopher://127.0.0.1:1080", "https_proxy": "127.0.0.1:3128", "LANG": "C"})
    {'https_proxy': 'http://127.0.0.1:3128', 'LANG': 'C'}
    """
    bad = unusable(environ)
    return {
        name: f"http://{value}" if name in proxies(environ) and "://" not in value else value
        for name, value in environ.items()
        if name not in bad
    }


def unusable(environ: Mapping[str, str]) -> list[str]:
    """The names of variables with a proxy that cannot be used.

    >>> unusable({"ALL_PROXY": "gopher://127.0.0.1:1080", "https_proxy": "http://[::1]:3128", "HTTP_PROXY": ""})
    ['ALL_PROXY']
    """
    kinds = [_ORDINARY] + [_SOCKS] * (importlib.util.find_spec("socksio") is not None)
    return [
        name
        for name in proxies(environ)
        if not any(kind.fullmatch(("" if "://" in environ[name] else "http://") + environ[name]) for kind in kinds)
    ]


def proxies(environ: Mapping[str, str]) -> list[str]:
    """The names of variables that hold a proxy for http, https or both, in their order."""
    return [name for name in environ if _VARIABLES.fullmatch(name) and environ[name]]
