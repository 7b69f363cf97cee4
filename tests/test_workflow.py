"""The workflow of the public service, which cannot be run here: its schema, its rules, and what it calls.

Each rule is shown to fail on a workflow that breaks it.
"""

import re
import subprocess
import sys
from copy import deepcopy
from itertools import product
from pathlib import Path

import pytest
import yaml
from test_lock import NEWEST, OLDEST

ROOT = Path(__file__).parents[1]
PATHS = sorted((ROOT / ".github" / "workflows").iterdir())
TARGETS = set(re.findall(r"(?m)^([a-z -]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8")))
TARGETS = {name for names in TARGETS for name in names.split()}


def read(path):
    """Return a workflow; of YAML's two meanings of `on` the service takes the word."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    workflow["on"] = workflow.pop(True)
    return workflow


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def matrix(job):
    """Return what a job is multiplied by: all combinations, and those that are added one by one."""
    lists = dict(job.get("strategy", {}).get("matrix", {}))
    return lists, lists.pop("include", [])


# Each rule takes a workflow and yields what is wrong.


def pinned(workflow):
    for step in steps(workflow):
        if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", step.get("uses", f"a/a@{'0' * 40}")):
            yield f"{step['uses']} is not pinned to a commit"


def least_permissions(workflow):
    if workflow.get("permissions") != {"contents": "read"}:
        yield "the workflow has more permissions than to read the contents"
    for name, job in workflow["jobs"].items():
        publishes = any("/deploy-pages@" in step.get("uses", "") for step in job["steps"])
        if job.get("permissions", {}) != ({"pages": "write", "id-token": "write"} if publishes else {}):
            yield f"{name} has permissions of its own"
    for step in steps(workflow):
        if "/checkout@" in step.get("uses", "") and step.get("with", {}).get("persist-credentials") is not False:
            yield "a checkout leaves its token behind"
        if "secrets." in str(step):
            yield "a step reads a secret"


def bounded(workflow):
    if not workflow.get("concurrency", {}).get("cancel-in-progress"):
        yield "an older run goes on beside a newer one"
    for name, job in workflow["jobs"].items():
        if "timeout-minutes" not in job:
            yield f"{name} has no timeout"


def safe_commands(workflow):
    """A title or a branch's name that became part of a command could be a command."""
    for step in steps(workflow):
        for expression in re.findall(r"\$\{\{\s*(.*?)\s*\}\}", step.get("run", "")):
            if not expression.startswith("matrix."):
                yield f"{expression} stands in a command"


def weekly(workflow):
    for every in workflow["on"].get("schedule", [{}]):
        if not re.fullmatch(r"\d+ \d+ \* \* [0-6]", every.get("cron", "")):
            yield "it does not run every week"
    if "github.event_name" not in workflow.get("concurrency", {}).get("group", "github.event_name"):
        yield "a push ends the weekly run"
    every_week = [job for job in workflow["jobs"].values() if "'schedule'" in job.get("if", "")]
    for target in ("test-all", "audit"):
        if not any(f"make {target} " in step.get("run", "") for job in every_week for step in job["steps"]):
            yield f"make {target} is not run every week"


def known_targets(workflow):
    for job in workflow["jobs"].values():
        lists, added = matrix(job)
        targets = [*lists.get("target", []), *(one["target"] for one in added)]
        for step in job["steps"]:
            for target in re.findall(r"(?m)^make (\$\{\{.*?\}\}|\S+)", step.get("run", "")):
                for name in targets if "matrix.target" in target else [target]:
                    if name not in TARGETS:
                        yield f"the Makefile has no target {name}"


def all_systems_and_pythons(workflow):
    jobs = workflow["jobs"].values()
    seen = set()
    for job in jobs:
        lists, _ = matrix(job)
        seen |= set(product(lists.get("system", [job["runs-on"]]), lists.get("python", [])))
    for wanted in product(("ubuntu-latest", "macos-latest", "windows-latest"), (OLDEST, NEWEST)):
        if wanted not in seen:
            yield f"it does not run on {wanted[0]} with Python {wanted[1]}"
    conda = [job for job in jobs if "conda env create -f environment.yml" in str(job)]
    if not any(len(matrix(job)[0]["system"]) == 3 for job in conda):
        yield "the conda environment is not made on all three systems"


RULES = [
    pinned,
    least_permissions,
    bounded,
    safe_commands,
    weekly,
    known_targets,
    all_systems_and_pythons,
]


OF_TESTS = {weekly, all_systems_and_pythons}  # what publishes the site need not do


@pytest.mark.parametrize(
    ("path", "rule"),
    [(path, rule) for path in PATHS for rule in RULES if path.stem == "tests" or rule not in OF_TESTS],
    ids=lambda value: getattr(value, "name", None) or value.__name__,
)
def test_workflow_keeps_the_rule(path, rule):
    assert list(rule(read(path))) == []


def change(*keys, to):
    """Return a function that sets what the keys lead to, or drops it if `to` is None."""

    def changed(workflow):
        workflow = deepcopy(workflow)
        place = workflow
        for key in keys[:-1]:
            place = place[key]
        if to is None:
            del place[keys[-1]]
        else:
            place[keys[-1]] = to
        return workflow

    return changed


def job(name, *keys, to):
    return change("jobs", name, *keys, to=to)


BREAK = [
    (pinned, job("make", "steps", 0, "uses", to="actions/checkout@v7")),
    (pinned, job("conda", "steps", 1, "uses", to="conda-incubator/setup-miniconda@8ee1f36")),
    (least_permissions, change("permissions", to=None)),
    (least_permissions, change("permissions", to={"contents": "write"})),
    (least_permissions, job("make", "permissions", to="write-all")),
    (least_permissions, job("windows", "steps", 0, "with", "persist-credentials", to=True)),
    (least_permissions, job("windows", "steps", 0, "with", to=None)),
    (least_permissions, job("make", "steps", 2, "env", to={"TOKEN": "${{ secrets.TOKEN }}"})),
    (bounded, change("concurrency", to=None)),
    (bounded, job("everything", "timeout-minutes", to=None)),
    (safe_commands, job("make", "steps", 2, "run", to="echo ${{ github.event.pull_request.title }}")),
    (weekly, change("on", "schedule", to=None)),
    (weekly, change("on", "schedule", 0, "cron", to="0 4 1 * *")),
    (weekly, change("concurrency", "group", to="tests-${{ github.ref }}")),
    (weekly, job("everything", "if", to="github.event_name == 'workflow_dispatch'")),
    (weekly, job("everything", "steps", 2, "run", to="make test PYTHON=python")),
    (weekly, job("everything", "steps", 3, to=None)),
    (known_targets, job("everything", "steps", 2, "run", to="make tests-all")),
    (known_targets, job("make", "strategy", "matrix", "target", to=["tests"])),
    (all_systems_and_pythons, job("windows", "runs-on", to="ubuntu-latest")),
    (all_systems_and_pythons, job("make", "strategy", "matrix", "python", to=["3.12"])),
    (all_systems_and_pythons, job("conda", "strategy", "matrix", "system", to=["ubuntu-latest"])),
]


@pytest.mark.parametrize(("rule", "changed"), BREAK)
def test_a_workflow_that_breaks_a_rule_is_found(rule, changed):
    assert list(rule(changed(read(ROOT / ".github" / "workflows" / "tests.yml"))))


def check(*paths):
    """Hold workflows against the schema that the service publishes, in the copy that check-jsonschema carries."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *paths]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)


@pytest.mark.weekly
def test_the_workflow_is_of_the_schema():
    done = check(*PATHS)
    assert done.returncode == 0, done.stdout
    assert PATHS


@pytest.mark.weekly
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("runs-on:", "run-on:"),
        ("steps:", "step:"),
        ("timeout-minutes: 30", "timeout-minutes: soon"),
        ("push:", "puhs:"),
    ],
)
def test_a_workflow_of_another_schema_is_found(old, new, tmp_path):
    text = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "a.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert check(path).returncode == 1


def test_every_pin_says_which_version_it_is():
    for path in PATHS:
        for line in re.findall(r"(?m)^.*\buses:.*$", path.read_text(encoding="utf-8")):
            assert re.search(r"@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line), line


def test_it_runs_what_the_readme_says_for_windows_and_for_conda():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    windows, conda = (re.search(rf"(?m)^{start} .*$", readme)[0] for start in ("py -m", "conda env"))
    said = windows.replace("py -m", "python -m").replace("requirements-dev.lock", "${{ matrix.packages }}").split("; ")
    said += conda.split(" && ")
    runs = "\n".join(
        step.get("run", "") for path in PATHS for step in steps(read(path)) if "make " not in step.get("run", "")
    ).splitlines()
    assert len(said) == 6
    assert set(said) <= set(runs)


def test_a_commit_is_checked_by_a_target_that_is_there():
    """`make lint` uses what .venv has: no hook is fetched from elsewhere."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    assert {hook["entry"] for hook in hooks} <= {f"make {target}" for target in TARGETS}
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout) == (0, "")
