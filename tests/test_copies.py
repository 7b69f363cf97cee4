"""`tools.copies`: a clean notebook comes, and what somebody wrote stays, whatever happens."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient
from test_notebooks import NOTEBOOKS, links_lead_somewhere, read

from tools import copies

NAMES = ["00_start.ipynb", "03_end.ipynb"]
HANDED_OUT = b'{"cells": ["handed out"]}\n'
WRITTEN = '{"cells": ["what I wrote: ∂J/∂z"]}\n'.encode()


def git(folder, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(params=["git", "installed"])
def course(request, tmp_path, monkeypatch):
    """A course with two notebooks whose clean copies are in git, or where the installation put them."""
    root, installed = tmp_path / "a course", tmp_path / "installed"
    for folder in (root / "notebooks", installed):
        folder.mkdir(parents=True)
        for name in NAMES:
            (folder / name).write_bytes(HANDED_OUT)
    if request.param == "git":
        git(root, "init")
        git(root, "config", "core.autocrlf", "false")  # Git for Windows would give it other line ends
        git(root, "add", ".")
        git(root, "commit", "-m", "As handed out")
        for path in installed.iterdir():
            path.write_bytes(b"an older version")
        (installed / "04_removed.ipynb").write_bytes(b"of an older version")
    monkeypatch.setattr(copies, "ROOT", root)
    monkeypatch.setattr(copies, "INSTALLED", installed)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return root


def files(root):
    """Return what is in the folders of notebooks."""
    folders = [folder for folder in (root / "notebooks", root / "my") if folder.exists()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for folder in folders for path in folder.iterdir()}


@pytest.mark.parametrize("notebook", ["03", "03_end.ipynb"])
def test_fresh_gives_a_clean_copy_and_keeps_what_was_written(notebook, course):
    (course / "notebooks" / "03_end.ipynb").write_bytes(WRITTEN)
    [said] = copies.fresh(notebook)
    found = files(course)
    [kept] = [path for path in found if path.startswith("my/")]
    assert found == {"notebooks/00_start.ipynb": HANDED_OUT, "notebooks/03_end.ipynb": HANDED_OUT, kept: WRITTEN}
    assert said.startswith(f"notebooks/03_end.ipynb is as it was handed out; what you wrote is in {kept}.")


def test_everything_that_was_ever_written_is_kept(course):
    written = [f"version {k}".encode() for k in range(4)]
    for text in written:
        (course / "notebooks" / "03_end.ipynb").write_bytes(text)
        copies.fresh("03")
    assert sorted(text for path, text in files(course).items() if path.startswith("my/")) == written


def test_a_notebook_that_nobody_changed_stays(course):
    assert copies.fresh("03") == ["notebooks/03_end.ipynb is as it was handed out."]
    assert len(files(course)) == 2


def test_what_else_lies_among_the_notebooks_is_no_clean_copy_and_in_nobodys_way(course):
    for name in ("my plans.ipynb", "Übung.ipynb", "data/table.csv"):
        path = course / "notebooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"of a teacher")
    if (course / ".git").exists():
        git(course, "add", ".")
        git(course, "commit", "-m", "A teacher's own")
    assert copies.handed_out() == dict.fromkeys(NAMES, HANDED_OUT)


def test_other_line_ends_are_no_change(course):
    (course / "notebooks" / "03_end.ipynb").write_bytes(HANDED_OUT.replace(b"\n", b"\r\n"))
    copies.fresh("03")
    assert len(files(course)) == 2


def test_a_removed_notebook_comes_back(course):
    (course / "notebooks" / "03_end.ipynb").unlink()
    assert copies.fresh("03") == ["notebooks/03_end.ipynb is new."]
    assert files(course) == {f"notebooks/{name}": HANDED_OUT for name in NAMES}


def test_a_copy_of_ones_own_is_made_fresh_too(course):
    copies.copy()
    (course / "my" / "03_end.ipynb").write_bytes(WRITTEN)
    said = copies.fresh("03")
    assert [sentence.split()[0] for sentence in said] == ["notebooks/03_end.ipynb", "my/03_end.ipynb"]
    found = files(course)
    assert found["my/03_end.ipynb"] == HANDED_OUT
    assert list(found.values()).count(WRITTEN) == 1


def test_what_is_saved_while_it_is_made_fresh_is_kept(course, monkeypatch):
    """JupyterLab may save the open notebook just when it has been moved away."""
    path = course / "notebooks" / "03_end.ipynb"
    path.write_bytes(WRITTEN)
    move, saved = os.replace, []

    def move_and_save(source, target):
        move(source, target)
        if not saved:
            saved.append(path.write_bytes(b"saved again"))

    monkeypatch.setattr(os, "replace", move_and_save)
    copies.fresh("03")
    found = files(course)
    assert sorted(found.values()) == sorted([HANDED_OUT, HANDED_OUT, WRITTEN, b"saved again"])
    assert found["notebooks/03_end.ipynb"] == HANDED_OUT


def test_if_it_cannot_be_moved_it_stays(course, monkeypatch):
    path = course / "notebooks" / "03_end.ipynb"
    path.write_bytes(WRITTEN)

    def refuse(source, target):
        raise PermissionError("the file is in use")

    monkeypatch.setattr(os, "replace", refuse)
    assert copies.main(["fresh", "03"]) == "the file is in use"
    assert files(course) == {"notebooks/00_start.ipynb": HANDED_OUT, "notebooks/03_end.ipynb": WRITTEN}


def test_copy_puts_all_into_a_folder_of_ones_own_and_touches_none_that_is_there(course):
    (course / "notebooks" / "03_end.ipynb").write_bytes(WRITTEN)  # a teacher tries something; learners get it clean
    assert copies.copy() == [f"my/{name} is new." for name in NAMES]
    assert {path: text for path, text in files(course).items() if path.startswith("my/")} == {
        f"my/{name}": HANDED_OUT for name in NAMES
    }
    (course / "my" / "00_start.ipynb").write_bytes(WRITTEN)
    (course / "my" / "03_end.ipynb").unlink()
    said = copies.copy()
    assert said == ["my/00_start.ipynb was there already and is left alone.", "my/03_end.ipynb is new."]
    assert files(course)["my/00_start.ipynb"] == WRITTEN


@pytest.mark.parametrize("notebook", ["", "3", "99", "../03_end.ipynb", "03_end"])
def test_another_name_is_told_the_right_ones(notebook, course):
    with pytest.raises(ValueError, match=r"notebook: expected one of 00, 03, got .*"):
        copies.fresh(notebook)
    assert len(files(course)) == 2


def test_without_a_clean_copy_nothing_is_moved(course, monkeypatch):
    for path in (course / "notebooks" / "05_mine.ipynb", course / "notebooks" / "00_start.ipynb"):
        path.write_bytes(WRITTEN)
    with pytest.raises(ValueError, match="notebook: expected one of 00, 03, got '05'"):
        copies.fresh("05")
    monkeypatch.setattr(copies, "ROOT", course / "my")  # no course at all
    monkeypatch.setattr(copies, "INSTALLED", course / "my")
    assert copies.main(["fresh", "00"]).startswith("There is no clean copy: ")
    assert [*files(course).values()].count(WRITTEN) == 2


@pytest.mark.parametrize("arguments", [[], ["fresh"], ["fresh", "03", "04"], ["copy", "03"], ["03"]])
def test_another_command_is_told_the_right_ones(arguments, course):
    assert copies.main(arguments) == copies.SENTENCES["usage"]
    assert len(files(course)) == 2


def test_git_pull_does_not_collide_with_a_copy(tmp_path, monkeypatch):
    """A teacher changes a notebook that a learner has copied and written in; the learner pulls it."""
    teacher, learner = tmp_path / "teacher", tmp_path / "learner"
    (teacher / "notebooks").mkdir(parents=True)
    path = teacher / "notebooks" / "03_end.ipynb"
    path.write_bytes(HANDED_OUT)
    ignored = (Path(__file__).parents[1] / ".gitignore").read_bytes()
    (teacher / ".gitignore").write_bytes(ignored)
    git(teacher, "init")
    git(teacher, "add", ".")
    git(teacher, "commit", "-m", "As handed out")
    git(tmp_path, "clone", teacher, learner)
    monkeypatch.setattr(copies, "ROOT", learner)
    assert copies.copy() == ["my/03_end.ipynb is new."]
    (learner / "my" / "03_end.ipynb").write_bytes(WRITTEN)
    path.write_bytes(b"better")
    git(teacher, "commit", "-a", "-m", "Better")
    git(learner, "pull", "--ff-only")
    assert files(learner) == {"notebooks/03_end.ipynb": b"better", "my/03_end.ipynb": WRITTEN}
    copies.fresh("03")
    assert files(learner)["my/03_end.ipynb"] == b"better"
    assert WRITTEN in files(learner).values()


def test_the_installation_has_a_copy_that_is_not_the_notebooks_themselves():
    """An editable installation leaves the package where it is, but these it copies."""
    assert any(copies.INSTALLED.glob("[0-9][0-9]_*.ipynb"))
    assert copies.INSTALLED.resolve() != (copies.ROOT / "notebooks").resolve()


def test_as_a_program_it_says_what_is_wrong():
    command = [sys.executable, "-X", "utf8", "-m", "tools.copies", "fresh", "99"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=copies.ROOT)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("notebook: expected one of 00, 01, 02")


def test_a_copy_works_where_it_is(tmp_path, monkeypatch):
    """Its links lead somewhere, and its check finds all, though the course is installed from another folder."""
    for folder in ("docs", "helpers", "tools", "notebooks/zh"):
        shutil.copytree(copies.ROOT / folder, tmp_path / folder)
    shutil.copy(copies.ROOT / "requirements.txt", tmp_path)
    monkeypatch.setattr(copies, "ROOT", tmp_path)
    monkeypatch.setattr(copies, "INSTALLED", NOTEBOOKS[0].parent)
    copies.copy()
    paths = sorted((tmp_path / "my").iterdir())
    assert [path.name for path in paths] == [path.name for path in NOTEBOOKS]
    assert [fault for path in paths for fault in links_lead_somewhere(read(path), path, paths)] == []
    start = read(paths[0])
    NotebookClient(start, resources={"metadata": {"path": tmp_path / "my"}}).execute()  # raises if a cell does
    said = [output.get("text", "") for cell in start.cells for output in cell.get("outputs", ())]
    assert any("Everything is here" in text for text in said)


def test_a_console_of_another_encoding_is_told_all_the_same():
    command = [sys.executable, "-c", "from helpers._console import tell; tell('课程 ‖W1‖ is written.')"]
    env = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, encoding="cp1252", cwd=copies.ROOT, env=env)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "?? ?W1? is written.\n")
