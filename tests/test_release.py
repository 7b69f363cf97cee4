"""What the course promises to those who rely on it and cite it."""

import re
import tomllib
import warnings

import pytest
import yaml
from jsonschema import Draft7Validator
from record_promises import PROMISES, ROOT, promises

from tools.worksheet import numbers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the oldest one calls Click in a way that newer ones do not like
    from check_jsonschema.builtin_schemas import get_builtin_schema

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")  # of Keep a Changelog
CITATION = ROOT / "CITATION.cff"
TEMPLATES = ROOT / ".github" / "ISSUE_TEMPLATE"
FORMS = sorted(path for path in TEMPLATES.glob("*.yml") if path.stem != "config")


def wrong(path, schema):
    """Return what a file breaks of a schema, which check-jsonschema carries."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [error.message for error in Draft7Validator(get_builtin_schema(f"vendor.{schema}")).iter_errors(document)]


# Promises


def test_what_is_promised_is_still_there():
    gone = {*PROMISES.read_text(encoding="utf-8").splitlines()} - promises()
    assert sorted(gone) == [], (
        "docs/stable.md promises these. If they have to go: say so in CHANGELOG.md under Removed, "
        f"raise the minor number, and take them out of {PROMISES.relative_to(ROOT)}"
    )


def test_a_seed_gives_the_numbers_that_it_gave():
    n = numbers(17)
    given = [n.weight_decay, *(n.given[name].tolist() for name in ("x", "y", "W1", "W2"))]
    kept = [0.1, [[1], [-3], [-2]], [[-4], [-3], [-6], [2]], [[-1, 1, -1], [1, -1, 1]]]
    assert given == [*kept, [[-1, -1], [1, -1], [-2, -2], [1, 2]]], "docs/stable.md promises them within a minor number"


# The version


def test_the_version_is_the_same_everywhere():
    number, date = re.search(r"(?m)^## (\d\S*) - (\S+)$", CHANGELOG).groups()  # the newest
    cited = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    assert (number, date) == (VERSION, cited["date-released"])
    assert cited["version"] == VERSION


def test_the_changelog_is_in_order():
    versions = [[int(n) for n in number.split(".")] for number in re.findall(r"(?m)^## (\d\S*) - ", CHANGELOG)]
    assert versions == sorted(versions, reverse=True)
    assert re.findall("(?m)^## .*", CHANGELOG)[0] == "## Unreleased"
    assert {*re.findall("(?m)^### (.*)", CHANGELOG)} <= {*KINDS}


# What GitHub reads


def test_the_citation_is_of_the_schema():
    assert wrong(CITATION, "citation-file-format") == []


def test_the_forms_are_of_the_schema():
    assert len(FORMS) == 4
    assert {path.name: wrong(path, "github-issue-forms") for path in FORMS if wrong(path, "github-issue-forms")} == {}
    assert wrong(TEMPLATES / "config.yml", "github-issue-config") == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_names_each_field_once_and_asks_for_the_version(path):
    """Its schema does not say that GitHub refuses a form with two fields of one id or label."""
    body = yaml.safe_load(path.read_text(encoding="utf-8"))["body"]
    fields = [part for part in body if part["type"] != "markdown"]
    for names in ([part["id"] for part in fields], [part["attributes"]["label"] for part in fields]):
        assert len(names) == len(set(names))
    assert "version" in {part["id"] for part in fields}


def test_a_form_of_another_schema_is_found(tmp_path):
    text = FORMS[0].read_text(encoding="utf-8")
    for old, new in (("name:", "title of it:"), ("type: textarea", "type: textfield"), ("body:", "bodies:")):
        assert old in text
        path = tmp_path / "a.yml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        assert wrong(path, "github-issue-forms")
