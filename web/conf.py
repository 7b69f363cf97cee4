"""The settings of Sphinx for the site; `python -m tools.site` writes what it reads."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sphinx.search.zh import SearchChinese

SearchChinese.language_name = "English"  # its script has the stemmer of that name, and none for Chinese
settings = json.loads(Path(__file__).with_name("settings.json").read_text(encoding="utf-8"))
project = settings["words"]["title"]
author = copyright = settings["words"]["authors"]
language = {"en": "en", "zh": "zh_CN"}[settings["edition"]]
html_copy_source = False
html_show_sphinx = False
extensions = ["myst_nb", "mathml"]
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "amsmath", "html_image"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", kind, order) for order, kind in enumerate(("text/html", "text/plain"), start=1)]
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
templates_path = ["templates"]
html_extra_path = ["extra"]
html_css_files = ["view.css", "site.css"]
html_js_files = ["edition.js"]
html_theme_options = {
    "secondary_sidebar_items": ["page-toc"],
    "show_nav_level": 2,
    "navigation_depth": 2,
    "navbar_align": "left",
    "article_header_end": ["run.html"],
    "footer_center": ["version.html"],
    "show_version_warning_banner": False,
}
html_sidebars = {"**": ["sidebar-nav-bs"], "index": []}
html_context = {"default_mode": "auto", **settings}
html_favicon = "static/favicon.svg"
