"""Whatever is handed to the public functions, they end in a result or in an error of our own: a sentence that names
the argument.

An error is our own if a `raise` in helpers raised it, as a ValueError or a TypeError whose sentence names an argument:
not one of NumPy, Graphviz or Matplotlib that came through. Results are finite where no one fed in numbers too large
for the arithmetic, and no warning shows. `make test` tries a few cases of each function, `make test-all` many; the
number is printed at the end.
"""

import dis
import io
import math
import re
import warnings
from collections import Counter
from contextlib import redirect_stdout
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from strategies import quick

import helpers
from helpers import _validation as inputs
from helpers import checking, drawing, functions, graph, memory, operators, plots, tracing, training
from helpers import gradient as gradients
from helpers.exercises import verdicts
from helpers.functions import cross_entropy, relu, sigmoid, squared_error, tanh
from helpers.graph import Variable
from helpers.network import MLP

HELPERS = str(Path(helpers.__file__).parent)
CASES = Counter()

# What a reader may hand in by mistake.

ODD_TYPES = [
    *("bool", "int8", "uint8", "int64", "uint64", "float16", "float32", "float64", "longdouble"),
    *("complex64", "complex128", "object", "U3", "S3", "datetime64[s]", "timedelta64[s]", "i4,f8", ">f8"),
]
ODD_NUMBERS = [0.0, -0.0, 1.0, -1.0, 1e-320, 1e-45, 1e300, -1e300, math.nan, math.inf, -math.inf]


@st.composite
def odd_arrays(draw, shape=None):
    if shape is None:
        shape = draw(arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    entries = draw(st.lists(st.sampled_from(ODD_NUMBERS) | st.integers(-3, 3), min_size=1, max_size=4))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array = np.resize(np.array(entries, float), shape)
        array = array.astype(draw(st.sampled_from(ODD_TYPES)))
    return draw(st.sampled_from(LAYOUTS))(array)


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


LAYOUTS = [
    lambda array: array,
    read_only,
    lambda array: np.asfortranarray(array),
    lambda array: np.stack([array, array], axis=-1)[..., 0],  # not contiguous
    lambda array: array[::-1] if array.ndim else array,  # strides below 0
    lambda array: np.broadcast_to(array[:1], array.shape) if array.ndim else array,  # strides of 0
    lambda array: np.ma.masked_array(array, mask=np.resize([True, False], array.shape)) if array.size else array,
    lambda array: array.view(np.recarray),
    lambda array: array.tolist(),
]

odd_values = st.one_of(
    odd_arrays(),
    st.sampled_from(
        [
            *(None, True, False, 0, 1, 2, -1, 10**10, 10**30, 10**400, 2**63, 0.5, -0.0, 1e308, math.nan, math.inf),
            *(Fraction(1, 3), Decimal("0.1"), 1j, np.float16(2), np.int8(-1), np.uint64(2**63), np.bool_(True)),
            *("", "x", "1", "relu", "$\\frac$", "\0", "<b>", b"x", bytearray(b"x"), ..., NotImplemented, object()),
            *([], [[]], [[1, 2], [3]], [None], (), {}, {1: 2}, {"x": [1]}, set(), frozenset("ab"), range(3)),
            *(relu, cross_entropy, Variable("v"), MLP([[1.0]], [[1.0]]), ValueError("x"), np.datetime64("2020-01-01")),
            *(slice(1), type("Own", (), {})(), lambda *_: None, lambda *_: "x", lambda *_: [1, 2], memoryview(b"xyz")),
        ]
    ),
    st.text(max_size=3),
    st.floats(),
    st.integers(),
)


# What is right, so that a case gets past the first check; one argument or two are then put out of order.


@st.composite
def matrices(draw, rows=None, columns=None):
    shape = rows or draw(st.integers(1, 4)), columns or draw(st.integers(1, 4))
    return np.random.default_rng(draw(st.integers(0, 99))).standard_normal(shape).round(2)


@st.composite
def nets(draw):
    return MLP.random(
        draw(st.integers(1, 4)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        weight_decay=draw(st.sampled_from([0.0, 0.1, 1e300])),
        activation=draw(st.sampled_from([relu, tanh, sigmoid])),
        loss=draw(st.sampled_from([cross_entropy, squared_error])),
        dtype=draw(st.sampled_from(["float32", "float64"])),
    )


@st.composite
def examples_of(draw, net):
    """Draw x and y that fit `net`."""
    n = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    size = draw(st.sampled_from([1.0, 1e-320, 1e30, 1e200]))
    with np.errstate(all="ignore"):
        x = (rng.standard_normal((net.W1.shape[1], n)) * size).astype(net.W1.dtype)
    x[~np.isfinite(x)] = 1.0
    classes = net.loss.labels == "classes"
    return x, rng.integers(len(net.W2), size=n) if classes else rng.standard_normal((len(net.W2), n))


@st.composite
def spoiled(draw, right):
    """Return the arguments `right`, a dict, with none, some or all of them replaced."""
    which = draw(st.sets(st.sampled_from(sorted(right)), max_size=2)) if right else ()
    return right | {name: draw(spoiled_value(right[name])) for name in which}


def spoiled_value(value):
    if isinstance(value, np.ndarray):  # of the right shape, which gets further than any other
        return odd_arrays(value.shape) | odd_values
    if isinstance(value, list | tuple):
        return st.just(list(value)[:-1]) | st.just([*value, *value]) | odd_values
    return odd_values


# The functions, each with arguments that are right and the names that its sentences may use besides those of the
# arguments themselves.

TARGETS = {}


def target(right, *names, finite=True):
    """Register a function of keyword arguments; `right` is a strategy of dicts."""

    def register(function):
        TARGETS[function.__name__] = function, right, names, finite
        return function

    return register


def of(**strategies):
    return st.fixed_dictionaries(strategies)


# inputs


@target(of(value=matrices()))
def as_array(value):
    return inputs.as_array("value", value)


@target(of(value=matrices()))
def as_matrix(value):
    return inputs.as_matrix("value", value, "rows × columns")


@target(of(y=st.just([0, 1])))
def as_classes(y):
    return inputs.as_labels("classes", y, 2, 2, np.float64)


@target(of(y=matrices(2, 2)))
def as_targets(y):
    return inputs.as_labels("targets", y, 2, 2, np.float64)


@target(of(value=matrices()), finite=False)
def as_numbers(value):
    return inputs.as_numbers("value", value)


@target(of(factor=st.floats(-1, 1)))
def as_number(factor):
    return inputs.as_number("factor", factor)


@target(of(rate=st.floats(-1, 1)))
def as_number_above_zero(rate):
    return inputs.as_number("rate", rate, above=0)


@target(of(dtype=st.sampled_from([np.float32, "float64", np.dtype("float32")])))
def as_dtype(dtype):
    return inputs.as_dtype(dtype)


@target(of(weight_decay=st.floats(0, 1)))
def as_weight_decay(weight_decay):
    return inputs.as_weight_decay(weight_decay)


@target(of(value=st.integers(1, 5)))
def as_count(value):
    return inputs.as_integer("value", value, low=1, most=10**9)


@target(of(seed=st.integers(0, 5)))
def as_seed(seed):
    return inputs.as_integer("seed", seed)


# functions and network


REAL = ["bool", "int8", "uint8", "int64", "float16", "float32", "float64", "longdouble", ">f8"]
real_arrays = st.builds(
    lambda dtype, shape, entries, layout: layout(np.resize(np.array(entries), shape).astype(dtype)),
    st.sampled_from(REAL),
    arrays.array_shapes(min_dims=0, min_side=0, max_side=3),
    st.lists(st.sampled_from([0.0, -0.0, 1.0, 100.0, 60000.0, 1e-320]), min_size=1, max_size=5),
    st.sampled_from(LAYOUTS[:6]),
)
real_matrices = real_arrays.filter(lambda array: array.ndim == 2 and array.size)


# An activation checks nothing, since all that uses it does. So it gets real numbers here, of any type and shape.


@pytest.mark.parametrize("order", ["value", "first", "second"])
@pytest.mark.parametrize("activation", [relu, tanh, sigmoid], ids=lambda activation: activation.name)
def test_activations_take_real_numbers_of_any_type(activation, order):
    @quick
    @given(real_arrays)
    def case(z):
        CASES[activation.name] += 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            got = getattr(activation, order)(z)
        assert np.shape(got) == np.shape(z)
        assert np.isfinite(got).all()

    case()


@pytest.mark.parametrize("loss", [squared_error, cross_entropy], ids=lambda loss: loss.name)
def test_losses_take_real_numbers_of_any_type(loss):
    @quick
    @given(real_matrices, st.sampled_from([int, float]))
    def case(o, kind):
        CASES[loss.name] += 1
        y = np.zeros(o.shape[1], int) if loss is cross_entropy else np.ones(o.shape, kind)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            got = loss.value(o, y), loss.gradient(o, y), loss.hessian_product(o, y, np.ones(o.shape))
        assert [np.shape(part) for part in got] == [(), o.shape, o.shape]
        assert all(np.isfinite(part).all() for part in got)

    case()


@target(of(o=matrices(2, 2), y=st.just([0, 1])), finite=False)
def cross_entropy_of(o, y):
    return losses_of(cross_entropy, o, y)


@target(of(o=matrices(2, 2), y=matrices(2, 2)), finite=False)
def squared_error_of(o, y):
    return losses_of(squared_error, o, y)


def losses_of(loss, o, y):
    with np.errstate(all="ignore"):  # o may be infinite
        value, gradient = loss.value(o, y), loss.gradient(o, y)
        return value, gradient, loss.hessian_product(o, y, np.ones(gradient.shape))


@target(of(o=matrices()))
def softmax(o):
    return functions.softmax(o)


@target(of(activation=st.just(relu), loss=st.just(cross_entropy)))
def check_activation_and_loss(activation, loss):
    return functions.check_activation(activation), functions.check_loss(loss)


NET = of(
    W1=st.just(np.array([[1.0, -2.0], [0.5, 1.0]])),
    W2=st.just(np.array([[1.0, -1.0]])),
    weight_decay=st.sampled_from([0, 0.1]),
    activation=st.sampled_from([relu, tanh]),
    loss=st.sampled_from([cross_entropy, squared_error]),
)


@target(NET)
def make_net(**arguments):
    return MLP(**arguments).W1


SIZES = of(
    inputs=st.integers(1, 4),
    hidden=st.integers(1, 4),
    outputs=st.integers(1, 4),
    weight_decay=st.just(0.0),
    activation=st.just(relu),
    loss=st.just(cross_entropy),
    seed=st.integers(0, 3),
    dtype=st.sampled_from([np.float32, "float64"]),
)


@target(SIZES, "the number of weights")
def random_net(**arguments):
    return repr(MLP.random(**arguments))


FITTING = nets().flatmap(
    lambda net: examples_of(net).map(lambda pair: {"net": net, "x": pair[0], "y": pair[1]}),
)
FITTING_X = FITTING.map(lambda right: {"x": right["x"], "y": right["y"], "own": right["net"]})


def own_net(own):
    return own if isinstance(own, MLP) else MLP([[1.0, 2.0]], [[1.0], [2.0]])


@target(FITTING_X, "W1", finite=False)
def forward(own, x, y):
    return own_net(own).forward(x, y)


@target(FITTING_X, "W1", finite=False)
def predict(own, x, y):
    return own_net(own).predict(x)


@target(FITTING.map(lambda right: {"own": right["net"], "f": None, "x": right["x"], "y": right["y"]}), finite=False)
def backward(own, f, x, y):
    own = own_net(own)
    try:
        right = own.forward(x, y)
    except (TypeError, ValueError):
        right = None
    if f is None and right is None:
        return None
    return own.backward(right if f is None else f)


# graph and operators


@target(of(name=st.just("a"), operator=st.none()))
def variable(name, operator):
    return repr(Variable(name, operator))


@st.composite
def graphs(draw):
    """Draw a graph over a, b and c: outputs asked for, feeds, and something to differentiate."""
    a, b, c = map(Variable, "abc")
    known, steps = [a, b, c], draw(st.lists(st.sampled_from(BUILDERS), max_size=4))
    for build in steps:
        known.append(build(*[draw(st.sampled_from(known)) for _ in range(4)]))
    size = draw(st.integers(1, 3))
    feeds = {v: draw(matrices(size, size)) for v in (a, b)} | {c: np.zeros(size, int)}
    used = set(graph.topological_order([known[-1]]))
    return {"outputs": [known[-1]], "feeds": {v: value for v, value in feeds.items() if v in used}}


BUILDERS = [
    lambda a, b, c, d: operators.matmul(a, b),
    lambda a, b, c, d: operators.matmul(a, b, transpose_a=True, transpose_b=True),
    lambda a, b, c, d: operators.transpose(a),
    lambda a, b, c, d: operators.add(a, b),
    lambda a, b, c, d: operators.multiply(a, b),
    lambda a, b, c, d: operators.scale(operators.sum(a), b, 0.5),
    lambda a, b, c, d: operators.sum(a),
    lambda a, b, c, d: operators.spread(operators.sum(a), b),
    lambda a, b, c, d: operators.zeros(a),
    lambda a, b, c, d: operators.same(a),
    lambda a, b, c, d: operators.add_bias(a, operators.sum_columns(b)),
    lambda a, b, c, d: operators.activate(a, tanh),
    lambda a, b, c, d: operators.activate_prod(a, b, sigmoid),
    lambda a, b, c, d: operators.activate_prod(a, b, relu, 2),
    lambda a, b, c, d: operators.compare(a, b, squared_error),
    lambda a, b, c, d: operators.compare(a, b, cross_entropy),
    lambda a, b, c, d: operators.compare_prod(operators.one(), a, b, squared_error),
    lambda a, b, c, d: operators.compare_hessian(operators.one(), a, b, c, cross_entropy),
    lambda a, b, c, d: operators.penalty((a, b), 0.1),
    lambda a, b, c, d: operators.decay(operators.sum(a), b, 0.1),
]
FED = ("a", "b", "c", "v", "operator")  # the variables by name, or the operator that cannot compute


@target(graphs(), *FED, "y", finite=False)
def run(outputs, feeds):
    return graph.run(outputs, feeds)


@target(graphs().map(lambda right: right | {"key": None, "value": None}), *FED, "y", "feeds", finite=False)
def run_with_odd_feeds(outputs, feeds, key, value):
    if key is not None:
        try:
            feeds = {**feeds, key: 1.0}
        except TypeError:  # no key of any dict
            return None
    if value is not None and isinstance(feeds, dict):
        feeds = dict.fromkeys(feeds, value)
    return graph.run(outputs, feeds)


@target(graphs().map(lambda g: g | {"of": None}), *FED, "J", "variables", "y", finite=False)
def gradient(outputs, feeds, of):
    variables = [v for v in feeds if isinstance(v, Variable)] if isinstance(feeds, dict) else []
    J = operators.sum(outputs[0]) if isinstance(outputs, list) and outputs else outputs
    found = gradients.gradient(J, variables if of is None else of)
    return graph.run(found, {v: feeds[v] for v in variables if v in graph.topological_order(found)})


@target(of(J=st.just(operators.sum(Variable("a"))), variables=st.just([Variable("a")])))
def gradient_of(J, variables):
    return gradients.gradient(J, variables)


@target(of(variables=st.just([operators.sum(Variable("a"))]), known=st.just({})), *FED)
def shapes(variables, known):
    return graph.shapes(variables, known)


@target(of(variables=st.just([operators.sum(Variable("a"))])))
def topological_order(variables):
    return graph.topological_order(variables)


@target(
    of(
        a=st.just(Variable("a")),
        b=st.just(Variable("b")),
        activation=st.just(relu),
        loss=st.just(cross_entropy),
        factor=st.just(0.5),
        weight_decay=st.just(0.1),
        weights=st.just((Variable("W1"),)),
        name=st.just("v"),
        order=st.just(1),
    ),
    "operator",
)
def make_operators(a, b, activation, loss, factor, weight_decay, weights, name, order):
    for make in (operators.matmul, operators.add, operators.multiply, operators.spread, operators.add_bias):
        repr(make(a, b, name=name))
    for make in (operators.transpose, operators.sum, operators.zeros, operators.same, operators.sum_columns):
        repr(make(a, name=name))
    operators.scale(a, b, factor, name=name)
    operators.activate(a, activation, name=name)
    operators.activate_prod(a, b, activation, order, name=name)
    operators.compare(a, b, loss, name=name)
    operators.compare_prod(a, b, b, loss, name=name)
    operators.compare_hessian(a, b, b, a, loss, name=name)
    operators.penalty(weights, weight_decay, name=name)
    operators.decay(a, b, weight_decay, name=name)


LAYERS = of(depth=st.integers(1, 3), activation=st.just(relu), loss=st.just(cross_entropy), weight_decay=st.just(0.1))


@target(LAYERS)
def make_layers(depth, activation, loss, weight_decay):
    operators.one_hidden_layer(activation, loss, weight_decay)
    if isinstance(depth, int) and depth > 1000:
        depth = 1000  # more would only take longer
    return operators.hidden_layers(depth, activation, loss, weight_decay).weights


# NumPy's notation


NOTATION = {
    "add": lambda v, value: v + value,
    "add on the left": lambda v, value: np.add(value, v),
    "power": lambda v, value: v**value,
    "matmul": lambda v, value: v @ value,
    "less": lambda v, value: v < value,
    "equal": lambda v, value: v == value,
    "index": lambda v, value: v[value],
    "sum": lambda v, value: np.sum(v, axis=value),
    "sum, keepdims": lambda v, value: np.sum(v, axis=0, keepdims=value),
    "max": lambda v, value: v.max(value),
    "clip": lambda v, value: np.clip(v, value, None),
    "where": lambda v, value: np.where(v > 0, value, v),
    "where, condition": lambda v, value: np.where(value, v, 1.0),
    "reshape": lambda v, value: np.reshape(v, value),
    "transpose": lambda v, value: np.transpose(v, value),
    "concatenate": lambda v, value: np.concatenate([v, value]),
    "concatenate, axis": lambda v, value: np.concatenate([v, v], axis=value),
    "concatenate of": lambda v, value: np.concatenate((v, *np.atleast_1d(np.zeros(2))), value),
    "out": lambda v, value: np.exp(v, out=value),
    "dtype": lambda v, value: np.mean(v, dtype=value),
    "set": lambda v, value: v.__setitem__(0, value),
    "another function": lambda v, value: np.cross(v, value),
}


@target(
    of(value=st.just(1), key=st.sampled_from(sorted(NOTATION))),
    "variables",
    "v",
    "operator",
    "np",
    "axis",
    finite=False,
)
def notation(value, key):
    if not isinstance(key, str) or key not in NOTATION:
        return None
    v = Variable("v", shape=(2, 3))
    made = NOTATION[key](v, value)
    if isinstance(made, Variable) and v in graph.topological_order([made]):
        return graph.run([made], {v: np.ones((2, 3))})
    return None


@target(of(x=matrices(), c=st.floats(-1, 1), layers=st.just(0)), "f", "variables", "array")
def trace_of(x, c, layers):
    def f(x, c, layers):
        return sum(np.sum(v) for v in (x, c, layers) if isinstance(v, Variable))

    t = tracing.trace(f, x=x, c=c, layers=layers)
    return repr(t), graph.run([t.output, *gradients.gradient(t.output, list(t.inputs.values()))], t.feeds)


@target(of(f=st.just(lambda x: np.sum(np.tanh(x)))), "x", "variables")
def trace_any(f):
    if callable(f) and getattr(f, "__name__", "") == "<lambda>" and f.__code__.co_varnames != ("x",):
        return None  # it may raise what it likes
    t = tracing.trace(f, x=np.ones(2))
    return graph.run([t.output], t.feeds)


@target(of(shape=st.just((2, 3)), value=matrices(2, 3)), "v")
def feed_known(shape, value):
    v = Variable("v", shape=shape)
    return graph.run([2 * v], {v: value})


# checking


def square(x):
    return x * x


@target(of(f=st.just(square), x=matrices()), finite=False)
def jacobian(f, x):
    warnings.filterwarnings("ignore", "f returned the same for every x", UserWarning)  # as our own warning says
    return checking.jacobian(f, x)


@target(of(f=st.just(np.sum), x=matrices()), finite=False)
def numerical_gradient(f, x):
    return checking.numerical_gradient(f, x)


@target(of(x=matrices()))
def difference_steps(x):
    return checking.difference_steps(x)


@target(of(dZ_dY=matrices(columns=3), dY_dX=matrices(rows=3), over=st.just(1)), finite=False)
def prod(dZ_dY, dY_dX, over):
    return checking.prod(dZ_dY, dY_dX, over=over)


@target(FITTING.map(lambda right: right | {"backward": None}), "W1", "J", "f")
def check_gradients(net, x, y, backward):
    return str(checking.check_gradients(net, x, y, backward))


@target(FITTING.map(lambda right: right | {"backward": None}), "W1", "J", "f")
def check_rules(net, x, y, backward):
    return str(checking.check_rules(net, x, y, backward))


@target(FITTING.map(lambda right: right | {"seed": 0}), "W1", "J")
def check_direction(net, x, y, seed):
    return repr(checking.check_direction(net, x, y, seed))


def is_number(value):
    return isinstance(value, Variable | float) or getattr(value, "dtype", np.dtype(object)).kind == "f"


@target(of(x=matrices(), c=st.floats(-1, 1), f=st.just(lambda x, c: np.sum(np.tanh(x)) * c)), "output", "variables")
def check_function(f, x, c):
    if callable(f):

        def g(x, c):
            return f(x, c) if is_number(x) and is_number(c) else 0.0

        return str(checking.check_function(g, x=x, c=c))
    return checking.check_function(f, x=x, c=c)


# memory, training, data


@target(of(fed=st.just((3, 4)), dtype=st.just(np.float32), which=st.just(None)), "outputs", "W1", "x", "z")
def footprint(fed, dtype, which):
    c = operators.one_hidden_layer()
    fed = {c.x: (4, 2), c.W1: fed, c.W2: (2, 3)}
    return memory.footprint([c.o] if which is None else which, fed, dtype)[:3]


@target(of(fed=st.just((3, 4)), dtype=st.just(np.float32), which=st.just(None)), "outputs", "W1", "x", "z")
def timeline(fed, dtype, which):
    c = operators.one_hidden_layer()
    fed = {c.x: (4, 2), c.W1: fed, c.W2: (2, 3)}
    return [moment[1:] for moment in memory.timeline([c.o] if which is None else which, fed, dtype)]


@target(of(work=st.just(list)))
def measure(work):
    return memory.measure(work)


@target(FITTING, "W1")
def accuracy(net, x, y):
    return training.accuracy(net, x, y)


RUN = {"epochs": 2, "batch_size": 2, "learning_rate": 0.1, "seed": 0, "x_test": None, "y_test": None}


@target(FITTING.map(lambda right: right | RUN), "W1")
def train(net, epochs, **arguments):
    if isinstance(epochs, int | np.integer) and epochs > 3:
        epochs = 3
    history = training.train(net, epochs=epochs, **arguments)
    return repr(history), history.test_loss


@target(of(name=st.sampled_from(["J", "accuracy"])))
def per_epoch(name):
    net = MLP.random(2, 2, 2)
    return training.train(net, np.eye(2), [0, 1], epochs=1, batch_size=1, learning_rate=0.1).per_epoch(name)


# drawing and pictures


@target(
    graphs().map(lambda right: {"outputs": right["outputs"][0], "values": right["feeds"], "highlight": None}),
    "a",
    "b",
    "c",
    "draw()",
)
def draw(outputs, values, highlight):
    drawing_ = drawing.draw(outputs, values=values, highlight=highlight)
    return repr(drawing_), drawing_.svg, drawing_.dot, drawing_.inline


@target(of(name=st.text(max_size=6), label=st.text(max_size=6)))
def draw_names(name, label):
    a = Variable(name)
    rule = graph.Rule("OWN", label, lambda a: a, (None,), lambda a: a)
    b = Variable(name, graph.Operator(rule, (a,)))
    return drawing.draw(b).svg


@target(of(value=matrices()), "values", "a")
def draw_values(value):
    a = Variable("a")
    return drawing.draw(operators.sum(a, name="b"), values={a: value}).svg


# plots


@target(of(x=arrays.arrays(float, (64, 3), elements=st.floats(0, 1)), titles=st.just("abc")))
def show_digits(x, titles):
    return plots.show_digits(x, titles)


@target(of(activations=st.just(relu), derivative=st.booleans()), "activation")
def show_activations(activations, derivative):
    return plots.show_activations(activations, derivative=derivative)


@target(of(parts=st.just({"a": (1.0, 2.0)})))
def show_objectives(parts):
    return plots.show_objectives(parts)


@target(of(value=st.just((1.0, 2.0)), label=st.just("a")), "parts")
def show_objectives_of(value, label):
    try:
        parts = {label: value}
    except TypeError:
        return None
    return plots.show_objectives(parts)


@target(of(p=matrices(columns=1), label=st.just(0)))
def show_probabilities(p, label):
    return plots.show_probabilities(p, label)


@target(of(rows=arrays.arrays(float, (2, 64), elements=st.floats(-1, 1)), titles=st.just("ab")))
def show_weights(rows, titles):
    return plots.show_weights(rows, titles)


def a_history():
    net = MLP.random(2, 2, 2)
    data_ = np.eye(2), [0, 1]
    return training.train(net, *data_, epochs=2, batch_size=1, learning_rate=0.1, x_test=data_[0], y_test=data_[1])


@target(of(history=st.just(a_history())))
def show_history(history):
    return plots.show_history(history)


@target(of(histories=st.just([a_history()]), held_out=st.just("validation")))
def show_weight_decay(histories, held_out):
    return plots.show_weight_decay(histories, held_out)


@target(of(norms=st.just([2.0, 1.0, 0.5]), factor=st.just(0.5)))
def show_shrinking(norms, factor):
    return plots.show_shrinking(norms, factor)


@target(of(footprints=st.just({"a": memory.Footprint(1, 2, 3, ())})))
def show_footprints(footprints):
    return plots.show_footprints(footprints)


MOMENTS = [memory.Moment(graph.Variable("z"), 8, 0)]


@target(of(training=st.just(MOMENTS), prediction=st.just(MOMENTS)))
def show_timeline(training, prediction):
    return plots.show_timeline(training, prediction)


@target(of(sizes=st.just({1: 2, 3: 4}), xlabel=st.just("batch")))
def show_growth(sizes, xlabel):
    return plots.show_growth(sizes, xlabel)


# verdicts


@target(of(check=st.just(lambda n: verdicts.Verdict("E1", "right")), answer=st.just(1)))
def judge(check, answer):
    return repr(verdicts.judge({"E1": verdicts.Checker(("n",), check)}, {"n": answer}))


# What holds of every case.


def raised_by_helpers(error):
    """Return whether a `raise` of our own code raised `error`."""
    entry = error.__traceback__
    while entry.tb_next:
        entry = entry.tb_next
    code = entry.tb_frame.f_code
    opcodes = {instruction.offset: instruction.opname for instruction in dis.get_instructions(code)}
    return code.co_filename.startswith(HELPERS) and opcodes[entry.tb_lasti] in ("RAISE_VARARGS", "RERAISE")


def names_an_argument(error, names):
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", str(error)) for name in names)


def check_result(result):
    if isinstance(result, tuple | list):
        for item in result:
            check_result(item)
    elif isinstance(result, np.ndarray | np.generic | float):
        assert np.isfinite(result).all()


def check_case(function, arguments, names, finite):
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("error")
        try:
            result = function(**arguments)
        except (ValueError, TypeError) as error:
            if not raised_by_helpers(error) or not names_an_argument(error, [*arguments, *names]):
                raise
            return
    if finite:
        check_result(result)


@pytest.mark.parametrize("cases", [6, pytest.param(2000, marks=pytest.mark.weekly)])
@pytest.mark.parametrize("name", TARGETS)
def test_it_ends_in_a_result_or_in_our_own_sentence(name, cases):
    function, right, names, finite = TARGETS[name]
    if name.startswith("show_"):  # a figure takes as long as fifty arrays do
        cases = max(cases // 10, 2)

    @settings(
        max_examples=cases, deadline=None, derandomize=cases < 50, database=None, suppress_health_check=[*HealthCheck]
    )
    @given(right.flatmap(spoiled))
    def case(arguments):
        CASES[name] += 1
        check_case(function, arguments, names, finite)

    case()
