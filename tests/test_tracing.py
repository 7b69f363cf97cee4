"""`helpers.tracing`: a function of arrays, run on variables, is the graph of what it computes."""

import cProfile
import functools
import sys
import threading
from collections import namedtuple

import numpy as np
import pytest

from helpers.drawing import draw
from helpers.gradient import gradient
from helpers.graph import Variable, run, topological_order
from helpers.tracing import trace


def normal(*shape):
    return np.random.default_rng([17, *shape]).standard_normal(shape)


def values_of(f, /, **arrays):
    """Return what the trace of f computes: its value and all gradients."""
    t = trace(f, **arrays)
    value, *gradients = run([t.output, *gradient(t.output, list(t.inputs.values()))], t.feeds)
    return value, dict(zip(t.inputs, gradients, strict=True))


def network(x, y, W1, W2, weight_decay=0.1):
    z = W1 @ x
    h = np.tanh(z)
    o = W2 @ h
    top = o.max(axis=0)
    L = np.mean(np.log(np.sum(np.exp(o - top), axis=0)) + top - o[y, np.arange(len(y))])
    s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    J = L + s
    return J  # noqa: RET504


PARTS = {"x": normal(3, 5), "y": np.array([0, 1, 1, 0, 1]), "W1": normal(4, 3), "W2": normal(2, 4)}


# What is an input, and what things are called


def test_the_chapters_network():
    t = trace(network, **PARTS)
    assert list(t.inputs) == ["x", "W1", "W2"]
    assert {v.name: value.shape for v, value in t.feeds.items()} == {"x": (3, 5), "W1": (4, 3), "W2": (2, 4)}
    assert repr(t) == "trace of J from x, W1, W2"
    assert list(t.locals) == ["x", "W1", "W2", "z", "h", "o", "top", "L", "s", "J"]
    assert t.locals["J"] is t.output
    assert all(v.name == name for name, v in t.locals.items())
    J, z = run([t.output, t.locals["z"]], t.feeds)
    assert pytest.approx(network(**PARTS), rel=1e-14) == J
    np.testing.assert_array_equal(z, PARTS["W1"] @ PARTS["x"])
    sentence = draw(t.output).sentence
    assert sentence.startswith("Computational graph of J. Forward: z from × of W1 and x; h from tanh of z; o from × of")


def test_floats_are_inputs_and_all_else_stays_what_it_is():
    seen = {}

    def f(**arguments):
        seen.update(arguments)
        return 0.0

    fixed = {"labels": np.array([1, 0]), "k": 2, "on": True, "kind": "relu", "none": None, "mask": np.array([True])}
    floats = {"a": 1.5, "b": np.float32(2), "c": np.array(3.0), "d": np.ones((2, 1), np.float32), "e": np.ones(0)}
    t = trace(f, **fixed, **floats)
    assert list(t.inputs) == list(floats)
    assert [v.shape for v in t.inputs.values()] == [(), (), (), (2, 1), (0,)]
    assert [value.dtype for value in t.feeds.values()] == [float, np.float32, float, np.float32, float]
    assert all(seen[name] is value for name, value in fixed.items() if not isinstance(value, np.ndarray))
    assert seen["labels"].tolist() == [1, 0]


def test_lists_tuples_and_dicts_of_arrays():
    Layer = namedtuple("Layer", "W b")

    def f(x, layers, heads, more):
        hs = [x]
        for layer in layers:
            hs.append(np.tanh(layer.W @ hs[-1] + layer.b))
        cache = {"last": hs[-1] * more["scale"]}
        return np.sum(cache["last"]) + np.sum(heads[0]) * heads[1]

    layers = [Layer(normal(3, 3), normal(3)), Layer(normal(2, 3), normal(2))]
    t = trace(f, x=normal(3), layers=layers, heads=(normal(2), 3), more={"scale": 2.0})
    inputs = ["x", "layers[0][0]", "layers[0][1]", "layers[1][0]", "layers[1][1]", "heads[0]", "more['scale']"]
    assert list(t.inputs) == inputs
    assert {"hs[1]", "hs[2]", "cache['last']"} <= t.locals.keys()
    want = f(x=normal(3), layers=layers, heads=(normal(2), 3), more={"scale": 2.0})
    assert run([t.output], t.feeds) == [pytest.approx(want, rel=1e-14)]


def test_a_float_of_python_takes_on_the_dtype_of_the_arrays():
    for dtype in (np.float32, np.float64):
        value, gradients = values_of(lambda x, c: np.sum(x * c), x=np.ones(3, dtype), c=0.1)
        assert value.dtype == gradients["x"].dtype == gradients["c"].dtype == dtype


def test_names_are_told_apart():
    def f(x, y):
        x = x * 2
        both = x
        y += x
        return both * y

    t = trace(f, x=3.0, y=1.0)
    assert [v.name for v in t.inputs.values()] == ["x", "y"]
    assert {name: v.name for name, v in t.locals.items()} == {"x": "x (2)", "y": "y (2)", "both": "x (2)"}
    assert t.output.name == "f"
    assert run([t.output], t.feeds) == [42]


def test_an_argument_keeps_its_name_then_comes_the_output():
    def f(x):
        a = x
        first = second = a * 2
        third = second + first
        fourth = third
        return fourth  # noqa: RET504

    t = trace(f, x=1.0)
    assert [v.name for v in topological_order([t.output]) if v.operator and v.operator.inputs] == ["first", "third"]
    assert t.locals["a"] is t.inputs["x"]
    assert trace(lambda x: x * 2, x=1.0).output.name == "output"
    assert trace(functools.partial(lambda x, k: x * k, k=2), x=1.0).output.name == "output"


def test_a_local_list_may_hold_itself():
    def f(x):
        rounds = [2 * x]
        rounds.append(rounds)
        return rounds[0]

    assert trace(f, x=1.0).output.name == "rounds[0]"


def test_what_has_no_name_is_passed_on_without_another():
    t = trace(lambda x, y: np.sum(x + y + y), x=np.ones(2), y=np.ones(2))
    dx, dy = gradient(t.output, list(t.inputs.values()))
    backward = [v for v in topological_order([dx, dy]) if v not in topological_order([t.output])]
    assert [v.operator.label for v in backward] == ["1", "fill", "=", "+"]
    assert [v.name for v in backward] == ["∂output/∂output", "", "∂output/∂x", "∂output/∂y"]


def test_hostile_names():
    def f(x, **more):
        return x * more["<script>alert(1)</script>"] * more["W" * 2000]

    f.__name__ = "<b>\0\n"
    t = trace(f, x=2.0, **{"<script>alert(1)</script>": 3.0, "W" * 2000: 1.0, "{}": 1.0, "{0.x}": [1.0]})
    assert run([t.output], t.feeds) == [6]
    assert list(t.inputs)[-2:] == ["{}", "{0.x}[0]"]
    svg = draw(trace(lambda x, **more: x * more["<script>"], **{"x": 1.0, "<script>": 2.0}).output).svg
    assert "<script>" not in svg


# Every kind of function


class Model:
    def __init__(self, scale):
        self.scale = scale

    def loss(self, x):
        z = self.scale * x
        return np.sum(z)

    def __call__(self, x):
        doubled = 2 * x
        return np.sum(doubled)

    @classmethod
    def made(cls, x):
        z = 3 * x
        return np.sum(z)

    @staticmethod
    def plain(x):
        z = 3 * x
        return np.sum(z)


def doubling(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        inside = function(*args, **kwargs)
        return 2 * inside

    return wrapper


@doubling
def decorated(x):
    z = 1.5 * x
    return np.sum(z)


FUNCTIONS = {
    "a method": (Model(3).loss, "z"),
    "a method that is a constant": (Model.plain, "z"),
    "a class method": (Model.made, "z"),
    "an object that is called": (Model(3), "doubled"),
    "a decorated one": (decorated, "z"),
    "a partial one": (functools.partial(Model.loss, Model(3)), "z"),
    "partial of partial": (functools.partial(functools.partial(decorated)), "z"),
    "partial of an object": (functools.partial(Model(3)), "doubled"),
}


@pytest.mark.parametrize(("f", "name"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_of_every_kind(f, name):
    t = trace(f, x=np.ones(2))
    assert t.locals[name].name == name
    assert run([t.output], t.feeds) == [f(np.ones(2))]


def test_parameters_of_every_kind():
    def f(a, /, b, *rest, c, d=2.0, **more):
        return a + 10 * b + 100 * sum(rest) + 1000 * c + 10_000 * d + 100_000 * more["e"]

    value, gradients = values_of(f, a=1.0, b=2.0, rest=[3.0, 4.0], c=5.0, e=6.0)
    assert value == 625_721
    assert gradients == {"a": 1, "b": 10, "rest[0]": 100, "rest[1]": 100, "c": 1000, "e": 100_000}
    assert values_of(lambda *, f: f * 2, f=1.0) == (2, {"f": 2})


def test_numpys_own_functions_are_traced():
    assert run(*(lambda t: ([t.output], t.feeds))(trace(np.tanh, x=np.zeros(2))))[0].tolist() == [0, 0]
    assert values_of(np.sum, a=np.ones(3))[0] == 3


def test_a_function_of_a_cell_of_a_notebook():
    space = {"np": np}
    exec(compile("def f(x):\n    z = x * 2\n    return np.sum(z)", "<ipython-input-1>", "exec"), space)
    assert trace(space["f"], x=np.ones(2)).locals["z"].name == "z"


def test_a_function_that_calls_itself_or_others():
    def power(x, n):
        inner = x * power(x, n - 1) if n > 1 else x
        return inner  # noqa: RET504

    def f(x):
        p = power(x, 5)
        return p  # noqa: RET504

    value, gradients = values_of(f, x=2.0)
    assert (value, gradients) == (32, {"x": 80})
    t = trace(power, x=2.0, n=3)
    assert t.locals["inner"] is t.output  # of the outermost call

    def down(x, n):
        if n == 0:
            deepest = x + 1
            return deepest  # noqa: RET504
        return down(x, n - 1)

    assert list(trace(down, x=2.0, n=3).locals) == ["x"]


def test_what_f_does_not_do_with_its_arguments():
    assert values_of(lambda x: x, x=3.0) == (3, {"x": 1})
    value, gradients = values_of(lambda x, y: np.sum(x), x=np.ones(3), y=np.ones((2, 2), np.float32))
    assert gradients["y"].tolist() == [[0, 0], [0, 0]]
    t = trace(lambda x, y: np.sum(x), x=np.ones(3), y=1.0)
    assert run([t.output], t.feeds) == [3]
    assert values_of(lambda x: 5, x=3.0) == (5, {"x": 0})
    assert values_of(lambda x: np.float32(5), x=3.0) == (5, {"x": 0})
    one_array = normal(2, 3)
    value, gradients = values_of(lambda a, b: np.sum(a * b), a=one_array, b=one_array)
    assert value == pytest.approx(np.sum(one_array**2))
    np.testing.assert_array_equal(gradients["a"], one_array)
    assert run(*(lambda t: ([t.output], t.feeds))(trace(lambda: np.ones(2))))[0].tolist() == [1, 1]


def test_arrays_are_not_changed():
    x, y = np.ones(3), np.array([0, 1, 2])

    def f(x, y):
        y[0] = 2
        x += 1
        return np.sum(x[y])

    assert values_of(f, x=x, y=y)[0] == 6
    assert (x.tolist(), y.tolist()) == ([1, 1, 1], [0, 1, 2])


@pytest.mark.parametrize("length", [1000, pytest.param(20_000, marks=pytest.mark.weekly)])
def test_a_long_program(length):
    def f(x):
        for _ in range(length):
            x = x * 0.9999 + 1e-4
        return x

    value, gradients = values_of(f, x=2.0)
    assert value == pytest.approx(1 + 0.9999**length, rel=1e-11)
    assert gradients["x"] == pytest.approx(0.9999**length, rel=1e-11)


# What is refused


@pytest.mark.parametrize(
    ("f", "error", "sentence"),
    [
        (lambda x: None, TypeError, r"^f must return one array or number, got None; is a return missing\?$"),
        (lambda x: [x, x], TypeError, r"^f must return one array or number, got \[x, x\]$"),
        (lambda x: "x", TypeError, r"^f must return one array or number, got 'x'$"),
        (lambda x: (x for _ in range(2)), TypeError, "^f must return one array or number, got <generator"),
        (lambda x: np.array([1j]), TypeError, "^expected variables and real numbers, got"),
        (lambda x: 1 if x[0] > 0 else 2, TypeError, "a graph cannot branch on a value"),
        (lambda x: float(x[0]), TypeError, "a graph cannot branch on a value"),
        (lambda x: x.__setitem__(0, 1), TypeError, "cannot change the variable x"),
        (lambda x: np.zeros(3).__setitem__(0, x[0]), TypeError, "cannot store a variable in an array: "),
        (lambda x: np.fft.fft(x), TypeError, r"^np\.fft\.fft does not take variables"),
        (lambda x: x @ np.ones((4, 2)), ValueError, r"^operator × cannot compute"),
    ],
)
def test_what_cannot_be_traced_is_answered_in_a_sentence(f, error, sentence):
    with pytest.raises(error, match=sentence):
        trace(f, x=np.ones(3))
    assert sys.getprofile() is None


@pytest.mark.parametrize(
    ("x", "error", "sentence"),
    [
        (1j, TypeError, "^x must hold real numbers, got dtype complex128$"),
        (np.ones(2, complex), TypeError, "^x must hold real numbers, got dtype complex128$"),
        (np.array([1, np.nan]), ValueError, "^x must hold finite numbers, got nan in float64$"),
        ([np.inf], ValueError, r"^x\[0\] must hold finite numbers, got inf in float64$"),
        (np.ma.masked_array([1.0, 2.0], [0, 1]), TypeError, "^x must be a plain array, got a masked one"),
    ],
    ids=repr,
)
def test_arguments_that_are_no_numbers_are_refused(x, error, sentence):
    with pytest.raises(error, match=sentence):
        trace(lambda x: 0.0, x=x)


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="^f must be a function, got 3$"):
        trace(3, x=1.0)


class Own(Exception):
    pass


def test_what_f_raises_passes_through():
    def f(x):
        raise Own("as it is")

    with pytest.raises(Own, match="^as it is$") as caught:
        trace(f, x=1.0)
    assert caught.traceback[-1].name == "f"
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'y'"):
        trace(lambda x, y: x, x=1.0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        trace(lambda x, y: x, x=1.0, y=1.0, z=2.0)
    assert sys.getprofile() is None


# Beside a profiler, a debugger and other threads


def z_of(t):
    return t.locals["z"].name


def test_a_profiler_is_put_back_and_sees_f():
    seen = []

    def watch(frame, event, argument):
        if event == "call":
            seen.append(frame.f_code.co_name)

    sys.setprofile(watch)
    try:
        t = trace(Model(3).loss, x=np.ones(2))
        assert sys.getprofile() is watch
    finally:
        sys.setprofile(None)
    assert "loss" in seen
    assert z_of(t) == "z"


def test_a_debugger_is_left_alone():
    before, lines = sys.gettrace(), []

    def debug(frame, event, argument):
        lines.append(event)
        return debug

    sys.settrace(debug)
    try:
        t = trace(Model(3).loss, x=np.ones(2))
        assert sys.gettrace() is debug
    finally:
        sys.settrace(before)
    assert "line" in lines
    assert z_of(t) == "z"


def test_pythons_profiler_may_run():
    with cProfile.Profile():
        t = trace(Model(3).loss, x=np.ones(2))
    assert run([t.output], t.feeds) == [6]


def test_threads_trace_at_once():
    results = {}

    def work(k):
        t = trace(Model(k).loss, x=np.ones(2))
        results[k] = (z_of(t), *run([t.output], t.feeds), sys.getprofile())

    threads = [threading.Thread(target=work, args=[k]) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {k: ("z", 2 * k, None) for k in range(8)}


def test_a_trace_within_a_trace():
    def outer(x):
        inner = trace(Model(3).loss, x=np.ones(2))
        z = np.sum(x) + run([inner.output], inner.feeds)[0]
        return z  # noqa: RET504

    t = trace(outer, x=np.ones(3))
    assert t.output.name == "z"
    assert run([t.output], t.feeds) == [9]
    assert isinstance(t.output, Variable)
