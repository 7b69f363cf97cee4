"""The site behind a web server that forbids its pages to ask other hosts, and Python for it, where there is some."""

import functools
import http.server
import json
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SITE = Path(__file__).parents[1] / "site"
LOCK = SITE / "python" / "pyodide-lock.json"
# The errors of a check are those of rounding, which another BLAS does in another way.
SAME_BUT_ERRORS = r"""(card, html) => {
    const page = document.createElement('template');
    page.innerHTML = `<div class="card">${html}</div>`;
    const [shown, due] = [card, page.content.firstChild].map(part => {
        const copy = part.cloneNode(true), texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
        while (texts.nextNode())
            texts.currentNode.data = texts.currentNode.data.replace(/ *[\d.]+e[-−]\d+/g, ' small');
        return copy;
    });
    return shown.isEqualNode(due);
}"""
OWN = "'self' 'unsafe-inline' 'unsafe-eval' data: blob:"


def packages():
    """Return what the lock file of the site says of each package."""
    return json.loads(LOCK.read_text(encoding="utf-8"))["packages"]


def hosts():
    """Return the other hosts that packages come from: none if the site was made with a folder of them."""
    places = (urlsplit(package["file_name"]) for package in packages().values())
    return {f"{place.scheme}://{place.netloc}" for place in places if place.netloc}


@contextmanager
def served(folder=SITE):
    """Serve the folder as Python's own server does, and yield its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            self.send_header("Content-Security-Policy", f"default-src {OWN}; connect-src {OWN} {' '.join(hosts())}")
            super().end_headers()

        def log_message(self, *_):
            pass

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def reach_python(context):
    """Let a browser's context come to NumPy and the other packages, or skip the test, where there are none.

    The environment variable PYODIDE names a folder with a whole Pyodide, which stands in for the host that the site
    names; or it is "cdn", and that host is asked.
    """
    place = os.environ.get("PYODIDE")
    if not place:
        pytest.skip("PYODIDE names no folder with a whole Pyodide, so Python was not run in the browser")
    if place != "cdn":
        for host in hosts():
            context.route(f"{host}/**", lambda route: route.fulfill(path=Path(place) / Path(route.request.url).name))
