"""The data of the course, shipped with it: nothing is downloaded."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

FOLDER = Path(__file__).parent / "data"


class Digits(NamedTuple):
    """Handwritten digits, one column an image, split into a training and a test set."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits():
    """Return 1,797 handwritten digits, 8 × 8 pixels each.

    Returns
    -------
    Digits
        ``x_train y_train x_test y_test``. The images are columns of 64 pixels from 0 (paper) to 1 (ink), row by row;
        the labels are the integers 0 to 9. Four fifths of each class are for training, the same at every call.

    Notes
    -----
    E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998,
    https://doi.org/10.24432/C50P49, CC BY 4.0.

    Examples
    --------
    >>> data = digits()
    >>> data.x_train.shape, data.x_test.shape
    ((64, 1438), (64, 359))
    """
    table = np.loadtxt(FOLDER / "digits.csv.gz", delimiter=",", dtype=np.uint8)
    x, y = table[:, :64].T / 16, table[:, 64].astype(np.int64)
    rng = np.random.default_rng(0)
    train = np.zeros(len(y), bool)
    for digit in range(10):
        members = rng.permutation(np.flatnonzero(y == digit))
        train[members[: round(0.8 * len(members))]] = True
    return Digits(x[:, train], y[train], x[:, ~train], y[~train])
