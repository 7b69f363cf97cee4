"""Settings of the tests that pytest has no option for."""

import os

# A bar shows on a slow machine alone, so the kernels of the notebooks, whose outputs are compared, show none. The tests
# of the bar see one: tqdm reads the setting when it is imported, and a process may have inherited it.
os.environ.pop("TQDM_DISABLE", None)
import tqdm  # noqa: E402, F401

os.environ["TQDM_DISABLE"] = "1"


def pytest_collection_modifyitems(items):
    """Compare every output of a notebook but the bytes of its pictures: another machine has other fonts.

    What a picture shows is compared all the same, as its text/plain.
    """
    for file in {item.parent for item in items if hasattr(item.parent, "skip_compare")}:
        file.skip_compare += ("text/html", "image/png", "image/svg+xml")
