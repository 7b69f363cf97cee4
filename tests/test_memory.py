"""`helpers.memory`: bytes predicted from the graph against bytes measured and by hand; deeper networks."""

import gc
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ACTIVATIONS, ALL, LOSSES, draw_labels, quick

from helpers.checking import numerical_gradient
from helpers.functions import cross_entropy, squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Variable, run, topological_order
from helpers.memory import footprint, measure
from helpers.network import MLP
from helpers.operators import (
    activate,
    add,
    add_bias,
    compare,
    hidden_layers,
    matmul,
    multiply,
    one_hidden_layer,
    same,
    transpose,
)
from helpers.operators import sum as total

some = settings(quick, max_examples=20)
every_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])
# depth, width, batch; the weights dominate in the last
SIZES = [(1, 256, 512), (5, 256, 16)] + ALL * [(2, 128, 1024), (3, 512, 256), (8, 256, 512)]


@pytest.fixture(autouse=True, scope="module")
def _fast_collections():
    gc.freeze()  # `measure` collects garbage each time; what is there before these tests need not be searched
    yield
    gc.unfreeze()


def network(depth, width, batch, *, inputs=64, outputs=10, dtype=np.float64, loss=cross_entropy, **options):
    """Return a graph with `depth` hidden layers and arrays to feed it with."""
    rng = np.random.default_rng(0)
    c = hidden_layers(depth, loss=loss, weight_decay=0.01, **options)
    lengths = [inputs] + [width] * depth + [outputs]
    weights = [rng.standard_normal((rows, columns)) / np.sqrt(columns) for columns, rows in pairwise(lengths)]
    y = draw_labels(loss, rng, outputs, batch)
    feeds = {c.x: rng.standard_normal((inputs, batch)), **dict(zip(c.weights, weights, strict=True))}
    if loss is not cross_entropy:
        y = y.astype(dtype)
    return c, {v: array.astype(dtype) for v, array in feeds.items()} | {c.y: y}


def prediction(c, feeds):
    """Return the outputs and the feeds of prediction."""
    return [c.o], {v: array for v, array in feeds.items() if v is not c.y}


def training(c, feeds):
    """Return the outputs and the feeds of a training step."""
    return [c.J, *gradient(c.J, c.weights)], feeds


def predicted(outputs, feeds, dtype=np.float64):
    return footprint(outputs, {v: np.shape(array) for v, array in feeds.items()}, dtype)


def deviation(outputs, feeds, dtype=np.float64):
    """Return measured over predicted bytes, less 1."""
    want = predicted(outputs, feeds, dtype).intermediates
    assert want >= 1e6
    return measure(lambda: run(outputs, feeds)) / want - 1


def deviations(work, sizes, dtype=np.float64, **options):
    """Return by how much `work` is off at each of the sizes where it is off by more than 5 %."""
    found = {size: deviation(*work(*network(*size, dtype=dtype, **options)), dtype) for size in sizes}
    return {size: f"{off:+.1%}" for size, off in found.items() if abs(off) >= 0.05}


def peak(depth, batch, work=training, width=64):
    return predicted(*work(*network(depth, width, batch, activation=tanh))).intermediates


# Against measurement.


@every_activation
@every_dtype
def test_the_peak_of_prediction_is_as_measured(activation, dtype):
    assert not deviations(prediction, [s for s in SIZES if s[2] > 16], dtype, activation=activation)


@every_activation
@every_loss
@every_dtype
def test_the_peak_of_training_is_as_measured(activation, loss, dtype):
    assert not deviations(training, SIZES, dtype, activation=activation, loss=loss)


@every_loss
def test_the_peak_of_training_is_as_measured_with_many_outputs(loss):
    assert not deviations(training, [(1, 64, 1024)], outputs=256, activation=tanh, loss=loss)


@every_dtype
@every_loss
def test_the_peak_of_the_chapters_graph_is_as_measured(dtype, loss):
    c = one_hidden_layer(activation=tanh, loss=loss, weight_decay=0.01)
    deeper, feeds = network(1, 256, 2048, dtype=dtype, loss=loss)
    same_feeds = dict(zip((c.x, c.W1, c.W2, c.y), feeds.values(), strict=True))
    assert list(feeds) == [deeper.x, *deeper.weights, deeper.y]
    c.weights = [c.W1, c.W2]
    off = [deviation(*work(c, same_feeds), dtype) for work in (prediction, training)]
    assert max(map(abs, off)) < 0.05


def test_the_peak_of_a_network_with_a_bias_is_as_measured():
    x, y, W1, b, W2 = (Variable(name) for name in ("x", "y", "W1", "b", "W2"))
    L = compare(matmul(W2, activate(add_bias(matmul(W1, x), b), tanh)), y, squared_error)
    shapes = {x: (16, 4096), y: (2, 4096), W1: (64, 16), b: (64, 1), W2: (2, 64)}
    feeds = {v: np.random.default_rng(0).standard_normal(shape) for v, shape in shapes.items()}
    off = deviation([L, *gradient(L, [W1, b, W2])], feeds)
    assert abs(off) < 0.05


@settings(quick, max_examples=10)
@given(st.integers(1, 4), st.integers(120, 200), st.integers(550, 900), st.sampled_from(LOSSES), st.booleans())
def test_the_peak_of_any_size_is_as_measured(depth, width, batch, loss, train):
    c, feeds = network(depth, width, batch, activation=tanh, loss=loss)
    off = deviation(*(training if train else prediction)(c, feeds))
    assert abs(off) < 0.05


# By hand.


def test_layers_in_a_row_need_two_arrays_at_a_time():
    a = h = Variable("a")
    for _ in range(5):
        h = activate(h, tanh)
    assert footprint([h], {a: (10, 10)}) == (0, 800, 1600, footprint([h], {a: (10, 10)}).kept)


def test_an_array_that_is_used_later_is_kept():
    a = Variable("a")
    b = activate(a, tanh, name="b")
    c = activate(b, tanh, name="c")
    d = activate(c, tanh, name="d")
    e = multiply(b, d, name="e")
    assert footprint([d], {a: (10, 10)}).intermediates == 2 * 800
    assert footprint([e], {a: (10, 10)}).intermediates == 3 * 800  # b, c and d, or b, d and e
    assert footprint([b, d], {a: (10, 10)}).intermediates == 3 * 800  # an output is not let go


def test_an_output_asked_for_twice_and_one_that_is_fed():
    a = Variable("a")
    b = activate(a, tanh)
    assert footprint([b, b], {a: (10, 10)}).intermediates == 800
    assert footprint([a], {a: (10, 10)})[1:] == (800, 0, ())
    assert footprint([activate(b, tanh)], {b: (10, 10)})[1:3] == (800, 800)


@pytest.mark.parametrize(("dtype", "item"), [(np.float32, 4), (np.float64, 8)])
def test_prediction_by_hand(dtype, item):
    c = one_hidden_layer()
    got = footprint([c.o], {c.x: (2, 7), c.W1: (5, 2), c.W2: (3, 5)}, dtype)
    assert got[:3] == (item * (10 + 15), item * 14, item * (35 + 35))  # z and h, then h and o
    assert got.total == item * (25 + 14 + 70)
    assert got.kept == ((c.z, 35 * item), (c.h, 35 * item))
    wide = footprint([c.o], {c.x: (2, 7), c.W1: (5, 2), c.W2: (9, 5)}, dtype)
    assert wide.intermediates == item * (35 + 63)
    assert wide.kept == ((c.o, 63 * item), (c.h, 35 * item))


@pytest.mark.parametrize(("dtype", "item"), [(np.float32, 4), (np.float64, 8)])
def test_training_by_hand(dtype, item):
    """The peak is B6: z, ∂J/∂h and ∂J/∂z, with o still to be compared, ∂J/∂W2 done and λ·W1 waiting."""
    c = one_hidden_layer(loss=squared_error, weight_decay=0.1)
    dW1, dW2 = gradient(c.J, [c.W1, c.W2])
    got = footprint([c.J, dW1, dW2], {c.x: (2, 1000), c.y: (1, 1000), c.W1: (3, 2), c.W2: (1, 3)}, dtype)
    assert got[:2] == (item * (6 + 3), item * 3000)
    assert got.intermediates == item * (3 * 3000 + 1000 + 3 + 6)
    assert {c.z, c.o, dW2} < {v for v, _ in got.kept}


def test_class_numbers_take_8_bytes_each():
    c = one_hidden_layer(loss=cross_entropy)
    fed = {c.x: (2, 7), c.y: (7,), c.W1: (5, 2), c.W2: (3, 5)}
    assert footprint([c.L], fed, np.float32).inputs == 4 * 14 + 8 * 7
    assert footprint([c.L], fed).inputs == 8 * 14 + 8 * 7


def without_reuse(activation):
    """Return an activation whose slopes NumPy cannot overwrite, as on platforms where it never does: they are held."""
    held = []

    def first(z):
        held[:] = [activation.first(z)]
        return held[0]

    return activation._replace(first=first)


@every_activation
@every_loss
def test_where_numpy_reuses_nothing_a_training_step_takes_one_array_more(activation, loss):
    for depth, width, batch in ((1, 256, 512), (2, 128, 1024)):
        outputs, feeds = training(*network(depth, width, batch, activation=without_reuse(activation), loss=loss))
        forecast, took = predicted(outputs, feeds).intermediates, measure(lambda: run(outputs, feeds))  # noqa: B023
        assert 0.95 * forecast < took < 1.05 * forecast + width * batch * 8


def test_targets_take_what_the_other_arrays_take():
    c = one_hidden_layer(loss=squared_error)
    fed = {c.x: (2, 7), c.y: (3, 7), c.W1: (5, 2), c.W2: (3, 5)}
    assert footprint([c.L], fed, np.float32).inputs == 4 * (14 + 21)


def test_another_name_for_an_array_counts_once():
    a = Variable("a")
    b = activate(a, tanh)
    assert footprint([same(same(b))], {a: (10, 10)}).intermediates == 800
    assert footprint([b, same(b)], {a: (10, 10)}).intermediates == 800
    assert footprint([same(a)], {a: (10, 10)}).intermediates == 0


def test_an_array_that_is_used_under_another_name_is_kept():
    a = Variable("a")
    b = activate(a, tanh)
    assert footprint([activate(same(b), tanh)], {a: (10, 10)}).intermediates == 2 * 800
    assert footprint([same(b), activate(b, tanh)], {a: (10, 10)}).intermediates == 2 * 800


def test_an_array_that_is_used_under_another_name_is_kept_as_measured():
    a, b = Variable("a"), Variable("b")
    J = total(activate(add(activate(a, tanh), activate(b, tanh)), tanh))
    outputs = gradient(J, [a, b])
    aliased = same(activate(a, tanh))
    feeds = {a: np.ones((400, 400)), b: np.ones((400, 400))}
    off = [deviation(outputs, feeds), deviation([multiply(aliased, activate(aliased, tanh))], {a: feeds[a]})]
    assert max(map(abs, off)) < 0.05


def test_a_transposed_array_counts_once():
    a = Variable("a")
    off = deviation([transpose(activate(a, tanh))], {a: np.ones((400, 400))})
    assert abs(off) < 0.05


# What the notebook says of growth.


@some
@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 500))
def test_prediction_does_not_grow_with_depth(depth, other, batch):
    assert peak(depth, batch, prediction) == peak(other, batch, prediction)


def test_each_further_layer_adds_its_z_and_its_h_to_training():
    peaks = [peak(depth, 1024) for depth in range(2, 8)]
    assert {more - less for less, more in pairwise(peaks)} == {2 * 64 * 1024 * 8}


@some
@given(st.integers(1, 6), st.integers(600, 3000))
def test_increments_are_in_proportion_to_the_batch(depth, batch):
    one, two, four = (peak(depth, factor * batch) for factor in (1, 2, 4))
    assert four - two == 2 * (two - one)
    assert one < two < 2.001 * one


def test_small_batches_hardly_matter_beside_the_gradients_of_the_weights():
    assert peak(8, 2, width=256) < 1.01 * peak(8, 1, width=256)


@some
@given(st.integers(1, 6), st.integers(1, 300), st.integers(1, 300), st.sampled_from([np.float32, np.float64]))
def test_what_is_kept_adds_up(depth, width, batch, dtype):
    c, feeds = network(depth, width, batch)
    for outputs, fed in (prediction(c, feeds), training(c, feeds)):
        got = predicted(outputs, fed, dtype)
        sizes = [size for _, size in got.kept]
        assert sum(sizes) == got.intermediates
        assert sizes == sorted(sizes, reverse=True)
        assert {v for v, _ in got.kept} <= set(topological_order(outputs, fed))
        assert len({v for v, _ in got.kept}) == len(sizes)
        assert got.total == got.parameters + got.inputs + got.intermediates
        assert got.parameters == sum(fed[W].size for W in c.weights) * np.dtype(dtype).itemsize


# What footprint needs.


def test_nothing_is_computed():
    c, feeds = network(3, 8, 5)
    outputs, _ = training(c, feeds)
    want = predicted(outputs, feeds)

    def refuse(*_):
        raise AssertionError("a value was computed")

    for v in topological_order(outputs):
        if v.operator:
            v.operator.value = refuse
    assert predicted(outputs, feeds) == want
    huge = {c.x: (64, 10**9), c.y: (10**9,)} | {W: feeds[W].shape for W in c.weights}
    assert footprint(outputs, huge).intermediates > 10**11


@pytest.mark.parametrize("missing", ["x", "y", "W1", "W2"])
def test_a_missing_shape_is_named(missing):
    c = one_hidden_layer()
    fed = {c.x: (2, 7), c.y: (7,), c.W1: (5, 2), c.W2: (3, 5)}
    del fed[getattr(c, missing)]
    with pytest.raises(ValueError, match=f"^no value was fed for {missing}, which J needs"):
        footprint([c.J], fed)


def test_shapes_that_do_not_fit_are_refused():
    c = one_hidden_layer()
    with pytest.raises(ValueError, match="expected as many columns on the left as rows on the right, got 2 and 3"):
        footprint([c.o], {c.x: (3, 7), c.W1: (5, 2), c.W2: (3, 5)})


def test_one_variable_instead_of_a_list_is_refused_with_a_sentence():
    c = one_hidden_layer()
    with pytest.raises(TypeError, match="outputs must be a list of variables, got the variable o"):
        footprint(c.o, {c.x: (2, 7), c.W1: (5, 2), c.W2: (3, 5)})


# Measuring.


@some
@given(st.lists(st.integers(10**5, 10**6), min_size=1, max_size=5))
def test_what_is_held_at_the_same_time_adds_up(sizes):
    got = measure(lambda: [np.empty(size, np.uint8) for size in sizes])
    assert sum(sizes) <= got < sum(sizes) + 10_000


@some
@given(st.lists(st.integers(10**5, 10**6), min_size=1, max_size=5))
def test_what_is_let_go_does_not(sizes):
    def work():
        for size in sizes:
            np.empty(size, np.uint8)

    assert max(sizes) <= measure(work) < max(sizes) + 10_000


def test_what_was_there_before_does_not_count():
    before = [np.ones(10**6)]
    assert measure(before.clear) < 10_000
    assert measure(lambda: None) < 10_000


def test_a_failing_function_raises_and_leaves_nothing_running():
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0)
    assert not tracemalloc.is_tracing()
    assert 8e6 <= measure(lambda: np.zeros(10**6)) < 8.1e6
    assert not tracemalloc.is_tracing()


def test_a_measurement_within_a_measurement():
    inner = []
    outer = measure(lambda: [np.ones(10**5), inner.append(measure(lambda: np.ones(10**6)))])
    assert 8e6 <= inner[0] < 8.1e6
    assert 8.8e6 <= outer < 8.9e6


def test_a_measurement_leaves_the_tracing_of_others_on():
    tracemalloc.start()
    try:
        kept = np.ones(10**6)
        np.ones(10**7)  # a higher peak, before the measurement
        assert 8e5 <= measure(lambda: np.ones(10**5)) < 8.1e5
        assert tracemalloc.is_tracing()
        assert tracemalloc.get_traced_memory()[0] >= kept.nbytes
    finally:
        tracemalloc.stop()


# Deeper networks.


@every_activation
@every_loss
def test_one_hidden_layer_is_the_chapters(activation, loss):
    c, feeds = network(1, 6, 5, inputs=4, outputs=3, activation=activation, loss=loss)
    x, W1, W2, y = feeds.values()
    chapter = one_hidden_layer(activation=activation, loss=loss, weight_decay=0.01)
    dW1, dW2 = gradient(chapter.J, [chapter.W1, chapter.W2])
    fed = {chapter.x: x, chapter.W1: W1, chapter.W2: W2, chapter.y: y}
    net = MLP(W1, W2, activation=activation, loss=loss, weight_decay=0.01)
    f = net.forward(x, y)
    g = net.backward(f)
    got = run([c.o, c.L, c.s, *training(c, feeds)[0]], feeds)
    for one, other, closed in zip(
        got,
        run([chapter.o, chapter.L, chapter.s, chapter.J, dW1, dW2], fed),
        (f.o, f.L, f.s, f.J, g.W1, g.W2),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(one, closed, rtol=1e-13, atol=1e-15)


@every_activation
@pytest.mark.parametrize("depth", [2, 5])
def test_gradients_of_a_deeper_network_agree_with_central_differences(activation, depth):
    c, feeds = network(depth, 4, 3, inputs=3, outputs=2, activation=activation)
    _, *gradients = run(*training(c, feeds))
    for W, got in zip(c.weights, gradients, strict=True):
        want = numerical_gradient(lambda array, W=W: run([c.J], feeds | {W: array})[0], feeds[W])
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)


@every_activation
@pytest.mark.parametrize("layers", [1, 2, 5] if ALL else [2])
def test_recomputing_gives_the_same_gradients_for_less_memory(activation, layers):
    """Cut a network into blocks, keep what enters each, and run a block again on the way back."""
    rng = np.random.default_rng(0)
    blocks, width = 4, 40
    matrices = rng.standard_normal((blocks * layers, width, width)) / np.sqrt(width)
    entering = rng.standard_normal((width, 500))

    start, u = Variable("start"), Variable("u")
    weights = [Variable(f"W{k}") for k in range(blocks * layers)]
    h, of_block = start, weights[:layers]
    for W in of_block:
        h = activate(matmul(W, h), activation)
    block_back = gradient(total(multiply(u, h)), [start, *of_block])
    feeds = [dict(zip(of_block, matrices[k * layers :], strict=False)) for k in range(blocks)]

    def recomputing():
        kept, gradients = [entering], []
        for block in feeds:
            kept += run([h], block | {start: kept[-1]})
        arriving = np.ones_like(kept.pop())
        for block in reversed(feeds):
            arriving, *found = run(block_back, block | {start: kept.pop(), u: arriving})
            gradients = found + gradients
        return gradients

    deep = start
    for W in weights:
        deep = activate(matmul(W, deep), activation)
    all_feeds = {start: entering, **dict(zip(weights, matrices, strict=True))}
    back = gradient(total(deep), weights)
    for one, other in zip(run(back, all_feeds), recomputing(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    if layers == 5:
        assert measure(recomputing) < 0.6 * measure(lambda: run(back, all_feeds))
