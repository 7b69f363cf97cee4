"""The memory explorer: what training and prediction need, by kind, and where a device runs out."""

import html
from functools import cache
from types import SimpleNamespace

import numpy as np

from helpers._language import Sentences, joined
from helpers._pictures import BACKWARD, FORWARD, OTHER, PARAMETER
from helpers.explorers.controls import Choice, Range
from helpers.explorers.page import bar, counted, scroll, svg, text, ticks
from helpers.gradient import gradient
from helpers.graph import topological_order
from helpers.memory import footprint
from helpers.operators import hidden_layers

INPUTS, OUTPUTS = 784, 10
WIDTHS = [2**k for k in range(4, 14)]
BATCHES = [1, 4, 16, 64, 256, *(2**k for k in range(10, 17))]
DEPTHS = [1, 2, 4, 8, 16, 32]
LIMITS = {"1 GB": 1, "4 GB": 4, "8 GB": 8, "24 GB": 24, "80 GB": 80}

SENTENCES = Sentences() | {
    "depth": "hidden layers",
    "width": "hidden units",
    "batch": "batch size",
    "dtype": "dtype",
    "limit": "device",
    "layers": "hidden layer | hidden layers",
    "words": "{layers} of {width} units, batches of {batch}, {dtype}: training needs {training}, "
    "{ratio} times the {prediction} of prediction. {fits} {batches} {depths}",
    "fits": "Training fits into {limit}.",
    "fails": "Training does not fit into {limit}.",
    "some batch": "At this depth the largest batch that fits is {most}, of those on the slider.",
    "no batch": "At this depth not even a batch of 1 fits.",
    "some depth": "With this batch the deepest network that fits has {most}, of those in the table.",
    "no depth": "With this batch not even one hidden layer fits.",
    "bars": "Memory: {training} for training and {prediction} for prediction; the device has {limit}",
    "training": "training",
    "prediction": "prediction",
    "parameters": "parameters",
    "inputs": "inputs",
    "stored": "forward values",
    "gradients": "gradients",
    "device": "device {limit}",
    "beyond": "device {limit}, far to the right ▸",
    "largest": "The largest arrays of training, at the moment when it needs most",
    "array": "array",
    "bytes": "memory",
    "number": "how many",
    "sum": "all of them",
    "by batch": "Training by batch size, at this depth",
    "by depth": "Training by number of hidden layers, with this batch",
    "yes": "✓",
    "no": "✗",
}
KINDS = {  # colour, and whether striped
    "parameters": (PARAMETER, False),
    "inputs": (OTHER, True),
    "stored": (FORWARD, False),
    "gradients": (BACKWARD, True),
}


def controls():
    """Return the controls, with their names in the language of the moment."""
    return (
        Range("depth", SENTENCES["depth"], 8, 1, max(DEPTHS)),
        Choice("width", SENTENCES["width"], 1024, {str(width): width for width in WIDTHS}, ordered=True),
        Choice("batch", SENTENCES["batch"], 8192, {str(batch): batch for batch in BATCHES}, ordered=True),
        Choice("dtype", SENTENCES["dtype"], "float32", {name: name for name in ("float32", "float64")}),
        Choice("limit", SENTENCES["limit"], 1, LIMITS),
    )


def size(count):
    """Return bytes in words.

    Examples
    --------
    >>> size(2_500_000)
    '2.5 MB'
    """
    unit, name = next(((u, n) for u, n in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")) if count >= u), (1e3, "kB"))
    return f"{count / unit:.3g} {name}" if count < 999.5 * unit else f"{count / unit:.0f} {name}"


@cache
def graph(depth):
    """Return the graph of a network, its gradients, and the variables of its forward pass."""
    c = hidden_layers(depth)
    return c, gradient(c.J, c.weights), set(topological_order([c.J]))


@cache
def needs(depth, width, batch, dtype):
    """Return the footprints of training and of prediction.

    Returns
    -------
    pair of Footprint
    """
    c, gradients, _ = graph(depth)
    rows = [width] * depth + [OUTPUTS]
    columns = [INPUTS] + [width] * depth
    fed = {W: (r, k) for W, r, k in zip(c.weights, rows, columns, strict=True)} | {c.x: (INPUTS, batch)}
    return footprint([c.J, *gradients], fed | {c.y: (batch,)}, dtype), footprint([c.o], fed, dtype)


def by_kind(depth, need):
    """Return the bytes of a footprint by kind."""
    forward = graph(depth)[2]
    stored = sum(count for v, count in need.kept if v in forward)
    return {
        "parameters": need.parameters,
        "inputs": need.inputs,
        "stored": stored,
        "gradients": need.intermediates - stored,
    }


def numbers(depth, width, batch, dtype, limit):
    """Return all that the page shows at the given settings.

    Parameters
    ----------
    depth, width, batch : int
    dtype : str
    limit : int
        Of the device, in GB.

    Returns
    -------
    namespace
        The settings; ``training`` and ``prediction``, bytes by kind; ``arrays``, the largest of training, as pairs of
        the names and the bytes of each; ``by_batch`` and ``by_depth``, bytes of training.
    """
    training, prediction = needs(depth, width, batch, dtype)
    item = np.dtype(dtype).itemsize
    like = {}
    for v, count in [*_fed(depth, width, batch, item), *training.kept]:
        like.setdefault(count, []).append(v)
    largest = sorted(like.items(), key=lambda pair: -pair[0])[:4]
    return SimpleNamespace(
        depth=depth,
        width=width,
        batch=batch,
        dtype=dtype,
        limit=limit * 10**9,
        training=by_kind(depth, training),
        prediction=by_kind(depth, prediction),
        arrays=[([repr(v) for v in sorted(some, key=lambda v: not v.name)], count) for count, some in largest],
        by_batch={b: needs(depth, width, b, dtype)[0].total for b in BATCHES},
        by_depth={d: needs(d, width, batch, dtype)[0].total for d in DEPTHS},
    )


def _fed(depth, width, batch, item):
    c = graph(depth)[0]
    counts = [INPUTS * batch, width * INPUTS, *[width * width] * (depth - 1), OUTPUTS * width]
    return [(v, count * item) for v, count in zip([c.x, *c.weights], counts, strict=True)]


def total(kinds):
    """Return the sum of bytes by kind."""
    return sum(kinds.values())


def words(n):
    """Return in words what the page shows."""
    limit = size(n.limit)
    batches = [b for b, need in n.by_batch.items() if need <= n.limit]
    depths = [d for d, need in n.by_depth.items() if need <= n.limit]
    return SENTENCES["words"].format(
        layers=counted(n.depth, SENTENCES["layers"]),
        width=n.width,
        batch=n.batch,
        dtype=n.dtype,
        training=size(total(n.training)),
        prediction=size(total(n.prediction)),
        ratio=f"{total(n.training) / total(n.prediction):.2g}",
        fits=SENTENCES["fits" if total(n.training) <= n.limit else "fails"].format(limit=limit),
        batches=SENTENCES["some batch" if batches else "no batch"].format(most=max(batches, default=0)),
        depths=SENTENCES["some depth" if depths else "no depth"].format(
            most=counted(max(depths, default=0), SENTENCES["layers"])
        ),
    )


def chart(n):
    """Return training and prediction as stacked bars, with the limit of the device as a line."""
    width, left = 640, 84
    parts = {"training": n.training, "prediction": n.prediction}
    whole = {what: total(kinds) for what, kinds in parts.items()}
    # Where the device is far larger than the need, its line would press the bars to nothing: it stays outside.
    most = max(whole.values())
    end = 1.12 * (max(n.limit, most) if n.limit < 8 * most else most)
    unit, name = next(((u, k) for u, k in ((1e9, "GB"), (1e6, "MB")) if end > u), (1e3, "kB"))
    scale = (width - left - 110) / end
    body = ""
    for k, (kind, (colour, striped)) in enumerate(KINDS.items()):
        x = left + 140 * k
        body += bar(x, 4, 16, 12, colour, striped) + text(x + 21, 14, SENTENCES[kind], "start")
    limit, bold = size(n.limit), 'font-weight="bold"'
    if n.limit <= end:
        x = left + n.limit * scale
        body += f'<path d="M{x:.1f} 24V92" stroke="#000" stroke-width="2" stroke-dasharray="5 3"/>'
        body += text(x, 129, SENTENCES["device"].format(limit=limit), "middle", bold)
    else:
        body += text(width - 12, 129, SENTENCES["beyond"].format(limit=limit), "end", bold)
    for k, (what, kinds) in enumerate(parts.items()):
        y, start = 30 + 34 * k, 0
        body += text(left - 6, y + 16, SENTENCES[what], "end")
        for kind, (colour, striped) in KINDS.items():
            body += bar(left + start * scale, y, kinds[kind] * scale, 24, colour, striped)
            start += kinds[kind]
        halo = 'stroke="white" stroke-width="4" paint-order="stroke"'  # where the line of the device is behind it
        body += text(left + start * scale + 6, y + 16, size(start), "start", f"{bold} {halo}")
    for v in ticks(0, end / unit):
        x = left + v * unit * scale
        body += f'<path d="M{x:.1f} 92v5" stroke="#222"/>' + text(x, 110, f"{v:g}")
    body += text(width - 80, 110, name, "start")
    told = SENTENCES["bars"].format(training=size(whole["training"]), prediction=size(whole["prediction"]), limit=limit)
    return svg(width, 134, told, body)


def _what_fits(title, needed, now, limit):
    head = "".join(f'<th scope="col">{"▸ " if key == now else ""}{key}</th>' for key in needed)
    cells = "".join(
        f'<td class="fits">{SENTENCES["yes"]} {size(need)}</td>'
        if need <= limit
        else f'<td class="fails">{SENTENCES["no"]} {size(need)}</td>'
        for need in needed.values()
    )
    table = f'<table aria-label="{title}"><tr>{head}</tr><tr>{cells}</tr></table>'
    return f"<h3>{title}</h3>{scroll(title, table)}"


def _largest(n):
    head = "".join(f'<th scope="col">{SENTENCES[name]}</th>' for name in ("array", "number", "bytes", "sum"))
    rows = "".join(
        f'<tr><th scope="row">{html.escape(joined("comma", [*names[:3], *["…"] * (len(names) > 3)]))}</th>'
        f"<td>{len(names)}</td><td>{size(count)}</td><td>{size(count * len(names))}</td></tr>"
        for names, count in n.arrays
    )
    return f'<h3>{SENTENCES["largest"]}</h3><table class="left"><tr>{head}</tr>{rows}</table>'


def page(n):
    """Return the page of the given numbers."""
    return (
        f'{chart(n)}<p class="words">{html.escape(words(n))}</p>'
        + _what_fits(SENTENCES["by batch"], n.by_batch, n.batch, n.limit)
        + _what_fits(SENTENCES["by depth"], n.by_depth, n.depth, n.limit)
        + _largest(n)
    )


def state(n):
    """Return the numbers of the page by name."""
    shown = {name: getattr(n, name) for name in ("training", "prediction", "arrays", "by_batch", "by_depth")}
    return shown | {"totals": {"training": total(n.training), "prediction": total(n.prediction)}}


def still(n):
    """Return the pictures that stand in for the page where no kernel is."""
    return [chart(n)]
