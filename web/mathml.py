"""Equations as MathML, which browsers draw without a script and without another host."""

from latex2mathml.converter import convert


def setup(app):
    """Make the renderer known to Sphinx."""
    app.add_html_math_renderer(
        "mathml",
        (lambda writer, node: _write(writer, node, "inline"), None),
        (lambda writer, node: _write(writer, node, "block"), None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write(writer, node, display):
    from docutils.nodes import SkipNode

    equation = convert(node.astext(), display=display)
    if display == "block":
        equation = f'<div class="equation" tabindex="0">{equation}</div>'
    writer.body.append(equation)
    raise SkipNode
