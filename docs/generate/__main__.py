"""`python -m docs.generate`: writes every generated page of `docs/reference/`."""

from docs.generate.pages import FOLDER, PAGES

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())
