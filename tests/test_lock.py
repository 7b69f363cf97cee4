"""What is installed: the lock fits the ranges, holds all that every system needs, and the places that say so agree."""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
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


def faults(lock, wanted, env):
    """Yield what is wrong with the pins for a system: what it needs, and what that needs in turn, has one that fits."""
    versions = {}
    for pin, _ in lock:
        if not pin.marker or pin.marker.evaluate(env):
            if pin.name in versions:
                yield f"{pin.name} is pinned twice"
            versions[canonicalize_name(pin.name)] = next(iter(pin.specifier)).version
    queue, seen = [(requirement, "") for requirement in wanted], set()
    while queue:
        requirement, extra = queue.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate(env | {"extra": extra}):
            continue
        if name not in versions:
            yield f"{requirement} is not pinned"
        elif not requirement.specifier.contains(versions[name], prereleases=True):
            yield f"{name} is pinned to {versions[name]}; wanted {requirement}"
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                queue += [(Requirement(text), extra) for text in needs(name)]


def needs(name):
    """Return what a package needs, as far as it is installed: a few are for another system."""
    try:
        return requires(name) or []
    except PackageNotFoundError:
        return []


def read(name):
    return locked((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("python", [OLDEST, NEWEST])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", PAIRS)
def test_the_lock_has_all_that_a_system_needs_in_a_version_that_fits(name, system, python):
    assert list(faults(read(name), ranges(PAIRS[name]), environment(system, python))) == []


def test_faults_are_found():
    lock, wanted = read("requirements.lock"), ranges("requirements.txt")
    env = environment("Windows", OLDEST)

    def without(name):
        return [(pin, hashes) for pin, hashes in lock if pin.name != name]

    assert list(faults(without("numpy"), wanted, env))
    assert any("pywinpty" in fault for fault in faults(without("pywinpty"), wanted, env))
    assert not list(faults(without("pywinpty"), wanted, environment("Linux", OLDEST)))
    assert any("appnope" in fault for fault in faults(without("appnope"), wanted, environment("macOS", OLDEST)))
    assert list(faults([*without("numpy"), (Requirement("numpy==1.0"), [])], wanted, env))
    assert list(faults([*lock, (Requirement("numpy==2.0"), [])], wanted, env))


@pytest.mark.parametrize("name", PAIRS)
def test_every_pin_has_its_hashes_and_nothing_is_compiled(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "\n--only-binary :all:\n" in text
    pins = locked(text)
    assert len(pins) > 100
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
