"""What every picture of the course has in common: its colours, its formats, and the sentence that describes it."""

import base64
import html
import io
import warnings
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import RLock

import matplotlib
import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from helpers import _language
from helpers._svg import figure_of, fonts

# Okabe and Ito's colours, which readers with any colour vision can tell apart.
FORWARD = "#0072B2"  # the forward pass
BACKWARD = "#D55E00"  # the backward pass
LOSS = "#E69F00"  # L
PENALTY = "#009E73"  # s
OBJECTIVE = "#000000"  # J
PARAMETER = "#56B4E9"  # W⁽¹⁾ and W⁽²⁾
OTHER = "#CC79A7"

DPI = 160
# Without the date, the same picture has the same bytes.
FORMATS = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
_MATPLOTLIB = RLock()


@contextmanager
def own_settings():
    """Draw under the settings that Matplotlib is shipped with, whatever the reader's are; theirs come back.

    Matplotlib has one set of settings for all threads, so one thread draws at a time.
    """
    with (
        _MATPLOTLIB,
        style.context("default"),
        matplotlib.rc_context({"svg.hashsalt": "picture", "font.family": fonts()}),
    ):
        yield


class Picture:
    """A picture with the sentence that says what it shows.

    A notebook shows the picture; a screen reader, a terminal and the notebook tests read the sentence.

    Parameters
    ----------
    data : bytes, optional
        The contents of an SVG file.
    figure : Figure, optional
        Of Matplotlib, where there is no SVG.
    sentence : str
        Computed from the data that the picture shows.
    width : int
        In pixels, at 100 %.

    Attributes
    ----------
    data : bytes
        The contents of an SVG file or, of a figure, of a PNG file.

    Examples
    --------
    >>> Picture(b"<svg/>", sentence="an empty picture", width=10)
    an empty picture
    """

    def __init__(self, data=None, *, figure=None, sentence, width):
        self.sentence, self.width = sentence, width
        self._figure, self._kind = figure, "svg" if figure is None else "png"
        if figure is None:
            self.data = data

    @cached_property
    def data(self):
        data = self._drawn("png")
        self._figure.set_layout_engine("none")  # each layout moves things a little, and all formats show one picture
        return data

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, include=None, exclude=None):
        # An image, not inline SVG: JupyterLab strips SVG from a notebook that it does not trust yet. White behind it,
        # since an image cannot know the theme.
        kind = {"svg": "svg+xml", "png": "png"}[self._kind]
        language = "" if _language.code == "en" else f' lang="{_language.code}"'
        image = (
            f'<img alt="{html.escape(self.sentence)}"{language} width="{self.width}" '
            f'style="background: white; max-width: 100%; border-radius: 4px" '
            f'src="data:image/{kind};base64,{base64.b64encode(self.data).decode()}">'
        )
        # The PNG is for what shows no HTML, such as LaTeX. JupyterLab drops the alternative text of a bare one.
        png = base64.b64encode(self._as("png")).decode()
        return {"text/plain": self.sentence, "text/html": image, "image/png": png}

    def _as(self, kind):
        """Return the contents of a file of that kind."""
        data = self.data  # first, since it also settles the layout of a figure
        return data if kind == self._kind else self._drawn(kind)

    def _drawn(self, kind):
        file = io.BytesIO()
        with own_settings(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a letter that the font lacks: the sentence has it
            figure = self._figure or figure_of(self.data)
            if kind == "png" and not self._figure:  # a few colours and many edges: with a palette, a third of the size
                figure.set_dpi(DPI)
                canvas = FigureCanvasAgg(figure)
                canvas.draw()
                image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
                image.quantize(method=Image.Quantize.MAXCOVERAGE).save(file, "png", optimize=True, dpi=(DPI, DPI))
            else:
                figure.savefig(file, format=kind, dpi=DPI, metadata={"Title": self.sentence} | FORMATS[kind])
        return file.getvalue()

    def save(self, path):
        """Write the picture to a new file, in the format that the end of its name promises: .svg, .png or .pdf.

        Raises
        ------
        FileExistsError
            If there is a file of that name already.
        ValueError
            If the name ends otherwise.
        """
        path = Path(path)
        kind = path.suffix.lower().removeprefix(".")
        if kind not in FORMATS:
            raise ValueError(f"path: expected a name that ends in .svg, .png or .pdf, got {path.name!r}")
        data = self._as(kind)
        with path.open("xb") as file:
            file.write(data)
