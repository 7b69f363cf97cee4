"""What real programs do: other dtypes, functions that hand out or overwrite memory, copies, threads, long graphs."""

import copy
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import quick

from helpers.checking import check_direction, check_gradients, check_rules, jacobian, numerical_gradient
from helpers.exercises import check_E2_backward
from helpers.exercises.hunt import SUSPECTS, check_hunt, mend, setting, suspect_7
from helpers.functions import Activation, Loss, cross_entropy, relu, sigmoid, softmax, squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Variable, plan, run
from helpers.memory import footprint
from helpers.network import MLP
from helpers.operators import add, compare, hidden_layers, multiply, one_hidden_layer, same, scale
from helpers.operators import sum as total
from helpers.training import train

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((4, 5)), np.array([0, 1, 0, 1, 1])


def network(activation=tanh, loss=cross_entropy, **options):
    return MLP.random(4, 3, 2, weight_decay=0.1, activation=activation, loss=loss, **options)


def graph_gradients(net, x, y):
    c = one_hidden_layer(net.activation, net.loss, net.weight_decay)
    _, *gradients = run([c.J, *gradient(c.J, [c.W1, c.W2])], {c.x: x, c.y: y, c.W1: net.W1, c.W2: net.W2})
    return gradients


def agree(net, x, y):
    """Whether graph and network say the same three times in a row."""
    g = net.backward(net.forward(x, y))
    again = [graph_gradients(net, x, y) for _ in range(3)]
    return all(np.array_equal(a, again[0][0]) and np.allclose(a, g.W1) for a, _ in again)


# Memory of somebody else's function.

ONE = np.ones((3, 5))
SLOPES = {
    "the same array each time": lambda z: ONE,
    "a view of it": lambda z: ONE[:, ::-1][:, ::-1],
    "bool": lambda z: z > 0,
    "int": lambda z: (z > 0).astype(int),
    "z itself": lambda z: z,
    "float32": lambda z: np.ones(z.shape, np.float32),
    "broadcast": lambda z: np.broadcast_to(1.0, z.shape),
}


@pytest.mark.parametrize("slope", SLOPES.values(), ids=SLOPES)
def test_memory_of_an_activation_is_not_written_into(slope):
    assert agree(network(Activation("mine", lambda z: z.copy(), slope, np.zeros_like)), X, Y)
    assert (ONE == 1).all()


@pytest.mark.parametrize("value", [lambda z: z, lambda z: ONE, lambda z: np.broadcast_to(2.0, z.shape)])
def test_memory_of_a_value_is_not_written_into(value):
    assert agree(network(Activation("mine", value, np.ones_like, np.zeros_like)), X, Y)
    assert (ONE == 1).all()


TARGETS = RNG.standard_normal((2, 5))
LOSS_GRADIENTS = {"y itself": lambda o, y: y, "o itself": lambda o, y: o, "an array of its own": lambda o, y: TARGETS}


@pytest.mark.parametrize("of_loss", LOSS_GRADIENTS.values(), ids=LOSS_GRADIENTS)
def test_memory_of_a_loss_is_not_written_into(of_loss):
    y, before, own = RNG.standard_normal((2, 5)), X.copy(), TARGETS.copy()
    y_before = y.copy()
    loss = Loss("mine", lambda o, y: np.sum(o * y), of_loss, lambda o, y, v: v)
    assert agree(network(loss=loss), X, y)
    for array, kept in ((y, y_before), (X, before), (TARGETS, own)):
        np.testing.assert_array_equal(array, kept)


WRITES = {"value": lambda z: np.tanh(z, out=z), "first": lambda z: np.multiply(z, 0.5, out=z)}


@pytest.mark.parametrize("which", WRITES)
def test_a_function_that_writes_into_what_it_is_given_raises(which):
    net = network(tanh._replace(**{which: WRITES[which]}))
    with pytest.raises(ValueError, match="read-only"):
        net.backward(net.forward(X, Y))
    with pytest.raises(ValueError, match="read-only"):
        graph_gradients(net, X, Y)
    with pytest.raises(ValueError, match="read-only"):
        check_gradients(net, X, Y)


@pytest.mark.parametrize("which", ["value", "gradient"])
def test_a_loss_that_writes_into_what_it_is_given_raises(which):
    def writes(o, y):
        o -= y + 1
        return np.sum(o) if which == "value" else o

    net, y = network(loss=squared_error._replace(**{which: writes})), np.zeros((2, 5))
    with pytest.raises(ValueError, match="read-only"):
        net.backward(net.forward(X, y))
    with pytest.raises(ValueError, match="read-only"):
        graph_gradients(net, X, y)


def test_a_result_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"^operator φ .*: expected a result of shape \(3, 5\), got shape \(3, 1\)"):
        graph_gradients(network(tanh._replace(value=lambda z: z[:, :1])), X, Y)


# Checks that have to look.


def flipped(net, f):
    g = net.backward(f)
    return g._replace(z=-g.z, W1=-g.W1)


@pytest.mark.parametrize("check", [check_gradients, check_rules])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_below_the_noise_is_not_called_right(check, seed):
    rng = np.random.default_rng(seed)
    net = MLP(rng.uniform(1.4, 1.6, (3, 4)), network(seed=seed).W2, activation=sigmoid)
    x = rng.uniform(4.9, 5.1, (4, 5))  # z is about 30: the slope there is far below what differences can see
    for backward in (None, flipped, lambda net, f: net.backward(f)._replace(z=0 * f.z)):
        report = check(net, x, Y, backward=backward)
        assert not report.ok
        assert {row.name: row.verdict for row in report.rows}["z" if check is check_gradients else "B6"] != "ok"


def test_a_saturated_network_with_signs_turned_is_not_called_right():
    for seed in range(8):
        net = network(sigmoid, seed=seed)
        net.W1, net.weight_decay = 30 * net.W1, 0.0
        assert not check_gradients(net, X, Y, backward=flipped).ok


@pytest.mark.parametrize("name", ["o", "W2", "h", "z", "W1"])
@pytest.mark.parametrize("part", [1j, 1e-12j, 0j])
def test_complex_gradients_are_wrong(name, part):
    def complex_one(net, f):
        g = net.backward(f)
        return g._replace(**{name: getattr(g, name) + part})

    report = check_gradients(network(), X, Y, backward=complex_one)
    assert report.wrong == (name,)
    assert str(report)


def test_a_backward_pass_that_changes_the_weights_is_told_so():
    def stepping(net, f):
        g = net.backward(f)
        net.W1 -= 0.1 * g.W1
        return g

    report = check_gradients(network(), X, Y, backward=stepping)
    assert report.changed == ("W1",)
    assert not report.ok


# Dtypes.


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("seed", range(8))
def test_steps_follow_the_coarser_of_x_and_f(dtype, seed):
    x = np.random.default_rng(seed).uniform(0.5, 2, 4)
    limit = 1e-3 if dtype == np.float32 else 0.05
    got = numerical_gradient(lambda v: np.sum(v.astype(dtype) ** 2), x)
    assert np.abs(got / (2 * x) - 1).max() < limit
    np.testing.assert_allclose(np.diag(jacobian(lambda v: np.sin(v.astype(dtype)), x)), np.cos(x), atol=limit)


def test_an_activation_that_computes_in_float32_raises_no_false_alarm():
    single = Activation(
        "single", lambda z: np.tanh(z.astype("f4")), lambda z: 1 - np.tanh(z.astype("f4")) ** 2, np.zeros_like
    )
    for seed in range(8):
        net = network(single, seed=seed)
        assert check_gradients(net, X, Y).wrong == ()
        assert "z" in check_gradients(net, X, Y, backward=flipped).wrong


@pytest.mark.parametrize("number", [np.float64(0.1), np.float32(0.1), np.array(0.1), 1, np.int64(1)], ids=repr)
def test_weight_decay_brings_no_dtype_of_its_own(number):
    net = network(dtype=np.float32)
    net.weight_decay = number
    f = net.forward(X, Y)
    assert {a.dtype for a in net.backward(f)} | {f.J.dtype, f.s.dtype} == {np.dtype(np.float32)}
    train(net, X, Y, epochs=1, batch_size=2, learning_rate=np.float64(0.1))
    assert net.W1.dtype == net.W2.dtype == np.float32


@pytest.mark.parametrize("order", ["<", ">"])
def test_single_precision_of_any_byte_order_stays_single(order):
    net = MLP(network().W1.astype(f"{order}f4"), network().W2.astype(f"{order}f4"))
    assert net.W1.dtype == np.float32
    assert net.W1.dtype.isnative
    assert run([same(v := Variable("v"))], {v: X.astype(f"{order}f4")})[0].dtype == np.float32


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i8", "u8", "?"])
def test_integers_do_not_wrap_whatever_else_is_asked_for(dtype):
    y, o = Variable("y"), Variable("o")
    labels = np.array([[100, 50]]).astype(dtype)
    want = labels.astype(float) ** 2
    product, sum_ = multiply(y, y), add(y, y)
    for outputs in ([product, sum_], [product, sum_, compare(o, y, squared_error)]):
        feeds = {y: labels, o: np.zeros((1, 2))} if len(outputs) == 3 else {y: labels}
        got = run(outputs, feeds)
        np.testing.assert_array_equal(got[0], want)
        np.testing.assert_array_equal(got[1], 2 * labels.astype(float))
        assert got[0].dtype == np.float64


def test_functions_of_small_integers_are_those_of_the_numbers():
    for activation in (relu, tanh, sigmoid):
        for order in ("value", "first", "second"):
            function = getattr(activation, order)
            z = np.array([-128, -3, 0, 5, 127], np.int8)
            np.testing.assert_allclose(function(z), function(z.astype(float)), rtol=1e-12)


# Tails.

TAILS = {
    "sigmoid": (sigmoid.value, lambda z: np.exp(-np.logaddexp(0, -z))),
    "sigmoid′": (sigmoid.first, lambda z: np.exp(-np.logaddexp(0, -z) - np.logaddexp(0, z))),
    "tanh′": (tanh.first, lambda z: 4 * np.exp(-2 * np.logaddexp(0, -2 * abs(z)) - 2 * abs(z))),
    "sigmoid″": (sigmoid.second, lambda z: np.exp(-np.logaddexp(0, -z) - np.logaddexp(0, z)) * -np.tanh(z / 2)),
}


@pytest.mark.parametrize("case", TAILS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tails_keep_their_digits(case, dtype):
    function, exact = TAILS[case]
    most = 80 if dtype == np.float64 else 40
    z = np.linspace(-most, most, 1001).astype(dtype)
    want = exact(z.astype(np.longdouble)).astype(np.float64)
    np.testing.assert_allclose(function(z), want, rtol=1e-12 if dtype == np.float64 else 5e-6)
    assert function(z).dtype == dtype


def test_a_single_number_has_its_tail_too():
    assert sigmoid.value(-40.0) == pytest.approx(4.248354255291589e-18, rel=1e-12)
    assert sigmoid.value(np.float32(-17)) == pytest.approx(np.exp(-17.0), rel=1e-5)


@pytest.mark.parametrize("gap", [1.0, 20.0, 50.0, 300.0])
def test_a_sure_cross_entropy_keeps_its_digits(gap):
    o, right, wrong = np.array([[gap], [0.0]]), np.array([0]), np.array([1])
    small = np.exp(-gap)
    assert cross_entropy.value(o, right) == pytest.approx(np.log1p(small), rel=1e-12)
    assert cross_entropy.value(o, wrong) == pytest.approx(gap + np.log1p(small), rel=1e-12)
    p = small / (1 + small)
    np.testing.assert_allclose(cross_entropy.gradient(o, right).ravel(), [-p, p], rtol=1e-12)
    np.testing.assert_allclose(
        cross_entropy.hessian_product(o, right, np.array([[1.0], [0.0]])).ravel(),
        np.array([1, -1]) * p * (1 - p),
        rtol=1e-12,
    )


# Shapes that NumPy would broadcast.

ONES = np.ones((1, 6))
BROADCAST = {
    "a column of targets": (squared_error, ONES, np.arange(6.0)[:, None]),
    "flat targets": (squared_error, ONES, np.arange(6.0)),
    "one target": (squared_error, ONES, np.ones((1, 1))),
    "a number": (squared_error, ONES, 1.0),
    "one label for all": (cross_entropy, np.ones((3, 6)), [1]),
    "a column of labels": (cross_entropy, np.ones((3, 6)), np.zeros((6, 1), int)),
    "negative labels": (cross_entropy, np.ones((3, 6)), [-1] * 6),
    "labels out of range": (cross_entropy, np.ones((3, 6)), [3] * 6),
    "labels of another kind": (cross_entropy, np.ones((3, 6)), [0.0] * 6),
    "a flat output": (squared_error, np.ones(6), np.ones(6)),
}


@pytest.mark.parametrize("case", BROADCAST)
def test_losses_refuse_in_a_sentence_what_would_be_broadcast(case):
    loss, o, y = BROADCAST[case]
    for call in (loss.value, loss.gradient, lambda o, y: loss.hessian_product(o, y, o)):
        with pytest.raises((ValueError, TypeError), match=r"^[oy]: expected "):
            call(o, y)


def test_a_direction_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"^v: expected shape \(1, 6\), as o has, got \(6, 1\)"):
        squared_error.hessian_product(ONES, ONES, ONES.T)


def test_stored_values_of_another_minibatch_are_refused():
    net = network()
    f = net.forward(X, Y)
    with pytest.raises(ValueError, match="^f: expected what forward returned"):
        net.backward(f._replace(z=f.z[:, :1]))
    with pytest.raises(ValueError, match="^y: expected|^f: expected"):
        MLP(net.W1, net.W2).backward(f._replace(o=f.o[:, :1]))


# Feeds.


def test_what_only_the_objective_depends_on_may_be_fed():
    w, x = Variable("w"), Variable("x")
    assert run(gradient(multiply(w, x), [w]), {w: 2.0, x: 5.0}) == [5]
    assert run(gradient(add(w, w), [w]), {w: 2.0}) == [2]
    (dJ_dw,) = gradient(multiply(w, w), [w])
    assert run(gradient(dJ_dw, [w]), {w: 3.0}) == [2]
    (dJ_dw,) = gradient(total(add(w, x)), [w])
    (second,) = gradient(total(multiply(dJ_dw, x)), [w])
    np.testing.assert_array_equal(run([second], {w: np.ones(3), x: np.ones(3)})[0], np.zeros(3))
    with pytest.raises(ValueError, match="^x was fed, but ∂c/∂w does not depend on it"):
        run(gradient(add(w, w, name="c"), [w]), {w: 2.0, x: 1.0})


def test_a_gradient_of_another_call_is_named():
    c = one_hidden_layer(loss=squared_error)
    (dJ_dW1,), (dJ_dh,) = gradient(c.J, [c.W1]), gradient(c.J, [c.h])
    with pytest.raises(ValueError, match="∂J/∂h of another call of gradient: ask for all gradients in one call"):
        run([dJ_dW1], {dJ_dh: np.ones((3, 5)), c.z: np.ones((3, 5)), c.x: X, c.W1: np.ones((3, 4))})


def test_a_plan_is_called_as_often_as_one_likes():
    c = one_hidden_layer(tanh, cross_entropy, 0.1)
    outputs = [c.J, *gradient(c.J, [c.W1, c.W2])]
    ready = plan(outputs)
    for n, seed in ((5, 0), (5, 1), (2, 2), (5, 3)):
        net = network(seed=seed)
        feeds = {c.x: X[:, :n], c.y: Y[:n], c.W1: net.W1, c.W2: net.W2}
        for a, b in zip(ready(feeds), run(outputs, feeds), strict=True):
            np.testing.assert_array_equal(a, b)
    cut = {
        c.o: np.zeros((2, 5)),
        c.y: Y,
        c.h: np.ones((3, 5)),
        c.z: np.ones((3, 5)),
        c.x: X,
        **dict(list(feeds.items())[2:]),
    }
    for a, b in zip(ready(cut), run(outputs, cut), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="cannot compute"):
        ready(feeds | {c.x: X[:2]})
    with pytest.raises(ValueError, match="^y: |y: expected shape"):
        ready(feeds | {c.y: Y[:2]})


def test_a_plan_may_be_called_by_many_threads():
    c = one_hidden_layer(tanh, cross_entropy, 0.1)
    ready, net = plan(gradient(c.J, [c.W1])), network()
    feeds = [{c.x: X[:, :n], c.y: Y[:n], c.W1: net.W1, c.W2: net.W2} for n in (1, 3, 5)] * 20
    with ThreadPoolExecutor(4) as threads:
        got = [result[0] for result in threads.map(ready, feeds)]
    for array, fed in zip(got, feeds, strict=True):
        np.testing.assert_array_equal(array, run(ready.outputs, fed)[0])


@quick
@given(st.sampled_from([1e200, 1e308, -1e308]))
def test_what_overflows_does_so_without_a_warning(size):
    a = Variable("a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (square,) = run([multiply(a, a)], {a: size})
        assert np.isinf(square)
        assert np.isfinite(run([scale(a, a)], {a: 1.0})[0])
        assert sigmoid.value(size) in (0, 1)
        assert np.isfinite(tanh.first(size))
        assert softmax([[size], [0.0]]).sum() == 1


# Copies.


def back_and_forth(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("through", [back_and_forth, copy.deepcopy, copy.copy], ids=["pickle", "deepcopy", "copy"])
def test_networks_and_graphs_can_be_copied(through):
    for function in (relu, tanh, sigmoid, cross_entropy, squared_error):
        assert through(function) is function
    net = through(network())
    assert net.loss is cross_entropy
    assert np.array_equal(net.W1, network().W1)
    assert through(net.forward(X, Y)).J == network().forward(X, Y).J


@pytest.mark.parametrize("through", [back_and_forth, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_copied_graph_has_gradients_of_its_own(through):
    c = one_hidden_layer(tanh, cross_entropy, 0.1)
    old = gradient(c.J, [c.W1, c.W2])
    new, again = through((c, old))
    feeds = [dict(zip((g.x, g.y, g.W1, g.W2), (X, Y, network().W1, network().W2), strict=True)) for g in (c, new)]
    for copied in (again, gradient(new.J, [new.W1, new.W2])):
        for a, b in zip(run(old, feeds[0]), run(copied, feeds[1]), strict=True):
            np.testing.assert_array_equal(a, b)
    second = gradient(total(again[0]), [new.W1])
    assert np.isfinite(run(second, feeds[1])[0]).all()


@pytest.mark.parametrize("through", [back_and_forth, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_graph_too_long_to_be_copied_says_so(through):
    v = a = Variable("a")
    for _ in range(40):
        v = add(v, a)
    w, b = through((v, a))
    assert run([w], {b: 1.0}) == [41]
    for _ in range(2000):
        v = add(v, a)
    with pytest.raises(ValueError, match=r"^cannot copy or pickle \(\+\): expected at most 40 operators in a row"):
        through(v)


def test_a_right_answer_that_asks_which_loss_it_is_is_accepted():
    def answer(net, b, f):
        n = f.o.shape[1]
        dJ_do = (softmax(f.o) - np.eye(len(f.o))[:, f.y]) / n if net.loss is cross_entropy else (f.o - f.y) / n
        dJ_dh = net.W2.T @ dJ_do
        dJ_dz = dJ_dh * net.activation.first(f.z)
        decay = net.weight_decay
        return {
            "o": dJ_do,
            "W2": dJ_do @ f.h.T + decay * net.W2,
            "h": dJ_dh,
            "z": dJ_dz,
            "b": dJ_dz.sum(axis=1, keepdims=True),
            "W1": dJ_dz @ f.x.T + decay * net.W1,
        }

    assert check_E2_backward(answer).status == "right"


# Sizes.


def test_sizes_that_would_take_all_memory_are_refused():
    for sizes in ((10**9, 1, 10**9), (10**9, 1, 1), (1, 10**5, 10**5)):
        with pytest.raises(ValueError, match="^the number of weights must be at most 100,000,000"):
            MLP.random(*sizes)
    with pytest.raises(ValueError, match="^the number of entries"):
        setting(examples=10**9)
    with pytest.raises(ValueError, match="^depth must be at most"):
        hidden_layers(10**9)


def test_a_footprint_of_any_size_is_a_number_and_of_what_run_would_take():
    c = one_hidden_layer()
    huge = {c.x: (10**9, 10**9), c.W1: (10**9, 10**9), c.W2: (10**9, 10**9)}
    assert footprint([c.o], huge).total == 8 * 5 * 10**18
    with pytest.raises(ValueError, match="^W2 was fed, but z does not depend on it"):
        footprint([c.z], {c.x: (4, 5), c.W1: (3, 4), c.W2: (2, 3)})


def test_an_operator_with_the_label_of_another_is_not_taken_for_it():
    from helpers.graph import Operator, Rule

    twice = Rule("TWICE", "=", lambda a: 2 * a, (lambda dJ, a: add(dJ, dJ),), lambda a: a)
    one_ = Rule("THREE", "1", lambda a: 3 * a, (lambda dJ, a: scale(dJ, dJ),), lambda a: a)
    a = Variable("a")
    assert footprint([Variable("b", Operator(twice, (a,)))], {a: (10, 10)}).intermediates == 800
    J = total(Variable("b", Operator(twice, (a,))))
    assert run(gradient(J, [a]), {a: np.ones(2)})[0].tolist() == [2, 2]
    assert run([Variable("c", Operator(one_, (a,)))], {a: 2.0}) == [6]


# Checks of the hunt, and hints.


def test_an_argument_that_is_not_used_is_warned_of():
    W = np.arange(3.0)
    with pytest.warns(UserWarning, match="does it use its argument"):
        assert not numerical_gradient(lambda _: np.sum(W**2), W).any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numerical_gradient(lambda w: np.sum(w**2), 0 * W)
        numerical_gradient(lambda w: np.sum(np.maximum(w, 0)), W - 5)


def test_a_finding_that_its_own_test_confirms_is_accepted():
    hidden = (MLP(np.abs(network(relu).W1), network().W2, activation=relu, weight_decay=0.1), np.abs(X), Y)
    assert check_hunt(1, ("B6", "slope", hidden)).status == "right"
    mended = mend(suspect_7, "delta[f.z <= 0] = 0", "delta = delta * (f.z > 0)")
    assert check_gradients(*setting(activation=relu), backward=mended).ok
    assert check_hunt(7, ("B6", "alias", hidden)).status == "right"
    with pytest.raises(ValueError, match="^number: expected a suspect from 0 to 8, got 9"):
        check_hunt(9, "B6")


def test_a_flat_bias_gets_the_hint_for_a_column():
    from helpers.operators import add_bias

    z, b = Variable("z"), Variable("b")
    with pytest.raises(ValueError, match=r"got shape \(3,\); for a single column write b\[:, None\]"):
        run([add_bias(z, b)], {z: np.ones((3, 5)), b: np.ones(3)})


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_], ids=repr)
def test_a_truth_value_is_no_number(value):
    with pytest.raises(TypeError, match="^weight_decay must be a number, got"):
        MLP([[1.0]], [[1.0]], weight_decay=value)
    with pytest.raises(TypeError, match="^learning_rate must be a number, got"):
        train(network(), X, Y, epochs=1, batch_size=1, learning_rate=value)
    with pytest.raises(TypeError, match="^seed must be an integer, got"):
        check_direction(network(), X, Y, seed=value)


# What is tolerated, and no less.


@pytest.mark.parametrize(("seed", "activation"), [(1, sigmoid), (9, tanh), (39, sigmoid)])
def test_the_noise_of_differences_of_a_large_objective_is_no_mistake(seed, activation):
    """Three of some thousand networks in which rounding alone moves a difference by more than eps^(2/3) · J."""
    rng = np.random.default_rng(seed)
    net = network(activation, squared_error, seed=seed)
    x, y = rng.standard_normal((4, 5)), 1e5 * rng.standard_normal((2, 5))
    assert check_gradients(net, x, y).wrong == ()


def test_a_run_that_starts_at_nearly_nothing_may_grow_a_thousandfold():
    """One weight, one example and a step that is too long: the error doubles each time, from a millionth."""
    identity = Activation("identity", lambda z: z, np.ones_like, np.zeros_like)
    net = MLP([[1e-6]], [[1.0]], activation=identity, loss=squared_error)
    history = train(net, [[1.0]], [[0.0]], epochs=10, batch_size=1, learning_rate=3.0)
    assert history.J.max() > 1e3 * history.J[0]
    assert history.ended_early == ""


@pytest.mark.parametrize(
    "value", [np.timedelta64(5), np.timedelta64(5, "s"), np.array(np.timedelta64(5, "s"))], ids=repr
)
def test_a_time_is_no_number(value):
    with pytest.raises(TypeError, match="^weight_decay must be a number, got"):
        MLP([[1.0]], [[1.0]], weight_decay=value)
    with pytest.raises(TypeError, match="^hidden must be an integer, got"):
        MLP.random(1, value, 1)


def test_the_test_of_a_slope_tells_the_two_suspects_apart_that_it_could_confuse():
    for number, left_out in ((1, True), (7, False)):
        net, x, y = setting(activation=relu)
        g = SUSPECTS[number].backward(net, net.forward(x, y))
        assert np.array_equal(g.z, net.W2.T @ g.o) == left_out
