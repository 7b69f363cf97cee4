"""Whether this Python can run the course.

It needs nothing but the standard library, so that it runs when all else is missing.
"""

import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

try:
    from helpers._language import Sentences
except ImportError:  # helpers is missing, which the check will say
    Sentences = dict  # type: ignore[misc, assignment]

ROOT = Path(__file__).resolve().parent.parent
SENTENCES = Sentences() | {
    "good": "✓ {what}",
    "bad": "✗ {what}: {why}. To mend it:  {command}",
    "ready": "Everything is here. Go on.",
    "not ready": "Mend what is marked ✗, restart the kernel (menu Kernel), and run this cell again.",
    "python": "Python {wanted} or newer",
    "old python": "this is {found}",
    "new python": "install a newer Python from https://www.python.org, remove the folder .venv and run: make lab",
    "missing": "not installed",
    "wrong version": "version {found} is installed, and the course wants {wanted}",
    "course": "the course's own package, helpers",
    "another": "{found} is found first",
    "rename": "rename that file",
    "name": "the name of {file}",
    "hides": "it hides the module {module} that the course needs",
}


# What starts notebooks elsewhere; a browser has its own.
NOT_IN_A_BROWSER = ("ipykernel", "jupyterlab", "nbclient", "nbformat", "nbval")


def requirements():
    """Return the packages that a reader needs, as pairs of a name and its version range, from requirements.txt."""
    pairs = []
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line and not line.startswith("-"):
            end = next((k for k, letter in enumerate(line) if letter in "<>=!~ "), len(line))
            pairs.append((line[:end], line[end:].strip()))
    return [pair for pair in pairs if sys.platform != "emscripten" or pair[0] not in NOT_IN_A_BROWSER]


def fault(name, wanted):
    """Return what is wrong with an installed package, or None.

    Examples
    --------
    >>> fault("numpy", ">=1") is None
    True
    >>> fault("no-such-package", ">=1")
    'not installed'
    """
    try:
        found = version(name)
    except PackageNotFoundError:
        return SENTENCES["missing"]
    # packaging comes with JupyterLab; where it is missing, JupyterLab is too, and has its own line.
    if find_spec("packaging") is None:
        return None
    from packaging.specifiers import SpecifierSet

    if found in SpecifierSet(wanted):
        return None
    return SENTENCES["wrong version"].format(found=found, wanted=wanted)


def another_helpers():
    """Return the file that is imported in place of the course's own package, or None.

    The course may be installed from another folder than this one, as where a class works on copies.
    """
    own, spec = ROOT / "helpers" / "__init__.py", find_spec("helpers")
    if spec and spec.origin and own.exists() and own.read_bytes() != Path(spec.origin).read_bytes():
        return Path(spec.origin)
    return None


def hiding():
    """Return the files of the folder that the kernel runs in whose names are those of modules that the course needs."""
    needed = {name.replace("-", "_") for name, _ in requirements()} | set(sys.stdlib_module_names)
    return [path for path in sorted(Path.cwd().glob("*.py")) if path.stem in needed]


def report():
    """Return the lines of the check: a ✓ for what is here, and for what is not the command that mends it."""
    install = f'"{sys.executable}" -m pip install -r "{ROOT / "requirements.txt"}"'
    wanted = (3, 11)
    old = SENTENCES["old python"].format(found=".".join(map(str, sys.version_info[:3])))
    checks = [
        (
            SENTENCES["python"].format(wanted=".".join(map(str, wanted))),
            old if sys.version_info < wanted else None,
            SENTENCES["new python"],
        )
    ]
    checks += [(name, fault(name, range_), install) for name, range_ in requirements()]
    checks.append((SENTENCES["course"], None if find_spec("helpers") else SENTENCES["missing"], install))
    if found := another_helpers():
        mend = SENTENCES["rename"] if found.is_relative_to(Path.cwd()) else install
        checks[-1] = (SENTENCES["course"], SENTENCES["another"].format(found=found), mend)
    for path in hiding():
        what, why = SENTENCES["name"].format(file=path), SENTENCES["hides"].format(module=path.stem)
        checks.append((what, why, SENTENCES["rename"]))
    lines = [
        SENTENCES["bad"].format(what=what, why=why, command=command) if why else SENTENCES["good"].format(what=what)
        for what, why, command in checks
    ]
    return [*lines, SENTENCES["not ready" if any(why for _, why, _ in checks) else "ready"]]


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):  # a terminal on Windows may not know ✓ otherwise
        sys.stdout.reconfigure(encoding="utf-8")
    print("\n".join(report()))
