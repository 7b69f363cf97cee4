"""`tools.environment`: a ✓ for what is here, and for what is not the command that mends it."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tools import environment

FILE = Path(environment.__file__)
ROOT = FILE.parents[1]


@pytest.fixture
def wanted(monkeypatch, tmp_path):
    """Return a function that sets what the course wants, and returns the report with the file's path."""

    def report(*lines):
        path = tmp_path / "requirements.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        monkeypatch.setattr(environment, "ROOT", tmp_path)
        return environment.report(), path

    return report


def test_everything_is_here():
    *checks, last = environment.report()
    assert all(line.startswith("✓ ") for line in checks)
    assert last == "Everything is here. Go on."
    assert "✓ Python 3.11 or newer" in checks
    for name in ("numpy", "matplotlib", "jupyterlab", "ipywidgets", "graphviz"):
        assert f"✓ {name}" in checks


def test_every_package_that_pip_installs_is_checked():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line and line[0].isalpha()]
    assert packages == ["".join(pair) for pair in environment.requirements()]
    assert len(environment.report()) == len(packages) + 3  # Python, the course's own package, what to do now


def assert_mended_by_pip(line, what, why, path):
    assert line.startswith(f"✗ {what}: {why}. To mend it: ")
    assert line.endswith(f'"{sys.executable}" -m pip install -r "{path}"')


def test_a_missing_package_is_told(wanted):
    lines, path = wanted("numpy>=2", "# a comment", "", "-e .", "no-such-package>=1,<2  # why")
    assert [line[0] for line in lines[:-1]] == ["✓", "✓", "✗", "✓"]
    assert_mended_by_pip(lines[2], "no-such-package", "not installed", path)
    assert lines[-1].startswith("Mend what is marked ✗, restart the kernel")


@pytest.mark.parametrize("range_", [">=99", "<1", ">=1,<2", "==0.1", "~=1.0"])
def test_a_wrong_version_is_told(range_, wanted):
    lines, path = wanted(f"numpy{range_}")
    why = f"version {version('numpy')} is installed, and the course wants {range_}"
    assert_mended_by_pip(lines[1], "numpy", why, path)
    assert "Mend" in lines[-1]


@pytest.mark.parametrize("range_", ["", ">=2", " >= 2 , < 3"])
def test_a_right_version_is_told(range_, wanted):
    lines, _ = wanted(f"numpy{range_}")
    assert lines[1] == "✓ numpy"
    assert lines[-1] == "Everything is here. Go on."


@pytest.mark.parametrize("found", [(3, 10, 14), (3, 9, 0), (2, 7, 18)])
def test_an_old_python_is_told(found, monkeypatch):
    monkeypatch.setattr(sys, "version_info", found)
    lines = environment.report()
    assert lines[0].startswith(f"✗ Python 3.11 or newer: this is {'.'.join(map(str, found))}. To mend it: ")
    assert lines[0].endswith(
        "install a newer Python from https://www.python.org, remove the folder .venv and run: make lab"
    )
    assert "Mend" in lines[-1]


@pytest.mark.parametrize("found", [(3, 11, 0), (3, 12, 1), (4, 0, 0)])
def test_a_newer_python_will_do(found, monkeypatch):
    monkeypatch.setattr(sys, "version_info", found)
    assert environment.report()[0] == "✓ Python 3.11 or newer"


def test_it_runs_without_the_package_that_compares_versions(wanted, monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging", None)
    lines, _ = wanted("numpy>=2", "no-such-package>=1")
    assert [line[0] for line in lines[:-1]] == ["✓", "✓", "✗", "✓"]


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Return a function that writes a file into the folder that the kernel runs in, and returns its path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    for name in [name for name in sys.modules if name.split(".")[0] == "helpers"]:
        monkeypatch.delitem(sys.modules, name)

    def write(name):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("name", ["helpers.py", "helpers/__init__.py"])
def test_another_helpers_is_told_with_its_file(name, beside):
    path = beside(name)
    *_, told, last = environment.report()
    assert told == f"✗ the course's own package, helpers: {path} is found first. To mend it:  rename that file"
    assert last.startswith("Mend what is marked ✗")


def test_another_course_that_is_installed_is_told_with_the_command(beside, tmp_path, monkeypatch):
    path = beside("other/helpers.py")
    monkeypatch.syspath_prepend(path.parent)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    *_, told, last = environment.report()
    assert_mended_by_pip(told, "the course's own package, helpers", f"{path} is found first", ROOT / "requirements.txt")
    assert last.startswith("Mend what is marked ✗")


def test_a_file_that_hides_a_module_is_told(beside):
    beside("answers.py")
    assert environment.report()[-1] == "Everything is here. Go on."
    for name in ("random.py", "numpy.py"):
        path = beside(name)
        *_, told, last = environment.report()
        mend = "To mend it:  rename that file"
        assert told == f"✗ the name of {path}: it hides the module {path.stem} that the course needs. {mend}"
        assert last.startswith("Mend what is marked ✗")
        path.unlink()


@pytest.mark.parametrize("folder", [".", "helpers", "notebooks", "tests"])
def test_no_folder_of_the_course_hides_anything(folder, monkeypatch):
    monkeypatch.chdir(ROOT / folder)
    assert environment.report()[-1] == "Everything is here. Go on."


def run(*options):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-X", "utf8", *options, FILE]
    return subprocess.run(command, env=env, capture_output=True, encoding="utf-8")


def test_as_a_program_it_prints_its_report():
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == environment.report()


def test_it_runs_where_nothing_is_installed():
    """With -S there is no package but those of the standard library; the course's own is missing too."""
    done = run("-S", "-E")
    assert (done.returncode, done.stderr) == (0, "")
    python, *checks, last = done.stdout.splitlines()
    assert python == "✓ Python 3.11 or newer"
    names = [name for name, _ in environment.requirements()]
    for line, name in zip(checks, [*names, "the course's own package, helpers"], strict=True):
        assert_mended_by_pip(line, name, "not installed", ROOT / "requirements.txt")
    assert last.startswith("Mend what is marked ✗")
