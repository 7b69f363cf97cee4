"""What runs the course and no notebook imports; from the course's folder, such as: python -m tools.copies copy."""

import sys


def tell(text):
    """Print a text on a console of any encoding; a letter that it lacks becomes a question mark."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)
