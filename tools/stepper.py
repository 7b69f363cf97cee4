"""The backward explorer as a file: one page with every step at the default settings, for any website.

``python -m tools.stepper`` writes it. It needs no kernel and no network.
"""

import html
import json
import sys
from pathlib import Path

from helpers import _language
from helpers._console import tell
from helpers._language import Sentences
from helpers.explorers.backward import LAST, checked, controls, numbers, page
from helpers.explorers.controls import SENTENCES as WORDS
from helpers.explorers.controls import starts
from helpers.widgets.explorer import FOLDER
from tools.files import write_new

SENTENCES = Sentences() | {
    "title": "The forward and the backward pass, one operator at a time",
    "lead": "A network with one hidden layer and weight decay. The blue lane computes the objective J, the orange lane "
    "its gradients. Step with the buttons, with the slider, or with the arrow keys ← and →.",
    "steps": "Steps",
    "ending": "path: expected a name that ends in .html, got {path}",
    "no script": "This is the last step. The others need JavaScript.",
}

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: 1000px; padding: 12px; background: white; color: #222;
  font: 15px/1.5 "DejaVu Sans", Verdana, sans-serif; }}
h1 {{ font-size: 22px; }}
nav {{ display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 6px 0; position: sticky; top: 0;
  background: white; }}
nav button {{ font: inherit; padding: 4px 14px; }}
nav label {{ display: flex; gap: 8px; align-items: center; }}
nav input {{ width: 260px; }}
{css}
</style>
</head>
<body class="stepper">
<main>
<h1>{title}</h1>
<p>{lead}</p>
<noscript><p>{no_script}</p></noscript>
<nav aria-label="{steps}">
<button id="back">{back}</button> <button id="forth">{forth}</button>
<button id="play">{play}</button> <button id="reset">{reset}</button>
<label>{step} <input id="step" type="range" min="0" max="{last}" value="{last}"> <output id="at">{last}</output></label>
</nav>
<div id="page"><div class="card">{first}</div></div>
</main>
<script id="frames" type="application/json">{frames}</script>
<script type="module">
{js}
{own_js}
</script>
</body>
</html>
"""

OWN_JS = """
const frames = JSON.parse(document.getElementById("frames").textContent);
const [back, forth, play, reset, step, at, home] = ["back", "forth", "play", "reset", "step", "at", "page"].map(
  (id) => document.getElementById(id),
);
home.replaceChildren();
const show = screen(home);
let timer;
function go(k) {
  const now = Math.max(0, Math.min(k, frames.length - 1));
  step.value = at.value = now;
  show(frames[now]);
}
function halt() {
  clearInterval(timer);
  timer = undefined;
  play.textContent = PLAY;
}
const by = (change) => () => { halt(); go(+step.value + change); };
back.onclick = by(-1);
forth.onclick = by(1);
reset.onclick = () => { halt(); go(0); };
step.oninput = () => { halt(); go(+step.value); };
play.onclick = () => {
  if (timer) return halt();
  play.textContent = PAUSE;
  if (+step.value === frames.length - 1) go(0);
  timer = setInterval(() => {
    go(+step.value + 1);
    if (+step.value === frames.length - 1) halt();
  }, 900);
};
document.addEventListener("keydown", (event) => {
  if (event.target === step || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "ArrowRight") forth.click();
  if (event.key === "ArrowLeft") back.click();
});
go(0);
"""


def stepper():
    """Return the page as text."""
    settings = starts(controls())
    frames = [page(numbers(**settings | {"step": step})) for step in range(LAST)]
    last = numbers(**settings | {"step": LAST})
    last.report = checked(last)
    frames.append(page(last))
    # In a notebook they stand in a section; here right under the title.
    frames = [frame.replace("<h3>", "<h2>").replace("</h3>", "</h2>") for frame in frames]
    names = {name: html.escape(WORDS[name]) for name in ("back", "forth", "play", "reset", "step")}
    constants = f"const PLAY = {json.dumps(WORDS['play'])};\nconst PAUSE = {json.dumps(WORDS['pause'])};\n"
    return PAGE.format(
        language=_language.code,
        title=SENTENCES["title"],
        lead=SENTENCES["lead"],
        steps=SENTENCES["steps"],
        no_script=SENTENCES["no script"],
        css=(FOLDER / "view.css").read_text(encoding="utf-8"),
        js=(FOLDER / "view.js").read_text(encoding="utf-8"),
        own_js=constants + OWN_JS,
        frames=json.dumps(frames, ensure_ascii=False).replace("<", "\\u003c"),
        first=frames[-1],
        last=LAST,
        **names,
    )


def write(path):
    """Write the page, and return the sentence that says so. A file that is there, and differs, is left alone.

    Raises
    ------
    FileExistsError
        If there is such a file.
    ValueError
        If the name does not end in .html.
    """
    if Path(path).suffix.lower() != ".html":
        raise ValueError(SENTENCES["ending"].format(path=path))
    (sentence,) = write_new({path: stepper().encode()})
    return sentence


if __name__ == "__main__":
    try:
        tell(write(sys.argv[1] if len(sys.argv) > 1 else "stepper.html"))
    except (FileExistsError, ValueError) as error:
        sys.exit(str(error))
