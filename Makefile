# make lab    opens the course          make stepper     writes stepper.html, the backward explorer for any website
# make test   runs all the tests        make notebooks   runs the notebooks anew and saves their outputs
# make lint   checks the style             make worksheet SEED=17       writes a sheet to fill in on paper, and its key
#                                          make grade FOLDER=handed-in  judges notebooks, and writes results.csv
#                                          make test-all   runs the long tests too, for half an hour
#                                          make audit      asks pypi.org for known faults of the packages
#
# The first two install into .venv what they need. With another Python: make lab PYTHON=python3.13

PYTHON ?= python3
RESULTS ?= results.csv

# Jupyter refuses to run as root, as one is in a container, unless told otherwise.
ALLOW_ROOT := $(shell [ "$$(id -u)" != 0 ] || echo --allow-root)

OLD := "The course needs Python 3.11 or newer, and $(PYTHON) is not: get one from https://www.python.org/downloads," \
	"or name one that is installed, as in: make lab PYTHON=python3.13"
NO_VENV := "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu this mends it: sudo apt install python3-venv"

.PHONY: lab test test-all audit stepper worksheet grade notebooks lint

lab: .venv/installed
	.venv/bin/jupyter lab $(ALLOW_ROOT) notebooks/00_start_here.ipynb

test: .venv/installed-dev
	.venv/bin/python -m pytest

# The empty -m takes back the choice that pyproject.toml makes.
test-all: .venv/installed-dev
	.venv/bin/python -m pytest -m ""

# The tool gets an environment of its own, so that what is audited is what the course installs. It asks pypi.org.
audit: .venv/installed-dev
	.venv/bin/python -m venv .venv/audit
	.venv/audit/bin/python -m pip install --disable-pip-version-check 'pip-audit>=2.9,<3'
	.venv/bin/python -m pip freeze --exclude-editable > .venv/audit/installed.txt
	.venv/audit/bin/pip-audit --strict --disable-pip --no-deps -r .venv/audit/installed.txt

stepper: .venv/installed
	@.venv/bin/python -m helpers.widgets.stepper stepper.html

worksheet: .venv/installed
	@.venv/bin/python -m helpers.worksheet "$(SEED)"

grade: .venv/installed
	@.venv/bin/python -m helpers.grade "$(FOLDER)" "$(RESULTS)"

notebooks: .venv/installed-dev
	.venv/bin/python tests/record_notebooks.py notebooks/*.ipynb
	.venv/bin/ruff format --check notebooks

lint: .venv/installed-dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check

# Both stamps are written after pip has succeeded, so that a failed installation is tried again.
.venv/installed: requirements.txt pyproject.toml $(wildcard jupyter/*) | .venv/bin/pip
	.venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements.txt pyproject.toml $(wildcard jupyter/*) | .venv/bin/pip
	.venv/bin/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/installed $@

# pip comes last into a new .venv, so that one left half made is made again.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo $(OLD); exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo $(NO_VENV); exit 1; }
	$(PYTHON) -m venv --clear .venv
