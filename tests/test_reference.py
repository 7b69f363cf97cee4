"""The network, programs, and gradients at kinks against values recorded from PyTorch; record_reference.py says how."""

import json
from pathlib import Path

import numpy as np
import pytest
from solutions import solutions
from strategies import relative_error

from helpers.functions import cross_entropy, relu, sigmoid, squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Variable, run
from helpers.network import MLP
from helpers.operators import activate

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))
BY_NAME = {function.name: function for function in (relu, tanh, sigmoid, squared_error, cross_entropy)}
TOLERANCE = {"float64": 1e-13, "float32": 1e-5}


def describe(setting):
    n = len(setting["x"][0])
    return f"{setting['activation']}, {setting['loss']}, n={n}, {setting['weight_decay']}, {setting['dtype']}"


@pytest.mark.parametrize("setting", REFERENCE["settings"], ids=describe)
def test_both_passes_agree_with_pytorch(setting):
    x, W1, W2 = (np.array(setting[name], setting["dtype"]) for name in ("x", "W1", "W2"))
    activation, loss = BY_NAME[setting["activation"]], BY_NAME[setting["loss"]]
    net = MLP(W1, W2, weight_decay=setting["weight_decay"], activation=activation, loss=loss)
    f = net.forward(x, setting["y"])
    g = net.backward(f)
    errors = [relative_error(getattr(f, name), want) for name, want in setting["forward"].items()]
    errors += [relative_error(getattr(g, name), want) for name, want in setting["backward"].items()]
    assert len(errors) == 13
    print(f"largest relative error: {max(errors):.1e}")
    assert max(errors) < TOLERANCE[setting["dtype"]]


@pytest.mark.parametrize("setting", REFERENCE["with bias"], ids=describe)
def test_both_passes_with_a_bias_agree_with_pytorch(setting):
    x, W1, W2, b = (np.array(setting[name], setting["dtype"]) for name in ("x", "W1", "W2", "b"))
    activation, loss = BY_NAME[setting["activation"]], BY_NAME[setting["loss"]]
    net = MLP(W1, W2, weight_decay=setting["weight_decay"], activation=activation, loss=loss)
    f = solutions()["E2_forward"](net, b, x, np.array(setting["y"]))
    g = solutions()["E2_backward"](net, b, f)
    errors = [relative_error(getattr(f, name), want) for name, want in setting["forward"].items()]
    errors += [relative_error(got, setting["backward"][name]) for name, got in g.items()]
    assert len(errors) == 12
    assert max(errors) < TOLERANCE[setting["dtype"]]


AT_KINKS = {
    "abs": abs,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "max": np.max,
    "min": np.min,
    "max over rows": lambda a: np.max(a, axis=1),
    "clip": lambda a: np.clip(a, -2, 2),
    "relu": lambda a: activate(a, relu),
    "half of a + |a|": lambda a: (a + abs(a)) / 2,
    "where": lambda a: np.where(a > 0, a, 0),
    "sign": np.sign,
}


@pytest.mark.parametrize("kink", REFERENCE["kinks"], ids=lambda kink: kink["function"])
def test_gradients_at_kinks_are_those_of_pytorch(kink):
    arrays = [np.array(array) for array in kink["at"]]
    variables = [Variable(name, shape=array.shape) for name, array in zip("ab", arrays, strict=False)]
    J = np.sum(AT_KINKS[kink["function"]](*variables))
    got = run(gradient(J, variables), dict(zip(variables, arrays, strict=True)))
    for slope, want in zip(got, kink["gradients"], strict=True):
        np.testing.assert_allclose(slope, want, rtol=1e-15)


def test_the_recording_covers_what_it_should():
    settings = REFERENCE["settings"]
    pairs = {(setting["activation"], setting["loss"]) for setting in settings}
    assert pairs == {(a, b) for a in ("relu", "tanh", "sigmoid") for b in ("squared error", "cross-entropy")}
    assert {setting["dtype"] for setting in settings} == {"float32", "float64"}
    assert any(len(setting["x"][0]) == 1 for setting in settings)
    assert any(setting["weight_decay"] == 0 for setting in settings)
    assert any(setting["activation"] == "relu" and 0 in np.array(setting["forward"]["z"]) for setting in settings)
    assert {len(setting["x"][0]) > 1 for setting in REFERENCE["with bias"]} == {True, False}
    assert {setting["loss"] for setting in REFERENCE["with bias"]} == {"squared error", "cross-entropy"}
    assert {kink["function"] for kink in REFERENCE["kinks"]} == set(AT_KINKS)
    assert REFERENCE["torch"] == "2.13.0"
