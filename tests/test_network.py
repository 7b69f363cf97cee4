"""`helpers.network`: forward, backward and predict against exact arithmetic, and what a reader relies on."""

import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    ACTIVATIONS,
    LOSSES,
    draw_labels,
    exact_forward,
    exact_gradient,
    problems,
    quick,
    relative_error,
    seeds,
)

from helpers.functions import Activation, Loss, cross_entropy, relu, squared_error, tanh
from helpers.network import MLP

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4}


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_forward_agrees_with_exact_arithmetic(dtype):
    errors = []

    @quick
    @given(problems(dtype))
    def check(problem):
        want, f = exact_forward(*problem), problem[0].forward(*problem[1:])
        errors.extend(relative_error(getattr(f, name), want[name]) for name in ("z", "h", "o", "L", "s", "J"))
        assert max(errors) < TOLERANCE[dtype]

    check()
    print(f"largest relative error of forward, {dtype.__name__}: {max(errors):.1e}")


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_backward_agrees_with_exact_arithmetic(dtype):
    errors = []

    @quick
    @given(problems(dtype))
    def check(problem):
        net = problem[0]
        g = net.backward(net.forward(*problem[1:]))
        assert g.L == g.s == 1
        errors.extend(
            relative_error(getattr(g, name), exact_gradient(*problem, name)) for name in ("o", "W2", "h", "z", "W1")
        )
        assert max(errors) < TOLERANCE[dtype]

    check()
    print(f"largest relative error of backward, {dtype.__name__}: {max(errors):.1e}")


@quick
@given(problems())
def test_predict_returns_the_output_of_forward(problem):
    net, x, y = problem
    assert relative_error(net.predict(x), net.forward(x, y).o) < 1e-14


@quick
@given(problems())
def test_a_gradient_has_the_shape_of_its_variable(problem):
    net, x, y = problem
    f = net.forward(x, y)
    g = net.backward(f)
    assert g.W1.shape == net.W1.shape
    assert g.W2.shape == net.W2.shape
    for name in ("z", "h", "o", "L", "s"):
        assert np.shape(getattr(g, name)) == np.shape(getattr(f, name))


def test_the_passes_name_their_variables_in_the_order_computed():
    net = MLP.random(2, 3, 2)
    f = net.forward(np.ones((2, 1)), [0])
    assert f._fields == ("x", "y", "z", "h", "o", "L", "s", "J")
    assert net.backward(f)._fields == ("L", "s", "o", "W2", "h", "z", "W1")


@quick
@given(problems())
def test_a_minibatch_is_the_mean_of_its_examples(problem):
    net, x, y = problem
    n = x.shape[1]
    plain = MLP(net.W1, net.W2, activation=net.activation, loss=net.loss)
    f, g = net.forward(x, y), net.backward(net.forward(x, y))
    singles = [plain.forward(x[:, [j]], y[..., [j]]) for j in range(n)]
    gradients = [plain.backward(single) for single in singles]

    for name in ("z", "h", "o"):
        columns = np.hstack([getattr(single, name) for single in singles])
        np.testing.assert_allclose(getattr(f, name), columns, rtol=1e-12, atol=1e-14)
        columns = np.hstack([getattr(gradient, name) for gradient in gradients]) / n
        np.testing.assert_allclose(getattr(g, name), columns, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(f.L, np.mean([single.L for single in singles]), rtol=1e-12)
    for name in ("W1", "W2"):
        mean = np.mean([getattr(gradient, name) for gradient in gradients], axis=0)
        penalty = net.weight_decay * getattr(net, name)
        np.testing.assert_allclose(getattr(g, name), mean + penalty, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_weights_is_kept_throughout(activation, loss, dtype):
    rng = np.random.default_rng(0)
    net = MLP.random(3, 4, 2, weight_decay=0.1, activation=activation, loss=loss, dtype=dtype)
    assert net.W1.dtype == net.W2.dtype == dtype
    for x_dtype in (np.float32, np.float64):
        x, y = rng.standard_normal((3, 5)).astype(x_dtype), draw_labels(loss, rng, 2, 5)
        f = net.forward(x, y)
        g = net.backward(f)
        numbers = [value for name, value in f._asdict().items() if name != "y"] + list(g)
        assert {value.dtype for value in numbers} == {np.dtype(dtype)}
        assert net.predict(x).dtype == dtype


def test_weights_of_two_dtypes_become_float64():
    net = MLP(np.ones((2, 3), np.float32), np.ones((1, 2)))
    assert net.W1.dtype == net.W2.dtype == np.float64


def test_plain_lists_of_integers_become_float64():
    net = MLP([[1, 0]], [[2]], loss=squared_error)
    f = net.forward([[3], [0]], [[5]])
    assert f.o.dtype == np.float64
    assert (f.o, f.L) == (6, 0.5)


def test_at_the_kink_of_relu_the_slope_is_zero():
    net = MLP([[1.0, -1.0], [1.0, 1.0]], [[1.0, 1.0]], loss=squared_error)
    f = net.forward([[2.0], [2.0]], [[0.0]])
    np.testing.assert_array_equal(f.z, [[0], [4]])
    g = net.backward(f)
    np.testing.assert_array_equal(g.h, [[4], [4]])
    np.testing.assert_array_equal(g.z, [[0], [4]])
    np.testing.assert_array_equal(g.W1, [[0, 0], [8, 8]])


def test_a_single_class_gives_no_gradient():
    net = MLP.random(3, 2, 1, activation=tanh)
    f = net.forward(np.ones((3, 2)), [0, 0])
    g = net.backward(f)
    assert f.L == 0
    assert not any(np.any(getattr(g, name)) for name in ("o", "W2", "h", "z", "W1"))


def test_an_activation_and_a_loss_of_the_readers_own():
    square = Activation("square", lambda z: z * z, lambda z: 2 * z, lambda z: np.full_like(z, 2))
    total = Loss("total", lambda o, y: o.sum(), lambda o, y: np.ones_like(o), lambda o, y, v: np.zeros_like(v))
    net = MLP([[3.0]], [[5.0]], activation=square, loss=total)
    f = net.forward([[2.0]], [[0.0]])
    g = net.backward(f)
    assert (f.z, f.h, f.o, f.J) == (6, 36, 180, 180)
    assert (g.W2, g.h, g.z, g.W1) == (36, 5, 60, 120)


@quick
@given(problems())
def test_nothing_handed_in_is_changed(problem):
    net, x, y = problem
    before = [a.copy() for a in (x, y, net.W1, net.W2)]
    f = net.forward(x, y)
    stored = [np.copy(value) for value in f]
    net.backward(f)
    net.predict(x)
    for old, new in zip(before + stored, [x, y, net.W1, net.W2, *f], strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_weights_are_copied():
    W1, W2 = np.ones((2, 3)), np.ones((1, 2))
    net = MLP(W1, W2)
    W1[:] = W2[:] = 7
    assert (net.W1 == 1).all()
    assert (net.W2 == 1).all()
    net.W1[:] = 5
    assert (W1 == 7).all()


def test_weight_decay_may_be_moved_between_two_passes():
    net = MLP([[1.0]], [[2.0]], loss=squared_error)
    assert net.forward([[1.0]], [[2.0]]).J == 0
    net.weight_decay = 2.0
    f = net.forward([[1.0]], [[2.0]])
    assert (f.s, f.J) == (5, 5)
    assert (net.backward(f).W1, net.backward(f).W2) == (2, 4)
    net.weight_decay = -1.0
    with pytest.raises(ValueError, match=r"weight_decay must be a finite number >= 0, got -1\.0$"):
        net.forward([[1.0]], [[2.0]])


def test_defaults():
    for net in (MLP([[1.0]], [[1.0]]), MLP.random(1, 1, 1)):
        assert (net.weight_decay, net.activation, net.loss, net.W1.dtype) == (0, relu, cross_entropy, np.float64)
    np.testing.assert_array_equal(MLP.random(3, 2, 4).W1, MLP.random(3, 2, 4, seed=0).W1)


@quick
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), seeds)
def test_units_that_stay_keep_their_weights(d, q, small, more, seed):
    a, b = MLP.random(d, small, q, seed=seed), MLP.random(d, small + more, q, seed=seed)
    assert a.W1.shape == (small, d)
    assert a.W2.shape == (q, small)
    np.testing.assert_array_equal(b.W1[:small], a.W1)
    kept = b.W2[:, :small] * np.sqrt((small + more) / small)
    np.testing.assert_allclose(kept, a.W2, rtol=1e-14)


@quick
@given(seeds, st.sampled_from([np.float32, np.float64]))
def test_a_seed_stands_for_one_set_of_weights(seed, dtype):
    a, b, other = (MLP.random(3, 4, 2, seed=k, dtype=dtype) for k in (seed, seed, seed + 1))
    np.testing.assert_array_equal(a.W1, b.W1)
    np.testing.assert_array_equal(a.W2, b.W2)
    assert (a.W1 != other.W1).any()
    assert (a.W2 != other.W2).any()


def test_random_weights_have_the_documented_spread():
    net = MLP.random(400, 300, 200)
    assert net.W1.std() * np.sqrt(400) == pytest.approx(1, rel=0.02)
    assert net.W2.std() * np.sqrt(300) == pytest.approx(1, rel=0.02)
    assert net.W1.mean() == pytest.approx(0, abs=0.001)


def test_the_two_random_matrices_have_nothing_in_common():
    net = MLP.random(80, 60, 80)
    for W2 in (net.W2.T, net.W2.reshape(60, 80)):
        assert abs(np.corrcoef(net.W1.flat, W2.flat)[0, 1]) < 0.1


NET = MLP.random(3, 4, 2, loss=cross_entropy)
REGRESSION = MLP.random(3, 4, 2, loss=squared_error)
X, Y = np.ones((3, 5)), np.array([0, 1, 0, 1, 1])
W1, W2 = np.ones((4, 3)), np.ones((2, 4))
NAN, INF = np.full((3, 5), np.nan), np.full((3, 5), -np.inf)

BAD_INPUT = {
    "rows of x": (
        lambda: NET.forward(np.ones((4, 5)), Y),
        ValueError,
        r"x: expected 3 rows, one per column of W1, got 4",
    ),
    "x of one axis": (
        lambda: NET.forward(X[:, 0], Y),
        ValueError,
        r"x: expected a 2-D array, inputs × examples, got shape \(3,\); .*x\[:, None\]",
    ),
    "x of three axes": (
        lambda: NET.forward(np.ones((3, 5, 1)), Y),
        ValueError,
        r"x: expected a 2-D array, .*, got shape \(3, 5, 1\)",
    ),
    "an empty minibatch": (
        lambda: NET.forward(np.ones((3, 0)), []),
        ValueError,
        r"x: expected at least one entry .*, got shape \(3, 0\)",
    ),
    "nan in x": (lambda: NET.forward(NAN, Y), ValueError, r"x must hold finite numbers, got nan"),
    "inf in x": (lambda: NET.forward(INF, Y), ValueError, r"x must hold finite numbers, got -inf"),
    "text in x": (lambda: NET.forward([["a"] * 5] * 3, Y), TypeError, r"x must hold real numbers, got dtype <U1"),
    "complex x": (lambda: NET.forward(X * 1j, Y), TypeError, r"x must hold real numbers, got dtype complex128"),
    "ragged x": (
        lambda: NET.forward([[1, 2], [3]], Y),
        ValueError,
        r"x must be an array, got rows of different lengths",
    ),
    "predict, rows of x": (lambda: NET.predict(np.ones((2, 5))), ValueError, r"x: expected 3 rows, .*W1, got 2"),
    "predict, x of one axis": (
        lambda: NET.predict(np.ones(3)),
        ValueError,
        r"x: expected a 2-D array, .*, got shape \(3,\)",
    ),
    "predict, nan in x": (lambda: NET.predict(NAN), ValueError, r"x must hold finite numbers, got nan"),
    "predict, empty": (
        lambda: NET.predict(np.ones((3, 0))),
        ValueError,
        r"x: expected at least one entry .*, got shape \(3, 0\)",
    ),
    "too few labels": (lambda: NET.forward(X, Y[:4]), ValueError, r"y: expected shape \(5,\), .*, got \(4,\)"),
    "labels as a row": (lambda: NET.forward(X, Y[None]), ValueError, r"y: expected shape \(5,\), .*, got \(1, 5\)"),
    "a label too large": (
        lambda: NET.forward(X, Y + 1),
        ValueError,
        r"y: expected class numbers from 0 to 1 .*, got 2$",
    ),
    "a label too small": (
        lambda: NET.forward(X, Y - 1),
        ValueError,
        r"y: expected class numbers from 0 to 1 .*, got -1$",
    ),
    "float labels": (
        lambda: NET.forward(X, Y * 1.0),
        TypeError,
        r"y: expected integer class numbers, got dtype float64",
    ),
    "targets of another shape": (
        lambda: REGRESSION.forward(X, np.ones((5, 2))),
        ValueError,
        r"y: expected shape \(2, 5\), .*, got \(5, 2\)",
    ),
    "targets of one axis": (
        lambda: REGRESSION.forward(X, Y),
        ValueError,
        r"y: expected shape \(2, 5\), .*, got \(5,\)",
    ),
    "nan in targets": (lambda: REGRESSION.forward(X, NAN[:2]), ValueError, r"y must hold finite numbers, got nan"),
    "a negative weight decay": (
        lambda: MLP(W1, W2, weight_decay=-0.1),
        ValueError,
        r"weight_decay must be a finite number >= 0, got -0\.1",
    ),
    "a weight decay of nan": (
        lambda: MLP(W1, W2, weight_decay=np.nan),
        ValueError,
        r"weight_decay must be a finite number >= 0, got nan",
    ),
    "an infinite weight decay": (
        lambda: MLP.random(3, 4, 2, weight_decay=np.inf),
        ValueError,
        r"weight_decay must be a finite number >= 0, got inf",
    ),
    "weight decay as text": (
        lambda: MLP(W1, W2, weight_decay="0.1"),
        TypeError,
        r"weight_decay must be a number, got '0\.1'",
    ),
    "weights that do not fit": (lambda: MLP(W1, W2.T), ValueError, r"W2: expected 4 columns, one per row of W1, got 2"),
    "W1 of one axis": (
        lambda: MLP(W1[0], W2),
        ValueError,
        r"W1: expected a 2-D array, hidden × inputs, got shape \(3,\)",
    ),
    "W2 of one axis": (
        lambda: MLP(W1, W2[0]),
        ValueError,
        r"W2: expected a 2-D array, outputs × hidden, got shape \(4,\)",
    ),
    "W1 without rows": (
        lambda: MLP(W1[:0], W2[:, :0]),
        ValueError,
        r"W1: expected at least one entry .*, got shape \(0, 3\)",
    ),
    "nan in W1": (lambda: MLP(W1 * np.nan, W2), ValueError, r"W1 must hold finite numbers, got nan"),
    "inf in W2": (lambda: MLP(W1, W2 * np.inf), ValueError, r"W2 must hold finite numbers, got inf"),
    "no hidden units": (lambda: MLP.random(3, 0, 2), ValueError, r"hidden must be an integer >= 1, got 0"),
    "minus one input": (lambda: MLP.random(-1, 4, 2), ValueError, r"inputs must be an integer >= 1, got -1"),
    "no outputs": (lambda: MLP.random(3, 4, 0), ValueError, r"outputs must be an integer >= 1, got 0"),
    "half a hidden unit": (lambda: MLP.random(3, 4.5, 2), TypeError, r"hidden must be an integer, got 4\.5"),
    "an activation by name": (
        lambda: MLP(W1, W2, activation="relu"),
        TypeError,
        r"activation must be an Activation .*, got 'relu'",
    ),
    "an activation of numpy": (
        lambda: MLP.random(3, 4, 2, activation=np.tanh),
        TypeError,
        r"activation must be an Activation .*, got .*tanh",
    ),
    "a loss by name": (lambda: MLP(W1, W2, loss="mse"), TypeError, r"loss must be a Loss .*, got 'mse'"),
    "more weights than fit": (
        lambda: MLP.random(3, 10**30, 2),
        ValueError,
        r"the number of weights must be at most 100,000,000, got 5(,000){10}$",
    ),
    "a few weights too many": (
        lambda: MLP.random(1, 5 * 10**7 + 1, 1),
        ValueError,
        r"the number of weights must be at most 100,000,000, got 100,000,002$",
    ),
    "the gradients, not the forward pass": (
        lambda: NET.backward(NET.backward(NET.forward(X, Y))),
        TypeError,
        r"f must be what forward returned, got an object of type Gradients",
    ),
    "the forward pass of another network": (
        lambda: NET.backward(MLP.random(3, 7, 2).forward(X, Y)),
        ValueError,
        r"f: expected what forward returned of MLP 3 → 4 → 2, .*, got 3 → 7 → 2$",
    ),
    "an unknown dtype": (
        lambda: MLP.random(3, 4, 2, dtype=np.float16),
        TypeError,
        r"dtype must be numpy\.float32 or numpy\.float64, got .*float16",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_answered_in_a_sentence(case):
    call, error, sentence = BAD_INPUT[case]
    with pytest.raises(error, match=sentence):
        call()


def test_what_is_too_large_is_infinite_without_a_warning():
    net = MLP(np.full((2, 2), 1e200), np.ones((2, 2)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = net.forward(np.full((2, 1), 1e200), [0])
        assert np.isinf(f.z).all()
        assert np.isinf(net.predict(f.x)).all()
        assert not np.isfinite(net.backward(f).W1).any()
