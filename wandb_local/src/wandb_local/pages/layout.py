"""The frame of every page."""

from wandb_local.pages.markup import Content, Markup, joined, link, tag

NOTICE = "A local stand-in that speaks the W&B protocol. This is not Weights & Biases."

_STYLE = Markup("""
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 0 1.5rem 4rem; }
.notice { padding: .5rem 0; border-bottom: 1px solid var(--line); opacity: .75; font-size: .9em; }
nav { padding-top: 1rem; } h1 { font-size: 1.5rem; margin: .3rem 0 1rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; } table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .3rem 1.2rem .3rem 0; }
tr { border-bottom: 1px solid var(--line); } th { font-weight: 600; } td { overflow-wrap: anywhere; }
code, pre { font: .87em/1.45 ui-monospace, monospace; } pre { overflow-x: auto; max-height: 24rem; }
.alias { border: 1px solid var(--line); border-radius: 1em; padding: 0 .6em; white-space: nowrap; }
.quiet { opacity: .6; } .running { color: #0a7; } .failed, .crashed { color: #c33; }
svg { display: block; } polyline { fill: none; stroke: currentColor; stroke-width: 1.5; }
""")


def page(title: str, trail: tuple[tuple[str, ...], ...], *contents: Content) -> str:
    """A whole page; `trail` are the paths of the pages above it."""
    above = [link(path[-1], *path) for path in trail]
    head = tag(
        "head", Markup('<meta charset="utf-8">'), tag("title", f"{title} - wandb_local"), tag("style", _STYLE)
    )
    body = tag(
        "body",
        tag("div", NOTICE, class_="notice"),
        tag("nav", joined([Markup('<a href="/">projects</a>'), *above], " / ")),
        tag("h1", title),
        *contents,
    )
    return "<!doctype html>" + tag("html", head, body, lang="en")
