"""`make lab` opens the whole course with its own Python, whatever the reader's Jupyter is set to."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = """
c.ServerApp.root_dir = "/nonexistent"
c.ServerApp.preferred_dir = c.FileContentsManager.preferred_dir = "/usr"
c.FileContentsManager.root_dir = c.ContentsManager.root_dir = "/usr"
c.KernelSpecManager.allowed_kernelspecs = {"other"}
c.MultiKernelManager.default_kernel_name = "other"
"""
OTHER = {"argv": ["/bin/false", "{connection_file}"], "display_name": "another Python", "language": "python"}


@pytest.fixture
def server(tmp_path):
    """Run what `make lab` runs, without a browser, in such a Jupyter, and return a function that asks it."""
    (tmp_path / "jupyter_server_config.py").write_text(CONFIG, encoding="utf-8")
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps(OTHER), encoding="utf-8")
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_PATH", "IPYTHONDIR", "HOME")
    env = {name: value for name, value in os.environ.items() if name not in ("JUPYTER_PREFER_ENV_PATH", "MAKEFLAGS")}
    env |= dict.fromkeys(folders, str(tmp_path))
    made = ["make", "-n", "-o", ".venv/installed", "lab"]
    command = subprocess.run(made, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.strip()
    assert ".venv/bin/jupyter lab" in command
    command = command.replace(".venv/bin/jupyter lab", f'exec "{sys.executable}" -m jupyterlab --no-browser')
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(
            ["sh", "-c", f"{command} --ServerApp.port=0"], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    try:
        yield lambda path: ask(tmp_path, running, path)
    finally:
        running.terminate()
        running.wait()


def ask(folder, running, path):
    while running.poll() is None:
        for file in folder.glob("jpserver-*.json"):
            try:
                info = json.loads(file.read_text())
                with urlopen(f"{info['url']}api/{path}?token={info['token']}") as answer:
                    return json.load(answer)
            except (json.JSONDecodeError, URLError):  # half written, or not listening yet
                continue
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text())


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("make") is None or os.name == "nt", reason="make lab is for Linux and macOS")
def test_it_serves_the_course_and_its_python(server):
    names = {item["name"] for item in server("contents")["content"]}
    assert {"notebooks", "helpers", "README.md"} <= names
    found = server("kernelspecs")["kernelspecs"]
    assert set(found) == {"python3"}
    assert found["python3"]["spec"]["argv"][0] != OTHER["argv"][0]
