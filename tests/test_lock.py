"""What is installed: the lock fits the ranges, holds all that every system needs, and the places that say so agree."""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OLDEST, TOO_NEW = re.fullmatch(r">=(3\.\d+),<(3\.\d+)", PROJECT["project"]["requires-python"]).groups()
NEWEST = f"3.{int(TOO_NEW[2:]) - 1}"
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
PAIRS = {"requirements.lock": "requirements.txt", "requirements-dev.lock": "requirements-dev.txt"}


def ranges(name):
    """Return the requirements of a file that a person writes, and of those that it takes in."""
    found = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            found += ranges(line[3:])
        elif line and not line.startswith("-"):
            found.append(Requirement(line))
    return found + [Requirement(text) for text in PROJECT["dependency-groups"]["build"] if name in PAIRS.values()]


def locked(text):
    """Return the pins of a lock, as pairs of a requirement and its hashes."""
    lines = "\n".join(
        line for line in text.splitlines() if line and not line.lstrip().startswith(("#", "--only-binary"))
    )
    pins = []
    for pin in lines.replace("\\\n", " ").splitlines():
        what, *hashes = pin.split(" --hash=")
        pins.append((Requirement(what), [text.strip() for text in hashes]))
    return pins


def environment(system, python):
    return SYSTEMS[system] | {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "platform_machine": "x86_64",
    }


def needs(name, pinned):
    """Return what a package needs, as far as it is installed in the pinned version: a few are for another system."""
    try:
        return requires(name) or [] if version(name) == pinned else []
    except PackageNotFoundError:
        return []


def faults(lock, wanted, env, needs=needs):
    """Yield what is wrong with the pins for a system: what it needs, and what that needs in turn, has one that fits."""
    versions = {}
    for pin, _ in lock:
        name = canonicalize_name(pin.name)
        if not pin.marker or pin.marker.evaluate(env):
            if name in versions:
                yield f"{name} is pinned twice"
            versions[name] = next(iter(pin.specifier)).version
    queue, seen = [(requirement, "") for requirement in wanted], set()
    while queue:
        requirement, extra = queue.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate(env | {"extra": extra}):
            continue
        if name not in versions:
            yield f"{name} is not pinned"
            continue
        if not requirement.specifier.contains(versions[name], prereleases=True):
            yield f"{name} is pinned to {versions[name]}; wanted {requirement}"
        for asked in {"", *requirement.extras} - {extra for of, extra in seen if of == name}:
            seen.add((name, asked))
            queue += [(Requirement(text), asked) for text in needs(name, versions[name])]


def read(name):
    return locked((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("python", [OLDEST, NEWEST])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", PAIRS)
def test_the_lock_has_all_that_a_system_needs_in_a_version_that_fits(name, system, python):
    assert list(faults(read(name), ranges(PAIRS[name]), environment(system, python))) == []


@pytest.mark.parametrize(
    ("pins", "system", "found"),
    [
        (["a==1.5", "b==3", "c==1; os_name == 'nt'", "d==1"], "Windows", []),
        (["a==1.5", "b==3", "d==1"], "Linux", []),
        (["a==1.5", "b==3", "d==1"], "Windows", ["c is not pinned"]),
        (["a==2", "b==3", "d==1"], "Linux", ["a is pinned to 2; wanted a<2"]),
        (["a==1.5", "b==2", "d==1"], "macOS", ["b is pinned to 2; wanted b[more]>2"]),
        (["a==1.5", "b==3"], "Linux", ["d is not pinned"]),
        (["b==3", "d==1"], "Linux", ["a is not pinned"]),
        (["a==1.5", "a==1.6; sys_platform == 'linux'", "b==3", "d==1"], "Linux", ["a is pinned twice"]),
        (["a==1.5", "a==1.6; sys_platform == 'linux'", "b==3", "d==1"], "macOS", []),
    ],
)
def test_what_is_wrong_is_found(pins, system, found):
    tree = {"a": ["b[more]>2", "e; extra == 'unasked'"], "b": ["c; sys_platform == 'win32'", "d; extra == 'more'"]}
    lock = [(Requirement(pin), []) for pin in pins]
    said = faults(lock, [Requirement("a<2")], environment(system, OLDEST), lambda name, _: tree.get(name, []))
    assert sorted(set(said)) == found


def test_the_lock_has_what_one_system_alone_needs():
    pins = {pin.name: str(pin.marker) for pin, _ in read("requirements.lock") if pin.marker}
    assert "win32" in pins["colorama"]
    assert "nt" in pins["pywinpty"]
    assert "darwin" in pins["appnope"]
    assert "pexpect" in pins  # all but Windows


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.lock")))
def test_every_pin_has_its_hashes_and_nothing_is_compiled(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "\n--only-binary :all:\n" in text
    pins = locked(text)
    assert len(pins) > 50
    for pin, hashes in pins:
        assert [(s.operator, pin.url) for s in pin.specifier] == [("==", None)]
        assert hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", text) for text in hashes)


def test_the_lock_of_the_course_is_a_part_of_the_whole_one():
    whole = {str(pin): hashes for pin, hashes in read("requirements-dev.lock")}
    part = {str(pin): hashes for pin, hashes in read("requirements.lock")}
    assert part.items() <= whole.items()
    assert not {"playwright", "mypy", "uv"} & {pin.name for pin, _ in read("requirements.lock")}


def test_the_package_itself_can_be_built_from_what_is_locked():
    assert PROJECT["build-system"]["requires"][0] in PROJECT["dependency-groups"]["build"]
    assert {"hatchling", "editables"} <= {pin.name for pin, _ in read("requirements.lock")}


def test_every_place_names_the_same_pythons():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"needs Python {OLDEST} to {NEWEST}" in makefile
    assert (
        f"not {tuple(map(int, OLDEST.split('.')))} <= sys.version_info < {tuple(map(int, TOO_NEW.split('.')))}"
        in makefile
    )
    assert f"for python in {OLDEST} {NEWEST};" in makefile
    assert f"--python-version {OLDEST} " in makefile
    assert f"Python {OLDEST} to {NEWEST}" in readme
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    [python] = [text.split("=")[1] for text in conda if str(text).startswith("python")]
    assert python in SpecifierSet(PROJECT["project"]["requires-python"])
    assert sys.version_info[:2] >= tuple(map(int, OLDEST.split(".")))
