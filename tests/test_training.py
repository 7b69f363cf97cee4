"""`helpers.training`: the update rule, what a run records, and runs that end early."""

import io
import math
import re
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ACTIVATIONS, ALL, LOSSES, draw_labels, quick, relative_error, seeds

from helpers.data import digits
from helpers.functions import cross_entropy, relu, squared_error, tanh
from helpers.network import MLP
from helpers.training import accuracy, train

some = settings(quick, max_examples=80 if ALL else 15)
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
every_decay = pytest.mark.parametrize("weight_decay", [0.0, 0.1])
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])
RECORDS = ("J", "L", "s", "accuracy", "W1", "W2", "dW1", "dW2")


class Watched(MLP):
    """A network that remembers, of every step, the minibatch and the weights before the update."""

    def backward(self, f):
        self.__dict__.setdefault("steps", []).append((f.x, f.y, self.W1.copy(), self.W2.copy()))
        return super().backward(f)


def problem(loss=cross_entropy, examples=20, seed=0, targets=1.0, **options):
    """Return a network of 5 → 6 → 3 with x and y to train it on."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((5, examples)), draw_labels(loss, rng, 3, examples)
    return Watched.random(5, 6, 3, loss=loss, **options), x, y if loss is cross_entropy else targets * y


@st.composite
def problems(draw):
    """Draw a network with x and y to train it on."""
    loss, activation = draw(st.sampled_from(LOSSES)), draw(st.sampled_from(ACTIVATIONS))
    d, h, q, n = (draw(st.integers(1, 5)) for _ in range(4))
    weight_decay, seed = draw(st.just(0.0) | st.floats(0.001, 2)), draw(seeds)
    net = Watched.random(d, h, q, weight_decay=weight_decay, activation=activation, loss=loss, seed=seed)
    rng = np.random.default_rng(seed)
    return net, rng.standard_normal((d, 3 * n)), draw_labels(loss, rng, q, 3 * n)


def step_by_hand(net, W1, W2, x, y, learning_rate):
    """Return what one step should record, and the weights after it: W ← (1 − ηλ) W − η ∂L/∂W."""
    z = W1 @ x
    h = net.activation.value(z)
    o = W2 @ h
    L, do = net.loss.value(o, y), net.loss.gradient(o, y)
    s = net.weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    right = np.mean(np.argmax(o, axis=0) == y) if net.loss is cross_entropy else np.nan
    dL_dW1, dL_dW2 = ((W2.T @ do) * net.activation.first(z)) @ x.T, do @ h.T
    of_J = dL_dW1 + net.weight_decay * W1, dL_dW2 + net.weight_decay * W2
    norms = [math.sqrt(np.sum(array**2)) for array in (W1, W2, *of_J)]
    share = 1 - learning_rate * net.weight_decay
    weights = share * W1 - learning_rate * dL_dW1, share * W2 - learning_rate * dL_dW2
    return dict(zip(RECORDS, (L + s, L, s, right, *norms), strict=True)), weights


def check_run(net, history, learning_rate):
    """Check every record and the weights against the steps, taken by hand."""
    W1, W2 = net.steps[0][2:]
    for k in range(len(history.J)):
        records, (W1, W2) = step_by_hand(net, W1, W2, *net.steps[k][:2], learning_rate)
        for name in RECORDS:
            np.testing.assert_allclose(getattr(history, name)[k], records[name], rtol=1e-10, atol=1e-14, err_msg=name)
    assert relative_error(net.W1, W1) < 1e-10
    assert relative_error(net.W2, W2) < 1e-10


def assert_same_run(one, other):
    for name in (*RECORDS, "test_loss", "test_accuracy"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


# The update rule.


@quick
@given(problems(), st.floats(1e-6, 10), st.integers(0, 3))
def test_one_step_on_all_examples_is_the_update_rule(drawn, learning_rate, larger):
    net, x, y = drawn
    _, (W1, W2) = step_by_hand(net, net.W1, net.W2, x, y, learning_rate)
    train(net, x, y, epochs=1, batch_size=x.shape[1] + larger, learning_rate=learning_rate)
    assert relative_error(net.W1, W1) < 1e-12
    assert relative_error(net.W2, W2) < 1e-12


@some
@given(problems(), st.integers(1, 3), st.integers(1, 16), st.floats(1e-4, 0.05), st.integers(0, 100))
def test_every_step_is_recorded_before_its_update(drawn, epochs, batch_size, learning_rate, seed):
    net, x, y = drawn
    options = {"batch_size": batch_size, "learning_rate": learning_rate, "seed": seed}
    history = train(net, x, y, epochs=epochs, **options)
    steps = math.ceil(x.shape[1] / batch_size)
    assert history.steps_per_epoch == steps
    assert all(getattr(history, name).shape == (epochs * steps,) for name in RECORDS)
    assert history.test_loss.size == history.test_accuracy.size == 0
    assert (history.weight_decay, history.ended_early) == (net.weight_decay, "")
    check_run(net, history, learning_rate)


@every_loss
def test_the_test_set_is_measured_after_each_epoch(loss):
    net, x, y = problem(loss)
    _, x_test, y_test = problem(loss, examples=7, seed=1)
    test = {"x_test": x_test, "y_test": y_test}
    history = train(net, x, y, epochs=3, batch_size=8, learning_rate=0.1, **test)
    after = [step[2:] for step in net.steps[3::3]] + [(net.W1, net.W2)]
    for k, (W1, W2) in enumerate(after):
        records, _ = step_by_hand(net, W1, W2, x_test, y_test, 1)
        np.testing.assert_allclose(history.test_loss[k], records["L"], rtol=1e-12)
        np.testing.assert_equal(history.test_accuracy[k], records["accuracy"])
    assert len(history.test_loss) == len(history.test_accuracy) == 3
    assert np.isnan(history.accuracy).all() == (loss is squared_error)


def test_measuring_a_test_set_does_not_change_the_run():
    (one, x, y), (other, *_) = problem(), problem()
    options = {"epochs": 2, "batch_size": 6, "learning_rate": 0.1}
    train(one, x, y, **options)
    train(other, x, y, **options, x_test=x, y_test=y)
    np.testing.assert_array_equal(one.W1, other.W1)


# The examples.


@some
@given(st.integers(1, 30), st.integers(1, 40), seeds)
def test_every_example_is_used_once_an_epoch_with_its_own_label(examples, batch_size, seed):
    net = Watched([[1.0]], [[1.0]], loss=squared_error)
    x = np.arange(examples, dtype=float)[None]
    train(net, x, x + 0.5, epochs=3, batch_size=batch_size, learning_rate=1e-9, seed=seed)
    full, rest = divmod(examples, batch_size)
    sizes = [batch_size] * full + [rest] * (rest > 0)
    assert [step[0].size for step in net.steps] == 3 * sizes
    for epoch in range(3):
        steps = net.steps[epoch * len(sizes) : (epoch + 1) * len(sizes)]
        assert sorted(value for step in steps for value in step[0].ravel()) == list(range(examples))
    assert all(np.array_equal(step[0] + 0.5, step[1]) for step in net.steps)


def test_each_epoch_has_an_order_of_its_own():
    net, x, y = problem()
    train(net, x, y, epochs=3, batch_size=20, learning_rate=0.1)
    orders = [step[0] for step in net.steps]
    assert not any(np.array_equal(one, other) for one, other in zip([x, *orders], orders, strict=False))


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    def a_run(**seed):
        net, x, y = problem(weight_decay=0.01)
        return net, train(net, x, y, epochs=3, batch_size=6, learning_rate=0.1, x_test=x, y_test=y, **seed)

    (one, first), (again, second), (other, third), (_, default) = a_run(seed=7), a_run(seed=7), a_run(seed=8), a_run()
    assert_same_run(first, second)
    np.testing.assert_array_equal(one.W1, again.W1)
    np.testing.assert_array_equal(one.W2, again.W2)
    assert not np.array_equal(first.J, third.J)
    assert not np.array_equal(one.W1, other.W1)
    assert_same_run(default, a_run(seed=0)[1])


def test_training_goes_on_where_the_last_run_left_off():
    net, x, y = problem()
    options = {"epochs": 1, "batch_size": 20, "learning_rate": 0.1}
    both = [train(net, x, y, **options).J[0] for _ in range(2)]
    again, _, _ = problem()
    np.testing.assert_allclose(both, train(again, x, y, **options | {"epochs": 2}).J, rtol=1e-12)


@every_loss
def test_the_net_is_updated_and_the_examples_are_not(loss):
    net, x, y = problem(loss)
    before = net.W1.copy(), net.W2.copy(), x.copy(), y.copy()
    train(net, x, y, epochs=2, batch_size=6, learning_rate=0.1, x_test=x, y_test=y)
    assert not np.array_equal(net.W1, before[0])
    assert not np.array_equal(net.W2, before[1])
    np.testing.assert_array_equal(x, before[2])
    np.testing.assert_array_equal(y, before[3])


@every_loss
@pytest.mark.parametrize("number", [float, np.float32, np.float64])
def test_float32_stays_float32(loss, number):
    net, x, y = problem(loss, weight_decay=0.1, dtype=np.float32)
    wide, _, _ = problem(loss, weight_decay=0.1)
    wide.W1, wide.W2 = net.W1.astype(float), net.W2.astype(float)
    for each in (net, wide):
        train(each, x, y, epochs=3, batch_size=6, learning_rate=number(0.1))
    assert net.W1.dtype == net.W2.dtype == np.float32
    assert {W.dtype for step in net.steps for W in step[2:]} == {np.dtype(np.float32)}
    np.testing.assert_allclose(net.W1, wide.W1, rtol=1e-3, atol=1e-5)


# Digits.


def test_it_learns_to_read_digits():
    data = digits()
    net = MLP.random(inputs=64, hidden=32, outputs=10, weight_decay=0.001, activation=tanh)
    test = {"x_test": data.x_test, "y_test": data.y_test}
    history = train(net, data.x_train, data.y_train, epochs=20, batch_size=32, learning_rate=0.5, **test)
    assert history.test_accuracy[-1] == accuracy(net, data.x_test, data.y_test) >= 0.96
    assert history.J[-1] < history.J[0] / 2


def test_weights_of_pixels_that_are_always_blank_lose_the_same_share_in_each_step():
    data = digits()
    x, y = data.x_train[:, :50], data.y_train[:50]
    blank = (x == 0).all(axis=1)
    net = MLP.random(inputs=64, hidden=8, outputs=10, weight_decay=0.2, activation=tanh)
    before = net.W1.copy()
    history = train(net, x, y, epochs=4, batch_size=8, learning_rate=0.5)
    share = (1 - 0.5 * 0.2) ** len(history.J)
    assert blank.any()
    np.testing.assert_allclose(net.W1[:, blank], share * before[:, blank], rtol=1e-13)
    assert not np.isclose(net.W1[:, ~blank], share * before[:, ~blank]).all()


@some
@given(problems())
def test_accuracy_is_the_share_of_right_answers(drawn):
    net, x, y = drawn
    if net.loss is cross_entropy:
        guesses = [max(range(len(net.W2)), key=lambda k: net.predict(x)[k, n]) for n in range(x.shape[1])]
        right = sum(guess == label for guess, label in zip(guesses, y, strict=True))
        assert accuracy(net, x, y) == pytest.approx(right / x.shape[1])


# What a run says of itself.


@every_decay
@pytest.mark.parametrize("sign", [1, -1])
def test_the_sentence_of_a_run(weight_decay, sign):
    climbing = squared_error._replace(gradient=lambda o, y: sign * squared_error.gradient(o, y))
    net, x, y = problem(squared_error, weight_decay=weight_decay)
    net.loss = climbing
    history = train(net, x, y, epochs=3, batch_size=8, learning_rate=0.02)
    first, last = np.mean(history.J[:3]), np.mean(history.J[-3:])
    assert (last < first) == (sign == 1)
    verb = "falls" if sign == 1 else "rises"
    assert repr(history) == f"objective {verb} from {first:.3g} to {last:.3g} in 3 epochs, λ = {weight_decay:g}"


def test_the_sentence_of_a_run_of_one_epoch_says_neither_rise_nor_fall():
    net, x, y = problem()
    said = repr(train(net, x, y, epochs=1, batch_size=20, learning_rate=0.1))
    assert not re.search("falls|rises|1 epochs", said)


def test_the_sentence_of_a_constant_objective_says_neither_rise_nor_fall():
    net, x, y = problem()
    said = repr(train(net, 0 * x, y, epochs=2, batch_size=20, learning_rate=0.1))
    assert not re.search("falls|rises", said)


def test_per_epoch_is_the_mean_over_the_steps_of_each_epoch():
    net, x, y = problem()
    history = train(net, x, y, epochs=3, batch_size=8, learning_rate=0.1)
    for name in RECORDS:
        column = getattr(history, name)
        want = [(column[k] + column[k + 1] + column[k + 2]) / 3 for k in (0, 3, 6)]
        np.testing.assert_allclose(history.per_epoch(name), want, rtol=1e-14)


def test_a_short_run_writes_nothing(capfd):
    net, x, y = problem()
    train(net, x, y, epochs=2, batch_size=10, learning_rate=0.1, x_test=x, y_test=y)
    assert capfd.readouterr() == ("", "")


def test_a_run_of_more_than_a_second_shows_how_far_it_is(capfd):
    def slow(z):
        time.sleep(0.3)
        return relu.value(z)

    net, x, y = problem(activation=relu._replace(value=slow))
    train(net, x, y, epochs=3, batch_size=10, learning_rate=0.1)
    written = "".join(capfd.readouterr())
    assert re.search(r"\b[1-6]/6\b", written)
    assert re.search(r"\r *\r$", written)  # and clears it away


# Runs that diverge.


def check_diverged(net, history, learning_rate, printed):
    """Check the sentence, and that the weights are those before the step that it names."""
    sentence = history.ended_early
    assert printed == sentence + "\n"
    said = re.match(
        r"Training diverged in step (\d+): (\S+) is (\S+)\. Lower learning_rate, which is (.*?)\. ", sentence
    )
    step, what, value, lower = said.groups()
    decay = f", or weight_decay, which is {net.weight_decay:g}" if net.weight_decay else ""
    assert lower == f"{learning_rate:g}{decay}"
    assert int(step) == len(net.steps) == len(history.J) + 1
    x, y, W1, W2 = net.steps[-1]
    np.testing.assert_array_equal(net.W1, W1)
    np.testing.assert_array_equal(net.W2, W2)
    with np.errstate(all="ignore"):
        f = MLP.forward(net, x, y)
        g = MLP.backward(net, f)
        norms = {"‖W1‖": W1, "‖W2‖": W2, "‖∂J/∂W1‖": g.W1, "‖∂J/∂W2‖": g.W2}
        norms |= {"‖W1−η∂J/∂W1‖": W1 - learning_rate * g.W1, "‖W2−η∂J/∂W2‖": W2 - learning_rate * g.W2}
        assert value == f"{f.J if what == 'J' else np.linalg.norm(norms[what]):.3g}"
    assert not np.isfinite(float(value)) or (what == "J" and float(value) > 100 * history.J[0])
    assert all(np.isfinite(getattr(history, name)).all() for name in RECORDS if name != "accuracy")
    assert np.isfinite(net.W1).all()
    assert np.isfinite(net.W2).all()


@every_loss
@every_decay
@every_dtype
@pytest.mark.parametrize("learning_rate", [1e4, 1e20])
def test_a_diverging_run_says_so_and_keeps_the_weights_before(capfd, loss, weight_decay, dtype, learning_rate):
    net, x, y = problem(loss, weight_decay=weight_decay, dtype=dtype)
    test = {"x_test": x, "y_test": y}
    history = train(net, x, y, epochs=5, batch_size=7, learning_rate=learning_rate, **test)
    out, err = capfd.readouterr()
    assert err == ""
    check_diverged(net, history, learning_rate, out)


class Full(io.StringIO):
    """A console that nothing can be written to, as when the disk is full or the reader of a pipe is gone."""

    def write(self, text):
        raise OSError("no space left on device")


def closed():
    console = io.StringIO()
    console.close()
    return console


CONSOLES = {
    "cp1252": lambda: io.TextIOWrapper(io.BytesIO(), encoding="cp1252", write_through=True),
    "ascii": lambda: io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True),
    "none": lambda: None,
    "closed": closed,
    "full": Full,
}


@pytest.mark.parametrize("console", CONSOLES)
def test_a_run_is_not_lost_because_its_sentence_cannot_be_printed(console, monkeypatch):
    net, x, y = problem()
    monkeypatch.setattr(sys, "stdout", CONSOLES[console]())
    history = train(net, x, y, epochs=5, batch_size=7, learning_rate=1e308)
    assert re.match(r"Training diverged in step \d+: .*‖", history.ended_early)
    assert np.isfinite(net.W1).all()
    if console in ("cp1252", "ascii"):
        printed = sys.stdout.buffer.getvalue().decode(console)
        assert printed == history.ended_early.encode(console, "replace").decode(console) + "\n"
        assert "?" in printed


@pytest.mark.parametrize("learning_rate", [1e100, 1e200])
@every_loss
@every_decay
def test_a_run_whose_objective_overflows_says_so_too(capfd, loss, weight_decay, learning_rate):
    net, x, y = problem(loss, weight_decay=weight_decay)
    history = train(net, x, y, epochs=5, batch_size=7, learning_rate=learning_rate)
    check_diverged(net, history, learning_rate, capfd.readouterr().out)


@pytest.mark.parametrize(("dtype", "learning_rate"), [(np.float32, 1e39), (np.float64, 1e308)])
@every_loss
def test_weights_stay_finite_where_the_update_itself_overflows(loss, dtype, learning_rate):
    net, x, y = problem(loss, targets=100, dtype=dtype, weight_decay=100.0)
    train(net, x, y, epochs=2, batch_size=7, learning_rate=learning_rate)
    assert np.isfinite(net.W1).all()
    assert np.isfinite(net.W2).all()


def test_weights_stay_finite_where_the_last_update_of_a_run_overflows():
    net, x, y = problem(squared_error, targets=100)
    train(net, x, y, epochs=1, batch_size=20, learning_rate=1e308)
    assert np.isfinite(net.W1).all()
    assert np.isfinite(net.W2).all()


def test_training_a_diverged_net_again_warns_of_nothing():
    net, x, y = problem(squared_error)
    for _ in range(2):
        history = train(net, x, y, epochs=2, batch_size=5, learning_rate=1e200)
        assert "diverged" in history.ended_early


def test_a_run_that_diverges_in_a_later_epoch_keeps_the_whole_epochs():
    net, x, y = problem(squared_error)
    history = train(net, x, y, epochs=50, batch_size=20, learning_rate=2, x_test=x, y_test=y)
    assert "diverged" in history.ended_early
    whole = len(history.J)  # an epoch is one step here
    assert whole > 1
    assert len(history.test_loss) == whole
    summary, sentence = repr(history).split(". ", 1)
    assert summary.endswith(f"in {whole} epochs, λ = 0")
    assert sentence == history.ended_early


# Runs that are interrupted.


def interrupt_after(count, function):
    """Return the function, made to stop like the stop button once it was called `count` times."""
    calls = []

    def stopping(*arguments):
        calls.append(1)
        if len(calls) > count:
            raise KeyboardInterrupt
        return function(*arguments)

    return stopping


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize("where", ["forward", "backward"])
def test_an_interrupted_run_keeps_what_it_had(capfd, steps, where):
    net, x, y = problem(activation=tanh, weight_decay=0.1)
    if where == "forward":
        stopping = tanh._replace(value=interrupt_after(steps + 1, tanh.value))  # once to check the arguments
    else:
        stopping = tanh._replace(first=interrupt_after(steps, tanh.first))
    start = net.W1.copy()
    net.activation = stopping
    history = train(net, x, y, epochs=3, batch_size=7, learning_rate=0.1)
    out, err = capfd.readouterr()
    assert out == history.ended_early + "\n"
    assert err == ""
    assert re.search(rf"interrupted after step {steps}\b", out)
    assert len(history.J) == steps
    net.activation = tanh
    if steps:
        check_run(net, history, 0.1)
    else:
        np.testing.assert_array_equal(net.W1, start)
    for name in RECORDS:
        column, whole = getattr(history, name), steps // 3
        assert history.per_epoch(name) == pytest.approx([column[3 * k : 3 * k + 3].mean() for k in range(whole)])
    said = repr(history)
    assert said.endswith(history.ended_early)
    assert f"in {steps // 3} epoch" in said or steps < 3


# A bar of tqdm before 4.70 that was interrupted while it was made complains of that when it is forgotten.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function tqdm.__del__:pytest.PytestUnraisableExceptionWarning"
)
def test_wherever_an_interrupt_falls_the_weights_fit_the_history():
    """Python looks for an interrupt where a call begins or ends: stop at each of these in turn."""
    states = []
    count = 0
    while True:
        net, x, y = problem(weight_decay=0.1)
        left = count

        def stop(frame, event, argument):
            nonlocal left
            if train.__code__ in (frame.f_code, frame.f_back and frame.f_back.f_code):
                left -= 1
                if left == 0:
                    sys.setprofile(None)
                    raise KeyboardInterrupt

        history = None
        before = sys.getprofile()
        try:
            sys.setprofile(stop if count else None)
            history = train(net, x, y, epochs=1, batch_size=7, learning_rate=0.1)
        except KeyboardInterrupt:  # before the first step, or after the last
            pass
        finally:
            sys.setprofile(before)
        if not states:
            states = [step[2:] for step in net.steps] + [(net.W1, net.W2)]
        fitting = [k for k, weights in enumerate(states) if all(map(np.array_equal, weights, (net.W1, net.W2)))]
        assert fitting, "one of the two weights was updated and the other not"
        if history:
            assert fitting == [len(history.J)], f"stopped at call {count}"
        if left > 0:
            break
        count += 1
    assert count > 3 * len(states)


# Bad arguments.

BAD = [
    ({"epochs": 0}, ValueError, "epochs must be an integer >= 1, got 0"),
    ({"epochs": 1.5}, TypeError, "epochs must be an integer, got 1.5"),
    ({"batch_size": 0}, ValueError, "batch_size must be an integer >= 1, got 0"),
    ({"batch_size": "8"}, TypeError, "batch_size must be an integer, got '8'"),
    ({"learning_rate": 0}, ValueError, "learning_rate must be a finite number > 0, got 0"),
    ({"learning_rate": -0.5}, ValueError, "learning_rate must be a finite number > 0, got -0.5"),
    ({"learning_rate": np.nan}, ValueError, "learning_rate must be a finite number > 0, got nan"),
    ({"learning_rate": np.inf}, ValueError, "learning_rate must be a finite number > 0, got inf"),
    ({"learning_rate": "0.5"}, TypeError, "learning_rate must be a number, got '0.5'"),
    ({"learning_rate": None}, TypeError, "learning_rate must be a number, got None"),
    ({"learning_rate": True}, TypeError, "learning_rate must be a number, got True"),
    ({"learning_rate": [0.1, 0.2]}, TypeError, r"learning_rate must be a number, got \[0\.1, 0\.2\]"),
    ({"y": [3] * 20}, ValueError, "y: expected class numbers from 0 to 2 for 3 outputs, got 3"),
    ({"y": [0] * 19}, ValueError, r"y: expected shape \(20,\), one class number per example, got \(19,\)"),
    ({"y": [0.0] * 20}, TypeError, "y: expected integer class numbers, got dtype float64"),
    ({"x": np.ones((4, 20))}, ValueError, "x: expected 5 rows, one per column of W1, got 4"),
    ({"x": np.full((5, 20), np.nan)}, ValueError, "x must hold finite numbers, got nan"),
    ({"x": np.ones((5, 0)), "y": []}, ValueError, r"x: expected at least one entry .*, got shape \(5, 0\)"),
    ({"x": np.ones(5), "y": [0]}, ValueError, r"x: expected a 2-D array, .*, got shape \(5,\)"),
]
BAD_TESTS = [
    {"x_test": np.ones((4, 2)), "y_test": [0, 1]},
    {"x_test": np.ones((5, 2)), "y_test": [0, 3]},
    {"x_test": np.ones((5, 2))},
    {"y_test": [0, 1]},
]


GOOD = {"epochs": 2, "batch_size": 8, "learning_rate": 0.1}


@pytest.mark.parametrize(("bad", "error", "sentence"), BAD)
def test_a_bad_argument_is_named_before_anything_is_changed(bad, error, sentence):
    net, x, y = problem()
    start = net.W1.copy()
    with pytest.raises(error, match=sentence):
        train(**{"net": net, "x": x, "y": y} | GOOD | bad)
    np.testing.assert_array_equal(net.W1, start)


@pytest.mark.parametrize("bad", BAD_TESTS, ids=["x_test", "y_test", "no y_test", "no x_test"])
def test_a_bad_test_set_is_refused_before_anything_is_changed(bad):
    net, x, y = problem()
    start = net.W1.copy()
    with pytest.raises((TypeError, ValueError)):
        train(**{"net": net, "x": x, "y": y} | GOOD | bad)
    np.testing.assert_array_equal(net.W1, start)
