"""`helpers.data`: the digits that the course ships and how they are split, and the points of the plane."""

import numpy as np
import pytest

from helpers.data import corners, digits, rings, spirals

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


# The points of the plane


POINTS = (corners, rings, spirals)
every_set = pytest.mark.parametrize("make", POINTS, ids=lambda make: make.__name__)


@every_set
def test_points_are_columns_with_a_third_input_of_1(make):
    x, y = make()
    assert make()._fields == ("x", "y")
    assert x.shape == (3, len(y))
    assert x.dtype == np.float64
    assert y.dtype.kind == "i"
    assert (x[2] == 1).all()
    assert np.abs(x[:2]).max() <= 1
    assert np.abs(x[:2]).max(axis=1).min() > 0.8  # they fill the square


@every_set
def test_every_call_gives_the_same_points_anew(make):
    for one, other in zip(make(), make(), strict=True):
        np.testing.assert_array_equal(one, other)
        assert not np.shares_memory(one, other)


@every_set
def test_no_class_is_rare_and_none_is_missing(make):
    x, y = make()
    counts = np.bincount(y)
    assert len(counts) == (3 if make is spirals else 2)
    assert counts.min() > 0.4 * len(y) / (len(counts) / 2)
    assert len(np.unique(x, axis=1).T) == len(y)


def test_corners_are_told_apart_by_the_signs_alone():
    (first, second, _), y = corners()
    assert len(y) == 200
    np.testing.assert_array_equal(y, np.sign(first) != np.sign(second))
    assert min(np.abs(first).min(), np.abs(second).min()) >= 0.08
    quarters = np.bincount(2 * (first > 0) + (second > 0), minlength=4)
    assert quarters.min() > 30


def test_rings_are_told_apart_by_the_distance_alone():
    (first, second, _), y = rings()
    radius = np.hypot(first, second)
    assert len(y) == 200
    assert radius[y == 0].max() <= 0.45
    assert radius[y == 1].min() >= 0.65
    assert radius.max() <= 1
    for k in (0, 1):  # all around
        assert np.histogram(np.arctan2(second[y == k], first[y == k]), 4, (-np.pi, np.pi))[0].min() > 10


def test_spirals_turn_about_the_centre_arm_by_arm():
    (first, second, _), y = spirals()
    radius = np.hypot(first, second)
    assert len(y) == 201
    assert (radius.min(), radius.max()) == (pytest.approx(0.08), pytest.approx(1))
    # Wound back by 0.6 of a turn over the radius, each arm is a direction, a third of a turn from the next.
    back = np.arctan2(second, first) / (2 * np.pi) - 0.6 * radius
    off = (back - y / 3 + 0.5) % 1 - 0.5
    assert np.abs(off).max() < 0.1
    assert np.abs(off).max() > 0.02  # not on a line


@every_set
def test_no_straight_line_tells_the_classes_apart(make):
    x, y = make()
    targets = np.eye(y.max() + 1)[y]
    fit, *_ = np.linalg.lstsq(x.T, targets, rcond=None)
    assert np.mean((x.T @ fit).argmax(axis=1) == y) < 0.75
