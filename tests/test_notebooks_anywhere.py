"""Every notebook gives its saved outputs wherever, however often and in whatever surroundings it is run.

Each test runs a copy of the course, so that nothing comes from this folder, and compares outputs as `make test` does.
These tests are for `make test-all`: each runs all notebooks once more.
"""

import os
import platform
import shutil
import subprocess
import sys

import nbformat
import pytest
from lab import is_root
from test_notebooks import NOTEBOOKS, ROOT, of_type, read

pytestmark = pytest.mark.weekly

COURSE = ("notebooks", "helpers", "tools", "conftest.py", "pyproject.toml", "requirements.txt")
WHERE = "import helpers, pathlib; print(pathlib.Path(helpers.__file__).parents[1])"

# An audit hook sees every connection and every look-up of a name that Python code asks for, and cannot be taken off.
OFFLINE = """
import os, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # a string: a socket of this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if host not in (None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1"):
        with open(os.environ["ASKED"], "a", encoding="utf-8") as file:
            print(event, arguments, file=file)
        raise OSError(f"offline: {host}")

sys.addaudithook(refuse)
"""


@pytest.fixture
def course(tmp_path):
    return copy_of_the_course(tmp_path / "course")


def copy_of_the_course(folder):
    folder.mkdir()
    for name in COURSE:
        source = ROOT / name
        if source.is_dir():
            leave_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(source, folder / name, ignore=leave_out)
        else:
            shutil.copy(source, folder)
    return folder


def arrange(path, change):
    """Replace the code cells of the notebook at `path` by those that `change` returns."""
    notebook = read(path)
    notebook.cells = change(of_type(notebook, "code"))
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    nbformat.write(notebook, path)


def run(path, env=()):
    """Run the notebook at `path`, which is in a copy of the course, and check every output and where helpers came from.

    Parameters
    ----------
    path : Path
    env : dict
        Environment variables, None for those to leave out.
    """
    ask_where(path)
    check(path, env)


def ask_where(path):
    arrange(path, lambda cells: [*cells, saved(WHERE, f"{path.parents[1]}\n")])


def check(path, env=(), command=()):
    done = run_pytest(path, env, command)
    cells = len(of_type(read(path), "code"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{cells} passed" in done.stdout


def run_pytest(path, env=(), command=()):
    course = path.parents[1]
    found_first = [str(course), dict(env).get("PYTHONPATH", "")]
    env = os.environ | dict(env) | {"PYTHONPATH": os.pathsep.join(filter(None, found_first)), "PYTHONUTF8": "1"}
    env = {name: value for name, value in env.items() if value is not None and not name.startswith("PYTEST_")}
    arguments = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path]
    return subprocess.run([*command, *arguments], cwd=course, env=env, capture_output=True, encoding="utf-8")


def saved(source, printed):
    output = nbformat.v4.new_output("stream", text=printed)
    return nbformat.v4.new_code_cell(source, execution_count=1, outputs=[output])


every_notebook = pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])


@every_notebook
def test_twice_from_top_to_bottom_in_one_kernel(name, course):
    path = course / "notebooks" / name
    arrange(path, lambda cells: [*cells, *(cell.copy() for cell in cells)])
    run(path)


@every_notebook
def test_every_cell_twice_in_a_row(name, course):
    path = course / "notebooks" / name
    arrange(path, lambda cells: [copy for cell in cells for copy in (cell, cell.copy())])
    run(path)


SURROUNDINGS = {
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "hash seed 2": {"PYTHONHASHSEED": "2"},
    "one BLAS thread": {"OPENBLAS_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"},
    "four BLAS threads": {"OPENBLAS_NUM_THREADS": "4", "VECLIB_MAXIMUM_THREADS": "4"},
}
if platform.machine() in ("x86_64", "AMD64"):  # other code for the same sums, which round otherwise
    SURROUNDINGS["an old processor"] = {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX2 FMA3",
    }


@every_notebook
@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_in_other_surroundings(name, surroundings, course):
    run(course / "notebooks" / name, SURROUNDINGS[surroundings])


@every_notebook
def test_in_a_folder_with_spaces_and_other_letters(name, tmp_path):
    run(copy_of_the_course(tmp_path / "Kurs für Ωmega — 课程 (1)") / "notebooks" / name)


@every_notebook
def test_without_the_settings_of_a_home_directory(name, course, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH")
    places += ("IPYTHONDIR", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
    run(course / "notebooks" / name, dict.fromkeys(places) | {"HOME": str(home), "USERPROFILE": str(home)})


@every_notebook
def test_in_a_folder_that_cannot_be_written(name, course):
    path = course / "notebooks" / name
    ask_where(path)
    if not is_root():
        for item in [course, *course.rglob("*")]:
            item.chmod(0o555 if item.is_dir() else 0o444)
        try:
            (course / "file").touch()
        except OSError:
            check(path)
        else:
            pytest.skip("this system writes into folders that were made read-only")
        finally:
            for item in [course, *course.rglob("*")]:
                item.chmod(0o755 if item.is_dir() else 0o644)
        return
    # The administrator writes into any folder, but not into a mount that is read-only.
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/file" 2>&1 && exec "$@"'
    command = ["unshare", "-m", "sh", "-c", mount, str(course)]
    if shutil.which("unshare") is None or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this is the administrator, who writes everywhere, and no read-only mount can be made here")
    check(path, command=command)


@every_notebook
def test_offline(name, course, tmp_path):
    run(course / "notebooks" / name, offline(tmp_path))
    assert not asked(tmp_path)


def offline(folder):
    (folder / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    return {"PYTHONPATH": str(folder), "ASKED": str(folder / "asked")}


def asked(folder):
    file = folder / "asked"
    return file.read_text(encoding="utf-8") if file.exists() else ""


# What these tests rely on: a notebook that is not so is caught.


def code_of_own(course, cells, env=()):
    """Return how pytest ends on a notebook of these cells: 0 if all passed, 1 if one failed."""
    path = course / "notebooks" / "own.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return run_pytest(path, env).returncode


def test_a_cell_that_counts_is_caught(course):
    def count():
        return saved("n = globals().get('n', 0) + 1; print(n)", "1\n")

    assert code_of_own(course, [count()]) == 0
    assert code_of_own(course, [count(), count()]) == 1


def test_an_order_that_hangs_on_the_hash_seed_is_caught(course):
    order = saved("print(list({'a', 'b', 'c', 'd', 'e', 'f'}))", "['a', 'b', 'c', 'd', 'e', 'f']\n")
    results = {code_of_own(course, [order], env) for env in (SURROUNDINGS["hash seed 1"], SURROUNDINGS["hash seed 2"])}
    assert 1 in results


def test_a_cell_that_asks_the_network_is_caught(course, tmp_path):
    ask = "import urllib.request\ntry:\n    urllib.request.urlopen('http://d2l.ai')\nexcept OSError:\n    print('no')"
    assert code_of_own(course, [saved(ask, "no\n")], offline(tmp_path)) == 0
    assert "d2l.ai" in asked(tmp_path)
