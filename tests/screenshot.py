"""Write a notebook, as JupyterLab shows it to a reader, as consecutive pictures: python tests/screenshot.py --help"""

import argparse
from pathlib import Path

from lab import Lab, browser, open_notebook, run_all

SCROLLER = "document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer')"


def screenshot(notebook, folder, theme="light", width=1100, height=1400, run=False):
    """Write the pictures into `folder` and return their paths, top first."""
    notebook, folder = Path(notebook).resolve(), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with Lab(notebook.parent, theme) as lab, browser() as chromium:
        page = chromium.new_page(viewport={"width": width, "height": height + 100})
        open_notebook(page, lab, notebook.name)
        if run:
            run_all(page)
        box = page.evaluate(f"() => {SCROLLER}.getBoundingClientRect().toJSON()")
        last = page.locator(".jp-Notebook .jp-Cell").last.bounding_box()
        total = last["y"] + last["height"] - box["y"] + page.evaluate(f"() => {SCROLLER}.scrollTop") + 20
        step = int(box["height"])
        for top in range(0, int(total), step):
            scrolled = page.evaluate(f"top => {{ const s = {SCROLLER}; s.scrollTop = top; return s.scrollTop; }}", top)
            page.wait_for_timeout(200)
            seen = top - scrolled  # the last page cannot scroll as far, and shows again what the one before did
            clip = {"x": box["x"], "y": box["y"] + seen, "width": box["width"], "height": min(step, total - top)}
            paths.append(folder / f"{notebook.stem}-{theme}-{len(paths) + 1:02}.png")
            page.screenshot(path=paths[-1], clip=clip)
    return paths


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook")
    parser.add_argument("folder")
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--width", type=int, default=1100)
    parser.add_argument("--height", type=int, default=1400)
    parser.add_argument("--run", action="store_true", help="run all cells first; without it, the outputs as saved")
    for path in screenshot(**vars(parser.parse_args())):
        print(path)


if __name__ == "__main__":
    main()
