"""The server that notebook 13 writes on its page speaks the Model Context Protocol: by hand, and to the package."""

import asyncio
import json
import os
import re
import subprocess
import sys

import pytest

from fmcourse.paths import notebooks_dir
from fmcourse.prompting.tools import facts, thermometer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    nb = json.loads((notebooks_dir() / "13_reasoning_and_agents.ipynb").read_text(encoding="utf-8"))
    (source,) = ["".join(c["source"]) for c in nb["cells"] if "\nSERVER = '''" in "".join(c["source"])]
    path = tmp_path_factory.mktemp("server") / "server.py"
    path.write_text(re.search(r"SERVER = '''(.*?)'''", source, re.S)[1], encoding="utf-8")
    return path


def test_each_request_is_answered_under_its_number_and_a_notice_is_not(server):
    call = {
        "method": "tools/call",
        "params": {"name": "facts", "arguments": {"relation": "capital", "subject": "Peru"}},
    }
    lines = [{"method": "notifications/initialized"}, {"id": 7, "method": "no/such"}, {"id": 3, **call},
             {"id": 5, "method": "tools/call", "params": {"name": "rocket", "arguments": {}}}]  # fmt: skip
    said = subprocess.run([sys.executable, str(server), "0"], input="".join(json.dumps(x) + "\n" for x in lines),
                          capture_output=True, text=True, check=True, timeout=60).stdout  # fmt: skip
    unknown, right, wrong = map(json.loads, said.splitlines())
    assert unknown["id"] == 7 and unknown["error"]["code"] == -32601
    assert right["id"] == 3 and right["result"]["content"] == [{"type": "text", "text": facts("capital of Peru")}]
    assert wrong["id"] == 5 and wrong["result"]["isError"] and not right["result"]["isError"]


def test_the_package_understands_it(server):
    mcp = pytest.importorskip("mcp")
    if not hasattr(mcp, "Client"):
        pytest.skip("this mcp is older than 2")

    async def talk():
        line = mcp.StdioServerParameters(command=sys.executable, args=[str(server), "1"], env=dict(os.environ))
        async with mcp.Client(line) as client:
            tools = (await client.list_tools()).tools
            good = await client.call_tool("thermometer", {"place": "Oslo"})
            bad = await client.call_tool("thermometer", {"place": "Atlantis"})
            return {t.name: t.input_schema["required"] for t in tools}, good, bad

    names, good, bad = asyncio.run(talk())
    assert names == {"facts": ["relation", "subject"], "thermometer": ["place"]}
    assert not good.is_error and good.content[0].text == thermometer("Oslo", 1) != thermometer("Oslo")
    assert bad.is_error and "Atlantis" in bad.content[0].text
