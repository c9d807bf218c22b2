"""The README's picture: how a terminal is drawn, and what the committed file may contain."""

import re
from pathlib import Path
from xml.etree import ElementTree

from scripts.demo_picture import draw
from scripts.terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent.parent


def words(svg: str) -> str:
    texts = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join("".join(text.itertext()).replace("\xa0", " ") for text in texts)


def test_a_drawing_shows_what_the_terminal_shows_and_fetches_nothing() -> None:
    terminal = Terminal(columns=40, rows=3)
    terminal.feed("gone\r\n\x1b[32mgreen\x1b[0m & <plain>\r\nwrong\r\x1b[2Kright\r\nlast")
    svg = draw(terminal, title="a title")
    shown = words(svg)
    for text in ("green", " & <plain>", "right", "last", "a title"):
        assert text in shown
    for text in ("gone", "wrong"):
        assert text not in shown
    assert re.search(r"url\(.?http|@font-face|<image|<script", svg) is None


def test_the_committed_picture_is_a_run_of_the_demonstration_and_small() -> None:
    svg = (ROOT / "docs/pictures/demo.svg").read_text()
    assert len(svg) < 200_000
    assert re.search(r"url\(.?http|@font-face|<image|<script", svg) is None
    assert re.findall(r"(?<![\w.:/])/(?:home|root|tmp|usr|work|Users)\b", svg) == []
    shown = words(svg)
    for text in ("make demo", "DRILL of Storefront and reporting", "timeline", "planned", "4 of 4 servers launched."):
        assert text in shown


def test_a_long_line_continues_in_the_next_row_and_the_top_scrolls_out() -> None:
    terminal = Terminal(columns=4, rows=2)
    terminal.feed("abcdefgh\r\n\x1b[1Aij\r\n")
    assert terminal.screen() == ["ijgh"]
