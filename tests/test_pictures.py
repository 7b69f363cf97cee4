"""`helpers._pictures` and `helpers.plots`: what a picture shows and what its sentence says are one."""

import base64
import io
import re
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import matplotlib.style
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from strategies import ACTIVATIONS, ALL, quick, seeds

from helpers._pictures import BACKWARD, FORWARD, LOSS, OBJECTIVE, OTHER, PARAMETER, PENALTY, Picture
from helpers.drawing import draw
from helpers.explorers.page import png
from helpers.functions import relu, sigmoid, softmax, tanh
from helpers.graph import Variable
from helpers.memory import Footprint, Moment
from helpers.network import MLP
from helpers.operators import one_hidden_layer
from helpers.plots import (
    show_activations,
    show_digits,
    show_footprints,
    show_growth,
    show_history,
    show_objectives,
    show_probabilities,
    show_shrinking,
    show_timeline,
    show_weight_decay,
    show_weights,
)
from helpers.training import train

RNG = np.random.default_rng(0)
DIGITS, WEIGHTS = RNG.uniform(0, 1, (64, 12)), RNG.standard_normal((9, 64))


def a_run(weight_decay=0.0, seed=0):
    """Return the History of two short epochs."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((3, 20)), rng.integers(2, size=20)
    net = MLP.random(3, 4, 2, weight_decay=weight_decay)
    test = {"x_test": x[:, :10], "y_test": y[:10]}
    return train(net, x, y, epochs=2, batch_size=10, learning_rate=0.1, **test)


SVG = b"""<svg width="96" height="96" viewBox="0 0 96 96" xmlns="http://www.w3.org/2000/svg">
<circle cx="48" cy="48" r="40" fill="#0072B2"/></svg>"""
MOMENTS = [
    Moment(Variable(name), *sizes) for name, *sizes in (("z", 10**6, 0), ("h", 2 * 10**6, 0), ("g", 10**6, 10**6))
]
PLOTS = {
    "digits": lambda: show_digits(DIGITS, range(12)),
    "one digit": lambda: show_digits(DIGITS[:, :1], ["a"]),
    "activations": lambda: show_activations(relu, tanh, sigmoid),
    "derivatives": lambda: show_activations(relu, derivative=True),
    "objectives": lambda: show_objectives({"λ = 0": (2.0, 0.0), "λ = 1": (2.0, 3.0)}),
    "probabilities": lambda: show_probabilities(softmax(RNG.standard_normal((4, 1)) * 0), 2),
    "weights": lambda: show_weights(WEIGHTS, range(9)),
    "zero weights": lambda: show_weights(WEIGHTS[:1] * 0, ["a"]),
    "history": lambda: show_history(a_run()),
    "weight decay": lambda: show_weight_decay([a_run(), a_run(weight_decay=1.0)]),
    "shrinking": lambda: show_shrinking([1.0, 0.5, 0.25], 0.5),
    "footprints": lambda: show_footprints({"one": Footprint(10**6, 10**5, 10**7, ())}),
    "timeline": lambda: show_timeline(MOMENTS, MOMENTS[:2]),
    "growth": lambda: show_growth({1: 10**6, 2: 2 * 10**6, 4: 5 * 10**6}, "batch size"),
}
few = settings(quick, max_examples=3)  # each example draws a figure
every_plot = pytest.mark.parametrize("name", PLOTS)
texts = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]))


def image(picture):
    """Return the attributes of the picture's <img>; text that is not escaped does not parse."""
    html = picture._repr_mimebundle_()["text/html"]
    assert html.startswith("<img ")
    return ElementTree.fromstring(html.removesuffix(">") + "/>").attrib


@given(texts)
@quick
def test_the_sentence_is_the_text_and_the_alt(sentence):
    picture = Picture(SVG, sentence=sentence, width=10)
    assert repr(picture) == picture._repr_mimebundle_()["text/plain"] == sentence
    assert image(picture)["alt"] == sentence


def test_marks_and_quotes_in_a_sentence_are_escaped():
    sentence = """<script>alert("1")</script> & 'so on'"""
    picture = Picture(SVG, sentence=sentence, width=10)
    assert image(picture)["alt"] == sentence
    assert "<script>" not in picture._repr_mimebundle_()["text/html"]


def test_an_image_carries_its_data_its_size_and_a_background():
    attributes = image(Picture(SVG, sentence="a dot", width=123))
    assert attributes["src"] == f"data:image/svg+xml;base64,{base64.b64encode(SVG).decode()}"
    assert attributes["width"] == "123"
    assert "background: white" in attributes["style"]
    assert image(PLOTS["shrinking"]())["src"].startswith("data:image/png;base64,")


def test_an_output_has_a_png_for_what_shows_no_html():
    for picture in (Picture(SVG, sentence="a dot", width=96), PLOTS["shrinking"]()):
        data = base64.b64decode(picture._repr_mimebundle_()["image/png"])
        pixels = imread(io.BytesIO(data), format="png")
        assert pixels[..., :3].min() < 0.5 < pixels[..., :3].max()
    assert data == picture.data


FORMATS = {"svg": b"<?xml", "png": b"\x89PNG\r\n", "pdf": b"%PDF-"}


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("make", [lambda: Picture(SVG, sentence="a dot", width=96), PLOTS["history"]])
def test_a_file_has_the_format_that_its_name_promises(make, ending, tmp_path):
    picture, names = make(), (f"a.{ending}", f"b.{ending.upper()}", f"c.d.{ending}")
    for name in names:
        picture.save(tmp_path / name)
    a, b, c = ((tmp_path / name).read_bytes() for name in names)
    assert a.startswith((FORMATS[ending], b"<svg") if ending == "svg" else FORMATS[ending])
    assert a == b == c
    make().save(str(tmp_path / f"again.{ending}"))
    assert (tmp_path / f"again.{ending}").read_bytes() == a


@pytest.mark.parametrize("name", ["a.jpg", "a", ".png", "png", "a.svgz", "a.png.txt", "a."])
def test_a_name_that_promises_another_format_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=r"path: expected a name that ends in \.svg, \.png or \.pdf, got"):
        Picture(SVG, sentence="a dot", width=96).save(tmp_path / name)
    assert not [*tmp_path.iterdir()]


def test_save_refuses_to_overwrite(tmp_path):
    picture = Picture(SVG, sentence="a dot", width=96)
    picture.save(tmp_path / "a.svg")
    for data in (SVG, b"<svg/>"):
        with pytest.raises(FileExistsError):
            Picture(data, sentence="", width=96).save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == SVG


def test_colours_are_those_of_okabe_and_ito_and_all_differ():
    okabe_ito = {"#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000"}
    colours = [FORWARD, BACKWARD, LOSS, PENALTY, OBJECTIVE, PARAMETER, OTHER]
    assert set(colours) <= okabe_ito
    assert len(set(colours)) == len(colours)


# What a reader may have set, in a notebook or in a matplotlibrc.
SETTINGS = {
    "dark": matplotlib.style.library["dark_background"],
    "own": {
        "axes.grid": True,
        "axes.unicode_minus": False,
        "axes.xmargin": 0.4,
        "figure.dpi": 20,
        "font.family": "serif",
        "font.size": 30,
        "hatch.color": "red",
        "image.cmap": "jet",
        "image.origin": "lower",
        "lines.linewidth": 9,
        "path.sketch": (1, 100, 2),  # as if drawn by hand
        "savefig.bbox": "tight",
        "savefig.dpi": 30,
        "savefig.transparent": True,
        "svg.fonttype": "none",
        "text.parse_math": False,
    },
}


def drawn():
    """Return the bytes of one picture of each kind, in all formats."""
    graph = draw(one_hidden_layer().J)
    pixels = png(np.arange(27).reshape(3, 3, 3))
    found = [PLOTS[name]().data for name in ("objectives", "weights", *ALL * ["derivatives", "history"])]
    return [*found, graph._as("png"), graph._as("pdf"), PLOTS["growth"]()._as("svg"), pixels]


@pytest.fixture(scope="module")
def as_shipped():
    return drawn()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_readers_settings_change_no_picture_and_no_picture_changes_them(name, as_shipped):
    with matplotlib.rc_context(SETTINGS[name]):
        before = dict(matplotlib.rcParams)
        assert drawn() == as_shipped
        assert dict(matplotlib.rcParams) == before


def test_threads_that_draw_leave_the_readers_settings_as_they_were():
    with matplotlib.rc_context({"lines.linewidth": 9}):
        with ThreadPoolExecutor(8) as threads:
            pictures = [*threads.map(lambda _: PLOTS["growth"]().data, range(8))]
        assert matplotlib.rcParams["lines.linewidth"] == 9
    assert set(pictures) == {PLOTS["growth"]().data}


def test_what_is_no_part_of_our_pictures_is_refused():
    svg = SVG.replace(b"<circle", b"<filter/><circle")
    with pytest.raises(ValueError, match="expected text, images, lines and shapes, got <filter>"):
        Picture(svg, sentence="a dot", width=96)._as("png")


def test_a_graph_as_png_has_the_colours_of_its_svg_in_their_places():
    """The squares of parameters are filled, and a lit circle is yellow, where the SVG says that they are."""
    c = one_hidden_layer()
    drawing = draw(c.J, highlight=c.z)
    pixels = imread(io.BytesIO(drawing._as("png")), format="png")[..., :3]
    root = ElementTree.fromstring(drawing.svg)
    left, top, wide, high = map(float, root.get("viewBox").split())
    assert (left, top) == (0, 0)
    seen = {}
    for ellipse in root.iter("{http://www.w3.org/2000/svg}ellipse"):
        x, y = float(ellipse.get("cx")) / wide, float(ellipse.get("cy")) / high
        x += 0.6 * float(ellipse.get("rx")) / wide  # beside the letter in its middle
        seen.setdefault(ellipse.get("fill"), []).append(pixels[int(y * len(pixels)), int(x * len(pixels[0]))])
    assert set(seen) == {"white", "#F0E442"}
    np.testing.assert_allclose(seen["white"], 1, atol=0.01)
    np.testing.assert_allclose(seen["#F0E442"], [[0xF0 / 255, 0xE4 / 255, 0x42 / 255]], atol=0.01)


@pytest.mark.parametrize("name", PLOTS if ALL else ["growth", "digits", "weight decay"])
def test_a_plot_is_a_png_and_the_same_one_each_time(name):
    picture = PLOTS[name]()
    for again in ALL * [PLOTS[name]()]:
        assert picture.data == again.data
        assert picture.sentence == again.sentence
    height, width, _ = imread(io.BytesIO(picture.data), format="png").shape  # every byte of it can be read
    shown = int(image(picture)["width"])
    assert width == pytest.approx(2 * shown, abs=2)  # sharp on a screen of twice the density
    assert 0 < height < 2000
    assert image(picture)["src"].startswith("data:image/png;")


def test_other_data_make_another_picture():
    pictures = [
        show_digits(DIGITS[:, :2], "ab"),
        show_digits(DIGITS[:, 1:3], "ab"),
        show_activations(relu),
        show_activations(relu, derivative=True),
        show_objectives({"a": (1.0, 2.0)}),
        show_objectives({"a": (2.0, 1.0)}),
        show_probabilities(np.array([[0.2], [0.8]]), 0),
        show_probabilities(np.array([[0.2], [0.8]]), 1),
        show_weights(WEIGHTS[:2], "ab"),
        show_weights(WEIGHTS[1:3], "ab"),
    ]
    assert len({picture.data for picture in pictures}) == len(pictures)


# Every sentence follows its data.


@few
@given(st.lists(st.integers(0, 9), min_size=2, max_size=12))
def test_the_sentence_of_digits(titles):
    sentence = show_digits(DIGITS[:, : len(titles)], titles).sentence
    assert sentence == f"handwritten digits: {', '.join(map(str, titles))}"


@few
@given(st.permutations(ACTIVATIONS), st.integers(1, 3), st.booleans())
def test_the_sentence_of_activations(order, count, derivative):
    sentence = show_activations(*order[:count], derivative=derivative).sentence
    low, high = map(float, re.search(r"for z from (\S+) to (\S+)$", sentence).groups())
    assert low < 0 < high
    for activation, said in zip(order, sentence.split("; "), strict=False):
        first, middle, last = activation.value(np.array([low, 0.0, high]))
        assert f"{activation.name} goes from {first:.3g} to {last:.3g} and is {middle:.3g} at 0" in said


numbers = st.floats(0.001, 1000)


@few
@given(st.dictionaries(st.sampled_from(["no decay", "λ = 0.1", "λ = 1"]), st.tuples(numbers, numbers), min_size=1))
def test_the_sentence_of_objectives(parts):
    bars = [f"{label}: {L + s:.4g} = {L:.4g} + {s:.4g}" for label, (L, s) in parts.items()]
    assert show_objectives(parts).sentence == "J = L + s, as bars: " + "; ".join(bars)


@few
@given(st.integers(2, 10), seeds)
def test_the_sentence_of_probabilities(classes, seed):
    rng = np.random.default_rng(seed)
    p, label = softmax(3 * rng.standard_normal((classes, 1))), int(rng.integers(classes))
    guess = max(range(classes), key=lambda k: p[k, 0])
    sentence = show_probabilities(p, label).sentence
    assert sentence == (
        f"{classes} probabilities: {guess} has the largest, {p[guess, 0]:.2f}; label {label} has {p[label, 0]:.2f}"
    )


@few
@given(st.integers(2, 4), st.sampled_from([1e-4, 1.0, 1e4]), seeds)
def test_the_sentence_of_weights(count, size, seed):
    rows = size * np.random.default_rng(seed).standard_normal((count, 64))
    low, high = min(map(min, rows)), max(map(max, rows))
    sentence = show_weights(rows, range(count)).sentence
    assert (
        sentence
        == f"heat maps of 8 × 8 entries: {count}, from {low:.2g} to {high:.2g} (orange above 0, blue and − below)"
    )


@few
@given(st.floats(0, 1), seeds)
def test_the_sentence_of_a_history(weight_decay, seed):
    history = a_run(weight_decay, seed)
    accuracy = f"{100 * history.test_accuracy[-1]:.1f}%"
    assert show_history(history).sentence == f"{history}; accuracy on the test set {accuracy}"


@few
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), seeds)
def test_the_sentence_of_weight_decay(decays, seed):
    runs = [a_run(weight_decay, seed) for weight_decay in decays]
    ends = [(run.weight_decay, run.L[-2:].mean(), run.test_loss[-1], np.hypot(run.W1[-1], run.W2[-1])) for run in runs]
    said = "; ".join(f"λ = {decay:g}: {train:.2g}, {test:.2g} and {norm:.2g}" for decay, train, test, norm in ends)
    assert show_weight_decay(runs).sentence.endswith(f"norm of the weights at the end: {said}")


@few
@given(st.floats(0.5, 0.99), st.integers(1, 20))
def test_the_sentence_of_shrinking_norms(factor, steps):
    norms = [3 * factor**step for step in range(steps + 1)]
    sentence = show_shrinking(norms, factor).sentence
    assert f"from {norms[0]:.3g} to {norms[-1]:.3g} in {steps} steps, by the factor {factor:g}" in sentence


@few
@given(
    st.dictionaries(st.sampled_from(["training", "prediction"]), st.tuples(*[st.integers(1, 10**9)] * 3), min_size=1)
)
def test_the_sentence_of_footprints(kinds):
    sentence = show_footprints({label: Footprint(*parts, ()) for label, parts in kinds.items()}).sentence
    for label, parts in kinds.items():
        assert f"{label}: {sum(parts) / 1e6:.2f} MB, of which {parts[2] / 1e6:.2f} MB intermediates" in sentence


@few
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.lists(st.integers(1, 100), min_size=2, unique=True))
def test_the_sentence_of_growth(start, slope, numbers):
    numbers.sort()
    sizes = {number: start + slope * number for number in numbers}
    sentence = show_growth(sizes, "layers").sentence
    low, high = numbers[0], numbers[-1]
    assert (
        f"layers from {low} to {high}: intermediates from {sizes[low] / 1e6:.2f} to {sizes[high] / 1e6:.2f} MB"
        in sentence
    )
    said = re.search(r"starts at (\S+) MB and rises by (\S+) MB a unit", sentence).groups()
    np.testing.assert_allclose(list(map(float, said)), [start / 1e6, slope / 1e6], atol=0.006)


def test_plotting_changes_no_data():
    digits, weights, p = DIGITS.copy(), WEIGHTS.copy(), softmax(WEIGHTS[:3, :1])
    before = p.copy()
    show_digits(digits, range(12))
    show_weights(weights, range(9))
    show_probabilities(p, 0)
    np.testing.assert_array_equal(digits, DIGITS)
    np.testing.assert_array_equal(weights, WEIGHTS)
    np.testing.assert_array_equal(p, before)


def test_negative_weights_carry_a_sign():
    """Turned round, the colours are exchanged; the signs are what still differs in grey."""

    def dark(rows):
        grey = imread(io.BytesIO(show_weights(rows, ["a"]).data), format="png")[..., :3].mean(axis=2)
        return (grey < 0.2).sum()

    rows = np.abs(WEIGHTS[:1]) + 1
    assert dark(-rows) > dark(rows)


def test_the_bar_of_the_label_is_hatched():
    image = imread(io.BytesIO(show_probabilities(np.array([[0.5], [0.5]]), 0).data), format="png")[..., :3]
    rows, columns = np.nonzero(np.isclose(image, to_rgb(OTHER), atol=0.02).all(axis=2))
    bar = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert (bar > 0.98).all(axis=2).mean() > 0.02  # white lines


def test_titles_must_be_one_for_each_heat_map():
    with pytest.raises(ValueError, match="titles: expected 3 entries, got 2"):
        show_weights(WEIGHTS[:3], ["a", "b"])


def test_a_dollar_in_a_label_is_a_dollar():
    picture = show_objectives({r"$\frac{": (1.0, 2.0)})  # no equation, and no error of one
    assert picture.sentence.startswith(r"J = L + s, as bars: $\frac{: 3 = 1 + 2")
