"""Python and JupyterLab in a browser: the files that the site needs for them.

``python -m tools.browser folder`` writes them, with NumPy and Matplotlib to come from Pyodide's own server;
``python -m tools.browser folder pyodide`` takes these, too, from a folder with a whole Pyodide, and then the site asks
no other host for anything. ``python -m tools.browser packages`` prints what the environment of the site needs for it.
"""

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from urllib.request import urlopen

import nbformat

ROOT = Path(__file__).parents[1]
VERSIONS = tomllib.loads((ROOT / "web" / "browser.toml").read_text(encoding="utf-8"))
STACK = VERSIONS["stacks"][VERSIONS["stack"]]
KEPT = ROOT / ".venv" / "browser-kept"  # what was fetched once
EXTENSION = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
KERNEL = ROOT / ".venv" / "site" / EXTENSION  # where JupyterLite's kernel has its wheels
SERVER = f"https://cdn.jsdelivr.net/pyodide/v{STACK['pyodide']}/full/"
CORE = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
COURSE = "forward-and-backward"

# What comes from where, by the names of the lock file.
FROM_PYPI = ("anywidget", "comm", "graphviz", "ipywidgets", "latex2mathml", "psygnal", "tqdm", "typing-extensions")
FROM_THE_KERNEL = ("ipykernel", "piplite", "pyodide-kernel")
NEEDED = ("numpy", "matplotlib", "latex2mathml", "graphviz", "tqdm")  # by the course alone
IN_A_NOTEBOOK = (
    *("ssl", "sqlite3", "jedi", "ipython", "micropip", "comm", "psygnal", "typing-extensions", "ipywidgets"),
    *("anywidget", *FROM_THE_KERNEL, COURSE),
)
SENTENCES = {
    "another version": "{folder}: expected Pyodide {expected}, got {got}",
    "damaged": "{name}: expected another checksum; it is damaged, or not what it was",
}


def core():
    """Return Pyodide's own files by name, as its npm package has them; it is fetched once.

    Raises
    ------
    ValueError
        If it is not what `web/browser.toml` says.
    """
    file = KEPT / f"pyodide-{STACK['pyodide']}.tgz"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        with urlopen(f"https://registry.npmjs.org/pyodide/-/{file.name}", timeout=60) as answer:
            content = answer.read()
        if f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}" != STACK["integrity"]:
            raise ValueError(SENTENCES["damaged"].format(name=file.name))
        file.write_bytes(content)
    with tarfile.open(file) as archive:
        return {name: archive.extractfile(f"package/{name}").read() for name in (*CORE, "pyodide-lock.json")}


def wheels():
    """Return the wheels from PyPI by name, in the versions and with the checksums of `requirements-site.lock`."""
    lock = (ROOT / "requirements-site.lock").read_text(encoding="utf-8")
    blocks = {block[1]: block[0] for block in re.finditer(r"(?m)^([\w-]+)==.*(?:\n    --hash=.*)+", lock)}
    wanted = "\n".join(blocks[name] for name in FROM_PYPI)
    folder = KEPT / f"wheels-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    if not folder.exists():
        file = KEPT / "wheels.txt"
        file.write_text(wanted)
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        command += ["--require-hashes", "--only-binary", ":all:", "--platform", "any", "--abi", "none"]
        subprocess.run([*command, "-r", str(file), "-d", f"{folder}.part"], check=True)
        Path(f"{folder}.part").rename(folder)
    return {re.match(r"[^-]+", path.name)[0].replace("_", "-"): path for path in folder.glob("*.whl")}


def course():
    """Return the package of the course, zipped: the same bytes for the same files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sources(ROOT / "helpers"):
            name = zipfile.ZipInfo(path.relative_to(ROOT).as_posix())
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def sources(folder):
    """Return the files of a folder that are the course's own, and none that a tool has left there."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if not re.search(r"/(\.|__pycache__)", path.relative_to(ROOT).as_posix()))


def write_python(folder, pyodide):
    """Write Pyodide, the packages that the course needs, and the lock file that lists them.

    Parameters
    ----------
    folder : Path
    pyodide : Path or None
        A folder with a whole Pyodide of the pinned version. None: packages come from its own server.

    Raises
    ------
    ValueError
        If the folder has another version, or a file is not what the lock file says.
    """
    files = core()
    lock = json.loads(files.pop("pyodide-lock.json"))
    if pyodide:
        got = json.loads((pyodide / "pyodide-lock.json").read_text())["info"]["version"]
        if got != STACK["pyodide"]:
            raise ValueError(SENTENCES["another version"].format(folder=pyodide, expected=STACK["pyodide"], got=got))
    theirs, chosen = lock["packages"], {}
    ours = {name: (path.name, path.read_bytes()) for name, path in wheels().items()}
    for name in FROM_THE_KERNEL:
        (path,) = KERNEL.glob(f"{name.replace('-', '_')}-*.whl")
        ours[name] = path.name, path.read_bytes()
    ours[COURSE] = "helpers.zip", course()
    for name, (file, content) in ours.items():
        files[file] = content
        chosen[name] = entry(name, file, content, NEEDED if name == COURSE else ())

    def choose(name):
        name = name.lower().replace("_", "-")
        if name in chosen:
            return
        package = chosen[name] = dict(theirs[name])
        file = package["file_name"]
        if pyodide:
            files[file] = (pyodide / file).read_bytes()
            if hashlib.sha256(files[file]).hexdigest() != package["sha256"]:
                raise ValueError(SENTENCES["damaged"].format(name=file))
        else:
            package["file_name"] = SERVER + file
        for other in package["depends"]:
            choose(other)

    for name in (*NEEDED, *IN_A_NOTEBOOK):
        choose(name)
    files["pyodide-lock.json"] = json.dumps(lock | {"packages": chosen}, indent=1).encode()
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def entry(name, file, content, depends):
    """Return what the lock file says of a package of ours."""
    return {
        "name": name,
        "version": file.split("-")[1] if file.endswith(".whl") else "0",
        "file_name": file,
        "install_dir": "site",
        "sha256": hashlib.sha256(content).hexdigest(),
        "package_type": "package",
        "imports": [],
        "depends": list(depends),
        "unvendored_tests": False,
    }


def contents():
    """Return the files that a reader gets: the notebooks, and what they link to and read."""
    files = [path for name in ("notebooks", "helpers", "docs") for path in sources(ROOT / name)]
    return [*files, ROOT / "tools" / "environment.py", ROOT / "requirements.txt"]


def edition():
    """Return the name of the folder that a reader gets: it follows from what is in it.

    A browser keeps what a reader has saved, and shows it in the place of the site's file of the same path. Under a name
    that stays, a newer notebook would never be seen.
    """
    digest = hashlib.sha256()
    for path in contents():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return f"course-{digest.hexdigest()[:8]}"


def write_lite(folder):
    """Write what JupyterLite is built from: its settings, and what a reader gets."""
    home = folder / "contents" / edition()
    for path in contents():
        copy = home / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":  # with each text in one piece: here no server joins its lines
            copy.write_text(json.dumps(nbformat.read(path, as_version=4), ensure_ascii=False), encoding="utf-8")
        else:
            shutil.copy(path, copy)
    kernel = {
        "pyodideUrl": "../../python/pyodide.js",  # as seen from the page
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            "lockFileURL": "../python/pyodide-lock.json",  # as seen from the folder of JupyterLite
            "packages": list(IN_A_NOTEBOOK),
        },
    }
    page = {
        "appName": "Forward and backward",
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    settings = {"jupyter-lite-schema-version": 0, "jupyter-config-data": page}
    (folder / "jupyter-lite.json").write_text(json.dumps(settings))
    overrides = json.loads((ROOT / "jupyter" / "overrides.json").read_text())
    overrides["@jupyterlab/apputils-extension:themes"] = {"adaptive-theme": True}
    (folder / "overrides.json").write_text(json.dumps(overrides))
    build = {
        "contents": ["contents"],
        "apps": ["lab"],
        "no_sourcemaps": True,
        "settings_overrides": ["overrides.json"],
        "output_dir": "lite",
    }
    (folder / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": build}))


def write(folder, pyodide=None):
    """Write the folder anew: what JupyterLite is built from, and from the folder `python` what runs in the browser."""
    folder = Path(folder)
    if folder.exists():
        shutil.rmtree(folder)  # the build's own record of what it has done, too: a stale one drops settings
    write_python(folder / "python", pyodide and Path(pyodide))
    write_lite(folder)


if __name__ == "__main__":
    if sys.argv[1:] == ["packages"]:
        print("\n".join(STACK["packages"]))
    else:
        write(*sys.argv[1:])
