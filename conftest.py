"""Settings of the tests that pytest has no option for."""

import os
from tempfile import TemporaryDirectory

# Nothing of the user's own IPython and Jupyter comes into the kernels, nor a python3 from elsewhere.
OWN = TemporaryDirectory(ignore_cleanup_errors=True)
os.environ |= dict.fromkeys(("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"), OWN.name)
os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "PYTHONSTARTUP"):
    os.environ.pop(name, None)

# A bar shows on a slow machine alone, so the kernels of the notebooks, whose outputs are compared, show none. The tests
# of the bar see one: tqdm reads the setting when it is imported, and a process may have inherited it.
os.environ.pop("TQDM_DISABLE", None)
import tqdm  # noqa: E402, F401

os.environ["TQDM_DISABLE"] = "1"

collect_ignore = ["tools/class/nbgrader_config.py"]  # which only nbgrader can read

DAILY = ("00", "06")  # of the Chinese notebooks, which are the same programs as the English ones


def pytest_itemcollected(item):
    if item.path.parent.name == "zh" and not item.path.name.startswith(DAILY):
        item.add_marker("weekly")


def pytest_collection_modifyitems(items):
    """Compare every output of a notebook but the bytes of its pictures: another machine has other fonts.

    What a picture shows is compared all the same, as its text/plain.
    """
    for file in {item.parent for item in items if hasattr(item.parent, "skip_compare")}:
        file.skip_compare += ("text/html", "image/png", "image/svg+xml")
