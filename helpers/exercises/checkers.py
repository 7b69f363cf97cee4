"""The checkers of the exercises E1–E5 of notebook 08.

Each takes what a reader wrote and returns a Verdict: not attempted yet, not right yet with a hint, or right. What is
expected comes from an experiment wherever possible: central differences, the arrays themselves, a schedule played
through. Typical mistakes are computed too, and an answer that equals one of them gets the hint that fits. An answer may
be anything at all; whatever it does, a Verdict comes out.

A sentence whose key has a " more" beside it is a first hint; the second comes after several different wrong answers.
"""

import copy
import functools
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from helpers._language import Sentences, joined
from helpers._validation import as_integer
from helpers.checking import numerical_gradient
from helpers.exercises.places import PLACES
from helpers.exercises.verdicts import BLANK, Checker, Verdict, tried
from helpers.exercises.verdicts import SENTENCES as OF_VERDICTS
from helpers.functions import cross_entropy, sigmoid, squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Variable, run, topological_order
from helpers.memory import footprint
from helpers.network import MLP, Forward
from helpers.operators import ADD, one_hidden_layer

TOLERANCE = 1e-6  # of the largest entry: what central differences can tell

SENTENCES = Sentences() | {
    # Whatever the exercise.
    "at": "With {sizes}: {message}",
    "before": "It was right at the sizes before.",
    "no return": "The function returns nothing. If you have filled it in, it lacks a return.",
    "no function": "{name}: expected a function, got {came}.",
    "changed": "The function changes {name}, which belongs to the caller. Make a new one instead.",
    "no array": "{name}: expected a NumPy array, got {came}.",
    "no number": "{name}: expected a number, got {came}.",
    "type": "{name}: expected dtype float64, as the arrays have that you were given, got {came}.",
    "not finite": "{name}: expected finite numbers, got {came}.",
    "shape": "{name}: expected shape {wanted}, got {came}.",
    "shape turned": "{name}: expected shape {wanted}, got {came}: rows and columns have changed places.",
    "turned": "{name} has the right shape, but rows and columns have changed places.",
    "sign": "{name} has the wrong sign.",
    "factor": "{name} is {factor} times what it should be, in every entry.",
    "where": "entry [{index}] of {name}",
    "entry": "{where}: expected {wanted}, got {got}.",
    "first": "{name} is the first that differs: {where}: expected {wanted}, got {got}.",
    "missing": "{name} is missing: expected {fields}.",
    "blank inside": "{name} is still a blank.",
    "no pair": "Expected two values, {fields}, got {came}.",
    # E1
    "E1 right shapes": "Each derivative adds the axes of W: none, then two, then four.",
    "E1 no shape": "Expected a shape, a tuple of integers such as (2, 7), got {came}.",
    "E1 scalar": "() is the shape of the value. The gradient says how fast each entry of W moves it.",
    "E1 flat": "The number of entries is right. But in which row and column of W does each belong?",
    "E1 extra axis": "An axis for the function's value is the Jacobian's custom. The value is a single number here.",
    "E1 turned": "With this shape W − η ∂J/∂W could not be computed.",
    "E1 shape": "Count: how many numbers does it take to say how fast the value moves with each entry of W? How are "
    "they laid out, if each stands where its entry stands?",
    "E1 second gradient": "The second shape is that of the gradient. Each of its entries can change with each entry "
    "of W.",
    "E1 second flat": "The second shape has the right number of entries. `jacobian` keeps every axis by itself.",
    "E1 second turned": "The second shape has the right axes in another order. First come those of what is "
    "differentiated, then those of what is nudged.",
    "E1 second": "The second shape: how many numbers does it take to say how each entry of the gradient changes with "
    "each entry of W?",
    "E1 right gradient": "The same numbers, in the shape of the variable.",
    "E1 order": "The shape is right, and the entries are in the wrong places. The row lists W row after row.",
    "E1 right change": "Each entry of the gradient times the step of the entry it belongs to. The two have to have one "
    "shape for that.",
    "E1 array": "The change is an array of shape {came}. A scalar function changes by one number: what is left to do?",
    "E1 trace": "This pairs row i of one with column i of the other. Which step does ∂f/∂W[i, k] belong to?",
    "E1 largest": "Every entry of W moves at the same time. Do their effects not add up?",
    "E1 right entries": "A number times a column times a row: the shape is that of W.",
    "E1 no entries": "Expected the entries as a list of rows, such as [[1, 2], [3, 4]], got {came}.",
    "E1 inner": "This is the gradient of aᵀWb. But f is half its square: which factor does the chain rule bring?",
    "E1 inner twice": "This is the gradient of (aᵀWb)². What does the ½ do?",
    "E1 entries": "{where} is not {got}. By what is this entry of W multiplied in aᵀWb?",
    # E2
    "E2 right forward": "One column more in F1, and all else as it was.",
    "E2 no bias": "z is W⁽¹⁾x alone: the bias is missing.",
    "E2 minus bias": "z is W⁽¹⁾x − b: the bias is added.",
    "E2 bias after": "The bias came after φ. It belongs to z, before the activation.",
    "E2 penalty": "s is too large by λ/2 ‖b‖². The exercise leaves the bias out of the penalty.",
    "E2 no decay": "s should be λ/2 times the sum of all squared weights, of both matrices.",
    "E2 no forward": "Expected Forward(x, y, z, h, o, L, s, J), got {came}.",
    "E2 right backward": "Five gradients as before, and a new one: ∂J/∂z with its columns added.",
    "E2 no dict": "Expected a dictionary with the keys o W2 h z b W1, got {came}.",
    "E2 o": "{name} is {factor} times what it should be. The loss is a mean over the examples: where does that show?",
    "E2 decay missing": "{name} lacks a term. By how many routes does this matrix reach J?",
    "E2 decay twice": "{name} has the share of the penalty twice.",
    "E2 no slope": "{name} was passed through φ unchanged. What does the activation multiply it by?",
    "E2 slope of h": "{name}: φ′ was taken of h. Is that where the slope belongs?",
    "E2 columns": "∂J/∂b has shape {came}, one column for each example. But there is one b for all of them: what "
    "becomes of gradients that meet at one variable?",
    "E2 flat": "∂J/∂b has shape {came}, and b is a column of shape {wanted}. (NumPy's sum has an argument for this.)",
    "E2 rows": "∂J/∂b has shape {came}: the sum ran over the hidden units. Each of them has a bias of its own.",
    "E2 mean": "∂J/∂b is n times too small. Where does the 1/n of the mean sit already?",
    "E2 bias decay": "∂J/∂b has a λb in it. Does b occur in s?",
    "E2 from h": "∂J/∂b is the sum of ∂J/∂h over the examples. The bias enters before φ, not after.",
    "E2 right graph": "The graph gives J, and its gradients agree with differences of J.",
    "E2 no variable": "Expected the variable J of a graph, got {came}.",
    "E2 apart": "J does not depend on {name}.",
    "E2 add": "`add` needs two arrays of one shape, and b is a single column. Which function of helpers.operators adds "
    "a column to each column?",
    "E2 graph penalty": "J is too large by λ/2 ‖b‖². The exercise leaves the bias out of the penalty.",
    "E2 graph loss": "J is L alone. What is the second summand of the objective?",
    "E2 graph": "J: expected {wanted}, got {got}. Draw it, and compare with F1 to F6 from left to right.",
    # E3
    "E3 right prediction": "Weights, inputs, and the two arrays that are alive at the worst moment.",
    "E3 right training": "Weights, inputs and labels, three stored intermediates, and a gradient for each of five.",
    "E3 entries": "This is the number of entries. How many bytes has a float64?",
    "E3 single": "This is half of it. float64 has 8 bytes; 4 would be float32.",
    "E3 no weights": "The weights are not counted.",
    "E3 no inputs": "The inputs are not counted.",
    "E3 no labels": "The labels are not counted: n class numbers of 8 bytes.",
    "E3 keeps all": "z, h and o are all counted. When o is computed, is z still needed?",
    "E3 one alive": "One intermediate is counted. While an operator computes, its input and its output are both there.",
    "E3 always z h": "z and h are counted, always. But here h and o together are larger than z and h.",
    "E3 no intermediates": "Weights and inputs are there. Something has to be stored on the way to the output.",
    "E3 weights once": "Weights and gradients of weights have the same shapes, and one of the two is not counted.",
    "E3 intermediates once": "z, h and o are counted once. There are their values, and there are their gradients.",
    "E3 no gradients": "The stored values are all there, and no gradient is.",
    "E3 bytes": "{got:,} bytes is not it. List the arrays one by one, each with its shape.",
    "E3 bytes more": "{got:,} bytes is not it: the difference is {difference:,} bytes. Which array, or which two "
    "together, have that size?",
    "E3 right from": "Of the two kinds of rows, one grows with n and the other does not.",
    "E3 no count": "Expected a number of examples, 1 or more, got {got}.",
    "E3 from": "{got:,} is not it. Add up the rows with n in their shape, and the rows without.",
    "E3 from more": "{got:,} is not it. With that n the rows that grow have {growing:,} bytes, and the others "
    "{steady:,}.",
    # E4
    "E4 right product": "A gradient of a gradient: it agrees with differences of the gradient.",
    "E4 no list": "Expected a list of two variables, one per weight matrix, got {came}.",
    "E4 count": "Expected two variables, one per weight matrix, got {came}.",
    "E4 no variable": "Expected a list of variables of a graph, not yet run, got one of {came}.",
    "E4 first": "These are the gradients of J. They have to be differentiated once more.",
    "E4 unused": "The directions play no part in it. The second gradient is of a scalar: which one makes use of v?",
    "E4 not differentiated": "This is the gradient times v, entry by entry. Make one number of it, and "
    "differentiate that.",
    "E4 own block": "Each part knows its own direction alone. A step of W⁽²⁾ changes ∂J/∂W⁽¹⁾ too: what has to be "
    "added before you differentiate?",
    "E4 no decay": "The part λv is missing. Is it the gradient of J, with its penalty?",
    "E4 swapped": "The two parts have changed places.",
    "E4 product": "{name} differs from differences of the gradient: {where}: expected {wanted}, got {got}.",
    "E4 right hessian": "Each product gives a column, and as many products are needed as there are weights.",
    "E4 rows": "This is the transpose. A Hessian is symmetric and would hide it; the matrix of this test is not. "
    "What does a matrix do to the k-th unit vector?",
    "E4 diagonal": "The diagonal is right, and all else is 0. Each product is a whole column.",
    "E4 calls": "The product was taken {calls} times; {size} are enough.",
    "E4 hessian": "{where}: expected {wanted}, got {got}. What is the product with (0, …, 1, …, 0)?",
    "E4 right relu": "Only the φ″ term goes. J is still curved: by the loss, by W⁽¹⁾ and W⁽²⁾ together, by λ.",
    "E4 no letters": "Expected letters of a, b, c, d, such as {{'a', 'c'}}, got {came}.",
    "E4 letters": "Not these letters. Derive the four second derivatives of question 1 below, and put φ″ = 0.",
    "E4 a": "a is in your answer. What is the derivative of relu′, away from the corner?",
    "E4 b": "b is missing. With relu the output is piecewise linear in the weights of one layer. Is the loss linear in "
    "the output?",
    "E4 c": "c is missing. Take one number everywhere and a positive z: o = W2 · W1 · x. What is ∂²o/∂W1∂W2?",
    "E4 d": "d is missing. What is the second derivative of λ/2 · w²?",
    # E5
    "E5 right second": "The part after the cut, run by itself: h is fed as if it were an input.",
    "E5 right first": "The part before the cut: what arrives is fed where it would have been computed.",
    "E5 decay": "{name} lacks a term. Which part of J depends on the weights alone, and which worker holds these?",
    "E5 no slope": "∂J/∂W1 was made of ∂J/∂h as if it were ∂J/∂z. What lies between h and z?",
    "E5 swapped": "The two results have changed places: first ∂J/∂W2, then ∂J/∂h.",
    "E5 right bytes": "Activations grow with the batch, gradients of weights with the network.",
    "E5 entries": "Expected bytes, got numbers of entries.",
    "E5 swapped bytes": "The two have changed places.",
    "E5 one way cut": "The cut: this is what goes forward. Something of the same shape comes back.",
    "E5 one way split": "The minibatch: this is what one worker sends. The sum has to come back to it.",
    "E5 cut": "The cut: {got:,} bytes is not it. Which array passes forward, which one back?",
    "E5 cut more": "The cut: {got:,} bytes is not it: the difference is {difference:,}. What are the two shapes?",
    "E5 split": "The minibatch: {got:,} bytes is not it. Which gradients does a worker hand in? Does their size depend "
    "on the examples?",
    "E5 split more": "The minibatch: {got:,} bytes is not it: the difference is {difference:,}. What are the shapes?",
    "E5 right combine": "Each share counts by its number of examples, and the penalty once.",
    "E5 plain mean": "This is the plain mean. A worker with 3 examples must not weigh as much as one with 100.",
    "E5 sum": "This is the plain sum. Each ∂Lₖ is a mean already, over its own share.",
    "E5 decay each": "λW is in it once for each worker. Whose penalty is it?",
    "E5 no decay": "A term is missing. The workers computed gradients of the loss, and J has a second summand.",
    "E5 examples": "Each share was multiplied by its nₖ. J has a mean over all n examples in it.",
    "E5 right idle": "Filling and draining take p − 1 slots each way, however many microbatches pass.",
    "E5 busy": "This is the share of time in which a worker works.",
    "E5 ratio": "This is idle time per slot of work. Asked for is the share of all time, idle and busy together.",
    "E5 no pipeline": "This is the share without a pipeline: one worker at a time. The microbatches overlap.",
    "E5 last": "The number of slots is off by one. In the table, when has the last microbatch passed the last worker?",
    "E5 idle": "{got} is not it. Draw the table for 2 workers and 3 microbatches, and count empty cells.",
    "E5 idle more": "Expected {wanted}, got {got}. How many slots are there in all, and in how many of them does a "
    "worker work?",
    "E5 right microbatches": "The bubble shrinks with m alone: more workers need more microbatches.",
    "E5 no microbatches": "Expected a number of microbatches, 1 or more, got {got}.",
    "E5 microbatches": "{got:,} is not the smallest number that will do. Put it into your formula, and one less.",
    "E5 microbatches more": "With {got:,} microbatches a worker is idle {share} of the time. Is that small enough, and "
    "is one microbatch less too few?",
}

# What sentences call an answer, and what it was tried with.
NAMES = Sentences() | {
    "answer": "The answer",
    "first": "The first value",
    "second": "The second value",
    "gradient": "the gradient",
    "change": "the change",
    "matrix": "the matrix",
    "part": "the part of {name}",
    "shapes": "the shape of the gradient and that of its Jacobian",
    "bytes": "the bytes of the cut and those of the split minibatch",
    "a matrix": "a matrix of {size} × {size}",
    "shares": "shares of {examples} examples",
    "pipeline": "p = {workers} workers, each idle at most {percent} % of the time",
}

# What to read again: of a sentence if it stands here, or else of the blank.
SECTIONS = {
    "E1_shapes": "start-at-the-end",
    "E1_entries": "chain-one-number-at-a-time",
    "E1_gradient": "charge-for-large-weights",
    "E1_change": "ask-what-a-gradient-is-good-for",
    "E2_forward": "multiply-by-the-hidden-weights",
    "E2_backward": "reach-the-first-weights",
    "E2_graph": "let-the-picture-grow",
    "E3_prediction": "count-what-is-stored",
    "E3_training": "count-what-is-stored",
    "E3_from": "make-it-deeper-and-the-batch-larger",
    "E4_product": "walk-the-graph-backward",
    "E4_hessian": "solve-e4-second-derivatives",
    "E4_relu": "look-at-the-kink-of-relu",
    "E5_second": "run-the-graph",
    "E5_first": "run-the-graph",
    "E5_combine": "send-a-minibatch-backward",
    "E5_bytes": "solve-e5-more-than-one-device",
    "E5_idle": "solve-e5-more-than-one-device",
    "E5_microbatches": "solve-e5-more-than-one-device",
    "shape": "start-at-the-end",
    "shape turned": "find-the-transpose-on-the-left",
    "turned": "find-the-transpose-on-the-left",
    "sign": "start-at-the-end",
    "E1 extra axis": "find-the-transpose-on-the-right",
    "E1 trace": "find-the-transpose-on-the-right",
    "E1 second": "find-the-transpose-on-the-right",
    "E1 second gradient": "find-the-transpose-on-the-right",
    "E1 second flat": "find-the-transpose-on-the-right",
    "E1 second turned": "find-the-transpose-on-the-right",
    "E2 bias after": "bend-it-with-an-activation-function",
    "E2 penalty": "charge-for-large-weights",
    "E2 no decay": "charge-for-large-weights",
    "E2 o": "send-a-minibatch-backward",
    "E2 mean": "send-a-minibatch-backward",
    "E2 rows": "send-a-minibatch-backward",
    "E2 columns": "add-what-comes-by-two-routes",
    "E2 decay missing": "add-what-comes-by-two-routes",
    "E2 decay twice": "add-what-comes-by-two-routes",
    "E2 no slope": "pass-the-activation-function",
    "E2 slope of h": "pass-the-activation-function",
    "E2 from h": "pass-the-activation-function",
    "E2 flat": "start-at-the-end",
    "E2 bias decay": "charge-for-large-weights",
    "E2 graph penalty": "charge-for-large-weights",
    "E2 apart": "read-dependencies-off-the-graph",
    "E4 own block": "add-what-comes-by-two-routes",
    "E4 no decay": "start-at-the-end",
    "E4 b": "derive-softmax-minus-one-hot",
    "E4 c": "chain-one-number-at-a-time",
    "E4 d": "start-at-the-end",
    "E5 decay": "add-what-comes-by-two-routes",
    "E5 no slope": "pass-the-activation-function",
    "E5 no decay": "add-what-comes-by-two-routes",
}

CHECKERS = {}


class _Open(Exception):
    """The answer is a blank."""


class _Wrong(Exception):
    """The answer is wrong: the key of a sentence, the sentence, a stronger one or "", and what tells it from others."""


def checker(check):
    """Make ``check_E1_shapes`` the checker of the blank ``E1_shapes``, whatever the answer does.

    A check whose second argument is a seed gets that of the notebook, or 0.
    """
    blank = check.__name__.removeprefix("check_")
    exercise = blank.replace("_", " ")
    drawn = "seed" in inspect.signature(check).parameters

    @functools.wraps(check)
    def judged(answer, *seed):
        section = PLACES[SECTIONS[blank]]
        if answer is BLANK or answer is None:
            return Verdict(exercise, "open")
        try:
            with np.errstate(all="ignore"):
                check(answer, *seed)
        except _Open as nothing:
            return Verdict(exercise, "open", *nothing.args)
        except _Wrong as wrong:
            key, message, more, mark = wrong.args
            again = PLACES[SECTIONS[key]] if key in SECTIONS else section
            return Verdict(exercise, "wrong", more if tried(exercise, mark) and more else message, again)
        except (Exception, SystemExit) as error:
            return Verdict(exercise, "wrong", _told(error), section)
        return Verdict(exercise, "right", SENTENCES["{} right {}".format(*exercise.split())])

    CHECKERS[exercise] = Checker((blank, "seed") if drawn else (blank,), judged)
    return judged


def _told(error):
    return OF_VERDICTS["raised"].format(error=f"{type(error).__name__}: {error}"[:300])


def _wrong(key, more="", **came):
    """Return the exception of a sentence; of a stronger one too, which is `more`, or that whose key ends in " more"."""
    if f"{key} more" in SENTENCES:
        more = SENTENCES[f"{key} more"]
    return _Wrong(key, SENTENCES[key].format(**came), more.format(**came), f"{key} {more} {came}")


def _kind(value):
    return type(value).__name__


def _arrays(value):
    """Return the arrays in an argument."""
    if isinstance(value, MLP):
        return [value.W1, value.W2]
    if isinstance(value, list | tuple):
        return [array for item in value for array in _arrays(item)]
    return [value] if isinstance(value, np.ndarray) else []


def _call(name, function, **arguments):
    """Return what the reader's function makes of copies of the arguments, which it must not change."""
    if not callable(function):
        raise _wrong("no function", name=name, came=_kind(function))
    given = {key: copy.deepcopy(value) if _arrays(value) else value for key, value in arguments.items()}
    result = function(*given.values())
    if result is BLANK:
        raise _Open
    if result is None:
        raise _Open(SENTENCES["no return"])
    for key, value in arguments.items():
        if not all(map(np.array_equal, _arrays(given[key]), _arrays(value))):
            raise _wrong("changed", name=key)
    return result


def _trials(problems, check):
    """Run a check on each of some problems, a pair of sizes in words and arguments; name the sizes where it fails."""
    for number, (sizes, arguments) in enumerate(problems):
        try:
            check(*arguments)
        except (Exception, SystemExit) as error:
            if isinstance(error, _Open) and not number:
                raise
            if isinstance(error, _Wrong):
                key, *messages, mark = error.args
            elif isinstance(error, _Open):
                key, messages, mark = "no return", [SENTENCES["no return"], ""], "no return"
            else:
                key, messages, mark = "raised", [_told(error), ""], _told(error)
            if key != "no function":
                messages = [SENTENCES["at"].format(sizes=sizes, message=m) if m else "" for m in messages]
            if number:
                messages = [joined("next", [m, SENTENCES["before"]]) if m else "" for m in messages]
            raise _Wrong(key, *messages, mark) from None


def _number(name, value):
    """Return a real number, from whatever an answer is."""
    if value is BLANK or value is None:
        raise _wrong("blank inside", name=name)
    if isinstance(value, bool | str | bytes) or np.ndim(value) or np.asarray(value).dtype.kind not in "iuf":
        raise _wrong("no number", name=name, came=_kind(value))
    if not np.isfinite(value):
        raise _wrong("not finite", name=name, came=value)
    return value


def _same(got, wanted):
    return np.shape(got) == np.shape(wanted) and np.max(np.abs(got - wanted)) <= TOLERANCE * np.max(np.abs(wanted))


def _compare(name, got, wanted, mistakes=(), fallback="entry"):
    """Raise the hint that fits if an array is not the one that is wanted.

    `mistakes` are pairs, the key of a sentence and the array that this mistake gives: of the wanted shape or another.
    """
    wanted = np.asarray(wanted)
    if got is BLANK or got is None:
        raise _wrong("blank inside", name=name)
    if wanted.ndim == 0:
        got = np.asarray(_number(name, got[()] if isinstance(got, np.ndarray) else got))  # a float has no entries
    elif not isinstance(got, np.ndarray | np.float64):
        raise _wrong("no array", name=name, came=_kind(got))
    elif got.dtype != np.float64:
        raise _wrong("type", name=name, came=got.dtype)
    if not np.isfinite(got).all():
        raise _wrong("not finite", name=name, came=np.asarray(got)[~np.isfinite(got)][0])
    if _same(got, wanted):
        return
    came = {"name": name, "came": np.shape(got), "wanted": wanted.shape}
    factor = np.vdot(got, wanted) / np.vdot(wanted, wanted) if np.shape(got) == wanted.shape != () else 0
    for key, mistake in mistakes:
        if _same(got, mistake):
            raise _wrong(key, **came, factor=f"{factor:.3g}")
    if np.shape(got) != wanted.shape:
        raise _wrong("shape turned" if np.shape(got) == wanted.shape[::-1] else "shape", **came)
    if _same(got, -wanted):
        raise _wrong("sign", **came)
    if factor and _same(got / factor, wanted):
        raise _wrong("factor", **came, factor=f"{factor:.3g}")
    if _same(got, wanted.T):
        raise _wrong("turned", **came)
    at = np.unravel_index(np.argmax(np.abs(got - wanted)), wanted.shape)
    where = SENTENCES["where"].format(index=", ".join(map(str, at)), name=name) if at else name
    raise _wrong(fallback, name=name, where=where, got=f"{got[at]:.4g}", wanted=f"{wanted[at]:.4g}")


def _bytes(got, wanted, mistakes, fallback):
    """Raise the hint that fits if a number of bytes is not the one that is wanted."""
    if got == wanted:
        return
    for key, mistake in mistakes:
        if got == mistake:
            raise _wrong(key)
    raise _wrong(fallback, got=got, difference=abs(wanted - got))


SIZES = ((4, 3, 2, 5), (3, 4, 2, 1), (2, 2, 2, 2), (5, 2, 3, 7))  # d, h, q and n


def _networks():
    """Yield networks of several sizes, each with a bias and a minibatch."""
    for seed, (d, h, q, n) in enumerate(SIZES):
        rng = np.random.default_rng([seed, 5])
        activation, loss = (tanh, sigmoid)[seed // 2], (squared_error, cross_entropy)[seed % 2]
        net = MLP.random(d, h, q, weight_decay=0.3, activation=activation, loss=loss, seed=seed)
        y = rng.integers(q, size=n) if loss is cross_entropy else rng.standard_normal((q, n))
        sizes = f"d = {d}, h = {h}, q = {q}, n = {n}"
        yield sizes, (net, rng.standard_normal((h, 1)), rng.standard_normal((d, n)), y)


# E1: the gradient of a scalar function of a matrix.


class Numbers(NamedTuple):
    """The numbers of E1, E3 and E5 that are worked out on paper."""

    a: np.ndarray
    W: np.ndarray
    b: np.ndarray
    inputs: int
    hidden: int
    outputs: int
    workers: int
    percent: int

    def __repr__(self):
        a, W, b = (array.astype(int).tolist() for array in (self.a[:, 0], self.W, self.b[:, 0]))
        return (
            f"E1: a = {a}, W = {W}, b = {b}\n"
            f"E3: d = {self.inputs}, h = {self.hidden}, q = {self.outputs}\n"
            f"E5: {NAMES['pipeline'].format(workers=self.workers, percent=self.percent)}"
        )


def draw_numbers(seed=0):
    """Return the numbers of E1, E3 and E5 for a seed: another seed, other numbers.

    Parameters
    ----------
    seed : int
        Not negative.

    Returns
    -------
    Numbers
        ``a W b inputs hidden outputs workers percent``; a and b are columns, and aᵀWb is neither 0 nor 1 nor −1.

    Examples
    --------
    >>> draw_numbers(3)
    E1: a = [-3, -1], W = [[-1, 3, 1], [-1, -1, -1]], b = [-1, -3, 2]
    E3: d = 72, h = 232, q = 11
    E5: p = 4 workers, each idle at most 15 % of the time
    """
    rng = np.random.default_rng([as_integer("seed", seed, low=0), 8])
    while True:
        a, W, b = (rng.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], size) for size in ((2, 1), (2, 3), (3, 1)))
        if abs((a.T @ W @ b)[0, 0]) > 1:
            break
    inputs, hidden = (int(8 * rng.integers(*ends)) for ends in ((3, 13), (12, 33)))
    outputs, workers = int(rng.integers(3, 13)), int(rng.integers(3, 9))
    return Numbers(a, W, b, inputs, hidden, outputs, workers, int(rng.choice([4, 6, 8, 12, 15])))


def _of_seed(seed):
    return draw_numbers(0 if seed is BLANK else seed)


@checker
def check_E1_shapes(answer):
    """The shapes of the gradient and of its Jacobian, as a function of n and m."""

    def check(n, m):
        came = _call("E1_shapes", answer, n=n, m=m)
        if not isinstance(came, list | tuple) or len(came) != 2:
            raise _wrong("no pair", came=repr(came)[:60], fields=NAMES["shapes"])
        first, second = (tuple(shape) if isinstance(shape, Iterable) else (shape,) for shape in came)
        if not all(isinstance(k, int | np.integer) for k in first + second):
            raise _wrong("E1 no shape", came=repr(came)[:60])
        if first != (n, m):
            hints = {(): "E1 scalar", (m, n): "E1 turned", (n * m,): "E1 flat", (1, n, m): "E1 extra axis"}
            hints |= {(1, n * m): "E1 flat", (n * m, 1): "E1 flat", (1, 1, n, m): "E1 extra axis"}
            raise _wrong(hints.get(first, "E1 shape"))
        if second != (n, m, n, m):
            hints = {(n, m): "E1 second gradient", (n * m, n * m): "E1 second flat"}
            if sorted(second) == sorted((n, m, n, m)):
                hints[second] = "E1 second turned"
            raise _wrong(hints.get(second, "E1 second"))

    _trials([(f"n = {n}, m = {m}", (n, m)) for n, m in ((3, 5), (1, 4), (6, 1), (2, 7))], check)


@checker
def check_E1_entries(answer, seed=0):
    """The gradient of half the square of aᵀWb, worked out with the numbers of a seed."""
    a, W, b = _of_seed(seed)[:3]
    if not isinstance(answer, np.ndarray | list | tuple):
        raise _wrong("E1 no entries", came=_kind(answer))
    try:
        came = np.asarray(answer, np.float64)
    except (TypeError, ValueError):
        raise _wrong("E1 no entries", came=repr(answer)[:60]) from None
    inner = (a.T @ W @ b)[0, 0]
    mistakes = [("E1 inner", a @ b.T), ("E1 inner twice", 2 * inner * a @ b.T)]
    _compare(NAMES["gradient"], came, inner * a @ b.T, mistakes, fallback="E1 entries")


def _function_of_a_matrix(n, m):
    """Return a matrix and a step, and the row of derivatives of a scalar function at that matrix."""
    rng = np.random.default_rng([n, m])
    W, D = rng.standard_normal((2, n, m))
    A = rng.standard_normal((n, m))
    return W, D, numerical_gradient(lambda w: np.sum(A * np.sin(w.reshape(n, m))), W.ravel())[None]


@checker
def check_E1_gradient(answer):
    """From the row of the Jacobian convention to the gradient."""

    def check(n, m):
        row = _function_of_a_matrix(n, m)[2]
        wanted = np.array([[row[0, i * m + k] for k in range(m)] for i in range(n)])
        came = _call("E1_gradient", answer, row=row, n=n, m=m)
        by_columns = np.array([[row[0, k * n + i] for k in range(m)] for i in range(n)])
        _compare(NAMES["gradient"], came, wanted, [("E1 order", by_columns)])

    _trials([(f"n = {n}, m = {m}", (n, m)) for n, m in ((3, 5), (1, 4), (6, 2))], check)


@checker
def check_E1_change(answer):
    """How much a scalar function changes to first order."""

    def check(n, m):
        _, D, row = _function_of_a_matrix(n, m)
        G = row.reshape(n, m)
        came = _call("E1_change", answer, G=G, D=D)
        if isinstance(came, np.ndarray) and came.ndim:
            raise _wrong("E1 array", came=came.shape)
        mistakes = [("E1 largest", np.max(G * D))] + ([("E1 trace", np.trace(G @ D))] if n == m else [])
        _compare(NAMES["change"], came, np.sum(G * D), mistakes)

    _trials([(f"n = {n}, m = {m}", (n, m)) for n, m in ((3, 3), (3, 5), (4, 1))], check)


# E2: a bias on the hidden layer.


def _biased(net, x, y, **given):
    """Return the variables of the network with a bias b, which is given; what else is given is not computed."""
    v = {"W1": net.W1, "W2": net.W2} | given
    v.setdefault("z", v["W1"] @ x + v["b"])
    v.setdefault("h", net.activation.value(v["z"]))
    v.setdefault("o", v["W2"] @ v["h"])
    L = net.loss.value(v["o"], y)
    s = net.weight_decay / 2 * (np.sum(v["W1"] ** 2) + np.sum(v["W2"] ** 2))
    return v | {"L": L, "s": s, "J": L + s}


def _gradient_of(net, b, x, y, name):
    at = _biased(net, x, y, b=b)[name]
    return numerical_gradient(lambda value: _biased(net, x, y, **{"b": b, name: value})["J"], at)


def _field(answer, name, fields):
    """Return what an answer holds under a name: a dictionary, or a tuple with names."""
    found = answer.get(name, _Wrong) if isinstance(answer, Mapping) else getattr(answer, name, _Wrong)
    if found is _Wrong:
        raise _wrong("missing", name=name, fields=fields)
    return found


@checker
def check_E2_forward(answer):
    """F1′ and F2 to F6, with a bias on the hidden layer."""

    def check(net, b, x, y):
        came = _call("E2_forward", answer, net=net, b=b, x=x, y=y)
        if not isinstance(came, Mapping) and not hasattr(came, "z"):
            raise _wrong("E2 no forward", came=_kind(came))
        v = _biased(net, x, y, b=b)
        plain = net.W1 @ x
        mistakes = {
            "z": [("E2 no bias", plain), ("E2 minus bias", plain - b)],
            "h": [("E2 bias after", net.activation.value(plain) + b)],
            "s": [("E2 penalty", v["s"] + net.weight_decay / 2 * np.sum(b**2)), ("E2 no decay", v["s"] * 0)],
        }
        mistakes["s"] += [("E2 no decay", net.weight_decay / 2 * np.sum(W**2)) for W in (net.W1, net.W2)]
        bias_after = mistakes["h"][0][1]
        got_h = _field(came, "h", "z h o L s J")
        if isinstance(got_h, np.ndarray) and got_h.dtype == float and _same(got_h, bias_after):
            raise _wrong("E2 bias after")
        for name in ("z", "h", "o", "L", "s", "J"):
            _compare(name, _field(came, name, "z h o L s J"), v[name], mistakes.get(name, ()), "first")

    _trials(_networks(), check)


@checker
def check_E2_backward(answer):
    """B1 to B7 with a bias on the hidden layer, and B7′."""

    def check(net, b, x, y):
        v = _biased(net, x, y, b=b)
        f = Forward(x, y, *(v[name] for name in ("z", "h", "o", "L", "s", "J")))
        came = _call("E2_backward", answer, net=net, b=b, f=Forward(*map(np.copy, f)))
        if not isinstance(came, Mapping):
            raise _wrong("E2 no dict", came=_kind(came))
        names = ("o", "W2", "h", "z", "b", "W1")
        want = {name: _gradient_of(net, b, x, y, name) for name in names}
        n, decay = x.shape[1], net.weight_decay
        mistakes = {
            "o": [("E2 o", n * want["o"]), ("E2 o", want["o"] / len(net.W2))],
            "z": [("E2 no slope", want["h"]), ("E2 slope of h", want["h"] * net.activation.first(v["h"]))],
            "b": [
                ("E2 columns", want["z"]),
                ("E2 flat", want["b"][:, 0]),
                ("E2 rows", want["z"].sum(axis=0)),
                ("E2 rows", want["z"].sum(axis=0, keepdims=True)),
                ("E2 mean", want["b"] / n),
                ("E2 bias decay", want["b"] + decay * b),
                ("E2 from h", want["h"].sum(axis=1, keepdims=True)),
            ],
        }
        for name, W in (("W1", net.W1), ("W2", net.W2)):
            mistakes[name] = [
                ("E2 decay missing", want[name] - decay * W),
                ("E2 decay twice", want[name] + decay * W),
            ]
        for name in names:
            field = _field(came, name, " ".join(names))
            _compare(f"∂J/∂{name}", field, want[name], mistakes.get(name, ()), "first")

    _trials(_networks(), check)


@checker
def check_E2_graph(answer):
    """The graph of the network with a bias."""

    def check(net, b, x, y):
        fed = {Variable("x"): x, Variable("y"): y, Variable("W1"): net.W1, Variable("b"): b, Variable("W2"): net.W2}
        given = {v.name: v for v in fed} | {
            "activation": net.activation,
            "loss": net.loss,
            "weight_decay": net.weight_decay,
        }
        J = _call("E2_graph", answer, **given)
        if not isinstance(J, Variable):
            raise _wrong("E2 no variable", came=_kind(J))
        needed = topological_order([J])
        for v in fed:
            if v not in needed:
                raise _wrong("E2 apart", name=v.name)
        try:
            (value,) = run([J], fed)
        except ValueError as error:
            (b_of_graph,) = (v for v in fed if v.name == "b")
            added = [v for v in needed if v.operator and v.operator.rule is ADD and b_of_graph in v.operator.inputs]
            raise _wrong("E2 add") if added else error from None
        want = _biased(net, x, y, b=b)
        penalty_of_b = net.weight_decay / 2 * np.sum(b**2)
        mistakes = [("E2 graph penalty", want["J"] + penalty_of_b), ("E2 graph loss", want["L"])]
        _compare("J", value, want["J"], mistakes, fallback="E2 graph")
        for v in fed:
            if v.name in ("W1", "b", "W2"):
                (slope,) = run(gradient(J, [v]), fed)
                _compare(f"∂J/∂{v.name}", slope, _gradient_of(net, b, x, y, v.name))

    _trials(_networks(), check)


# E3: the memory of prediction and of training.

MEMORY_SIZES = ((64, 256, 10, 1024), (3, 2, 7, 5), (10, 6, 4, 1), (20, 30, 2, 50))


def _memory_trials(check):
    _trials([(f"d = {d}, h = {h}, q = {q}, n = {n}", (d, h, q, n)) for d, h, q, n in MEMORY_SIZES], check)


@checker
def check_E3_prediction(answer):
    """Bytes that prediction needs at its worst moment."""

    def check(d, h, q, n):
        came = _number(NAMES["answer"], _call("E3_prediction", answer, inputs=d, hidden=h, outputs=q, examples=n))
        c = one_hidden_layer()
        wanted = footprint([c.o], {c.x: (d, n), c.W1: (h, d), c.W2: (q, h)}).total
        weights, inputs = 8 * (h * d + q * h), 8 * d * n
        mistakes = [
            ("E3 entries", wanted // 8),
            ("E3 single", wanted // 2),
            ("E3 no weights", wanted - weights),
            ("E3 no inputs", wanted - inputs),
            ("E3 keeps all", weights + inputs + 8 * (2 * h + q) * n),
            ("E3 one alive", weights + inputs + 8 * max(h, q) * n),
            ("E3 always z h", weights + inputs + 16 * h * n),
            ("E3 no intermediates", weights + inputs),
        ]
        _bytes(came, wanted, mistakes, "E3 bytes")

    _memory_trials(check)


@checker
def check_E3_training(answer):
    """Bytes of all that a training step computes, if nothing is let go of before its end."""

    def check(d, h, q, n):
        came = _number(NAMES["answer"], _call("E3_training", answer, inputs=d, hidden=h, outputs=q, examples=n))
        net = MLP.random(d, h, q, weight_decay=0.1)
        f = net.forward(np.ones((d, n)), np.zeros(n, np.int64))
        g = net.backward(f)
        wanted = sum(np.asarray(a).nbytes for a in (*f, *g, net.W1, net.W2) if np.ndim(a))
        weights, stored = net.W1.nbytes + net.W2.nbytes, f.z.nbytes + f.h.nbytes + f.o.nbytes
        mistakes = [
            ("E3 entries", wanted // 8),
            ("E3 single", wanted // 2),
            ("E3 weights once", wanted - weights),
            ("E3 no inputs", wanted - f.x.nbytes),
            ("E3 no labels", wanted - f.y.nbytes),
            ("E3 no gradients", wanted - weights - stored),
            ("E3 intermediates once", wanted - stored),
        ]
        _bytes(came, wanted, mistakes, "E3 bytes")

    _memory_trials(check)


@checker
def check_E3_from(answer, seed=0):
    """The first n from which on what grows with the batch is more than the rest, for the sizes of a seed."""
    d, h, q = _of_seed(seed)[3:6]
    n = _number(NAMES["answer"], answer)
    if n < 1 or n != int(n):
        raise _wrong("E3 no count", got=n)
    growing, steady = 8 * (d + 1 + 2 * (2 * h + q)), 16 * (h * d + q * h)
    if growing * n <= steady or growing * (n - 1) > steady:
        raise _wrong("E3 from", got=n, growing=growing * n, steady=steady)


# E4: second derivatives.


def _product_by_differences(net, x, y, V1, V2, step=1e-5):
    """Return the Hessian of J times a direction: how the gradient changes along it."""

    def gradients(t):
        moved = replace(net, W1=net.W1 + t * V1, W2=net.W2 + t * V2)
        g = moved.backward(moved.forward(x, y))
        return g.W1, g.W2

    return [(above - below) / (2 * step) for above, below in zip(gradients(step), gradients(-step), strict=True)]


@checker
def check_E4_product(answer):
    """The Hessian–vector product as a graph."""

    def check(net, b, x, y):
        c = one_hidden_layer(net.activation, net.loss, net.weight_decay)
        directions = [Variable("V1"), Variable("V2")]
        rng = np.random.default_rng(x.shape)
        V = [rng.standard_normal(W.shape) for W in (net.W1, net.W2)]
        came = _call("E4_product", answer, J=c.J, weights=[c.W1, c.W2], directions=directions)
        if not isinstance(came, list | tuple):
            raise _wrong("E4 no list", came=_kind(came))
        if len(came) != 2:
            raise _wrong("E4 count", came=len(came))
        for v in came:
            if not isinstance(v, Variable):
                raise _wrong("E4 no variable", came=_kind(v))
        needed = topological_order(came)
        fed = {c.x: x, c.y: y, c.W1: net.W1, c.W2: net.W2, **dict(zip(directions, V, strict=True))}
        got = run(came, {v: value for v, value in fed.items() if v in needed})
        want = _product_by_differences(net, x, y, *V)
        g = net.backward(net.forward(x, y))
        slopes = (g.W1, g.W2)
        own = (
            _product_by_differences(net, x, y, V[0], 0 * V[1])[0],
            _product_by_differences(net, x, y, 0 * V[0], V[1])[1],
        )
        ones = _product_by_differences(net, x, y, np.ones_like(V[0]), np.ones_like(V[1]))
        for k, name in enumerate(("W1", "W2")):
            mistakes = [
                ("E4 first", slopes[k]),
                ("E4 unused", ones[k]),
                ("E4 not differentiated", slopes[k] * V[k]),
                ("E4 own block", own[k]),
                ("E4 no decay", want[k] - net.weight_decay * V[k]),
                ("E4 swapped", want[1 - k]),
            ]
            _compare(NAMES["part"].format(name=name), got[k], want[k], mistakes, fallback="E4 product")

    _trials(_networks(), check)


@checker
def check_E4_hessian(answer):
    """A whole matrix from products with it."""

    def check(size):
        A = np.random.default_rng(size).standard_normal((size, size))
        calls = []

        def product(v):
            v = np.asarray(v, np.float64)
            if v.shape != (size,):
                raise ValueError(f"v: expected shape {(size,)}, got {v.shape}")
            calls.append(v)
            return A @ v

        came = _call("E4_hessian", answer, product=product, size=size)
        mistakes = [("E4 rows", A.T), ("E4 diagonal", np.diag(np.diag(A)))]
        _compare(NAMES["matrix"], came, A, mistakes, fallback="E4 hessian")
        if len(calls) > size:
            raise _wrong("E4 calls", calls=len(calls), size=size)

    _trials([(NAMES["a matrix"].format(size=size), (size,)) for size in (4, 1, 7)], check)


@checker
def check_E4_relu(answer):
    """What remains of the second derivative with relu."""
    if not isinstance(answer, Iterable) or not all(isinstance(k, str) for k in answer):
        raise _wrong("E4 no letters", came=repr(answer)[:60])
    letters = {letter.strip().lower() for letter in answer} - {"", ","}
    if not letters or not letters <= set("abcd"):
        raise _wrong("E4 no letters", came=repr(answer)[:60])
    for letter in sorted(letters ^ set("bcd")):
        raise _wrong("E4 letters", more=SENTENCES[f"E4 {letter}"], letters=sorted(letters))


# E5: more than one device.


@checker
def check_E5_second(answer):
    """What the second worker computes: the part of the graph above h."""

    def check(net, b, x, y):
        c = one_hidden_layer(net.activation, net.loss, net.weight_decay)
        f = net.forward(x, y)
        g = net.backward(f)
        came = _call("E5_second", answer, c=c, h=f.h, y=y, W2=net.W2)
        if not isinstance(came, list | tuple) or len(came) != 2:
            raise _wrong("no pair", came=_kind(came), fields=joined("and", ["∂J/∂W2", "∂J/∂h"]))
        if _swapped(came, (g.W2, g.h)):
            raise _wrong("E5 swapped")
        lacking = [("E5 decay", g.W2 - net.weight_decay * net.W2)]
        _compare("∂J/∂W2", came[0], g.W2, lacking, "first")
        _compare("∂J/∂h", came[1], g.h, (), "first")

    _trials(_networks(), check)


def _swapped(came, wanted):
    return all(isinstance(a, np.ndarray) for a in came) and _same(came[0], wanted[1]) and _same(came[1], wanted[0])


@checker
def check_E5_first(answer):
    """What the first worker computes when ∂J/∂h has arrived."""

    def check(net, b, x, y):
        c = one_hidden_layer(net.activation, net.loss, net.weight_decay)
        f = net.forward(x, y)
        g = net.backward(f)
        came = _call("E5_first", answer, c=c, x=x, W1=net.W1, z=f.z, dJ_dh=g.h)
        mistakes = [
            ("E5 decay", g.W1 - net.weight_decay * net.W1),
            ("E5 no slope", g.h @ x.T + net.weight_decay * net.W1),
        ]
        _compare("∂J/∂W1", came, g.W1, mistakes)

    _trials(_networks(), check)


@checker
def check_E5_bytes(answer):
    """Bytes that pass between two workers: the graph cut at h, or the minibatch split."""

    def check(d, h, q, n):
        came = _call("E5_bytes", answer, inputs=d, hidden=h, outputs=q, examples=n)
        if not isinstance(came, list | tuple) or len(came) != 2:
            raise _wrong("no pair", came=_kind(came), fields=NAMES["bytes"])
        cut, split = _number(NAMES["first"], came[0]), _number(NAMES["second"], came[1])
        net = MLP.random(d, h, q)
        f = net.forward(np.ones((d, n)), np.zeros(n, np.int64))
        g = net.backward(f)
        wanted = (f.h.nbytes + g.h.nbytes, 2 * (g.W1.nbytes + g.W2.nbytes))
        if (cut, split) == wanted[::-1] != wanted:
            raise _wrong("E5 swapped bytes")
        if (8 * cut, 8 * split) == wanted:
            raise _wrong("E5 entries")
        _bytes(cut, wanted[0], [("E5 one way cut", wanted[0] // 2)], "E5 cut")
        _bytes(split, wanted[1], [("E5 one way split", wanted[1] // 2)], "E5 split")

    _memory_trials(check)


@checker
def check_E5_combine(answer):
    """The gradient of J from those of the shares of a minibatch."""

    def check(examples):
        total = sum(examples)
        net = MLP.random(4, 3, 2, weight_decay=0.3, activation=tanh, seed=total)
        rng = np.random.default_rng(examples)
        x, y = rng.standard_normal((4, total)), rng.integers(2, size=total)
        wanted = net.backward(net.forward(x, y)).W1
        without = MLP(net.W1, net.W2, activation=tanh)
        ends = np.cumsum(examples)
        shares = [slice(end - n, end) for n, end in zip(examples, ends, strict=True)]
        parts = [without.backward(without.forward(x[:, share], y[share])).W1 for share in shares]
        came = _call(
            "E5_combine",
            answer,
            counts=list(examples),
            gradients=parts,
            W=net.W1,
            weight_decay=net.weight_decay,
        )
        decay, loss = net.weight_decay * net.W1, wanted - net.weight_decay * net.W1
        mistakes = [
            ("E5 no decay", loss),
            ("E5 plain mean", np.mean(parts, axis=0) + decay),
            ("E5 plain mean", np.mean(parts, axis=0)),
            ("E5 sum", np.sum(parts, axis=0) + decay),
            ("E5 sum", np.sum(parts, axis=0) + len(parts) * decay),
            ("E5 decay each", loss + len(parts) * decay),
            ("E5 examples", total * loss + decay),
        ]
        _compare(NAMES["gradient"], came, wanted, mistakes)

    shares = ((5, 5, 5), (2, 7), (4,), (1, 8, 3))
    _trials([(NAMES["shares"].format(examples=examples), (examples,)) for examples in shares], check)


def _slots(workers, microbatches):
    """Return how many slots a pipeline takes, forward and back, from when each operation can be done.

    An operation takes one slot. It waits for its worker, and for what the worker before it passes on.
    """
    forward, back = {}, {}
    for j, k in np.ndindex(microbatches, workers):
        forward[j, k] = 1 + max(forward.get((j - 1, k), 0), forward.get((j, k - 1), 0))
    for j, k in reversed(list(np.ndindex(microbatches, workers))):
        free = back.get((j + 1, k), forward[microbatches - 1, k])
        back[j, k] = 1 + max(free, back.get((j, k + 1), forward[j, k]))
    return back[0, 0]


@checker
def check_E5_idle(answer):
    """The share of a pipeline's time in which a worker waits."""

    def check(p, m):
        came = _number(NAMES["answer"], _call("E5_idle", answer, workers=p, microbatches=m))
        wanted = 1 - 2 * m / _slots(p, m)
        if np.isclose(came, wanted, rtol=0, atol=1e-9):
            return
        mistakes = [
            ("E5 busy", 1 - wanted),
            ("E5 ratio", (p - 1) / m),
            ("E5 no pipeline", (p - 1) / p),
            ("E5 last", (p - 1) / (m + p)),
            ("E5 last", p / (m + p)),
        ]
        for key, mistake in mistakes:
            if np.isclose(came, mistake, rtol=0, atol=1e-9):
                raise _wrong(key)
        raise _wrong("E5 idle", got=f"{came:.4g}", wanted=f"{wanted:.4g}")

    _trials([(f"p = {p}, m = {m}", (p, m)) for p, m in ((2, 3), (4, 1), (1, 5), (4, 8), (8, 32))], check)


@checker
def check_E5_microbatches(answer, seed=0):
    """The fewest microbatches with which the workers of a seed are idle no longer than they may be."""
    p, percent = _of_seed(seed)[6:]
    m = _number(NAMES["answer"], answer)
    if m < 1 or m != int(m):
        raise _wrong("E5 no microbatches", got=m)
    if 100 * (p - 1) > percent * (m + p - 1) or 100 * (p - 1) <= percent * (m + p - 2):
        raise _wrong("E5 microbatches", got=m, share=f"{(p - 1) / (m + p - 1):.1%}")
