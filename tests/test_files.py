"""`tools.files`: files are written whole, and nothing that is there is lost."""

import os

import pytest

from tools.files import write_new


def test_it_writes_and_writes_again_where_nothing_differs(tmp_path):
    files = {tmp_path / "a.txt": b"one", str(tmp_path / "b.txt"): b"\xff\r\n"}
    for _ in range(2):
        assert write_new(files) == [f"{tmp_path / name} is written." for name in ("a.txt", "b.txt")]
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.txt": b"one", "b.txt": b"\xff\r\n"}


@pytest.mark.parametrize("there", [b"mine", b"\xff\xfe mine", b"", None])
def test_if_one_differs_none_is_written(tmp_path, there):
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    if there is None:
        second.mkdir()
    else:
        second.write_bytes(there)
    with pytest.raises(FileExistsError) as error:
        write_new({first: b"one", second: b"two"})
    assert str(error.value).startswith(f"{second} is there already, and is not what would be written.")
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    assert second.is_dir() if there is None else second.read_bytes() == there


def test_a_file_is_never_seen_half_written(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_new({tmp_path / "a.txt": b"one"})
    assert list(tmp_path.iterdir()) == []
