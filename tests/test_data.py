"""`helpers.data`: the digits that the course ships, and how they are split."""

import numpy as np
import pytest

from helpers.data import digits

# How many images of each digit the published test file holds.
COUNTS = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)

# Its first image, a zero; 0 is paper, 16 is ink.
FIRST = """
 0  0  5 13  9  1  0  0
 0  0 13 15 10 15  5  0
 0  3 15  2  0 11  8  0
 0  4 12  0  0  8  8  0
 0  5  8  0  0  9  8  0
 0  4 11  0  1 12  7  0
 0  2 14  5 10 12  0  0
 0  0  6 13 10  0  0  0
"""


@pytest.fixture(scope="module")
def data():
    return digits()


def test_every_column_has_a_label(data):
    assert data._fields == ("x_train", "y_train", "x_test", "y_test")
    assert data.x_train.shape == (64, len(data.y_train))
    assert data.x_test.shape == (64, len(data.y_test))
    assert len(data.y_train) + len(data.y_test) == 1797


@pytest.mark.parametrize("digit", range(10))
def test_each_class_is_split_four_to_one(data, digit):
    train, test = np.sum(data.y_train == digit), np.sum(data.y_test == digit)
    assert train + test == COUNTS[digit]
    assert train == round(0.8 * COUNTS[digit])


def test_pixels_are_sixteenths_from_0_to_1(data):
    for x in (data.x_train, data.x_test):
        assert x.dtype == np.float64
        assert (x.min(), x.max()) == (0, 1)
        np.testing.assert_array_equal(x * 16, np.round(x * 16))


def test_labels_are_integers(data):
    assert data.y_train.dtype.kind == data.y_test.dtype.kind == "i"


def test_no_image_is_in_both_sets(data):
    train, test = ({column.tobytes() for column in x.T} for x in (data.x_train, data.x_test))
    assert train.isdisjoint(test)
    assert len(train | test) == 1797


def test_images_are_read_row_by_row(data):
    first = np.array(FIRST.split(), float) / 16
    x, y = np.hstack([data.x_train, data.x_test]), np.hstack([data.y_train, data.y_test])
    assert y[(x == first[:, None]).all(axis=0)].tolist() == [0]


def test_every_call_gives_the_same_arrays_anew(data):
    again = digits()
    for one, other in zip(data, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert not np.shares_memory(one, other)
