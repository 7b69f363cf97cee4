"""The font of Chinese characters in figures: python -m tools.font NotoSansSC_400Regular.ttf

It cuts out of Noto Sans SC the characters that the translations need and Matplotlib's own font lacks. Noto Sans SC is
in the package `@expo-google-fonts/noto-sans-sc` of npm, under the Open Font License.
"""

import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from matplotlib import get_data_path

from helpers._svg import CHINESE_FONT, CHINESE_FONT_FILE
from tools.translate import CODE, NAMES, read

ALWAYS = "，。：；！？（）、"
MATPLOTLIBS = f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf"


def characters(path):
    """Return the characters that a font has."""
    return {chr(code) for code in TTFont(path).getBestCmap()}


def needed():
    """Return the characters that may come into a figure: from each to a translation that has it."""
    found = dict.fromkeys(ALWAYS, "a mark")
    for name in NAMES:
        for message in read(name):
            if message.id and message.string and (name == "helpers" or message.context == CODE):
                found |= dict.fromkeys(message.string, f"{name}: {message.context}: {message.string}")
    return found


def subset(path):
    """Write the font with the characters that are needed, under a name of its own, and return how many they are."""
    options = Options(hinting=False, layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True)
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp", "prep"]
    font = TTFont(path, recalcTimestamp=False)
    wanted = {ord(character) for character in set(needed()) - characters(MATPLOTLIBS)}
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    for name_id, name in ((1, CHINESE_FONT), (3, CHINESE_FONT), (4, CHINESE_FONT), (6, CHINESE_FONT.replace(" ", ""))):
        font["name"].setName(name, name_id, 3, 1, 0x409)
    font.save(CHINESE_FONT_FILE)
    return len(wanted)


if __name__ == "__main__":
    print(subset(sys.argv[1]), "characters")
