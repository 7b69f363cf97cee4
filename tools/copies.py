"""Your own copies of the notebooks: python -m tools.copies copy, or python -m tools.copies fresh 03.

What you wrote is never overwritten. It is moved, whole, into the folder my/, which git leaves alone.
"""

import os
import re
import subprocess
import sys
import sysconfig
from datetime import date
from itertools import chain, count
from pathlib import Path

from helpers import _language
from helpers._console import tell
from helpers._language import Sentences, joined

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = Path(sysconfig.get_path("data"), "share", "forward-and-backward", "notebooks")
SENTENCES = Sentences() | {
    "usage": "Expected copy, or fresh and the number of a notebook, as in: fresh 03",
    "unknown": "notebook: expected one of {known}, got {notebook!r}",
    "no clean": "There is no clean copy: neither git nor the installation has one. Get the course once more.",
    "copied": "{path} is new.",
    "there": "{path} was there already and is left alone.",
    "same": "{path} is as it was handed out.",
    "kept": "{path} is as it was handed out; what you wrote is in {kept}. If it is open, close it and open it again.",
}


def _edition(folder):
    """Return the place of the chosen language in a folder of notebooks."""
    return folder / ("" if _language.code == "en" else _language.code)


def handed_out():
    """Return the notebooks as they were handed out: as git has them or, in a copy without git, as installed.

    They are those of the chosen language.

    Returns
    -------
    dict
        From file names to bytes, in order.

    Raises
    ------
    FileNotFoundError
        If neither has any.
    """
    folder = _edition(Path("notebooks"))
    try:
        paths = _git("ls-tree", "-z", "--name-only", "HEAD", f"./{folder.as_posix()}/").decode().split("\0")
        # filters: with the line ends of this system
        found = {Path(path).name: _git("cat-file", "--filters", f"HEAD:./{path}") for path in paths if _is_ours(path)}
    except (OSError, subprocess.CalledProcessError):
        found = {}
    found = found or {path.name: path.read_bytes() for path in _edition(INSTALLED).glob("*.ipynb") if _is_ours(path)}
    if not found:
        raise FileNotFoundError(SENTENCES["no clean"])
    return dict(sorted(found.items()))


def copy():
    """Put a clean copy of each notebook into my/, but where there is one already.

    Returns
    -------
    list of str
        What was done, a sentence for each.
    """
    done = []
    for name, data in handed_out().items():
        path = _edition(ROOT / "my") / name
        done.append(SENTENCES["copied" if _write_new(path, data) else "there"].format(path=_shown(path)))
    return done


def fresh(notebook):
    """Make a notebook as it was handed out, and move what was written in it into my/.

    If there is a copy of it in my/ by the same name, that is made fresh too.

    Parameters
    ----------
    notebook : str
        Its number, such as "03", or its file's name.

    Returns
    -------
    list of str
        What was done, a sentence for each place.

    Raises
    ------
    ValueError
        If there is no such notebook.
    FileNotFoundError
        If there is no clean copy.
    """
    known = handed_out()
    name = next((name for name in known if notebook in (name[:2], name)), None)
    if name is None:
        numbers = joined("comma", [name[:2] for name in known])
        raise ValueError(SENTENCES["unknown"].format(notebook=notebook, known=numbers))
    own = _edition(ROOT / "my") / name
    places = (_edition(ROOT / "notebooks") / name, own)
    return [_freshen(path, known[name]) for path in places if path != own or own.exists()]


def _freshen(path, clean):
    if path.exists() and _lines(path.read_bytes()) == _lines(clean):
        return SENTENCES["same"].format(path=_shown(path))
    kept = None
    while not _write_new(path, clean):  # again, if JupyterLab has just saved the open notebook
        kept = _keep(path)
    return SENTENCES["kept" if kept else "copied"].format(path=_shown(path), kept=kept and _shown(kept))


def _is_ours(path):
    return re.fullmatch(r"\d\d_\w+\.ipynb", Path(path).name)


def _git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def _keep(path):
    """Move a file into my/ under a name that nothing has, and return where it is."""
    stem = f"{path.stem}_{date.today()}"
    names = chain([stem], (f"{stem}_{number}" for number in count(2)))
    # The file is written empty first: then the name is ours, and no other file is moved over.
    kept = next(kept for name in names if _write_new(kept := _edition(ROOT / "my") / f"{name}.ipynb", b""))
    try:
        os.replace(path, kept)
    except OSError:
        kept.unlink()
        raise
    return kept


def _write_new(path, data):
    """Write a file if there is none of that name, and return whether there was none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        return False
    return True


def _lines(data):
    """Return the bytes with the line ends of every system alike."""
    return data.replace(b"\r\n", b"\n")


def _shown(path):
    return path.relative_to(ROOT).as_posix()


def main(arguments):
    """Do what the command line asks for, and return what is to be said at the end of the program, if it failed."""
    try:
        match arguments:
            case ["copy"]:
                done = copy()
            case ["fresh", notebook]:
                done = fresh(notebook)
            case _:
                return SENTENCES["usage"]
    except (ValueError, OSError) as error:
        return str(error)
    tell("\n".join(done))
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
