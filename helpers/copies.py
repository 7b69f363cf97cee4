"""Your own copies of the notebooks: python -m helpers.copies copy, or python -m helpers.copies fresh 03.

What you wrote is never overwritten. It is moved, whole, into the folder my/, which git leaves alone.
"""

import os
import subprocess
import sys
import sysconfig
from datetime import date
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = Path(sysconfig.get_path("data"), "share", "forward-and-backward", "notebooks")
SENTENCES = {
    "usage": "Say what is wanted: copy, or fresh and the number of a notebook, as in: fresh 03",
    "unknown": "notebook is {notebook!r}; wanted one of {known}",
    "no clean": "There is no clean copy of {name}: neither git nor the installation has one. Get the course once more.",
    "copied": "{path} is new.",
    "there": "{path} was there already and is left alone.",
    "same": "{path} is as it was handed out.",
    "kept": "{path} is as it was handed out, and what you wrote is in {kept}. If it is open, close it and open it anew.",
}


def names():
    """Return the file names of the course's notebooks, in order, those that somebody has removed among them."""
    found = (path.name for folder in (ROOT / "notebooks", INSTALLED) for path in folder.glob("[0-9][0-9]_*.ipynb"))
    return sorted(set(found))


def clean(name):
    """Return the bytes of a notebook as it was handed out: as git has it or, in a copy without git, as installed.

    Raises
    ------
    FileNotFoundError
        If neither has it.
    """
    command = ["git", "cat-file", "--filters", f"HEAD:./notebooks/{name}"]  # filters: with the line ends of this system
    try:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        if (INSTALLED / name).exists():
            return (INSTALLED / name).read_bytes()
    raise FileNotFoundError(SENTENCES["no clean"].format(name=name))


def copy():
    """Put a clean copy of each notebook into my/, but where there is one already.

    Returns
    -------
    list of str
        What was done, a sentence for each.
    """
    done = []
    for name in names():
        path = ROOT / "my" / name
        done.append(SENTENCES["copied" if _write_new(path, clean(name)) else "there"].format(path=_shown(path)))
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
        If there is no clean copy of it.
    """
    name = next((name for name in names() if notebook in (name[:2], name)), None)
    if name is None:
        known = ", ".join(name[:2] for name in names())
        raise ValueError(SENTENCES["unknown"].format(notebook=notebook, known=known))
    handed_out = clean(name)
    own = ROOT / "my" / name
    return [_freshen(path, handed_out) for path in (ROOT / "notebooks" / name, own) if path != own or own.exists()]


def _freshen(path, handed_out):
    if path.exists() and _lines(path.read_bytes()) == _lines(handed_out):
        return SENTENCES["same"].format(path=_shown(path))
    kept = None
    while not _write_new(path, handed_out):  # again, if JupyterLab has just saved the open notebook
        kept = _keep(path)
    return SENTENCES["kept" if kept else "copied"].format(path=_shown(path), kept=kept and _shown(kept))


def _keep(path):
    """Move a file into my/ under a name that nothing has, and return where it is."""
    for number in count(1):
        more = f"_{number}" if number > 1 else ""
        kept = ROOT / "my" / f"{path.stem}_{date.today()}{more}.ipynb"
        if _write_new(kept, b""):  # the name is ours now, so that no other file is moved over
            try:
                os.replace(path, kept)
            except OSError:
                kept.unlink()
                raise
            return kept


def _write_new(path, data):
    """Write a file if there is none of that name, and return whether there was none."""
    path.parent.mkdir(exist_ok=True)
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
    commands = {("copy", 0): copy, ("fresh", 1): fresh}
    command, *rest = arguments or [""]
    if (command, len(rest)) not in commands:
        return SENTENCES["usage"]
    try:
        print("\n".join(commands[command, len(rest)](*rest)))
    except (ValueError, OSError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
