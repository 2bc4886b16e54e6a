"""HTML in which every text is escaped, because only `tag` makes markup."""

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

type Content = "Markup | str | int | float | None"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def _html(content: Content) -> str:
    if isinstance(content, Markup):
        return content
    return "" if content is None else escape(str(content))


def tag(name: str, *contents: Content, **attributes: str | float) -> Markup:
    """An element; a trailing underscore of an attribute's name is dropped (`class_`)."""
    written = "".join(f' {key.rstrip("_")}="{escape(str(value))}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{''.join(map(_html, contents))}</{name}>")


def joined(contents: Iterable[Content], separator: str = "") -> Markup:
    """Contents one after the other."""
    return Markup(escape(separator).join(map(_html, contents)))


def link(text: str, *segments: str) -> Markup:
    """A link to the page whose path has these segments, whatever characters they have."""
    return tag("a", text, href="/" + "/".join(quote(segment, safe="") for segment in segments))


def table(heads: Iterable[str], rows: Iterable[Iterable[Content]]) -> Markup:
    """A table; a sentence instead of one without rows."""
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    if not body:
        return tag("p", "None yet.", class_="quiet")
    return tag("table", tag("tr", *(tag("th", head) for head in heads)), *body)


def section(title: str, *contents: Content) -> Markup:
    """A headed part of a page."""
    return tag("section", tag("h2", title), *contents)
