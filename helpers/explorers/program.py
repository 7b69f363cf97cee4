"""The graph explorer: any function of arrays, or any graph, one operator at a time, with its arguments to change."""

import ast
import html
import math as python_math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from helpers import numpy_operators as own
from helpers import operators as chapter
from helpers._language import Sentences, joined
from helpers._validation import short
from helpers.checking import check_function
from helpers.drawing import Layout
from helpers.explorers.controls import Line, Range
from helpers.explorers.page import added, dot, factor, heat_map, nice_ceiling, number, report_of, scroll, shape, sign
from helpers.gradient import gradient
from helpers.graph import Rule, Variable, plan, topological_order
from helpers.tracing import is_floating

MOST = 40  # operators in a picture that is walked through
MOST_EDITED = 24  # entries of an array that can be written in a line
MOST_NAMED = 20  # variables in a sentence

SENTENCES = Sentences() | {
    "start": "Step 0 of {last}: nothing is computed yet. Given: {given}.",
    "at": "Step {step} of {last}, {lane}: {rule}{value}.",
    "given": "{name}, {shape}",
    "given number": "{name} = {value}",
    "forward": "forward",
    "backward": "backward",
    "array value": ", {shape}, has the entries {entries}",
    "array start": ", {shape}, begins with {entries}",
    "output": "{output} = {value}.",
    "kept": "Kept at this step for the way back: {names}.",
    "no kept": "Nothing is kept at this step for the way back.",
    "no way back": "{output} has the shape {shape}, and a gradient is taken of one number, so there is no way back. "
    "np.sum adds up the entries.",
    "no inputs": "There is no floating-point number to take a gradient by, so there is no way back.",
    "graph": "the lanes of the graph",
    "in numbers": "{name} in numbers",
    "entry": "One entry by hand:",
    "prompt": "Press Step, or Play.",
    "gradients": "The gradients",
    "part": "The picture shows operators {first} to {last} of {count}, around the present step.",
    "check words": "Every gradient agrees with central differences.",
    "check fails": "Not every gradient agrees with central differences: look at the table.",
    "problem": "This change was not taken: {problem}.",
    "no number": "{name}: expected numbers such as {example}, got {text}",
    "nothing": "nothing",
}

# How an operator is written: what stands between its inputs, by place. Others are written as a function is.
ARITHMETIC = {chapter.ADD, chapter.MULTIPLY, chapter.ADD_BIAS, own.ADD, own.SUBTRACT, own.MULTIPLY, own.DIVIDE}
BETWEEN = ARITHMETIC | {own.POWER, own.LESS, own.LESS_EQUAL, own.GREATER, own.GREATER_EQUAL}
AFTER = {own.POWER_OF, chapter.TRANSPOSE, own.PERMUTE, own.SWAP}


def _product(a, b, transpose_a=False, transpose_b=False):
    return (a, *["ᵀ"] * transpose_a, " × ", b, *["ᵀ"] * transpose_b)


WRITTEN: dict[Rule, Callable] = {
    chapter.MATMUL: _product,
    own.MATMUL_STACKS: _product,
    chapter.SCALE: lambda c, a, factor: (f"{number(factor)} · ", c, " · ", a),
    chapter.DECAY: lambda c, W, weight_decay: (f"{number(weight_decay)} · ", c, " · ", W),
    chapter.ACTIVATE: lambda z, activation: (f"{activation.name}(", z, ")"),
    chapter.ACTIVATE_PROD: lambda dJ, z, activation, order: (
        *(dJ, " ⊙ "),
        *(f"{activation.name}{'′″'[order - 1]}(", z, ")"),
    ),
    chapter.COMPARE: lambda o, y, loss: ("l(", o, ", ", y, ")"),
    chapter.COMPARE_PROD: lambda dJ, o, y, loss: (dJ, " · ∂l(", o, ", ", y, ")/∂", o),
    chapter.SAME: lambda a: (a,),
    own.NEGATIVE: lambda a: ("−", a),
    own.CLIP: lambda a, low, high: (
        "clip(",
        a,
        "".join(f", {'–' if bound is None else number(bound)}" for bound in (low, high)) + ")",
    ),
    own.SLICE: lambda a, index: (a, _index(index)),
    own.TAKE: lambda a, index: (a, _index(index)),
    own.SPREAD: lambda dJ, like, axis, keepdims, mean: ("fill(", dJ, " / n)" if mean else ")"),
    own.SUM_BACK: lambda dJ, like: ("Σ(", dJ, ")"),
    own.BROADCAST: lambda a, like: ("fill(", a, ")"),
    own.RESHAPE: lambda a, shape: ("reshape(", a, f", {shape})"),
    own.RESHAPE_BACK: lambda dJ, like: ("reshape(", dJ, ")"),
    own.PUT: lambda dJ, like, index: ("put(", dJ, f" at {_index(index)})"),
    own.PART: lambda dJ, *inputs, axis, part: ("part(", dJ, f", {part})"),
    own.STEP: lambda a, b: ("[", a, " > ", b, "]"),
}


def _index(index):
    def one(part):
        if isinstance(part, slice):
            ends = ["" if end is None else str(end) for end in (part.start, part.stop, part.step)]
            return ":".join(ends[: 3 if ends[2] else 2])
        if part is None:
            return "newaxis"
        return "…" if part is ... else short(part.tolist() if isinstance(part, np.ndarray) else part)

    return f"[{', '.join(map(one, index))}]"


def written(operator):
    """Return an operator as one writes it: its inputs, and the signs around them.

    Examples
    --------
    >>> a, b = Variable("a", shape=(2,)), Variable("b", shape=(2,))
    >>> written((a + b).operator)
    [a, ' + ', b]
    """
    rule, inputs = operator.rule, operator.inputs
    if write := WRITTEN.get(rule):
        return [*write(*inputs, **operator.parameters)]
    if rule in BETWEEN:
        return [inputs[0], f" {operator.label} ", inputs[1]]
    if rule in AFTER:
        return [inputs[0], operator.label]
    parts = [operator.label + "(" * bool(inputs)]
    for k, i in enumerate(inputs):
        parts += [", ", i] if k else [i]
    return parts + [")"] * bool(inputs)


BY_ENTRY = ARITHMETIC | {own.NEGATIVE, own.POWER_OF, own.EXP, own.LOG, own.SQRT, own.TANH, own.ABS, chapter.ACTIVATE}


def entry(operator, values, out):
    """Return the first entry of what an operator computes, written out in numbers, or None where that says nothing.

    Parameters
    ----------
    operator : Operator
    values : sequence of array
        Of its inputs.
    out : array
        What it computes.

    Examples
    --------
    >>> v = Variable("v", shape=(2,))
    >>> entry((v * v).operator, [np.array([-2.0, 1.0])] * 2, np.array([4.0, 1.0]))
    '(−2) · (−2)'
    """
    rule = operator.rule
    if rule is chapter.MATMUL:
        a, b = values
        a, b = a.T if operator.parameters["transpose_a"] else a, b.T if operator.parameters["transpose_b"] else b
        return dot(a[0], b[:, 0])
    if rule in (own.SUM, chapter.SUM):
        return added([factor(v) for v in np.ravel(_along(values[0], operator.parameters.get("axis")))])
    if rule not in BY_ENTRY:
        return None
    first = [np.ravel(np.broadcast_to(v, np.shape(out)))[0] for v in values]
    if rule in ARITHMETIC:
        return f" {'·' if operator.label == '⊙' else operator.label} ".join(map(factor, first))
    if rule is own.NEGATIVE:
        return f"−{factor(first[0])}"
    if rule is own.POWER_OF:
        return f"{factor(first[0])}{operator.label}"
    name = operator.parameters["activation"].name if rule is chapter.ACTIVATE else operator.label
    return f"{name}({number(first[0])})"


def _along(array, axis):
    """Return the entries that are added up to the first entry of a sum."""
    if axis is None:
        return array
    axes = {k % array.ndim for k in ((axis,) if isinstance(axis, int) else axis)}
    return array[tuple(slice(None) if k in axes else 0 for k in range(array.ndim))]


class Steps:
    """A graph and its gradients as steps, laid out once for all values of its inputs.

    Attributes
    ----------
    trace : Trace
    steps : list of Variable
        What the operators compute: the forward pass, and then the backward pass.
    forward : int
        How many of them belong to the forward pass.
    gradients : dict
        From the names of the inputs to their gradients, if there is a way back.
    """

    def __init__(self, trace):
        self.trace, output = trace, trace.output
        self.scalar = output.shape in ((), None)
        self.gradients = {}
        if trace.inputs and self.scalar:
            self.gradients = dict(zip(trace.inputs, gradient(output, [*trace.inputs.values()]), strict=True))
        outputs = [output, *self.gradients.values()]
        self.order = topological_order(outputs)
        self.steps = [v for v in self.order if v.operator and v.operator.rule is not own.CONSTANT]
        self._number = {v: k for k, v in enumerate(self.steps, 1)}
        lane = {*topological_order([output])}
        self.forward = sum(v in lane for v in self.steps)
        self._constants = {v for v in self.order if v.operator and v not in self._number}
        self.compute = plan([*self.steps, *self._constants])
        self.needed = {i for v in self.steps[self.forward :] for i in v.operator.inputs}
        self.last_use = {}
        for k, v in enumerate(self.steps):
            self.last_use |= dict.fromkeys(v.operator.inputs, k)
        self._outputs, self._layouts = outputs, {}

    def values(self, feeds):
        """Return the value of every variable."""
        computed = dict(zip(self.compute.outputs, self.compute(feeds), strict=True)) if self.compute.outputs else {}
        return {**feeds, **computed}

    def symbol(self, v):
        """Return the name of a variable: its own, a number for a constant, or that of the step that computes it."""
        return f"#{self._number[v]}" if v in self._number and not v.name else v.name or v.operator.label

    def part(self, step):
        """Return the first and the last operator that are drawn at a step."""
        if len(self.steps) <= MOST:
            return 1, len(self.steps)
        half = MOST // 2
        middle = min(max(round(step / half) * half, half), len(self.steps) - half)
        return middle - half + 1, middle + half

    def layout(self, step):
        """Return the layout of the part that is drawn at a step."""
        first, last = self.part(step)
        if first not in self._layouts:
            part = self.steps[first - 1 : last]
            constants = [i for v in part for i in v.operator.inputs if i in self._constants]
            self._layouts[first] = Layout(self._outputs, only=[*constants, *part])
        return self._layouts[first]


class Shown:
    """A program with its present arguments, and the graph of it as steps.

    Attributes
    ----------
    program : Program
    steps : Steps
    """

    def __init__(self, program, steps=None):
        self.program, self.steps = program, steps or Steps(program.trace())

    def at(self, arguments):
        """Return the same with other arguments. It is traced anew only where the graph may be another one.

        Raises whatever the program raises with these arguments.
        """
        program = self.program.at(arguments)
        if all(_alike(old, arguments[name]) for name, old in self.program.arguments.items()):
            return Shown(program, self.steps)
        shown = Shown(program)
        numbers(shown, 0)
        return shown


def _alike(old, new):
    """Return whether a program has the same graph with another value of an argument."""
    return np.shape(old) == np.shape(new) and (is_floating(old) and is_floating(new) or np.array_equal(old, new))


def numbers(shown, step):
    """Return what the page shows of a program at a step.

    Returns
    -------
    namespace
        ``program`` and ``steps``; ``step``, and ``last``, the number of the last; ``values`` of what is computed so
        far; ``now``, the present variable; ``kept``, what the way back still needs; ``report`` of every entry, once it
        is asked for; and ``problem``, what was wrong with the last change.
    """
    steps = shown.steps
    values = steps.values(shown.program.feeds(steps.trace))
    later = {*steps.steps[step:]}
    known = {v: value for v, value in values.items() if v not in later}
    now = steps.steps[step - 1] if step else None
    kept = [
        v
        for k, v in enumerate(steps.steps[: min(step, steps.forward)])
        if v in steps.needed and steps.last_use[v] >= step and steps.gradients
    ]
    return SimpleNamespace(
        program=shown.program,
        steps=steps,
        step=step,
        last=len(steps.steps),
        values=known,
        now=now,
        kept=kept,
        report=None,
        problem="",
    )


def rule_words(n, v):
    """Return the rule of a variable in one line, such as ``z = W × x``."""
    parts = [n.steps.symbol(p) if isinstance(p, Variable) else p for p in written(v.operator)]
    return f"{n.steps.symbol(v)} = {''.join(parts)}"


def words(n):
    """Return in words what the page shows, after what was wrong with the last change."""
    s = n.steps
    if n.now is None:
        given = [
            SENTENCES["given"].format(name=v, shape=shape(value))
            if np.ndim(value)
            else SENTENCES["given number"].format(name=v, value=number(value))
            for v, value in n.values.items()
            if not v.operator
        ]
        sentences = [SENTENCES["start"].format(last=n.last, given=joined("semicolon", given) or "–")]
    else:
        value = n.values[n.now]
        if not n.now.operator.inputs:
            told = ""
        elif np.ndim(value) == 0:
            told = f" = {number(value)}"
        else:
            sentence = SENTENCES["array value" if np.size(value) <= 6 else "array start"]
            told = sentence.format(shape=shape(value), entries=joined("comma", map(number, np.ravel(value)[:6])))
        lane = SENTENCES["forward" if n.step <= s.forward else "backward"]
        sentences = [SENTENCES["at"].format(step=n.step, last=n.last, lane=lane, rule=rule_words(n, n.now), value=told)]
    output = s.trace.output
    if output in n.values and output is not n.now and np.ndim(n.values[output]) == 0:
        sentences.append(SENTENCES["output"].format(output=s.symbol(output), value=number(n.values[output])))
    if n.now is not None and s.gradients:
        names = joined("comma", [*map(s.symbol, n.kept[-MOST_NAMED:]), *["…"] * (len(n.kept) > MOST_NAMED)])
        sentences.append(SENTENCES["kept"].format(names=names) if names else SENTENCES["no kept"])
    if not s.scalar:
        sentences.append(SENTENCES["no way back"].format(output=s.symbol(output), shape=output.shape))
    elif not s.trace.inputs:
        sentences.append(SENTENCES["no inputs"])
    first, last = s.part(n.step)
    if last - first + 1 < n.last:
        sentences.append(SENTENCES["part"].format(first=first, last=last, count=n.last))
    if n.report is not None:
        sentences.append(SENTENCES["check words" if n.report.ok else "check fails"])
    return joined("next", [SENTENCES["problem"].format(problem=n.problem)] * bool(n.problem) + sentences)


def graph(n):
    """Return the picture of the graph at this step."""
    layout = n.steps.layout(n.step)
    return layout.drawing({v: n.values[v] for v in layout.order if v in n.values}, n.now).inline


def _array(n, v):
    name = n.steps.symbol(v)
    return heat_map(name, f"<i>{html.escape(name)}</i>", n.values.get(v))


def _in_numbers(n):
    """Return the present operator with its arrays in the place of their names, and one entry by hand."""
    v, values = n.now, n.values
    parts = [_array(n, v), sign("=")]
    for part in written(v.operator):
        if not isinstance(part, Variable):
            parts.append(sign(part.strip()))
        elif part.operator and part.operator.rule is own.CONSTANT and np.ndim(values[part]) == 0:
            parts.append(sign(number(values[part])))
        else:
            parts.append(_array(n, part))
    name = n.steps.symbol(v)
    row = scroll(SENTENCES["in numbers"].format(name=name), "".join(parts), "row ")
    by_hand = entry(v.operator, [values[i] for i in v.operator.inputs], values[v])
    if by_hand is None or np.size(values[v]) == 0:
        return row
    first = number(np.ravel(values[v])[0])
    index = f"[{', '.join('0' * np.ndim(values[v]))}]" if np.ndim(values[v]) else ""
    line = f"{name}{index} = {by_hand}" + (f" = {first}" if by_hand != first else "")
    told = joined("next", [SENTENCES["entry"], f"<b>{html.escape(line)}</b>"])
    return f"{row}<p>{told}</p>"


def page(n):
    """Return the page of the given numbers."""
    picture = f'{scroll(SENTENCES["graph"], graph(n), "tall ")}<p class="words">{html.escape(words(n))}</p>'
    step = f"<p>{SENTENCES['prompt']}</p>" if n.now is None else f"<code>{html.escape(rule_words(n, n.now))}</code>"
    step += "" if n.now is None else _in_numbers(n)
    gradients = ""
    if n.steps.gradients:
        arrays = "".join(_array(n, v) for v in n.steps.gradients.values())
        gradients = f"<h3>{SENTENCES['gradients']}</h3>{scroll(SENTENCES['gradients'], arrays, 'row top ')}"
    return picture + step + gradients + report_of(n.report)


def state(n):
    """Return the numbers of the page by name."""
    values = {n.steps.symbol(v): value for v, value in n.values.items()}
    return {"step": n.step, "arguments": n.program.arguments, "values": values, "report": n.report}


def still(n):
    """Return the pictures that stand in for the page where no kernel is."""
    return [graph(n)]


def checked(n):
    """Return the report of every entry, or None where there is no way back."""
    return check_function(n.program.f, n.program.fed, **n.program.arrays) if n.steps.gradients else None


# The controls of a reader's arguments.


def _written_array(array):
    return str(np.round(array, 6).tolist()).replace("-", "−")


def read_array(name, text, like=None):
    """Return the array or the number that a reader has written, of the dtype of `like` if there is one.

    Examples
    --------
    >>> read_array("x", "[1, −2]", np.ones(3)), read_array("k", "2")
    (array([ 1., -2.]), 2)
    """
    try:
        array = np.asarray(ast.literal_eval(text.strip().replace("−", "-")))
        if array.dtype.kind not in "iuf" or not array.size:
            raise ValueError
        if like is not None and like.dtype.kind in "iu" and array.dtype.kind == "f":
            raise ValueError
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        example = _written_array(np.array([1.0, 2.0]) if like is None else like)
        raise ValueError(
            SENTENCES["no number"].format(name=name, example=example, text=text.strip() or SENTENCES["nothing"])
        ) from None
    if like is not None:
        return array.astype(like.dtype)
    return array if array.ndim else array.item()


def control_of(name, value):
    """Return the control of an argument: a slider for a number, a line for a small array, None for all else."""
    if isinstance(value, np.ndarray) and value.ndim:
        if 0 < value.size <= MOST_EDITED and value.dtype.kind in "iuf":
            return Line(name, name, _written_array(value))
        return None
    value = value.item() if isinstance(value, np.number | np.ndarray) else value
    if isinstance(value, bool | np.bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return Range(name, name, value, min(0, 2 * value), max(1, 2 * value))
    if not python_math.isfinite(value):
        return None
    end = nice_ceiling(2 * abs(value))
    low = -end if value <= 0 else 0.0
    return Range(name, name, value, low, end, end / 100, ".4g")
