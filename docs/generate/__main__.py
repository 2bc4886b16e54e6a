"""`python -m docs.generate`: writes every generated page of `docs/reference/`."""

from docs.generate.pages import FOLDER, pages

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
