"""The suspects of the hunt: one mistake each, seen in one setting and hidden in another; and the checker of answers."""

import inspect
from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import quick

from helpers import language
from helpers.checking import check_gradients, check_rules
from helpers.data import digits
from helpers.exercises import hunt
from helpers.exercises.hunt import CHECKERS, KINDS, RULES, SENTENCES, SUSPECTS, check_hunt, mend, setting, source
from helpers.exercises.hunt_answers import ANSWERS
from helpers.exercises.places import PLACES
from helpers.exercises.verdicts import BLANK, PATIENCE, TRIED, Verdict, judge
from helpers.functions import cross_entropy, relu, sigmoid, squared_error, tanh
from helpers.network import MLP
from helpers.training import train

NUMBERS = range(9)


@pytest.fixture(autouse=True)
def nothing_tried_yet():
    TRIED.clear()


def all_active():
    net, x, y = setting(activation=relu)
    return MLP(abs(net.W1), net.W2, weight_decay=0.1), abs(x), y


def small_weights():
    net, x, y = setting()
    return MLP(net.W1 / 1000, net.W2, weight_decay=0.1, activation=tanh), x, y


# Where each is seen, and what the two checks name first; and where it hides, which a reader is to find.
SEEN = {
    0: (setting(), "W1", "B3"),
    1: (setting(activation=relu), "z", "B6"),
    2: (setting(), "W2", "B3"),
    3: (setting(), "o", "B2"),
    4: (setting(), "W2", "B4"),
    5: (setting(), "z", "B6"),
    6: (setting(), "h", "B5"),
    7: (setting(activation=relu), "h", "B5"),
    8: (setting(loss=squared_error), "o", "B2"),
}
HIDDEN = {
    0: [setting(weight_decay=0)],
    1: [all_active()],
    2: [setting(weight_decay=0), setting(weight_decay=0, loss=squared_error, activation=sigmoid)],
    3: [setting(examples=1)],
    4: [setting(hidden=1), setting(outputs=1, loss=squared_error)],
    5: [small_weights()],
    6: [setting(dtype=np.float32), setting(dtype=np.float32, loss=squared_error)],
    7: [all_active()],
    8: [setting(), setting(activation=relu), setting(loss=squared_error, outputs=4, examples=4)],
}
MENDED = {
    0: ("dJ_dW1 = dJ_dz", "dJ_dW1 += dJ_dz"),
    1: ("f.h < 0", "f.h <= 0"),
    2: ("2 * net", "net"),
    3: ("np.sum(p)", "np.sum(p, axis=0)"),
    4: (".reshape(net.W2.shape)", ".T"),
    5: ("f.z**2", "f.h**2"),
    6: ("W2.T @ dJ_do", "net.W2.T @ dJ_do"),
    7: ("_replace(h=delta)", "_replace(h=delta.copy())"),
    8: ("len(f.y)", "f.o.shape[1]"),
}


def settings_for(number):
    """Return settings of all kinds that the suspect is written for."""
    return [
        setting(*sizes, weight_decay=weight_decay, activation=activation, loss=loss, seed=seed)
        for activation in SUSPECTS[number].activations
        for loss in SUSPECTS[number].losses
        for seed, sizes, weight_decay in ((0, (5, 4, 3, 6), 0.1), (1, (3, 2, 4, 5), 0.0), (2, (2, 6, 3, 1), 1.5))
    ]


@pytest.mark.parametrize("number", NUMBERS)
def test_suspect_is_seen_in_one_setting(number):
    where, first, rule = SEEN[number]
    assert check_gradients(*where, backward=SUSPECTS[number].backward).first_wrong == first
    assert check_rules(*where, backward=SUSPECTS[number].backward).wrong == (rule,)
    assert ANSWERS[number].rules[0] == rule


@pytest.mark.parametrize("number", NUMBERS)
def test_suspect_hides_in_another(number):
    for where in HIDDEN[number]:
        assert check_gradients(*where, backward=SUSPECTS[number].backward).ok


@pytest.mark.parametrize("number", NUMBERS)
def test_suspect_breaks_no_other_rule_and_keeps_all_shapes(number):
    for net, x, y in settings_for(number):
        f = net.forward(x, y)
        g = SUSPECTS[number].backward(net, f)
        assert [np.shape(a) for a in g] == [np.shape(a) for a in net.backward(f)]
        report = check_rules(net, x, y, backward=SUSPECTS[number].backward)
        assert set(report.wrong) <= {ANSWERS[number].rules[0]}


@pytest.mark.parametrize("number", NUMBERS)
def test_one_change_mends_it_everywhere(number):
    mended = mend(SUSPECTS[number].backward, *MENDED[number])
    for where in settings_for(number):
        assert check_gradients(*where, backward=mended).ok
    assert not check_gradients(*SEEN[number][0], backward=SUSPECTS[number].backward).ok  # and leaves the suspect alone


def test_last_suspect_is_not_seen_in_the_setting_of_the_notebook():
    assert check_gradients(*setting(), backward=hunt.suspect_8).ok


def test_suspect_7_has_the_gradients_of_the_weights_right():
    report = check_gradients(*setting(activation=relu), backward=hunt.suspect_7)
    assert report.wrong == ("h",)


def test_mend_wants_the_piece_once():
    with pytest.raises(ValueError, match=r"expected 'dJ_do' once in suspect_1, got it \d+ times"):
        mend(hunt.suspect_1, "dJ_do", "0")
    with pytest.raises(ValueError, match="expected 'nowhere' once in suspect_1, got it 0 times"):
        mend(hunt.suspect_1, "nowhere", "0")


def test_source_is_shown_as_code():
    assert source(hunt.suspect_1)._repr_markdown_().startswith("```python\ndef suspect_1(net, f):\n")
    assert repr(source(hunt.suspect_1)) == inspect.getsource(hunt.suspect_1)


@pytest.mark.parametrize("number", NUMBERS)
def test_answers_do_not_stand_where_a_reader_looks_for_the_suspects(number):
    shown, answer = source(SUSPECTS[number].backward), ANSWERS[number]
    assert not any(rule in shown for rule in answer.rules)
    assert answer.why not in inspect.getsource(hunt)


# Training, as the notebooks tell of it.


def trained(number, net, x, y, **options):
    net.backward = partial(SUSPECTS[number].backward, net)
    return train(net, x, y, epochs=5, batch_size=32, learning_rate=0.05, **options)


@pytest.fixture(scope="module")
def data():
    return digits()


@pytest.mark.parametrize("number", [1, 2, 4, 6, 7, 8])
def test_six_of_eight_train_as_if_nothing_were_wrong(number, data):
    activation = relu if number in (1, 7) else tanh
    loss = squared_error if number == 8 else cross_entropy
    y = np.eye(10)[data.y_train].T if number == 8 else data.y_train
    net = MLP.random(64, 32, 10, weight_decay=0.001, activation=activation, loss=loss)
    J = trained(number, net, data.x_train, y).per_epoch("J")
    assert J[-1] < 0.7 * J[0]
    assert (np.diff(J) < 0).all()


def test_suspect_3_learns_nothing_from_minibatches_and_learns_from_single_digits(data, capsys):
    J = trained(3, MLP.random(64, 32, 10, activation=tanh), data.x_train, data.y_train).per_epoch("J")
    assert J[-1] > J[0]
    net = MLP.random(64, 32, 10, activation=tanh)
    net.backward = partial(hunt.suspect_3, net)
    J = train(net, data.x_train, data.y_train, epochs=2, batch_size=1, learning_rate=0.02).per_epoch("J")
    assert J[-1] < J[0] / 2


def test_suspect_5_trains_and_then_runs_away(data, capsys):
    net = MLP.random(64, 32, 10, weight_decay=0.001, activation=tanh)
    history = trained(5, net, data.x_train, data.y_train)
    J = history.per_epoch("J")
    assert J[1] < J[0]
    assert "diverged" in history.ended_early


# The checker.


@pytest.mark.parametrize("number", NUMBERS)
def test_right_answers_are_accepted(number):
    answer = ANSWERS[number]
    for rule, kind, where in product(answer.rules, answer.kinds, HIDDEN[number]):
        verdict = check_hunt(number, (rule, kind, where))
        assert verdict == Verdict(f"hunt {number}", "right", answer.why)


def test_a_mistake_that_two_lines_can_mend_is_accepted_as_either():
    """Suspect 7: what makes all settings right is a mend, whichever line it is in."""
    at_B6 = mend(hunt.suspect_7, "delta[f.z <= 0] = 0", "delta = delta * (f.z > 0)")
    assert all(check_gradients(*where, backward=at_B6).ok for where in settings_for(7))
    assert check_hunt(7, "B6").message.startswith("B6 is the rule.")


def test_the_hint_of_a_kind_that_confirms_it_goes_with_a_kind_that_is_accepted():
    """Suspect 1: ∂J/∂z is W⁽²⁾ᵀ ∂J/∂o everywhere, as "φ′ is left out" says."""
    for net, x, y in settings_for(1):
        g = hunt.suspect_1(net, net.forward(x, y))
        assert np.array_equal(g.z, net.W2.T @ g.o)
    assert "slope" in ANSWERS[1].kinds


def test_mistakes_that_may_be_called_in_several_ways():
    assert {number: ANSWERS[number].rules for number in NUMBERS if len(ANSWERS[number].rules) > 1} == {7: ("B5", "B6")}
    assert check_hunt(7, ("B6", "alias", all_active())).status == "right"
    assert check_hunt(1, ("B6", "slope", all_active())).status == "right"


def test_spelling_does_not_matter():
    assert check_hunt(2, [" b3", "Constant ", tuple(setting(weight_decay=0))]).status == "right"


@pytest.mark.parametrize("number", NUMBERS)
def test_not_attempted(number):
    for blank in (BLANK, (BLANK,), (BLANK, BLANK, BLANK), ()):
        assert check_hunt(number, blank) == Verdict(f"hunt {number}", "open")


def refused(number, answer, part, section=None):
    verdict = check_hunt(number, answer)
    assert verdict.status == "wrong"
    assert part in verdict.message
    assert section is None or section == verdict.section
    return True


def wrong_rules(number):
    return [rule for rule in RULES if rule not in ANSWERS[number].rules]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_first_wrong_rule_is_refused_without_a_direction(number):
    for rule in wrong_rules(number)[: PATIENCE - 1] * 2:  # the same rule again is no new try
        assert refused(number, rule, SENTENCES["innocent"].format(rule=rule))


@pytest.mark.parametrize("number", NUMBERS)
def test_several_wrong_rules_are_refused_with_a_direction(number):
    rules, right = wrong_rules(number), [RULES.index(rule) for rule in ANSWERS[number].rules]
    for rule in rules:
        check_hunt(number, rule)
    for rule in rules:
        way = "earlier" if max(right) < RULES.index(rule) else "later"
        assert refused(number, rule, f"{rule} does what it should with what it is handed. The mistake comes {way}")


@pytest.mark.parametrize("number", NUMBERS)
def test_wrong_kinds_are_refused_with_a_test_of_them(number):
    answer = ANSWERS[number]
    for rule, kind in product(answer.rules, KINDS.keys() - set(answer.kinds)):
        assert refused(number, (rule, kind), SENTENCES[kind], PLACES[answer.section])
        assert refused(number, (rule, kind, HIDDEN[number][0]), SENTENCES[kind], PLACES[answer.section])


@pytest.mark.parametrize("number", NUMBERS)
def test_parts_may_come_one_by_one(number):
    for rule in ANSWERS[number].rules:
        assert refused(number, rule, f"{rule} is the rule. Of what kind is the mistake?")
        assert refused(number, (rule, BLANK, BLANK), f"{rule} is the rule. Of what kind is the mistake?")
        assert refused(number, (rule, ANSWERS[number].kinds[0]), "Now find a setting that hides it")


@pytest.mark.parametrize("number", NUMBERS)
def test_settings_that_hide_nothing_or_everything_are_refused(number):
    found = ANSWERS[number].rules[0], ANSWERS[number].kinds[0]
    where, first, _ = SEEN[number]
    assert refused(number, (*found, where), f"it looks first at {first}", PLACES["do-not-check-at-zero"])
    options = {"weight_decay": 0.1, "activation": relu, "loss": where.net.loss}
    silent = MLP(-abs(where.net.W1), where.net.W2, **options), abs(where.x), where.y
    if relu in SUSPECTS[number].activations:
        assert refused(number, (*found, silent), "∂J/∂W2, ∂J/∂z, ∂J/∂W1 could be off")
    if squared_error in SUSPECTS[number].losses:
        activation = SUSPECTS[number].activations[0]
        net, x, _ = setting(weight_decay=0, activation=activation, loss=squared_error)
        assert refused(number, (*found, (net, x, net.predict(x))), "∂J/∂o, ∂J/∂W2, ∂J/∂h, ∂J/∂z, ∂J/∂W1 could")
    zero = MLP(0 * where.net.W1, 0 * where.net.W2, activation=where.net.activation, loss=where.net.loss)
    assert refused(number, (*found, (zero, where.x, where.y)), "∂J/∂W2, ∂J/∂h, ∂J/∂z, ∂J/∂W1 could be off")


def test_settings_of_another_kind_are_refused():
    net, x, y = setting()
    assert refused(1, ("B6", "condition", (net, x, y)), "written for relu, but this net has tanh")
    assert refused(5, ("B6", "variable", setting(activation=sigmoid)), "written for tanh, but this net has sigmoid")
    assert refused(
        3, ("B2", "axis", setting(loss=squared_error)), "written for cross-entropy, but this net has squared"
    )
    assert refused(
        2, ("B3", "constant", (net, x)), "The third part: expected net, x and y, as in setting(…), got tuple."
    )
    assert refused(2, ("B3", "constant", net), "The third part: expected net, x and y, as in setting(…), got MLP.")
    assert refused(
        2, ("B3", "constant", (net, x[:2], y)), "ValueError: x: expected 5 rows, one per column of W1, got 2"
    )
    assert refused(
        2, ("B3", "constant", setting(40, 60, 10, 20)), "expected at most 5,000 entries to check, got 5,600."
    )
    net.W2 = "weights"
    assert refused(
        2, ("B3", "constant", (net, x, y)), "The setting does not run: TypeError: W2 must hold real numbers, got dtype"
    )


def test_answers_of_another_form_are_refused():
    assert refused(1, 6, "Expected a rule, a kind and a setting, (…, …, setting(…)), got int.")
    assert refused(
        1, ("B6", "condition", setting(), 1), "Expected up to three parts, a rule, a kind and a setting, got 4."
    )
    assert refused(1, ("B8",), "The first part: expected a rule, B1 to B7, got 'B8'.")
    assert refused(1, (6, "condition"), "The first part: expected a rule, B1 to B7, got int.")
    kinds = ", ".join(KINDS)
    assert refused(1, ("B6", "typo"), f"The second part: expected one of {kinds}, got 'typo'.")
    assert refused(1, ("B6", 3), f"The second part: expected one of {kinds}, got int.")


def test_a_setting_too_large_to_draw_is_refused():
    with pytest.raises(ValueError, match="the number of entries of x and y must be at most 100,000,000, got 8,000,"):
        setting(examples=10**9)


rules, kinds = st.sampled_from([*RULES, "b5", "B9", ""]), st.sampled_from([*KINDS, "typo"])
places = st.sampled_from([where for hidden in HIDDEN.values() for where in hidden] + [SEEN[8][0]])
junk = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(max_size=9),
    st.binary(max_size=9),
    st.just(BLANK),
    st.just(np.ones(3)),
)
wrong_places = st.tuples(st.just(setting().net), junk, junk)
answers = st.one_of(
    junk,
    st.lists(st.one_of(junk, rules, kinds, places), max_size=4),
    st.tuples(rules, st.one_of(kinds, junk), st.one_of(places, wrong_places, junk)),
    st.dictionaries(st.integers(), junk, max_size=3),
    st.sampled_from([print, MLP, lambda net, f: None, {"B6"}]),
)


@quick
@given(st.integers(1, 8), answers)
def test_a_verdict_comes_whatever_the_answer(number, answer):
    verdict = check_hunt(number, answer)
    assert verdict.exercise == f"hunt {number}"
    assert verdict.status in ("open", "wrong", "right")
    assert "{" not in repr(verdict)
    if verdict.status == "right":
        assert answer[0].upper() in ANSWERS[number].rules


@quick
@given(st.integers(1, 8), st.one_of(junk, places, wrong_places))
def test_a_verdict_comes_whatever_the_setting(number, where):
    verdict = check_hunt(number, (ANSWERS[number].rules[0], ANSWERS[number].kinds[0], where))
    assert verdict.status in ("wrong", "right")


def test_checkers_of_the_notebook():
    assert [checker.blanks for checker in CHECKERS.values()] == [(f"hunt_{k}",) for k in range(1, 9)]
    as_shipped = judge(CHECKERS, dict.fromkeys((f"hunt_{k}" for k in range(1, 9)), BLANK))
    assert {verdict.status for verdict in as_shipped.values()} == {"open"}
    solved = {f"hunt_{k}": (ANSWERS[k].rules[0], ANSWERS[k].kinds[0], HIDDEN[k][0]) for k in range(1, 9)}
    assert {verdict.status for verdict in judge(CHECKERS, solved).values()} == {"right"}
    swapped = {f"hunt_{k}": solved[f"hunt_{9 - k}"] for k in range(1, 9)}
    assert {verdict.status for verdict in judge(CHECKERS, swapped).values()} == {"wrong"}


# What the hints propose to test, tested: it refutes the kind wherever it is not the right one.


def fraction(number, where, name):
    """Return got / expected, entry by entry."""
    f = where.net.forward(where.x, where.y)
    with np.errstate(divide="ignore"):
        return getattr(SUSPECTS[number].backward(where.net, f), name) / getattr(where.net.backward(f), name)


@pytest.mark.parametrize("number", NUMBERS)
def test_hint_of_alias(number):
    net, x, y = SEEN[number][0]
    arrays = [a for a in SUSPECTS[number].backward(net, net.forward(x, y)) if np.ndim(a)]
    shared = any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])
    assert shared == ("alias" in ANSWERS[number].kinds)


@pytest.mark.parametrize("number", NUMBERS)
def test_hint_of_count(number):
    where, name, _ = SEEN[number]
    steady = np.ptp(fraction(number, where, name)) < 1e-9
    assert steady == ("count" in ANSWERS[number].kinds)


@pytest.mark.parametrize("number", NUMBERS)
def test_hint_of_layout(number):
    options = {"activation": SUSPECTS[number].activations[-1], "loss": SUSPECTS[number].losses[-1]}
    where, name = setting(weight_decay=0, **options), SEEN[number][1]
    f = where.net.forward(where.x, where.y)
    got, expected = getattr(SUSPECTS[number].backward(where.net, f), name), getattr(where.net.backward(f), name)
    moved = np.allclose(np.sort(got, axis=None), np.sort(expected, axis=None)) and not np.allclose(got, expected)
    assert moved == ("layout" in ANSWERS[number].kinds)


@pytest.mark.parametrize("number", [3, 8])
def test_hint_of_axis(number):
    loss = SUSPECTS[number].losses[-1]
    one = {"examples": 1} if number == 3 else {"outputs": 1}
    agrees = [check_gradients(*setting(loss=loss, **o), backward=SUSPECTS[number].backward).ok for o in ({}, one)]
    column = check_gradients(*setting(loss=loss, examples=1), backward=SUSPECTS[number].backward).ok
    assert agrees == [False, number == 3]
    assert column == (number == 3)


def test_what_a_suspect_says_in_its_source_is_told_in_the_language_of_the_moment():
    suspects = [getattr(hunt, f"suspect_{number}") for number in range(9)]
    said = "".join(map(source, suspects))
    language("zh")
    try:
        told = "".join(map(source, suspects))
    finally:
        language("en")
    for sentence in dict.values(hunt.SAID):
        assert sentence in said
        assert sentence not in told
    assert "For any" not in told
