"""Take the README's picture anew: python tests/record_readme_picture.py"""

from pathlib import Path

from lab import browser

from helpers.explorers.backward import STEPS, controls, numbers, words
from helpers.explorers.controls import starts
from tools.stepper import stepper

PICTURE = Path(__file__).parents[1] / "docs" / "backward_explorer.png"
STEP = 1 + [step.name for step in STEPS].index("∂J/∂z")


def told():
    """Return what the picture shows, in words."""
    return words(numbers(**starts(controls()) | {"step": STEP}))


def take():
    """Show the explorer at STEP in a browser, and save what a reader would see of it on one screen."""
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 980, "height": 900}, device_scale_factor=1.5)
        page.set_content(stepper())
        page.locator("#step").fill(str(STEP))
        card = page.locator(".card")
        box, end = card.bounding_box(), card.locator("h3, h2").first.bounding_box()
        page.screenshot(path=PICTURE, full_page=True, clip=box | {"height": end["y"] - box["y"] - 4})


if __name__ == "__main__":
    take()
    print(told())
