"""`helpers.checking`: the oracles agree with known derivatives; right gradients pass, and wrong ones are named."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from strategies import ACTIVATIONS, LOSSES, draw_labels, problems, quick, relative_error, seeds
from wrong import ALL_ACTIVE, MISTAKES, RIGHT, SQUARE, backward_with, setting

from helpers import numpy_operators
from helpers.checking import (
    check_direction,
    check_function,
    check_gradients,
    check_rules,
    jacobian,
    numerical_gradient,
    prod,
)
from helpers.functions import Activation, cross_entropy, relu, sigmoid, squared_error, tanh
from helpers.graph import Variable
from helpers.network import MLP, Gradients

NAMES = ("o", "W2", "h", "z", "W1")
CHECKS = (check_gradients, check_rules)
STEP = {np.float64: 6.06e-6, np.float32: 4.92e-3}  # the cube root of the rounding unit
shapes = array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])
both_checks = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)


def normal(seed, shape, dtype=np.float64):
    return np.asarray(np.random.default_rng(seed).standard_normal(shape), dtype)


# Differences


@both_dtypes
def test_differences_agree_with_known_derivatives(dtype):
    tolerance = {np.float64: 1e-9, np.float32: 5e-4}[dtype]

    @quick
    @given(shapes, shapes, seeds)
    def check(out, shape, seed):
        x, A = normal([seed, 0], shape, dtype), normal([seed, 1], out + shape, dtype)
        before = x.copy()
        got = jacobian(lambda x: np.tensordot(A, np.sin(x), axes=len(shape)), x)
        assert got.dtype == dtype
        assert relative_error(got, A * np.cos(x)) < tolerance

        C = normal([seed, 2], shape, dtype)
        gradient = numerical_gradient(lambda x: np.sum(C * np.sin(x)), x)
        assert gradient.dtype == dtype
        assert relative_error(gradient, C * np.cos(x)) < tolerance
        np.testing.assert_array_equal(x, before)

    check()


@both_dtypes
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3, 1e6])
def test_differences_hold_for_numbers_of_any_size(size, dtype):
    x = normal(0, (2, 3), dtype) * dtype(size)
    got = numerical_gradient(lambda x: np.sum(x * x) / 2, x)
    assert relative_error(got, x) < {np.float64: 1e-7, np.float32: 5e-3}[dtype]


@quick
@given(shapes, seeds)
def test_the_jacobian_of_the_identity_is_the_identity(shape, seed):
    x = normal(seed, shape)
    got = jacobian(lambda x: x, x)  # f returns its own argument
    assert got.shape == shape + shape
    np.testing.assert_allclose(got.reshape(x.size, x.size), np.eye(x.size), atol=1e-12)


def test_numbers_lists_and_integers_are_taken():
    np.testing.assert_allclose(numerical_gradient(lambda x: x**3, 2), 12)
    np.testing.assert_allclose(jacobian(lambda x: x[0] * x[1], [2, 3]), [3, 2])


def test_an_empty_array_has_an_empty_gradient():
    assert numerical_gradient(np.sum, np.ones((0, 3))).shape == (0, 3)
    assert jacobian(np.sin, np.ones((2, 0))).shape == (2, 0, 2, 0)


@pytest.mark.parametrize("differences", [jacobian, numerical_gradient])
@pytest.mark.parametrize(
    ("x", "error", "sentence"),
    [
        ([1.0, np.nan], ValueError, "x must hold finite numbers, got nan"),
        ([1.0, np.inf], ValueError, "x must hold finite numbers, got inf"),
        (["a"], TypeError, "x must hold real numbers, got dtype <U1"),
        ([1j], TypeError, "x must hold real numbers, got dtype complex128"),
        ([[1], [2, 3]], ValueError, "x must be an array, got rows of different lengths"),
    ],
)
def test_differences_want_finite_real_numbers(differences, x, error, sentence):
    with pytest.raises(error, match=sentence):
        differences(np.sum, x)


@pytest.mark.parametrize("shape", [(1,), (2,), (1, 1), (2, 3)])
def test_a_gradient_is_that_of_a_scalar(shape):
    with pytest.raises(
        ValueError, match=rf"f\(x\): expected a scalar, got shape \({shape[0]},.*; for arrays use jacobian"
    ):
        numerical_gradient(lambda x: np.ones(shape) * x, 1.0)


# prod

few_axes = array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=3)


def contraction(A, B, over):
    """Return what prod should: the sum over the axes of Y, named by numbers."""
    z, x = A.ndim - over, B.ndim - over
    axes_z, axes_y, axes_x = range(z), range(z, z + over), range(z + over, z + over + x)
    return np.einsum(A, [*axes_z, *axes_y], B, [*axes_y, *axes_x], [*axes_z, *axes_x])


@quick
@given(few_axes, few_axes, few_axes, seeds)
def test_prod_sums_over_the_axes_of_y(Z, Y, X, seed):
    A, B = normal([seed, 0], Z + Y), normal([seed, 1], Y + X)
    got = prod(A, B, over=len(Y))
    assert got.shape == Z + X
    np.testing.assert_allclose(got, contraction(A, B, len(Y)), rtol=1e-12, atol=1e-12)


@quick
@given(few_axes, few_axes, few_axes, few_axes, seeds)
def test_prod_of_a_chain_may_begin_at_either_end(Z, Y, X, V, seed):
    A, B, C = normal([seed, 0], Z + Y), normal([seed, 1], Y + X), normal([seed, 2], X + V)
    from_the_left = prod(prod(A, B, over=len(Y)), C, over=len(X))
    from_the_right = prod(A, prod(B, C, over=len(X)), over=len(Y))
    np.testing.assert_allclose(from_the_left, from_the_right, rtol=1e-12, atol=1e-12)


@quick
@given(few_axes, few_axes, few_axes, seeds)
def test_prod_chains_the_jacobians_of_two_functions(Z, Y, X, seed):
    A, B, x = normal([seed, 0], Z + Y), normal([seed, 1], Y + X), normal([seed, 2], X)

    def f(x):
        return np.tanh(np.tensordot(B, x, axes=len(X)))

    def g(y):
        return np.tensordot(A, np.sin(y), axes=len(Y))

    chained = prod(jacobian(g, f(x)), jacobian(f, x), over=len(Y))
    np.testing.assert_allclose(chained, jacobian(lambda x: g(f(x)), x), rtol=1e-7, atol=1e-7)


def test_prod_keeps_float32():
    ones = np.ones((2, 2), np.float32)
    assert prod(ones, ones, over=1).dtype == np.float32


@pytest.mark.parametrize(
    ("A", "B", "over", "sentence"),
    [
        (
            np.ones((2, 3)),
            np.ones((4, 2)),
            1,
            r"at the end of dZ_dY and at the beginning of dY_dX, got \(3,\) and \(4,\)",
        ),
        (
            np.ones((2, 3)),
            np.ones((2, 4)),
            2,
            r"at the end of dZ_dY and at the beginning of dY_dX, got \(2, 3\) and \(2, 4\)",
        ),
        (np.ones((2, 3)), np.ones(3), 2, "over: expected the number of axes of Y, 0 to 1, got 2"),
        (np.ones(3), np.ones((3, 2)), -1, "over: expected the number of axes of Y, 0 to 1, got -1"),
        ([np.nan], [1.0], 1, "dZ_dY must hold finite numbers, got nan"),
        ([1.0], [np.inf], 1, "dY_dX must hold finite numbers, got inf"),
    ],
)
def test_prod_answers_bad_input_in_a_sentence(A, B, over, sentence):
    with pytest.raises(ValueError, match=sentence):
        prod(A, B, over=over)


# Right gradients pass


@both_checks
@both_dtypes
def test_the_networks_own_gradients_pass(check, dtype, record_property):
    errors = []

    @quick
    @given(problems(dtype))
    def run(problem):
        report = check(*problem)
        assert report.wrong == ()
        assert report.ok == all(row.compared for row in report.rows)
        errors.append(report.worst)

    run()
    assert max(errors) < {np.float64: 1e-6, np.float32: 1e-4}[dtype]
    print(f"largest relative error of {check.__name__} in {dtype.__name__}: {max(errors):.1e}")
    record_property("largest relative error", max(errors))


def scaled(W1=1.0, W2=1.0, x=1.0, n=3, activation=tanh, loss=cross_entropy, weight_decay=0.1, dtype=np.float64):
    """Return a random problem whose arrays are of the given sizes."""
    rng = np.random.default_rng(0)
    net = MLP(
        (W1 * rng.standard_normal((4, 3))).astype(dtype),
        (W2 * rng.standard_normal((2, 4))).astype(dtype),
        weight_decay=weight_decay,
        activation=activation,
        loss=loss,
    )
    return net, x * rng.standard_normal((3, n)), draw_labels(loss, rng, 2, n)


@both_checks
@both_dtypes
@pytest.mark.parametrize(
    "problem",
    [
        {"W1": 40, "activation": tanh},  # saturated
        {"W1": 40, "activation": sigmoid},
        {"W1": 1e-8, "W2": 1e-8},
        {"W2": 1e4, "activation": relu},  # logits of 10⁴
        {"W2": 1e4, "activation": relu, "n": 50, "weight_decay": 0},
        {"W1": 100, "W2": 100, "loss": squared_error, "activation": relu},
        {"weight_decay": 1e4},
        {"weight_decay": 1e4, "loss": squared_error},
        {"n": 50},
        {"n": 50, "loss": squared_error, "activation": relu},
        {"x": 0},
    ],
    ids=lambda problem: ", ".join(f"{name} {getattr(value, 'name', value)}" for name, value in problem.items()),
)
def test_right_gradients_pass_where_numbers_are_extreme(problem, dtype, check):
    assert check(*scaled(**problem, dtype=dtype)).wrong == ()


@both_checks
@quick
@given(problem=problems())
def test_the_rules_written_out_pass_too(check, problem):
    assert check(*problem, backward=backward_with()).wrong == ()


# The report


def test_rows_come_in_the_order_computed():
    assert tuple(row.name for row in check_gradients(*SQUARE).rows) == NAMES
    labels = " ".join(row.label for row in check_rules(*SQUARE).rows)
    places = [labels.index(name) for name in ("B2", "B3", "∂s/∂W1", "∂s/∂W2", "B4", "B5", "B6", "B7")]
    assert places == sorted(places)


ONE_OF_EACH = MLP([[3.0]], [[-1.0]], weight_decay=0.5, loss=squared_error)


def test_a_report_prints_as_a_table():
    report = check_gradients(ONE_OF_EACH, [[2.0]], [[-4.0]])
    assert repr(report) == str(report)
    assert str(report).splitlines() == [
        "          entry   expected     got   relative error",
        "∂J/∂o    [0, 0]         -2      -2          < 1e-06   ✓",
        "∂J/∂W2   [0, 0]      -12.5   -12.5          < 1e-06   ✓",
        "∂J/∂h    [0, 0]          2       2          < 1e-06   ✓",
        "∂J/∂z    [0, 0]          2       2          < 1e-06   ✓",
        "∂J/∂W1   [0, 0]        5.5     5.5          < 1e-06   ✓",
        "Every array agrees.",
    ]


def test_a_table_shows_what_is_wrong():
    def wrong(net, f):
        g = net.backward(f)
        return g._replace(h=[3.0], z=0 * g.z, W1=net.weight_decay * net.W1)

    report = check_gradients(ONE_OF_EACH, [[2.0]], [[-4.0]], backward=wrong)
    assert str(report).splitlines() == [
        "          entry       expected          got   relative error",
        "∂J/∂o    [0, 0]             -2           -2          < 1e-06   ✓",
        "∂J/∂W2   [0, 0]          -12.5        -12.5          < 1e-06   ✓",
        "∂J/∂h             shape (1, 1)   shape (1,)              inf   ✗ wrong",
        "∂J/∂z    [0, 0]              2            0          1.0e+00   ✗ wrong",
        "∂J/∂W1   [0, 0]            5.5          1.5          7.3e-01   ✗ wrong",
        "Wrong: h, z, W1. Look first at h.",
    ]


@quick
@given(problems())
def test_a_row_shows_the_largest_entry_of_a_right_array(problem):
    net, x, y = problem
    g = net.backward(net.forward(x, y))
    report = check_gradients(net, x, y)
    assert report.worst == max(row.error for row in report.rows) < 1e-6
    for row in report.rows:
        array = getattr(g, row.name)
        assert row.compared + row.left_out == array.size
        if row.left_out == 0:
            np.testing.assert_allclose(abs(row.expected), np.abs(array).max(), rtol=1e-5, atol=1e-9)
            np.testing.assert_allclose((row.expected, row.got), array[row.index], rtol=1e-5, atol=1e-9)


def trembling(backward, seed):
    """Return the same backward pass on a machine that rounds differently."""
    rng = np.random.default_rng(seed)

    def other(net, f):
        g = backward(net, f)._asdict()
        return Gradients(**{name: g[name] + 1e-13 * rng.uniform(-1, 1, np.shape(g[name])) for name in g})

    return other


@both_checks
@pytest.mark.parametrize("mistake", [None, *MISTAKES], ids=lambda mistake: mistake.name if mistake else "right")
def test_the_text_does_not_tremble(mistake, check):
    backward = backward_with(**{mistake.of: mistake.rule}) if mistake else backward_with()
    problem = mistake.shows if mistake else SQUARE
    texts = {str(check(*problem, backward=trembling(backward, seed))) for seed in range(5)}
    assert texts == {str(check(*problem, backward=backward))}


@pytest.mark.parametrize("backward", [None, backward_with(z=lambda net, f, dJ_dh: dJ_dh)], ids=["right", "wrong"])
def test_of_equal_entries_the_first_is_shown(backward):
    twins = SQUARE.net, np.ones((3, 3)), np.ones((3, 3))
    for seed in range(5):
        report = check_gradients(*twins, backward=trembling(backward or backward_with(), seed))
        assert {row.index[1] for row in report.rows if row.name != "W2"} == {0}


# Kinks


@both_dtypes
def test_entries_within_a_step_of_a_kink_are_left_out_and_counted(dtype):
    in_steps = st.sampled_from([0, 0, 0.5, -0.5, 2, -2, 50, -50])

    @quick
    @given(st.integers(1, 3), st.integers(1, 3), st.data())
    def check(hidden, inputs, data):
        steps = np.reshape(data.draw(st.lists(in_steps, min_size=9, max_size=9))[: hidden * inputs], (hidden, inputs))
        W1 = (steps * STEP[dtype]).astype(dtype)
        net = MLP(W1, normal(0, (2, hidden), dtype), weight_decay=0.1)
        report = check_gradients(net, np.eye(inputs), np.zeros(inputs, int))  # x = I, and so z = W1
        near = int((abs(steps) < 1).sum())
        assert [row.left_out for row in report.rows] == [0, 0, 0, near, near]
        assert report.wrong == ()
        assert report.ok == (near < steps.size)
        assert [row.verdict for row in report.rows[:3]] == ["ok"] * 3
        counts = str(report).count("left out")
        assert counts == (2 if near else 0)
        assert ("not compared" in str(report)) == (near == steps.size)
        assert ("not every array could be compared" in str(report)) == (near == steps.size)

    check()


def at_zero(activation):
    """Return a network whose only unit has z = 0 for an input with a blank entry, and that input with its label."""
    net = MLP([[2.0, 5.0, -1.0]], [[1.0], [-1.0]], weight_decay=0.1, activation=activation)
    return net, [[1.0], [0.0], [2.0]], [0]


def test_weights_of_blank_inputs_are_compared_at_a_kink():
    report = check_gradients(*at_zero(relu))
    assert [row.left_out for row in report.rows] == [0, 0, 0, 1, 2]
    assert [row.compared for row in report.rows] == [2, 2, 1, 0, 1]
    assert "∂J/∂W1: left out 2 entries within a step of a kink" in str(report)
    assert "∂J/∂z: left out 1 entry within a step of a kink" in str(report)


@pytest.mark.parametrize("activation", [tanh, sigmoid], ids=lambda activation: activation.name)
def test_nothing_is_left_out_of_a_smooth_function(activation):
    report = check_gradients(*at_zero(activation))
    assert report.ok
    assert sum(row.left_out for row in report.rows) == 0


def test_a_kink_may_lie_anywhere():
    clip = Activation("clip", lambda z: z.clip(0, 3), lambda z: ((z > 0) & (z < 3)) * 1.0, np.zeros_like, (0.0, 3.0))
    net = MLP(np.eye(4), np.ones((2, 4)) * [[1], [-1]], activation=clip)
    report = check_gradients(net, [[0.0], [1.0], [2.0], [3.0]], [0])
    assert report.ok
    assert [row.left_out for row in report.rows] == [0, 0, 0, 2, 2 * 3]  # the first input is blank


def test_the_slope_at_a_kink_is_a_choice():
    """relu′(0) = 1 is as good as 0, and no check complains."""
    other = backward_with(z=lambda net, f, dJ_dh: dJ_dh * (f.z >= 0))
    for check in CHECKS:
        assert check(*at_zero(relu), backward=other).wrong == ()


# Somebody else's backward pass


@both_checks
def test_somebody_elses_backward_gets_the_network_and_its_forward_pass(check):
    net, x, y = SQUARE
    calls = []

    def theirs(net, f):
        calls.append((net, f))
        return SimpleNamespace(**net.backward(f)._asdict())

    assert check(net, x, y, backward=theirs).ok
    for given_net, f in calls:
        np.testing.assert_array_equal(given_net.W1, net.W1)
        want = given_net.forward(x, y)
        for name in want._fields:
            np.testing.assert_array_equal(getattr(f, name), getattr(want, name))


@both_checks
@pytest.mark.parametrize("name", ["L", "s", *NAMES])
def test_a_missing_field_is_named(name, check):
    def theirs(net, f):
        g = net.backward(f)._asdict()
        del g[name]
        return SimpleNamespace(**g)

    with pytest.raises(TypeError, match=f"expected the fields L s o W2 h z W1, got SimpleNamespace without {name}"):
        check(*SQUARE, backward=theirs)


@both_checks
def test_bad_input_is_answered_as_forward_does(check):
    net, x, y = SQUARE
    with pytest.raises(ValueError, match="x: expected 3 rows, one per column of W1, got 2"):
        check(net, x[:2], y)
    with pytest.raises(ValueError, match=r"y: expected shape .*, got \(2, 3\)"):
        check(net, x, y[:2])


DAMAGE = {
    "an axis less": lambda array: array[0],
    "a row less": lambda array: array[1:],
    "a column more": lambda array: np.hstack([array, array[:, :1]]),
    "an axis more": lambda array: array[None],
    "one number": lambda array: array.sum(),
    "nan": lambda array: np.where(np.arange(array.size).reshape(array.shape) == 1, np.nan, array),
    "inf": lambda array: np.where(np.arange(array.size).reshape(array.shape) == 1, np.inf, array),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", DAMAGE)
def test_wrong_shapes_and_numbers_that_are_none_are_caught(damage, name):
    def theirs(net, f):
        g = net.backward(f)
        return g._replace(**{name: DAMAGE[damage](getattr(g, name))})

    report = check_gradients(*SQUARE, backward=theirs)
    assert not report.ok
    assert report.wrong == (name,)
    assert report.worst == np.inf
    rules = {"o": "B2", "h": "B5", "z": "B6", "W1": "B7", "W2": "B4"}
    assert rules[name] in check_rules(*SQUARE, backward=theirs).wrong


@pytest.mark.parametrize(("name", "after"), [("o", ["B4", "B5"]), ("h", ["B6"]), ("z", ["B7"])])
def test_a_rule_whose_upstream_gradient_has_a_wrong_shape_is_not_compared(name, after):
    def theirs(net, f):
        g = net.backward(f)
        return g._replace(**{name: getattr(g, name)[1:]})

    report = check_rules(*SQUARE, backward=theirs)
    assert [row.name for row in report.rows if row.verdict == "not compared"] == after


@both_dtypes
def test_one_wrong_entry_is_caught(dtype):
    size = {np.float64: 1e-3, np.float32: 1e-2}[dtype]

    @quick
    @given(problems(dtype), st.sampled_from(NAMES), st.booleans(), seeds)
    def check(problem, name, up, seed):
        net, x, y = problem
        array = getattr(net.backward(net.forward(x, y)), name).copy()
        largest = np.abs(array).max()
        assume(largest > 0.1 * max(1, net.forward(x, y).J))  # smaller ones drown in the rounding of J
        index = np.unravel_index(seed % array.size, array.shape)
        array[index] += (size if up else -size) * largest
        report = check_gradients(net, x, y, backward=lambda net, f: net.backward(f)._replace(**{name: array}))
        assume(sum(row.left_out for row in report.rows) == 0)

        assert report.wrong == (report.first_wrong,) == (name,)
        row = report.rows[NAMES.index(name)]
        assert row.index == index
        np.testing.assert_allclose(row.got, array[index], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(row.error, size, rtol=0.05)
        assert report.worst == row.error

    check()


# Mistakes made on purpose

every_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)


@every_mistake
def test_a_mistake_is_named_where_it_shows(mistake):
    wrong = backward_with(**{mistake.of: mistake.rule})
    report = check_gradients(*mistake.shows, backward=wrong)
    assert not report.ok
    assert report.first_wrong == report.wrong[0] == mistake.of
    assert f"Look first at {mistake.of}." in str(report)

    net, x, y = mistake.shows
    got, want = wrong(net, net.forward(x, y)), net.backward(net.forward(x, y))
    for row in report.rows:
        true_error = relative_error(getattr(got, row.name), getattr(want, row.name))
        assert row.error == pytest.approx(true_error, rel=1e-4, abs=1e-6)


@every_mistake
def test_a_mistake_is_located_by_its_rule(mistake):
    report = check_rules(*mistake.shows, backward=backward_with(**{mistake.of: mistake.rule}))
    assert not report.ok
    assert report.wrong == (mistake.breaks,)
    assert report.first_wrong == mistake.breaks


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.hidden], ids=lambda m: f"{m.name}: {m.why}")
def test_a_mistake_is_not_seen_where_it_makes_no_difference(mistake):
    wrong = backward_with(**{mistake.of: mistake.rule})
    assert check_gradients(*mistake.hidden, backward=wrong).wrong == ()
    seen_by_rules = (mistake.breaks,) if mistake.breaks == "B3" else ()  # it chooses λ itself
    assert check_rules(*mistake.hidden, backward=wrong).wrong == seen_by_rules


def test_mistakes_of_two_rules_are_located_separately():
    mistakes = [mistake for mistake in MISTAKES if mistake.shows is SQUARE]
    for one, two in combinations(mistakes, 2):
        if one.of != two.of:
            report = check_rules(*SQUARE, backward=backward_with(**{one.of: one.rule, two.of: two.rule}))
            assert set(report.wrong) == {one.breaks, two.breaks}


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("name", RIGHT)
def test_a_rule_off_by_a_factor_is_caught_with_every_function(name, loss, activation):
    problem = setting((3, 4, 2), examples=5, activation=activation, loss=loss)
    wrong = backward_with(**{name: lambda *arguments: 1.01 * RIGHT[name](*arguments)})
    assert check_gradients(*problem, backward=wrong).first_wrong == name
    assert not check_rules(*problem, backward=wrong).ok


def test_checking_changes_nothing():
    net, x, y = ALL_ACTIVE
    before = [array.copy() for array in (net.W1, net.W2, x, y)]
    for check in CHECKS:
        check(net, x, y)
    for array, copy in zip((net.W1, net.W2, x, y), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@both_checks
@pytest.mark.parametrize(
    ("net", "x", "y"),
    [
        (MLP([[1e4]], [[1.0], [1.0001]]), [[1.0]], [0]),  # logits of 1e4 that nearly tie: a sharp bend
        (MLP([[1e-3, 2e-3]], [[1.0]], activation=tanh, loss=squared_error), [[1000.0], [250.0]], [[0.3]]),
        (MLP([[1.0]], [[1.0]], loss=squared_error), np.full((1, 50), 2.0), np.linspace(-1e5, 1e5, 50)[None]),
    ],
    ids=["tied logits", "large inputs", "large targets"],
)
def test_large_numbers_raise_no_false_alarm(check, net, x, y):
    report = check(net, x, y)
    assert report.wrong == (), report


def test_a_penalty_that_is_not_linear_in_the_weight_decay_is_located():
    def squared(net, f):
        return net.backward(f)._replace(W2=net.backward(f).o @ f.h.T + net.weight_decay**2 * net.W2)

    assert check_rules(*SQUARE, backward=squared).wrong == ("B3",)


def test_a_start_other_than_1_is_located():
    def doubled(net, f):
        return net.backward(f)._replace(L=2.0)

    assert check_rules(*SQUARE, backward=doubled).first_wrong == "B1"


@both_checks
def test_a_field_that_is_none_is_wrong(check):
    def unfinished(net, f):
        return net.backward(f)._replace(W1=None)

    report = check(*SQUARE, backward=unfinished)
    assert not report.ok
    assert set(report.wrong) <= {"W1", "B3", "B7"}


@both_checks
def test_a_backward_pass_that_writes_into_what_it_was_handed_is_told_so(check):
    def in_place(net, f):
        g = net.backward(f)
        f.o[...] = f.h[...] = f.x[...] = 0
        return g

    report = check(*SQUARE, backward=in_place)
    assert report.wrong == ()
    assert report.changed == ("x", "h", "o")
    assert not report.ok
    assert "The backward pass changed x, h, o. Work on copies." in str(report)


def test_jacobian_of_a_function_that_writes_into_its_argument():
    assert np.allclose(jacobian(lambda x: np.multiply(x, 2, out=x), np.array([1.0, 3.0])), 2 * np.eye(2))


# Along one direction


@quick
@given(problems())
def test_the_slope_along_a_direction_is_the_product_with_the_gradient(problem):
    net, x, y = problem
    assume(net.activation is not relu)
    for seed in (0, 1):
        row = check_direction(net, x, y, seed)
        assert row.verdict == "ok"
        assert row.got == pytest.approx(row.expected, rel=1e-5, abs=1e-8)


@both_dtypes
def test_the_direction_has_length_1_and_favours_no_weight(dtype):
    net, x, y = setting(loss=cross_entropy)
    net = MLP(net.W1.astype(dtype), net.W2.astype(dtype), weight_decay=0.1, activation=tanh)
    g = net.backward(net.forward(x, y))
    whole = np.concatenate([g.W1.ravel(), g.W2.ravel()]).astype(float)
    got = np.array([check_direction(net, x, y, seed).got for seed in range(600)])
    assert np.abs(got).max() <= np.linalg.norm(whole)
    assert np.mean(got**2) == pytest.approx(whole @ whole / whole.size, rel=0.2)
    assert len(set(got)) == 600


def test_the_direction_is_that_of_its_seed():
    assert check_direction(*SQUARE) == check_direction(*SQUARE, seed=0) == check_direction(*SQUARE, 0)
    assert check_direction(*SQUARE, 1).got != check_direction(*SQUARE).got
    with pytest.raises((TypeError, ValueError), match="seed"):
        check_direction(*SQUARE, seed=-1)


def test_one_direction_costs_two_forward_passes_whatever_the_size(monkeypatch):
    calls = []
    forward = MLP.forward
    monkeypatch.setattr(MLP, "forward", lambda net, x, y: calls.append(net) or forward(net, x, y))
    for sizes in ((2, 2, 2), (20, 30, 10)):
        calls.clear()
        net, x, y = setting(sizes)
        check_direction(net, x, y)
        assert len(calls) == 3  # and the one of the network itself, for its gradient
        assert calls[0] is net


@pytest.mark.parametrize("name", ["W1", "W2"])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_wrong_gradient_of_the_weights_is_seen_along_a_direction(name, loss):
    for change in (lambda g, W: -g, lambda g, W: 1.001 * g, lambda g, W: g - 0.1 * W, lambda g, W: g.T):

        class Wrong(MLP):
            def backward(self, f, change=change):
                g = super().backward(f)
                return g._replace(**{name: change(getattr(g, name), getattr(self, name))})

        right, x, y = setting(loss=loss)
        wrong = Wrong(right.W1, right.W2, weight_decay=0.1, activation=tanh, loss=loss)
        assert check_direction(right, x, y).verdict == "ok"
        row = check_direction(wrong, x, y)
        assert row.verdict == "wrong"
        assert row.error > 1e-5
        assert row.expected == pytest.approx(check_direction(right, x, y).expected)


def test_a_direction_changes_nothing():
    net, x, y = setting()
    W1, W2, x0 = net.W1.copy(), net.W2.copy(), x.copy()
    check_direction(net, x, y)
    for array, before in ((net.W1, W1), (net.W2, W2), (x, x0)):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("check", [check_gradients, check_rules, check_direction])
def test_where_J_is_infinite_there_is_nothing_to_check(check):
    net = MLP(np.full((2, 2), 1e200), np.ones((2, 2)))
    with pytest.raises(ValueError, match="J must be finite to take differences of, got (nan|inf)"):
        check(net, np.full((2, 1), 1e200), [0])


# Functions of one's own


def verdicts(report):
    return {row.label: row.verdict for row in report.rows}


def objective(x, y, W1, W2, weight_decay=0.1):
    o = W2 @ np.maximum(W1 @ x, 0)
    o = o - np.max(o, axis=0)
    p = np.exp(o) / np.sum(np.exp(o), axis=0)
    return -np.mean(np.log(p[y, np.arange(len(y))])) + weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))


@both_dtypes
def test_a_function_is_checked_in_every_argument(dtype):
    arrays = {name: normal([7, k], shape, dtype) for k, (name, shape) in enumerate({"x": (3, 5), "W1": (4, 3)}.items())}
    report = check_function(objective, **arrays, y=np.array([0, 1, 1, 0, 1]), W2=normal(9, (2, 4), dtype))
    assert list(verdicts(report)) == ["objective", "∂objective/∂x", "∂objective/∂W1", "∂objective/∂W2"]
    assert report.ok
    assert report.worst < {np.float64: 1e-8, np.float32: 1e-5}[dtype]
    assert str(report).endswith("Every array agrees.")


def test_floats_are_checked_too():
    report = check_function(lambda x, c: np.sum(x) * c**2, x=np.ones(3), c=2.0)
    assert [(row.name, row.expected, row.got) for row in report.rows][0] == ("output", 12, 12)
    assert [row.got for row in report.rows[1:]] == pytest.approx([4, 12])
    assert report.ok


WRONG_PRODS = {
    "EXP": lambda dJ, a: dJ * np.exp(a) * 1.001,
    "TANH": lambda dJ, a: dJ * (1 - np.tanh(a)),
    "NEGATIVE": lambda dJ, a: dJ,
    "ABS": lambda dJ, a: dJ,
    "LOG": lambda dJ, a: dJ / a + 1e-4,
    "SUM": lambda dJ, a, axis, keepdims: dJ + a,
}


@pytest.mark.parametrize("name", WRONG_PRODS)
def test_a_wrong_rule_is_seen(monkeypatch, name):
    def f(w, x):
        return np.sum(np.log(np.exp(np.tanh(abs(-(w * x))))))

    arrays = {"w": normal(3, (2, 3)), "x": normal(4, (2, 3))}
    assert check_function(f, **arrays).ok
    monkeypatch.setattr(getattr(numpy_operators, name), "prods", (WRONG_PRODS[name],))
    report = check_function(f, **arrays)
    assert report.wrong == ("w", "x")
    assert "✗ wrong" in str(report)


def test_a_value_that_the_graph_does_not_share_is_seen():
    def f(x):
        y = x
        x += 1  # on an array it changes y too
        return np.sum(y)

    report = check_function(f, x=np.ones(3))
    assert report.first_wrong == "f"
    assert (report.rows[0].expected, report.rows[0].got) == (6, 3)
    assert check_function(lambda x: x[:1, None] * 2, x=np.ones(3)).ok

    def other_shape(x):
        return np.sum(x) if isinstance(x, Variable) else np.array([np.sum(x)])

    report = check_function(other_shape, x=np.ones(3))
    assert (report.first_wrong, report.rows[0].expected, report.rows[0].got) == ("other_shape", (1,), ())


@pytest.mark.parametrize(
    ("f", "kinks"),
    [
        (lambda x: np.sum(np.maximum(x, 0) * [1, 2, 3]), 1),
        (lambda x: np.sum(np.minimum(x, x[0])), 0),
        (lambda x: np.sum(abs(x)), 1),
        (lambda x: np.max(np.concatenate([x, x[1:]])), 0),
        (lambda x: np.sum(np.clip(x, 0, 1)), 2),
        (lambda x: np.sum(np.where(x > 0, x, 2 * x)), 1),
        (lambda x: np.sum(x > 0), 1),
    ],
)
def test_what_lies_at_a_kink_is_not_compared(f, kinks):
    report = check_function(f, x=np.array([0.0, 1.0, -2.0]))
    assert report.rows[1].left_out == kinks
    assert report.ok


def test_a_function_is_not_checked_beyond_its_domain():
    report = check_function(lambda x: np.sum(np.log(x)), x=np.array([1e-7, 1.0, 2.0]))
    assert (report.ok, report.rows[1].left_out) == (True, 1)
    report = check_function(lambda x: np.sqrt(x), x=0.0)
    assert (report.ok, report.rows[1].verdict) == (False, "not compared")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 1e-13 * np.sum(x) + 1,
        lambda x: np.sum((1e9 + x) - 1e9),
        lambda x: np.sum(np.tanh(1e4 * x)),
    ],
)
def test_what_differences_do_not_see_is_never_said_to_agree(f):
    report = check_function(f, x=np.array([0.5, 1.0, -2.0]))
    assert (report.ok, report.wrong) == (False, ())
    assert report.rows[1].verdict == "not compared"


def test_a_gradient_that_is_nan_is_wrong():
    report = check_function(lambda x: np.sum(np.sqrt(np.maximum(x, 0))), x=np.array([1.0, -2.0]))  # 0 times infinity
    assert (report.wrong, report.rows[1].index) == (("x",), (1,))


def test_an_argument_that_does_not_matter_has_a_gradient_of_zeros():
    report = check_function(lambda x, y: np.sum(x), x=np.ones(2), y=np.ones((2, 2)))
    assert report.ok
    assert report.rows[2].got == 0
    assert check_function(lambda x: 3.0, x=1.0).ok
    assert check_function(lambda x: 0.0, x=np.ones(2)).ok


@pytest.mark.parametrize(
    ("f", "x", "error", "sentence"),
    [
        (
            lambda x: 2 * x,
            np.ones(3),
            ValueError,
            r"^f must return a scalar to have a gradient, got shape \(3,\); np\.sum",
        ),
        (
            np.sum,
            np.arange(3),
            ValueError,
            "^f: expected at least one floating-point array among its arguments, got none",
        ),
        (np.sum, np.ones(3) * 1j, TypeError, "must hold real numbers, got dtype complex128$"),
        (np.sum, np.ones(3) * np.nan, ValueError, "must hold finite numbers, got nan in float64$"),
        (lambda x: np.sum(x) / 0, np.ones(3), ValueError, "^output must be finite to take differences of, got inf$"),
        (
            lambda x: np.sum(x) * np.random.default_rng().random(),
            np.ones(3),
            ValueError,
            "^f: expected the same number",
        ),
        (lambda x: None, np.ones(3), TypeError, "^f must return one array or number, got None"),
        (lambda x: 1 / 0, np.ones(3), ZeroDivisionError, "^division by zero$"),
    ],
)
def test_what_is_no_function_to_differentiate_is_refused(f, x, error, sentence):
    with pytest.raises(error, match=sentence):
        check_function(f, **{"a" if f is np.sum else "x": x})


def test_a_check_of_a_function_changes_no_array():
    x, y = np.ones(3), np.array([0, 1, 2])

    def f(x, y):
        x += 1
        y[:] = 0
        return np.sum(x[y])

    assert check_function(f, x=x, y=y).ok
    assert (x.tolist(), y.tolist()) == ([1, 1, 1], [0, 1, 2])
