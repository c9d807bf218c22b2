"""If-None-Match as RFC 9110 has it: whole tags, compared weakly, in lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.responses import names_tag

TAG = "0123456789abcdef"


@pytest.mark.parametrize(
    "header",
    [
        f'"{TAG}"',
        f'W/"{TAG}"',
        f'"x", W/"{TAG}"',
        f'W/"{TAG}","x"',
        f'  "a,b"  ,  "{TAG}" ',
        f'"", "{TAG}"',
        f'W/"{TAG}-gzip"',
        f'"{TAG}-br"',
        "*",
        " * ",
    ],
)
def test_a_header_with_the_tag_names_it(header: str) -> None:
    assert names_tag(header, TAG)


@pytest.mark.parametrize(
    "header",
    [
        "",
        TAG,
        f'"{TAG}',
        f"'{TAG}'",
        f'"x{TAG}"',
        f'"{TAG}x"',
        f'"{TAG[:-1]}"',
        f'w/"{TAG}"',
        f'W/ "{TAG}"',
        f'"x" "{TAG}"',
        f'"{TAG}-gzip-gzip"',
        f'"{TAG}-zip"',
        f'"x;{TAG}"',
        f'*, "{TAG}x"',
        '"*"',
    ],
)
def test_a_header_without_the_tag_does_not(header: str) -> None:
    assert not names_tag(header, TAG)


tags = st.text(st.characters(min_codepoint=0x23, max_codepoint=0x7E), max_size=20)


@given(st.lists(tags, min_size=1, max_size=5), st.lists(st.booleans(), min_size=5, max_size=5), tags)
def test_a_list_names_its_tags_and_no_others(listed: list[str], weak: list[bool], other: str) -> None:
    header = ", ".join(f'W/"{tag}"' if is_weak else f'"{tag}"' for tag, is_weak in zip(listed, weak, strict=False))
    assert all(names_tag(header, tag) for tag in listed)
    plain = {tag.removesuffix(suffix) for tag in listed for suffix in ("", "-gzip", "-br", "-df")}
    assert names_tag(header, other) is (other in plain)


@given(st.text())
def test_any_text_can_be_sent(header: str) -> None:
    assert names_tag(header, TAG) is (header.strip() == "*" or TAG in header)
