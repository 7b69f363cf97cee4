"""nbgrader's settings for the folder of a class. `make assignment` copies them there; change the copy as you like."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, DeduplicateIds, OverwriteCells, OverwriteKernelspec

SECONDS = 30  # per cell
BYTES = 4 * 10**9  # of address space per kernel

c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.CourseDirectory.course_id = "forward-and-backward"
c.Execute.timeout = SECONDS


class Unmark(DeduplicateIds):
    """Make an ordinary cell of one that was copied or split, at which nbgrader would stop marking the whole class."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Take away what `DeduplicateIds` has emptied: github.com/jupyter/nbgrader/issues/1083."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


c.Autograde.sanitize_preprocessors = [ClearOutput, Unmark, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]

# Where bubblewrap works, a hand-in runs without network, sees programs and an empty folder, and can write there alone.
CONFINE = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
DRIVES = ("/home", "/media", "/mnt", "/srv")  # where other files than programs may be, such as Windows' from within WSL


def confine():
    """Start kernels in a sandbox, and talk to them through sockets in a folder of their own."""
    folder = os.environ.get("CLASS_KERNELS")  # these settings are read more than once
    if not folder:
        folder = os.environ["CLASS_KERNELS"] = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    sockets = Path(folder, "sockets")  # all that a kernel can write to: what starts the next one lies beside it
    sockets.mkdir(exist_ok=True)
    drives = [path for path in DRIVES if Path(path).is_dir()]
    hidden = [*drives, "/tmp", "/run", str(Path.home()), str(Path.cwd())]
    shown = [sys.base_prefix, sys.prefix]
    kept = [f"{name}={os.environ[name]}" for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ]
    command = [
        *("env", "-i", *kept, "HOME=/tmp", "IPYTHONDIR=/tmp"),
        "OPENBLAS_NUM_THREADS=1",  # each thread takes address space
        *CONFINE,
        *("--dev", "/dev", "--proc", "/proc"),
        *(word for path in hidden for word in ("--tmpfs", path)),
        *(word for path in shown for word in ("--ro-bind", path, path)),
        *("--bind", str(sockets), str(sockets), "--ro-bind", "{connection_file}", "{connection_file}"),
        *("--chdir", "/tmp", "prlimit", f"--as={BYTES}"),
        *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
    ]
    kernel = {"argv": command, "display_name": "Confined", "language": "python", "interrupt_mode": "message"}
    spec = Path(folder, "kernels", "python3", "kernel.json")
    spec.parent.mkdir(parents=True, exist_ok=True)
    spec.write_text(json.dumps(kernel), encoding="utf-8")
    os.environ["JUPYTER_PATH"] = folder
    c.KernelManager.transport = "ipc"
    c.KernelManager.ip = f"{sockets}/kernel"
    c.KernelManager.connection_file = f"{folder}/kernel.json"


def works():
    """Whether bubblewrap is installed, and allowed to do what it does."""
    try:
        return subprocess.run([*CONFINE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if "autograde" in sys.argv:
    if works():
        confine()
    else:
        print("bubblewrap does not work here: what was handed in runs with your rights.", file=sys.stderr)
