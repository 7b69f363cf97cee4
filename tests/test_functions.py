"""`helpers.functions`: values and derivatives against 50-digit arithmetic, stability, dtype, the mean over examples."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from strategies import (
    ACTIVATIONS,
    EXACT_ACTIVATION,
    LOSSES,
    draw_labels,
    entrywise,
    exact,
    exact_loss,
    moved,
    quick,
    relative_error,
    seeds,
)

from helpers.functions import cross_entropy, relu, sigmoid, softmax, squared_error, tanh, unchecked

EPS = {np.float32: 2**-23, np.float64: 2**-52}


def exact_derivative(activation, z, order):
    """Return φ, φ′ or φ″ at the float z, with 50 digits."""
    phi = EXACT_ACTIVATION[activation.name]
    return mp.diff(phi, mp.mpf(z), order) if order else phi(mp.mpf(z))


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
@pytest.mark.parametrize("dtype", EPS)
def test_activations_agree_with_exact_arithmetic(activation, order, dtype):
    function = (activation.value, activation.first, activation.second)[order]

    @quick
    @given(st.floats(-60, 60, width=32).filter(lambda z: abs(z) > 1e-3))
    def check(z):
        got, want = function(np.array([[z]], dtype)), exact_derivative(activation, z, order)
        assert abs(got[0, 0] - want) <= 4 * EPS[dtype] * max(1, abs(want))

    check()


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
@pytest.mark.parametrize("dtype", EPS)
def test_activations_far_from_zero(activation, dtype):
    z = np.array([-1e30, -1e4, -800, 0, 800, 1e4, 1e30], dtype)
    ends = {"relu": np.maximum(z, 0), "tanh": np.sign(z), "sigmoid": (np.sign(z) + 1) / 2}
    np.testing.assert_array_equal(activation.value(z), ends[activation.name])
    slopes = {"relu": z > 0, "tanh": z == 0, "sigmoid": (z == 0) / 4}
    np.testing.assert_array_equal(activation.first(z), slopes[activation.name])
    np.testing.assert_array_equal(activation.second(z), 0 * z)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
@pytest.mark.parametrize("dtype", EPS)
def test_activations_work_entry_by_entry(activation, dtype):
    z = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(dtype)
    before = z.copy()
    for function in (activation.value, activation.first, activation.second):
        got = function(z)
        assert got.shape == z.shape
        assert got.dtype == dtype
        assert not np.shares_memory(got, z)
        for index in np.ndindex(z.shape):
            np.testing.assert_allclose(got[index], function(z[index].reshape(1, 1))[0, 0], rtol=4 * EPS[dtype])
    np.testing.assert_array_equal(z, before)


def test_relu_at_its_kink():
    zero = np.array([0.0, -0.0])
    for function in (relu.value, relu.first, relu.second):
        np.testing.assert_array_equal(function(zero), [0, 0])
    assert relu.kinks == (0.0,)
    assert tanh.kinks == sigmoid.kinks == ()


@st.composite
def outputs(draw, loss):
    """Draw o, y and two directions."""
    q, n = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(seeds))
    size = draw(st.sampled_from([0.1, 1, 3]))
    o, v, w = size * rng.standard_normal((3, q, n))
    return o, draw_labels(loss, rng, q, n), v, w


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_losses_agree_with_exact_arithmetic(loss):
    errors = []

    @quick
    @given(outputs(loss).filter(lambda drawn: len(drawn[0]) > 1))
    def check(drawn):
        o, y, v, _ = drawn
        exact_o, exact_v = exact(o), exact(v)
        exact_y = y if loss is cross_entropy else exact(y)

        def gradient_at(index):
            return mp.diff(lambda t: exact_loss(loss, moved(exact_o, index, t), exact_y), 0)

        def hessian_product_at(index):
            def value(t, u):
                return exact_loss(loss, moved(exact_o + u * exact_v, index, t), exact_y)

            return mp.diff(value, (0, 0), (1, 1))

        errors.append(relative_error(loss.value(o, y), exact_loss(loss, exact_o, exact_y)))
        errors.append(relative_error(loss.gradient(o, y), entrywise(gradient_at, exact_o)))
        errors.append(relative_error(loss.hessian_product(o, y, v), entrywise(hessian_product_at, exact_o)))

    check()
    print(f"largest relative error of {loss.name}: {max(errors):.1e}")
    assert max(errors) < 1e-9


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_the_hessian_is_symmetric_and_linear(loss):
    @quick
    @given(outputs(loss))
    def check(drawn):
        o, y, v, w = drawn

        def product_with(direction):
            return loss.hessian_product(o, y, direction)

        size = np.abs(v).max() * np.abs(w).max()
        np.testing.assert_allclose(np.sum(w * product_with(v)), np.sum(v * product_with(w)), atol=1e-13 * size)
        both = 2 * product_with(v) - product_with(w)
        np.testing.assert_allclose(product_with(2 * v - w), both, atol=1e-13 * np.abs([v, w]).max())

    check()


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_loss_is_the_mean_over_the_examples(loss):
    @quick
    @given(outputs(loss))
    def check(drawn):
        o, y, v, _ = drawn
        n = o.shape[1]
        columns = [(o[:, [j]], y[..., [j]], v[:, [j]]) for j in range(n)]
        np.testing.assert_allclose(loss.value(o, y), np.mean([loss.value(*c[:2]) for c in columns]), atol=1e-14)
        gradient = np.hstack([loss.gradient(*c[:2]) for c in columns]) / n
        np.testing.assert_allclose(loss.gradient(o, y), gradient, rtol=1e-13)
        product = np.hstack([loss.hessian_product(*c) for c in columns]) / n
        np.testing.assert_allclose(loss.hessian_product(o, y, v), product, rtol=1e-13)

    check()


def test_losses_divide_by_the_examples_and_not_by_the_entries():
    o = np.zeros((3, 2))
    assert squared_error.value(o, o + 2) == 6
    np.testing.assert_array_equal(squared_error.gradient(o, o + 2), o - 1)
    assert cross_entropy.value(o, np.array([0, 2])) == pytest.approx(np.log(3), rel=1e-15)
    np.testing.assert_allclose(
        cross_entropy.gradient(o, np.array([0, 2])), np.array([[-2, 1], [1, 1], [1, -2]]) / 6, rtol=1e-15
    )


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("dtype", EPS)
def test_losses_keep_the_dtype_and_their_arguments(loss, dtype):
    rng = np.random.default_rng(0)
    o, v = rng.standard_normal((2, 3, 4)).astype(dtype)
    y = draw_labels(loss, rng, 3, 4)
    y = y if loss is cross_entropy else y.astype(dtype)
    before = [a.copy() for a in (o, y, v)]
    got = loss.value(o, y), loss.gradient(o, y), loss.hessian_product(o, y, v)
    assert [np.shape(a) for a in got] == [(), o.shape, o.shape]
    assert {a.dtype for a in got} == {np.dtype(dtype)}
    for old, new in zip(before, (o, y, v), strict=True):
        np.testing.assert_array_equal(old, new)


ZEROS = np.zeros((3, 2))
MISFITS = [
    (
        cross_entropy,
        ZEROS,
        [0, 1, 2],
        ValueError,
        r"y: expected shape \(2,\), one class number per example, got \(3,\)",
    ),
    (cross_entropy, ZEROS, [[0, 1]], ValueError, r"y: expected shape \(2,\), .*, got \(1, 2\)"),
    (cross_entropy, ZEROS, [0, 3], ValueError, r"y: expected class numbers from 0 to 2 for 3 outputs, got 3"),
    (cross_entropy, ZEROS, [-1, 0], ValueError, r"y: expected class numbers from 0 to 2 for 3 outputs, got -1"),
    (cross_entropy, ZEROS, [0.0, 1.0], TypeError, r"y: expected integer class numbers, got dtype float64"),
    (cross_entropy, ZEROS[0], [0, 1], ValueError, r"o: expected a 2-D array, outputs × examples, got shape \(2,\)"),
    (squared_error, ZEROS, ZEROS.T, ValueError, r"y: expected shape \(3, 2\), as the output has, got \(2, 3\)"),
    (squared_error, ZEROS, ZEROS[:1], ValueError, r"y: expected shape \(3, 2\), as the output has, got \(1, 2\)"),
    (squared_error, ZEROS, 0.0, ValueError, r"y: expected shape \(3, 2\), as the output has, got \(\)"),
    (squared_error, ZEROS, ZEROS * np.nan, ValueError, r"y must hold finite numbers, got nan"),
    (squared_error, ZEROS[:, :0], ZEROS[:, :0], ValueError, r"o: expected at least one entry .*, got shape \(3, 0\)"),
    (squared_error, ZEROS * 1j, ZEROS, TypeError, r"o must hold real numbers, got dtype complex128"),
]


@pytest.mark.parametrize(("loss", "o", "y", "error", "sentence"), MISFITS)
def test_a_loss_refuses_what_does_not_fit(loss, o, y, error, sentence):
    direction = np.zeros(np.shape(o))
    for function, arguments in (
        (loss.value, (o, y)),
        (loss.gradient, (o, y)),
        (loss.hessian_product, (o, y, direction)),
    ):
        with pytest.raises(error, match=f"^{sentence}"):
            function(*arguments)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("shape", [(3, 1), (1, 2), (2, 3), (2,), ()], ids=str)
def test_a_loss_refuses_a_direction_of_another_shape(loss, shape):
    y = draw_labels(loss, np.random.default_rng(0), 3, 2)
    got = str(shape).replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ValueError, match=rf"^v: expected shape \(3, 2\), as o has, got {got}$"):
        loss.hessian_product(ZEROS, y, np.zeros(shape))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_loss_gives_the_same_without_its_check(loss):
    rng = np.random.default_rng(0)
    o, v = rng.standard_normal((2, 3, 4))
    y = draw_labels(loss, rng, 3, 4)
    for function, arguments in ((loss.value, (o, y)), (loss.gradient, (o, y)), (loss.hessian_product, (o, y, v))):
        assert unchecked(function) is not function
        np.testing.assert_array_equal(unchecked(function)(*arguments), function(*arguments))
    assert unchecked(draw_labels) is draw_labels


@pytest.mark.parametrize("dtype", EPS)
@pytest.mark.parametrize("logits", list(product([-1e4, 0, 1e4], repeat=3)), ids=str)
def test_cross_entropy_of_large_logits(logits, dtype):
    o = np.array(logits, dtype)[:, None]
    p = np.array(logits) == max(logits)
    p = (p / p.sum())[:, None]
    tight = {"rtol": 8 * EPS[dtype], "atol": 0}
    np.testing.assert_allclose(softmax(o), p, **tight)
    for label in range(3):
        y = np.array([label])
        want = exact_loss(cross_entropy, exact(o), y)
        # 1e−300 stands for the zero that exp(−10000) becomes.
        np.testing.assert_allclose(float(cross_entropy.value(o, y)), float(want), rtol=8 * EPS[dtype], atol=1e-300)
        np.testing.assert_allclose(cross_entropy.gradient(o, y), p - np.eye(3)[:, [label]], **tight)
        v = np.array([[1.0], [2.0], [4.0]], dtype)
        np.testing.assert_allclose(
            cross_entropy.hessian_product(o, y, v), p * (v - (p * v).sum()), rtol=8 * EPS[dtype], atol=4 * EPS[dtype]
        )


@pytest.mark.parametrize("dtype", EPS)
def test_columns_of_different_size_do_not_disturb_each_other(dtype):
    o = np.array([[1e4, -1000], [0, -1000]], dtype)
    y = np.array([0, 1])
    np.testing.assert_allclose(softmax(o), [[1, 0.5], [0, 0.5]])
    assert cross_entropy.value(o, y) == pytest.approx(np.log(2) / 2, rel=1e-4)
    np.testing.assert_allclose(cross_entropy.gradient(o, y), [[0, 0.25], [0, -0.25]])
    np.testing.assert_allclose(cross_entropy.hessian_product(o, y, np.eye(2, dtype=dtype)), [[0, -0.125], [0, 0.125]])


@quick
@given(outputs(cross_entropy), st.floats(-1000, 1000))
def test_softmax(drawn, shift):
    o = drawn[0]
    p = softmax(o)
    want = np.vectorize(mp.exp, otypes=[object])(exact(o))
    assert relative_error(p, want / want.sum(axis=0)) < 1e-14
    assert (p > 0).all()
    np.testing.assert_allclose(p.sum(axis=0), 1, rtol=1e-14)
    np.testing.assert_allclose(softmax(o + shift), p, rtol=1e-11)


def test_a_reader_who_has_numpy_raise_gets_the_same_numbers():
    z = np.array([[-800.0, 0.0], [800.0, 1.0]])
    calls = (
        [phi.value for phi in ACTIVATIONS] + [phi.first for phi in ACTIVATIONS] + [phi.second for phi in ACTIVATIONS]
    )
    calls += [softmax, lambda o: cross_entropy.value(o, np.array([0, 1]))]
    calls += [lambda o: cross_entropy.gradient(o, np.array([0, 1]))]
    calls += [lambda o: cross_entropy.hessian_product(o, np.array([0, 1]), o)]
    for call in calls:
        with np.errstate(all="raise"):
            got = call(z)
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(got, call(z))
