"""What is printed is a message, never the result: nothing fails because it cannot be shown."""

import sys
from contextlib import suppress


def tell(text):
    """Print a text. A letter that the console lacks becomes a question mark; a closed or full console gets nothing."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with suppress(OSError, ValueError):
        print(text.encode(encoding, "replace").decode(encoding), flush=True)
