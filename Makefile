# make lab                  opens the course
# make test                 proves the code and runs each notebook once
# make test-browser         starts JupyterLab, and opens notebooks and explorers in an installed Chromium, Chrome or Edge
# make test-site            makes the site, and opens every page of it
# make test-nbgrader        hands an assignment in and has it graded, by nbgrader in an environment of its own
# make test-all             runs all tests, the long ones too
#
# make copy                 copies the notebooks into my/, for you to write in
# make fresh NOTEBOOK=03    makes 03 as it was, and keeps in my/ what you wrote in it
# make site                 writes the course as pages for any web server into the folder site; with PYODIDE=folder, all
#                           that runs in the browser is taken from a folder with a whole Pyodide, and no other host is asked
# make stepper              writes stepper.html, the backward explorer for any website
#
# make worksheet SEED=17         writes a sheet to fill in on paper, and its key; with PRINT=large, in large print
# make pictures                 writes every picture of the course for slides into the folder pictures, light and dark
# make assignment SEED=17        writes an assignment for nbgrader into the folder class; with NAME=second, under that name
#
# make lab EDITION=zh       opens the Chinese course; EDITION=zh goes with copy, fresh, stepper, worksheet, pictures and assignment too
# make zh                   writes the Chinese notebooks and pages from translations/zh, and runs them; with NOTEBOOK=03, one
#
# make notebooks            runs the notebooks anew and saves their outputs; with NOTEBOOK=03, one of them
# make lint                 checks the style, and the types of helpers
# make lock                 chooses the newest versions that the ranges allow, for every system and Python
# make test-oldest          runs the tests with the oldest versions that the ranges allow; make test-newest, the newest
# make audit                asks pypi.org for known faults of the packages
#
# They install into .venv what they need, as locked. With another Python: make lab PYTHON=python3.13

PYTHON ?= python3
NAME ?= homework
EDITION ?= en
IN_EDITION := $(if $(filter zh,$(EDITION)),zh/)

# Jupyter refuses to run as root, as one is in a container, unless told otherwise.
ALLOW_ROOT := $(shell [ "$$(id -u)" != 0 ] || echo --allow-root)

OTHER := "The course needs Python 3.11 to 3.14, and $(PYTHON) is not: get one from https://www.python.org/downloads," \
	"or name one that is installed, as in: make lab PYTHON=python3.13"
NO_VENV := "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu this mends it: sudo apt install python3-venv"

# Several processes at once; a file, such as a notebook, stays in one.
PYTEST := -m pytest -n logical --maxprocesses 4 --dist loadfile

PIP := .venv/bin/python -m pip --disable-pip-version-check
UV := .venv/bin/uv
# Wheels alone: nothing is compiled, and no code of a package runs while it is installed.
COMPILE_ANY := $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--only-binary :all: --emit-build-options --custom-compile-command "make lock"
COMPILE := $(COMPILE_ANY) --group build --no-emit-package forward-and-backward
SYSTEMS := x86_64-manylinux_2_28 aarch64-manylinux_2_28 x86_64-apple-darwin aarch64-apple-darwin \
	x86_64-pc-windows-msvc

.PHONY: lab test test-browser test-site test-nbgrader test-all site copy fresh stepper worksheet pictures assignment notebooks zh lint lock test-oldest test-newest audit

# The course's own folder and Python, whatever the reader's Jupyter is set to.
lab: .venv/installed
	JUPYTER_PATH= JUPYTER_PREFER_ENV_PATH=1 .venv/bin/jupyter lab $(ALLOW_ROOT) \
		--ServerApp.root_dir="$$PWD" --ServerApp.preferred_dir="$$PWD" \
		--FileContentsManager.root_dir="$$PWD" --FileContentsManager.preferred_dir="$$PWD" \
		--KernelSpecManager.allowed_kernelspecs=python3 \
		$(firstword $(wildcard my/$(IN_EDITION)00_start_here.ipynb) notebooks/$(IN_EDITION)00_start_here.ipynb)

# Processes enough for one thread each, and what Python compiles is kept for the next run.
test test-browser test-site test-nbgrader test-all test-oldest test-newest: export OPENBLAS_NUM_THREADS := 1
test test-browser test-site test-nbgrader test-all test-oldest test-newest: export PYTHONDONTWRITEBYTECODE :=

test: .venv/installed-dev
	.venv/bin/python $(PYTEST)

# -m takes back the choice that pyproject.toml makes.
test-browser: .venv/installed-dev
	.venv/bin/python $(PYTEST) -m "browser and not weekly and not site" tests

test-site: site .venv/installed-dev
	.venv/bin/python $(PYTEST) -m site tests

test-nbgrader: .venv/installed-nbgrader .venv/installed-dev
	.venv/bin/python $(PYTEST) -m nbgrader tests

test-all: site .venv/installed-nbgrader .venv/installed-dev
	TEST_ALL=1 .venv/bin/python $(PYTEST) -m ""

# The tool gets an environment of its own, so that what is audited is what the course installs. It asks pypi.org.
audit: .venv/installed-dev
	.venv/bin/python -m venv .venv/audit
	.venv/audit/bin/python -m pip install --disable-pip-version-check 'pip-audit>=2.9,<3'
	.venv/bin/python -m pip freeze --exclude-editable > .venv/audit/installed.txt
	.venv/audit/bin/pip-audit --strict --disable-pip --no-deps -r .venv/audit/installed.txt

# With a folder in PYODIDE, what runs in the browser comes from there; else its packages come from Pyodide's own server.
SHIPPED := $(filter-out cdn,$(PYODIDE))

# A warning, such as of a link that leads nowhere, ends it.
site: .venv/installed .venv/installed-site
	for language in en zh; do \
		COURSE_LANGUAGE=$$language .venv/bin/python -m tools.site .venv/site-source/$$language $(SHIPPED) && \
		.venv/site/bin/sphinx-build -q -W --keep-going -E -b html -d .venv/site-made/trees/$$language \
			.venv/site-source/$$language .venv/site-made/$$language || exit 1; \
	done
	.venv/bin/python -m tools.browser .venv/browser $(SHIPPED)
	cd .venv/browser && ../site/bin/jupyter lite build > build.log 2>&1 || { cat build.log; exit 1; }
	rm -rf site && cp -r .venv/site-made/en site && cp -r .venv/site-made/zh site/zh
	cp -r .venv/browser/python .venv/browser/lite site

# The language in which they speak, and whose notebooks they copy.
copy fresh stepper worksheet pictures assignment: export COURSE_LANGUAGE := $(EDITION)

stepper: .venv/installed
	@.venv/bin/python -m tools.stepper stepper.html

worksheet: .venv/installed
	@.venv/bin/python -m tools.worksheet "$(SEED)" "$(PRINT)"

pictures: .venv/installed
	@.venv/bin/python -m tools.pictures

assignment: .venv/installed
	@.venv/bin/python -m tools.assignment "$(SEED)" "$(NAME)"

notebooks: .venv/installed-dev
	.venv/bin/python tests/record_notebooks.py notebooks/$(NOTEBOOK)*.ipynb
	.venv/bin/ruff format --check notebooks

zh: .venv/installed-dev
	.venv/bin/python -m tools.translate update
	.venv/bin/python -m tools.translate write $(if $(NOTEBOOK),helpers $(NOTEBOOK))
	.venv/bin/python tests/record_notebooks.py notebooks/zh/$(NOTEBOOK)*.ipynb

lint: .venv/installed-dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

copy: .venv/installed
	@.venv/bin/python -m tools.copies copy

fresh: .venv/installed
	@.venv/bin/python -m tools.copies fresh "$(NOTEBOOK)"

# The second file is a part of the first. At the end each system and Python is asked whether it has a wheel of everything.
lock: .venv/installed-dev
	$(COMPILE) requirements-dev.txt -o requirements-dev.lock
	$(COMPILE) requirements.txt -c requirements-dev.lock -o requirements.lock
	.venv/bin/python -m tools.browser packages > .venv/browser.txt
	$(COMPILE) requirements-site.txt .venv/browser.txt -o requirements-site.lock
	$(COMPILE_ANY) requirements-nbgrader.txt -o requirements-nbgrader.lock
	for system in $(SYSTEMS); do for python in 3.11 3.14; do \
		$(UV) pip compile --quiet --no-deps --python-platform $$system --python-version $$python \
			requirements-dev.lock -o .venv/wheels.txt || exit 1; \
	done; done

# What make test runs, each in an environment of its own.
test-oldest: RESOLUTION := lowest-direct
test-newest: RESOLUTION := highest
test-oldest test-newest: .venv/installed-dev
	$(UV) venv --quiet --clear --python .venv/bin/python .venv/$@
	$(UV) pip install --python .venv/$@ --only-binary :all: --resolution $(RESOLUTION) -r requirements-dev.txt
	.venv/$@/bin/python $(PYTEST)

# Both stamps are written after pip has succeeded, so that a failed installation is tried again.
.venv/installed: requirements.lock pyproject.toml $(wildcard jupyter/*) | .venv/bin/pip
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml $(wildcard jupyter/*) | .venv/bin/pip
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch .venv/installed $@

.venv/installed-site .venv/installed-nbgrader: .venv/installed-%: requirements-%.lock | .venv/bin/pip
	$(PYTHON) -m venv .venv/$*
	.venv/$*/bin/python -m pip install --disable-pip-version-check --require-hashes -r $<
	@touch $@

# pip comes last into a new .venv, so that one left half made is made again.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || { echo $(OTHER); exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo $(NO_VENV); exit 1; }
	$(PYTHON) -m venv --clear .venv
