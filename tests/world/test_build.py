"""data/world is exactly what the world writes, and a changed byte is noticed."""

from fmcourse.paths import data_dir
from fmcourse.world.build import differences, files


def test_the_folder_is_what_the_world_writes():
    assert differences(data_dir() / "world") == []


def test_a_changed_byte_is_noticed(tmp_path):
    for name, content in files().items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "facts.csv").write_bytes((tmp_path / "facts.csv").read_bytes().replace(b"Paris", b"Pariz", 1))
    (tmp_path / "sample.jsonl").unlink()
    assert differences(tmp_path) == ["facts.csv", "sample.jsonl"]
