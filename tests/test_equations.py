"""A proof of every numbered equation: SymPy derives it from the entries, and the program agrees at numbers.

To add an equation write its proof under ``@proves("F1′")``, and give the equation that tag in a notebook.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import sympy
from mpmath import mp
from solutions import solutions
from strategies import ACTIVATIONS, ALL, EXACT_ACTIVATION, LOSSES, relative_error
from sympy import Matrix, Symbol, exp, log, ones

from helpers.checking import prod
from helpers.functions import cross_entropy, squared_error, tanh
from helpers.network import MLP

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CHAPTER = ("F1", "F2", "F3", "F4", "F5", "F6", "C1", "B1", "B2", "B3", "B4", "B5", "B6", "B7")

D, H, Q, N = 5, 3, 4, 2
LABELS = (2, 3)
PROOFS = {}


def proves(tag):
    """Make the function below the proof of the equation `tag`."""

    def note(function):
        PROOFS[tag] = function
        return function

    return note


class Claim(NamedTuple):
    """One equality: the tag's right-hand side, the same by SymPy from scalar entries, and what the program computes.

    `by_code` is a function from a model at numbers to an array.
    """

    by_rule: Matrix
    by_entries: Matrix
    by_code: object


class phi(sympy.Function):
    """An activation function of which only this is known: its derivative is called dphi."""

    def fdiff(self, argindex=1):
        return dphi(self.args[0])


dphi = sympy.Function("dphi")


def symbols(name, rows, columns):
    return Matrix(rows, columns, lambda i, k: Symbol(f"{name}_{i}{k}", real=True))


def times(A, B):
    """The product of two matrices, entry by entry."""
    return Matrix(A.rows, B.cols, lambda i, j: sum(A[i, k] * B[k, j] for k in range(A.cols)))


def derivative(scalar, variable):
    """The derivative of a scalar with respect to each entry of `variable`, in the shape of that variable."""
    return variable.applyfunc(lambda entry: sympy.diff(scalar, entry))


class Model:
    """The chapter in symbols, written with sums over entries.

    z, h and o are symbols of their own, so that J can be differentiated with respect to them. `compose` puts in
    what they stand for. The bias b is in none of this: F1′ puts it into z.
    """

    x, W1, W2 = symbols("x", D, N), symbols("W1", H, D), symbols("W2", Q, H)
    z, h, o = symbols("z", H, N), symbols("h", H, N), symbols("o", Q, N)
    targets, weight_decay = symbols("y", Q, N), Symbol("lambda")
    b = symbols("b", H, 1)
    X = sympy.Array(sympy.symbols("X:6"))
    one_hot = Matrix(Q, N, lambda i, j: int(LABELS[j] == i))

    def __init__(self, loss):
        self.loss = loss

    def L(self, o):
        if self.loss is squared_error:
            return sum((o[i, j] - self.targets[i, j]) ** 2 for i in range(Q) for j in range(N)) / (2 * N)
        return sum(log(sum(exp(o[i, j]) for i in range(Q))) - o[LABELS[j], j] for j in range(N)) / N

    def s(self):
        return self.weight_decay / 2 * sum(w**2 for w in [*self.W1, *self.W2])

    def J(self, *, z=None, h=None, o=None):
        """J as a function of the given variable; without one, of x and the weights."""
        z = z or times(self.W1, self.x)
        h = h or z.applyfunc(phi)
        o = o or times(self.W2, h)
        return self.L(o) + self.s()

    def compose(self, expression):
        for variable, stands_for in (
            (self.o, times(self.W2, self.h)),
            (self.h, self.z.applyfunc(phi)),
            (self.z, times(self.W1, self.x)),
        ):
            expression = expression.xreplace(dict(zip(variable, stands_for, strict=True)))
        return expression


class AtNumbers:
    """The program at numbers: its two passes, and the values of the symbols."""

    def __init__(self, m, activation):
        rng = np.random.default_rng(7)
        W1, W2, x, targets = (rng.integers(-9, 10, A.shape) / 8 for A in (m.W1, m.W2, m.x, m.targets))
        W1 += 1 / 16
        y = targets if m.loss is squared_error else LABELS
        net = MLP(W1, W2, weight_decay=0.375, activation=activation, loss=m.loss)
        without_decay = MLP(W1, W2, activation=activation, loss=m.loss)
        self.f = net.forward(x, y)
        assert {-1, 1} == set(np.sign(self.f.z).flat)  # both sides of relu's kink, and nothing at it
        self.net, self.g = net, net.backward(self.f)
        self.g_without_decay = without_decay.backward(without_decay.forward(x, y))
        self.symbols = [m.weight_decay, *m.W1, *m.W2, *m.x, *m.targets, *m.X, *m.b]
        self.values = [0.375, *W1.flat, *W2.flat, *x.flat, *targets.flat, *rng.standard_normal(len(m.X))]
        self.b = rng.integers(-9, 10, m.b.shape) / 8 + 1 / 32
        self.values += self.b.flat
        value = EXACT_ACTIVATION[activation.name]
        self.functions = {"phi": value, "dphi": lambda t: mp.diff(value, t)}

    def evaluate(self, array):
        function = sympy.lambdify(self.symbols, array.tolist(), modules=[self.functions, "mpmath"], cse=True)
        return np.array(function(*map(mp.mpf, self.values)), np.float64)


@proves("F1")
def _(m):
    yield Claim(m.W1 * m.x, times(m.W1, m.x), lambda at: at.f.z)


@proves("F2")
def _(m):
    entries = Matrix(H, N, lambda i, j: phi(sum(m.W1[i, k] * m.x[k, j] for k in range(D))))
    yield Claim(m.z.applyfunc(phi), entries, lambda at: at.f.h)


@proves("F3")
def _(m):
    yield Claim(m.W2 * m.h, times(m.W2, m.h), lambda at: at.f.o)


def loss_in_matrices(m):
    if m.loss is squared_error:
        return ((m.o - m.targets).T * (m.o - m.targets)).trace() / (2 * N)
    log_sums = (ones(1, Q) * m.o.applyfunc(exp)).applyfunc(log)
    return ((log_sums * ones(N, 1))[0] - (m.one_hot.T * m.o).trace()) / N


def penalty_in_matrices(m):
    return m.weight_decay / 2 * ((m.W1.T * m.W1).trace() + (m.W2.T * m.W2).trace())


@proves("F4")
def _(m):
    yield Claim(Matrix([loss_in_matrices(m)]), Matrix([m.L(m.o)]), lambda at: [[at.f.L]])


@proves("F5")
def _(m):
    yield Claim(Matrix([penalty_in_matrices(m)]), Matrix([m.s()]), lambda at: [[at.f.s]])


@proves("F6")
def _(m):
    yield Claim(Matrix([loss_in_matrices(m) + penalty_in_matrices(m)]), Matrix([m.J()]), lambda at: [[at.f.J]])


@proves("B1")
def _(m):
    L, s = sympy.symbols("L s")
    yield Claim(ones(1, 2), Matrix([[sympy.diff(L + s, L), sympy.diff(L + s, s)]]), lambda at: [[at.g.L, at.g.s]])


@proves("B2")
def _(m):
    if m.loss is squared_error:
        dL_do = (m.o - m.targets) / N
    else:
        powers = m.o.applyfunc(exp)
        dL_do = (powers * sympy.diag(*(ones(1, Q) * powers).applyfunc(lambda total: 1 / total)) - m.one_hot) / N
    yield Claim(1 * dL_do, derivative(m.J(o=m.o), m.o), lambda at: at.g.o)


@proves("B3")
def _(m):
    for name in ("W1", "W2"):
        W = getattr(m, name)

        def by_code(at, name=name):
            return getattr(at.g, name) - getattr(at.g_without_decay, name)

        yield Claim(m.weight_decay * W, derivative(m.s(), W), by_code)


@proves("B4")
def _(m):
    dJ_do = derivative(m.J(o=m.o), m.o)
    yield Claim(dJ_do * m.h.T + m.weight_decay * m.W2, derivative(m.J(), m.W2), lambda at: at.g.W2)


@proves("B5")
def _(m):
    dJ_do = derivative(m.J(o=m.o), m.o)
    yield Claim(m.W2.T * dJ_do, derivative(m.J(h=m.h), m.h), lambda at: at.g.h)


@proves("B6")
def _(m):
    dJ_dh = derivative(m.J(h=m.h), m.h)
    yield Claim(dJ_dh.multiply_elementwise(m.z.applyfunc(dphi)), derivative(m.J(z=m.z), m.z), lambda at: at.g.z)


@proves("B7")
def _(m):
    dJ_dz = derivative(m.J(z=m.z), m.z)
    yield Claim(dJ_dz * m.x.T + m.weight_decay * m.W1, derivative(m.J(), m.W1), lambda at: at.g.W1)


def with_bias(m):
    """What z is with a bias, in matrices: the column b times a row of ones has b in each column."""
    return m.W1 * m.x + m.b * ones(1, N)


@proves("F1′")
def _(m):
    entries = Matrix(H, N, lambda i, j: sum(m.W1[i, k] * m.x[k, j] for k in range(D)) + m.b[i])

    def by_code(at):
        return solutions()["E2_forward"](at.net, at.b, at.f.x, at.f.y).z

    yield Claim(with_bias(m), entries, by_code)


@proves("B7′")
def _(m):
    at_z = dict(zip(m.z, with_bias(m), strict=True))
    dJ_dz = derivative(m.J(z=m.z), m.z).xreplace(at_z)
    by_rule = Matrix(H, 1, lambda i, _: sum(dJ_dz[i, j] for j in range(N)))

    def by_code(at):
        f = solutions()["E2_forward"](at.net, at.b, at.f.x, at.f.y)
        assert 0 not in f.z
        return solutions()["E2_backward"](at.net, at.b, f)["b"]

    yield Claim(by_rule, derivative(m.J(z=with_bias(m)), m.b), by_code)


def polynomials(of, shape):
    """A tensor of the given shape, each entry a different polynomial in the entries of `of`."""
    entries = sympy.flatten(of)
    squares = [u * v for u, v in zip(entries, entries[1:] + entries[:1], strict=True)]
    coefficients = np.random.default_rng(0).integers(-3, 4, (*shape, 2 * len(entries)))
    return sympy.Array(coefficients @ np.array(entries + squares))


def tensor_derivative(of, by):
    """The derivative of one tensor by another: the axes of the first, then those of the second."""
    by_first = sympy.derive_by_array(of, by)
    return sympy.permutedims(by_first, [*range(by.rank(), by_first.rank()), *range(by.rank())])


@proves("C1")
def _(m):
    shapes = [((1, 2, 1, 3), (3, 2), ()), ((2, 1, 3), (2, 2, 1), (1, 2, 3))]
    for X_shape, Y_shape, Z_shape in shapes if ALL else shapes[:1]:
        X, Y = m.X.reshape(*X_shape), sympy.Array(sympy.symbols(f"Y:{np.prod(Y_shape)}"), Y_shape)
        Y_of_X, Z_of_Y = polynomials(X, Y_shape), polynomials(Y, Z_shape)
        at_Y = dict(zip(sympy.flatten(Y), sympy.flatten(Y_of_X), strict=True))
        dZ_dY, dY_dX = tensor_derivative(Z_of_Y, Y).xreplace(at_Y), tensor_derivative(Y_of_X, X)
        z, k = len(Z_shape), len(Y_shape)
        by_rule = sympy.tensorcontraction(
            sympy.tensorproduct(dZ_dY, dY_dX), *((axis, axis + k) for axis in range(z, z + k))
        )

        def by_code(at, dZ_dY=dZ_dY, dY_dX=dY_dX, k=k):
            return prod(at.evaluate(dZ_dY), at.evaluate(dY_dX), over=k)

        yield Claim(by_rule, tensor_derivative(Z_of_Y.xreplace(at_Y), X), by_code)


@pytest.mark.parametrize("tag", PROOFS)
def test_equation(tag):
    for loss in LOSSES if ALL else [cross_entropy]:
        m = Model(loss)
        numbers = [AtNumbers(m, activation) for activation in (ACTIVATIONS if ALL else [tanh])]
        claims = list(PROOFS[tag](m))
        assert claims
        for claim in claims:
            by_rule, by_entries = m.compose(claim.by_rule), m.compose(claim.by_entries)
            assert by_rule.shape == by_entries.shape
            for one, other in zip(sympy.flatten(by_rule), sympy.flatten(by_entries), strict=True):
                assert sympy.expand(one - other) == 0
            for at in numbers:
                assert relative_error(claim.by_code(at), at.evaluate(by_rule)) < 1e-13


def tags_in(folder):
    """The tags of the equations in the notebooks of a folder."""
    tags = set()
    for path in folder.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                tags.update(re.findall(r"\\tag\{([^{}]+)\}", "".join(cell["source"])))
    return {tag.replace("'", "′") for tag in tags}


def mismatches(in_notebooks, proved):
    """A sentence for each tag that has no proof, and for each that is in no notebook."""
    return [
        *(f"{tag} is in a notebook and has no proof" for tag in sorted(in_notebooks - set(proved))),
        *(f"{tag} is in no notebook" for tag in sorted({*proved, *CHAPTER} - in_notebooks)),
        *(f"{tag} is in the chapter and has no proof" for tag in sorted(set(CHAPTER) - set(proved))),
    ]


def test_every_tag_has_a_proof_and_a_place():
    assert mismatches(tags_in(NOTEBOOKS), PROOFS) == []


def write_notebook(path, *tags, cell_type="markdown"):
    lines = ["An equation\n", *(f"$$a = b \\tag{{{tag}}}$$\n" for tag in tags)]
    cell = {"cell_type": cell_type, "metadata": {}, "source": lines}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")


def test_the_guard_finds_tags_in_markdown_of_every_notebook(tmp_path):
    write_notebook(tmp_path / "01.ipynb", "F1", "F1′")
    write_notebook(tmp_path / "02.ipynb", "B4", "B4'")
    write_notebook(tmp_path / "03.ipynb", "C1", cell_type="code")
    (tmp_path / "notes.md").write_text(r"\tag{F6}", encoding="utf-8")
    assert tags_in(tmp_path) == {"F1", "F1′", "B4", "B4′"}


def test_the_guard_is_content_when_notebooks_and_proofs_match(tmp_path):
    write_notebook(tmp_path / "01.ipynb", *CHAPTER, "F1′")
    assert mismatches(tags_in(tmp_path), {*CHAPTER, "F1′"}) == []


@pytest.mark.parametrize(
    ("in_notebooks", "proved", "sentences"),
    [
        ([*CHAPTER, "B8"], CHAPTER, ["B8 is in a notebook and has no proof"]),
        ([*CHAPTER, "B4′"], CHAPTER, ["B4′ is in a notebook and has no proof"]),
        (CHAPTER[1:], CHAPTER, ["F1 is in no notebook"]),
        (CHAPTER, [*CHAPTER, "B4′"], ["B4′ is in no notebook"]),
        (CHAPTER[:-1], CHAPTER[:-1], ["B7 is in no notebook", "B7 is in the chapter and has no proof"]),
    ],
    ids=["tag without proof", "prime without proof", "tag gone", "prime gone", "tag and proof gone"],
)
def test_the_guard_names_what_does_not_match(tmp_path, in_notebooks, proved, sentences):
    write_notebook(tmp_path / "01.ipynb", *in_notebooks)
    assert mismatches(tags_in(tmp_path), proved) == sentences
