"""`helpers._validation`: what passes comes back as documented, and the rest is answered in a sentence."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from strategies import quick

from helpers._validation import as_array, as_integer, as_labels, as_matrix, as_number, as_numbers, as_weight_decay

REAL_TYPES = ["bool", "int8", "uint8", "int64", "uint64", "float16", "float32", "float64"]
finite = st.floats(-1000, 1000, width=16)


@quick
@given(st.sampled_from(REAL_TYPES), arrays.array_shapes(min_dims=0, min_side=0, max_side=3), st.integers(0, 100))
def test_as_array_takes_real_numbers_of_any_type(dtype, shape, value):
    array = np.full(shape, value).astype(dtype)
    before = array.copy()
    got = as_array("x", array)
    assert got.dtype == (np.float32 if dtype == "float32" else np.float64)
    np.testing.assert_array_equal(got, array)
    for wanted in (np.float32, np.float64):
        assert as_array("x", array, wanted).dtype == wanted
    np.testing.assert_array_equal(array, before)


@quick
@given(st.lists(st.lists(finite, min_size=2, max_size=2), min_size=1))
def test_as_array_takes_nested_lists(rows):
    assert as_array("x", rows).tolist() == rows


@quick
@given(
    arrays.arrays(np.float64, arrays.array_shapes(max_side=4), elements=finite),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.data(),
)
def test_one_entry_that_is_not_finite_is_named(array, bad, data):
    array.flat[data.draw(st.integers(0, array.size - 1))] = bad
    with pytest.raises(ValueError, match=rf"^W1 must hold finite numbers, got {bad} in float64$"):
        as_array("W1", array)
    np.testing.assert_array_equal(as_numbers("W1", array), array)


def test_a_number_too_large_for_the_dtype_is_named():
    with pytest.raises(ValueError, match="^x must hold finite numbers, got inf in float32$"):
        as_array("x", [1e300], np.float32)


@pytest.mark.parametrize("value", ["text", ["1", "2"], [None], [1j], {"a": 1}, [[1], "b"], [10**400]], ids=str)
def test_what_is_not_a_real_number_is_refused(value):
    with pytest.raises((TypeError, ValueError), match=r"^W2 must (hold|be) .*, got "):
        as_array("W2", value)
    with pytest.raises((TypeError, ValueError), match=r"^W2 must (hold|be) .*, got "):
        as_numbers("W2", value)


@pytest.mark.parametrize("value", [[[1, 2], [3]], [[1], 2]], ids=str)
def test_rows_of_different_lengths_are_refused(value):
    with pytest.raises(ValueError, match="^x must be an array, got rows of different lengths$"):
        as_array("x", value)


@quick
@given(arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
def test_as_matrix_takes_two_axes_that_are_not_empty(shape):
    array = np.ones(shape)
    if len(shape) == 2 and 0 not in shape:
        np.testing.assert_array_equal(as_matrix("x", array, "inputs × examples"), array)
        return
    with pytest.raises(ValueError, match="inputs × examples") as caught:
        as_matrix("x", array, "inputs × examples")
    sentence = str(caught.value)
    assert sentence.startswith("x: expected ")
    assert f", got shape {shape}" in sentence
    assert ("a 2-D array" in sentence) == (len(shape) != 2)
    assert ("x[:, None]" in sentence) == (len(shape) == 1)
    assert ("at least one entry along each axis" in sentence) == (len(shape) == 2)


@quick
@given(st.data(), st.sampled_from(["int8", "uint8", "int64", "uint64"]), st.integers(1, 5))
def test_class_numbers_in_range_pass(data, dtype, outputs):
    y = np.array(data.draw(st.lists(st.integers(0, outputs - 1), min_size=1)), dtype)
    np.testing.assert_array_equal(as_labels("classes", y, outputs, len(y), np.float64), y)
    np.testing.assert_array_equal(as_labels("classes", y.tolist(), outputs, len(y), np.float64), y)


@quick
@given(
    st.integers(1, 5),
    st.lists(st.integers(0, 4), min_size=1),
    st.integers(5, 1000) | st.integers(-1000, -1),
    st.data(),
)
def test_a_class_number_out_of_range_is_named(outputs, y, bad, data):
    y = [min(label, outputs - 1) for label in y]
    y[data.draw(st.integers(0, len(y) - 1))] = bad
    wanted = f"class numbers from 0 to {outputs - 1} for {outputs} outputs"
    with pytest.raises(ValueError, match=rf"^y: expected {wanted}, got {bad}$"):
        as_labels("classes", y, outputs, len(y), np.float64)


@pytest.mark.parametrize("y", [[0.0, 1.0], [True, False], ["0", "1"], [None, 1]], ids=str)
def test_class_numbers_are_integers(y):
    with pytest.raises(TypeError, match="^y: expected integer class numbers, got dtype "):
        as_labels("classes", y, 2, 2, np.float64)


@pytest.mark.parametrize("shape", [(3,), (2, 1), (1, 2), (2, 2), ()], ids=str)
def test_one_class_number_for_each_example(shape):
    got = re.escape(f"got {shape}")
    with pytest.raises(ValueError, match=rf"^y: expected shape \(2,\), one class number per example, {got}$"):
        as_labels("classes", np.zeros(shape, int), 2, 2, np.float64)


def test_ragged_class_numbers_are_refused_by_name():
    with pytest.raises(ValueError, match="^y must be an array, got rows of different lengths$"):
        as_labels("classes", [[0, 1], [0]], 2, 2, np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_targets_take_the_shape_and_dtype_of_the_output(dtype):
    got = as_labels("targets", [[1, 2, 3], [4, 5, 6]], 2, 3, dtype)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, [[1, 2, 3], [4, 5, 6]])
    for shape in ((3, 2), (6,), (2, 3, 1), (2, 0)):
        got = re.escape(f"got {shape}")
        with pytest.raises(ValueError, match=rf"^y: expected shape \(2, 3\), as the output has, {got}$"):
            as_labels("targets", np.ones(shape), 2, 3, dtype)
    with pytest.raises(ValueError, match=f"^y must hold finite numbers, got inf in {np.dtype(dtype)}$"):
        as_labels("targets", np.full((2, 3), np.inf), 2, 3, dtype)
    with pytest.raises(TypeError, match="^y must hold real numbers, got dtype "):
        as_labels("targets", [["a"] * 3] * 2, 2, 3, dtype)


@quick
@given(st.floats(0, allow_infinity=False) | st.integers(0, 10**6) | st.fractions(0))
def test_a_weight_decay_passes_as_a_float(value):
    for number in (value, np.float64(value), np.array(float(value))):
        got = as_weight_decay(number)
        assert type(got) is float
        assert got == float(value)


def test_a_weight_decay_of_float32_keeps_its_value():
    assert as_weight_decay(np.float32(0.1)) == float(np.float32(0.1))


@pytest.mark.parametrize("value", [-1, -1e-300, np.nan, np.inf, -np.inf, np.float32(-1), Fraction(-1, 2)], ids=str)
def test_a_weight_decay_is_finite_and_not_negative(value):
    with pytest.raises(ValueError, match=re.escape(f"weight_decay must be a finite number >= 0, got {value!r}") + "$"):
        as_weight_decay(value)


NO_NUMBERS = ["1", None, 1j, [0.1], np.array([0.1]), True, False, np.True_]


@pytest.mark.parametrize("value", [*NO_NUMBERS, np.array("1"), np.array(True), np.ma.masked], ids=repr)
def test_a_weight_decay_is_a_number(value):
    with pytest.raises(TypeError, match="^weight_decay must be a number, got "):
        as_weight_decay(value)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_what_is_not_a_single_number_is_refused(value):
    with pytest.raises(TypeError, match=re.escape(f"factor must be a number, got {value!r}") + "$"):
        as_number("factor", value)


@quick
@given(st.floats() | st.integers(), st.integers(-3, 3))
def test_a_number_is_finite_and_within_its_limits(value, limit):
    for limits, sign, fits in (
        ({}, "", True),
        ({"low": limit}, f" >= {limit}", value >= limit),
        ({"above": limit}, f" > {limit}", value > limit),
    ):
        if math.isfinite(value) and fits:
            got = as_number("factor", value, **limits)
            assert type(got) is float
            assert got == float(value)
            continue
        sentence = f"factor must be a finite number{sign}, got {value!r}"
        with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
            as_number("factor", value, **limits)


@pytest.mark.parametrize("limits", [{"low": 2}, {"above": 2}], ids=str)
def test_the_smallest_number_itself_is_allowed_and_the_one_to_exceed_is_not(limits):
    if "low" in limits:
        assert as_number("factor", 2, **limits) == 2
    else:
        with pytest.raises(ValueError, match="^factor must be a finite number > 2, got 2$"):
            as_number("factor", 2, **limits)


@quick
@given(st.integers(1, 2**31))
def test_a_count_passes_as_an_int(value):
    for number in (value, np.int64(value), np.uint32(value)):
        assert type(as_integer("hidden", number, low=1)) is int
        assert as_integer("hidden", number, low=1) == value


@quick
@given(st.integers(-(2**31), 0))
def test_a_count_is_positive(value):
    with pytest.raises(ValueError, match=f"^hidden must be an integer >= 1, got {value}$"):
        as_integer("hidden", value, low=1)


@quick
@given(st.integers(-(2**31), 2**31))
def test_a_seed_is_an_integer_that_is_not_negative(value):
    if value >= 0:
        assert as_integer("seed", value) == value
        return
    with pytest.raises(ValueError, match=f"^seed must be an integer >= 0, got {value}$"):
        as_integer("seed", value)


@quick
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_integer_may_have_a_largest_value(value, most):
    if value <= most:
        assert as_integer("depth", value, most=most) == value
        return
    with pytest.raises(ValueError, match=f"^depth must be at most {most:,}, got {value:,}$"):
        as_integer("depth", value, most=most)


@pytest.mark.parametrize("value", [1.0, "3", None, True, np.True_, [2], np.float64(2)], ids=repr)
def test_a_count_is_a_whole_number(value):
    with pytest.raises(TypeError, match=f"^outputs must be an integer, got {re.escape(repr(value))}$"):
        as_integer("outputs", value, low=1)


def test_a_masked_array_is_refused_since_what_is_masked_would_count():
    with pytest.raises(TypeError, match=r"^x must be a plain array, got a masked one; fill it first: x\.filled\(0\)$"):
        as_array("x", np.ma.masked_array([1.0, 2.0], mask=[True, False]))
    with pytest.raises(TypeError, match=r"^x must hold plain numbers, got a masked value$"):
        as_array("x", [np.ma.masked_array(np.int8(3), mask=True), 1])
