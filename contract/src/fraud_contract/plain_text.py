"""Texts that others wrote, before they are shown to people in a terminal."""


def plain(text: str) -> str:
    """`text` with its line breaks, and without what would steer a terminal, or reverse or hide letters.

    Names of columns and files, metadata of a registry: whoever wrote them must not redraw what a person
    decides by.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if letter == "\n" or letter.isprintable() else "�" for letter in text)


def one_line(text: str) -> str:
    """`plain` text without line breaks, which would let it stand as a line of its own."""
    return plain(" ".join(text.split()))


def excerpt(text: str, most: int) -> str:
    """`one_line` of `text`, cut to `most` characters."""
    line = one_line(text[: 4 * most])
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[: most - 1]}…"
