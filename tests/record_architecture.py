"""Draw the map of the code anew, from what imports what: python tests/record_architecture.py"""

import ast
import html
import re
from pathlib import Path

import graphviz
import nbformat
import pygraphviz

from helpers._pictures import FORWARD, PARAMETER
from helpers.drawing import FONT

ROOT = Path(__file__).parents[1]
CORE = ("functions", "network", "graph", "operators", "gradient")  # the chapter itself, to be read at one sitting


def imported(source):
    """Return what some code imports of the course: modules of helpers, each by its name, and tools."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("helpers.")}
        found |= {"tools" for name in names if name.split(".")[0] == "tools"}
    return found


def parts():
    """Return the source of each part: the modules of helpers, and each folder and the notebooks as one."""
    sources = {}
    for path in sorted((ROOT / "helpers").rglob("*.py")):
        name = path.relative_to(ROOT / "helpers").with_suffix("").parts[0]
        sources[name] = sources.get(name, "") + path.read_text(encoding="utf-8") + "\n"
    del sources["__init__"]
    sources["tools"] = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tools").glob("*.py")))
    cells = [cell for path in (ROOT / "notebooks").glob("[0-9]*.ipynb") for cell in nbformat.read(path, 4).cells]
    code = [re.sub(r"(?m)^%.*", "", cell.source) for cell in cells if cell.cell_type == "code"]
    return sources | {"notebooks": "\n".join(code)}


def imports(sources):
    """Return what each part imports of the others, as a dict of sets."""
    return {name: imported(source) & set(sources) - {name} for name, source in sources.items()}


def reached(start, edges):
    """Return all that `start` imports, itself or through others."""
    seen, queue = set(), list(edges[start])
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += edges[name]
    return seen


def told_apart(edges):
    """Return the edges without those that a longer way stands for already."""
    return {
        name: {other for other in others if not any(other in reached(third, edges) for third in others - {other})}
        for name, others in edges.items()
    }


def svg(sources):
    """Return the map as SVG."""
    edges = imports(sources)
    dot = graphviz.Digraph(
        graph_attr={"bgcolor": "white", "ranksep": "0.45", "nodesep": "0.2", "pad": "0.1"},
        node_attr={"fontname": FONT, "fontsize": "12", "shape": "box", "style": "filled", "fixedsize": "true"},
        edge_attr={"arrowsize": "0.7", "color": FORWARD},
    )
    for name in sorted(sources):
        width = f"{0.35 + 0.1 * len(name):.2f}"
        dot.node(name, width=width, height="0.36", fillcolor=f"{PARAMETER}66" if name in CORE else "white")
    for name, others in sorted(told_apart(edges).items()):
        for other in sorted(others):
            dot.edge(name, other)
    body = pygraphviz.AGraph(string=dot.source).draw(format="svg", prog="dot").decode()
    body = body[body.index("<svg") :].replace(f'font-family="{FONT}"', f'font-family="{FONT}, Verdana, sans-serif"')
    body = re.sub(r"(?s)<title>.*?</title>\n|<!--.*?-->\n", "", body)
    words = "; ".join(f"{name} imports {', '.join(sorted(others))}" for name, others in sorted(edges.items()) if others)
    title = "<title>What imports what in the course</title>"
    return re.sub(r"(<svg[^>]*>\n)", rf"\1{title}\n<desc>{html.escape(words)}.</desc>\n", body, count=1)


if __name__ == "__main__":
    (ROOT / "docs" / "architecture.svg").write_text(svg(parts()), encoding="utf-8", newline="\n")
