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
    x, y = table[:, :64].T / 16, table[:, 64].astype(int)
    rng = np.random.default_rng(0)
    train = np.zeros(len(y), bool)
    for digit in range(10):
        members = rng.permutation(np.flatnonzero(y == digit))
        train[members[: round(0.8 * len(members))]] = True
    return Digits(x[:, train], y[train], x[:, ~train], y[~train])


class Points(NamedTuple):
    """Points of the plane in classes, one column a point."""

    x: np.ndarray
    y: np.ndarray


def _points(first, second, y):
    # The third input is always 1: its weights do the work of a bias, which the chapter's network does not have.
    return Points(np.stack([first, second, np.ones_like(first)]), y)


def corners():
    """Return 200 points, of one class where both coordinates have the same sign and of another where they differ.

    Returns
    -------
    Points
        ``x``, 3 × 200: two coordinates from −1 to 1, and a 1; and ``y``, 0 or 1. The same at every call.

    Examples
    --------
    >>> corners().x.shape
    (3, 200)
    """
    rng = np.random.default_rng(0)
    first, second = rng.uniform(0.08, 1.0, (2, 200)) * rng.choice([-1.0, 1.0], (2, 200))
    return _points(first, second, (first * second < 0).astype(int))


def rings():
    """Return 200 points, of one class near the centre and of another in a ring around it.

    Returns
    -------
    Points
        As `corners`.

    Examples
    --------
    >>> np.bincount(rings().y)
    array([100, 100])
    """
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    radius = np.where(y == 0, rng.uniform(0.0, 0.45, 200), rng.uniform(0.65, 1.0, 200))
    angle = rng.uniform(0, 2 * np.pi, 200)
    return _points(radius * np.cos(angle), radius * np.sin(angle), y)


def spirals():
    """Return 201 points on three arms of a spiral, each arm a class.

    Returns
    -------
    Points
        As `corners`, with the classes 0, 1 and 2.

    Examples
    --------
    >>> np.bincount(spirals().y)
    array([67, 67, 67])
    """
    rng = np.random.default_rng(0)
    y = np.arange(201) % 3
    radius = np.linspace(0.08, 1.0, 201)
    angle = 2 * np.pi * (y / 3 + 0.6 * radius) + rng.normal(0, 0.12, 201)
    return _points(radius * np.cos(angle), radius * np.sin(angle), y)
