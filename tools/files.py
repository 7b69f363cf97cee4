"""Writing files without harm: what is there and differs is left alone, and no file is ever half written."""

import os
from pathlib import Path

from helpers._language import Sentences

SENTENCES = Sentences() | {
    "written": "{path} is written.",
    "differs": "{path} is there already, and is not what would be written. It was left alone: move it away first.",
}


def write_new(files):
    """Write files, each whole or not at all. If one of them is there and differs, none is written.

    Parameters
    ----------
    files : dict
        From paths to bytes.

    Returns
    -------
    list of str
        A sentence for each file, which says that it is written.

    Raises
    ------
    FileExistsError
        If there is another file of that name.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.txt")
    ...     write_new({path: b"new"}) == [f"{path} is written."]
    True
    """
    files = {Path(path): data for path, data in files.items()}
    for path, data in files.items():
        if path.exists() and not (path.is_file() and path.read_bytes() == data):
            raise FileExistsError(SENTENCES["differs"].format(path=path))
    for path, data in files.items():
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_bytes(data)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    return [SENTENCES["written"].format(path=path) for path in files]
