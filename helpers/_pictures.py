"""What every picture of the course has in common: its colours, and the sentence that says what it shows."""

import base64
import html
from pathlib import Path

# Okabe and Ito's colours, which readers with any colour vision can tell apart.
FORWARD = "#0072B2"  # the forward pass
BACKWARD = "#D55E00"  # the backward pass
LOSS = "#E69F00"  # L
PENALTY = "#009E73"  # s
OBJECTIVE = "#000000"  # J
PARAMETER = "#56B4E9"  # W⁽¹⁾ and W⁽²⁾
OTHER = "#CC79A7"


class Picture:
    """A picture with the sentence that says what it shows.

    A notebook shows the picture; a screen reader, a terminal and the notebook tests read the sentence.

    Parameters
    ----------
    data : bytes
        The contents of a PNG or SVG file.
    kind : {"png", "svg+xml"}
    sentence : str
        Computed from the data that the picture shows.
    width : int
        In pixels, at 100 %.

    Examples
    --------
    >>> Picture(b"<svg/>", "svg+xml", "an empty picture", 10)
    an empty picture
    """

    def __init__(self, data, kind, sentence, width):
        self.data, self.kind, self.sentence, self.width = data, kind, sentence, width

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, include=None, exclude=None):
        # An image, not inline SVG: JupyterLab strips SVG from a notebook that it does not trust yet. White behind it,
        # since an image cannot know the theme.
        source = base64.b64encode(self.data).decode()
        image = (
            f'<img alt="{html.escape(self.sentence)}" width="{self.width}" '
            f'style="background: white; max-width: 100%; border-radius: 4px" '
            f'src="data:image/{self.kind};base64,{source}">'
        )
        return {"text/plain": self.sentence, "text/html": image}

    def save(self, path):
        """Write the picture to a new file.

        Raises
        ------
        FileExistsError
            If there is a file of that name already.
        """
        with Path(path).open("xb") as file:
            file.write(self.data)
