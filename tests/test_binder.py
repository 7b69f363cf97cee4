"""Images for Binder and JupyterHub: what repo2docker would make of this repository, read in its Dockerfile."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from test_lock import NEWEST, OLDEST

ROOT = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="repo2docker does not run on Windows"),
    pytest.mark.filterwarnings("ignore:pythonjsonlogger"),  # of a package that repo2docker imports
]


def build(folder, monkeypatch):
    """Return what repo2docker finds in a folder, and its Dockerfile."""
    from repo2docker.app import Repo2Docker

    monkeypatch.chdir(folder)
    app = Repo2Docker()
    found = next(pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect())
    found.platform = "linux/amd64"
    return found, found.render({})


@pytest.fixture
def course(tmp_path):
    """The files that repo2docker may look at, by their names alone or inside."""
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_it_reads_the_environment_and_starts_from_its_python(course, monkeypatch):
    found, dockerfile = build(course, monkeypatch)
    assert type(found).__name__ == "CondaBuildPack"
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert f"python={found.python_version}" in conda
    assert int(OLDEST[2:]) <= int(found.python_version[2:]) <= int(NEWEST[2:])
    assert f"environment.py-{found.python_version}-linux-64.lock" in str(found.get_build_script_files())


def test_it_would_start_from_another_python_if_a_range_were_given(course, monkeypatch):
    """Why environment.yml says python=X.Y: here is the trap."""
    text = (course / "environment.yml").read_text(encoding="utf-8")
    (course / "environment.yml").write_text(re.sub(r"python=\d.*", "python>=3.11,<3.15", text), encoding="utf-8")
    found, _ = build(course, monkeypatch)
    assert found.python_version == "3.10"


def test_the_lock_is_there_when_it_is_read_and_the_course_is_installed_at_the_end(course, monkeypatch):
    _, dockerfile = build(course, monkeypatch)
    order = [
        "COPY --chown=1000:1000 src/ ${REPO_DIR}/",
        '--file "environment.yml"',
        "chmod +x postBuild",
        "RUN ./postBuild",
    ]
    places = [dockerfile.index(text) for text in order]
    assert places == sorted(places)
    assert "USER root" not in dockerfile[places[0] :]


def test_the_last_step_is_a_program_for_a_unix_shell():
    text = (ROOT / "postBuild").read_bytes()
    assert text.startswith(b"#!/bin/sh\n")
    assert b"\r" not in text


def test_the_last_step_installs_the_course_as_make_does():
    [command] = re.findall(r"(?m)^pip (install .*)$", (ROOT / "postBuild").read_text(encoding="utf-8"))
    assert f"$(PIP) {command}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
