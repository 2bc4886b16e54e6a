"""What names may look like, and the ids of things."""

import pytest

from wandb_local.errors import InvalidRequestError, NotFoundError
from wandb_local.values.identifiers import global_id, row_of
from wandb_local.values.names import checked_alias, checked_name, checked_path, version_of


@pytest.mark.parametrize("name", ["latest", "production", "v", "v1a", "V1", "v-1", "grün"])
def test_an_alias_may_be(name: str) -> None:
    assert checked_alias(name) == name


@pytest.mark.parametrize("name", ["", "v0", "v12", "a/b", "a:b", "a\nb", "x" * 129])
def test_an_alias_may_not_be(name: str) -> None:
    with pytest.raises(InvalidRequestError):
        checked_alias(name)


def test_a_name_may_look_like_a_version() -> None:
    assert (checked_name("v0", "tag"), version_of("v12"), version_of("v"), version_of("latest")) == (
        "v0",
        12,
        None,
        None,
    )


@pytest.mark.parametrize("path", ["a.txt", "media/table/t.json", "a..b/c", "ünïcode"])
def test_a_file_may_be_called(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", "a\\..\\x", "a\x00b", "x" * 1025])
def test_a_file_may_not_be_called(path: str) -> None:
    with pytest.raises(InvalidRequestError):
        checked_path(path)


def test_an_id_leads_back_to_its_row() -> None:
    assert row_of("Run", global_id("Run", 12)) == 12


@pytest.mark.parametrize("identifier", ["", "%", "12", global_id("Artifact", 1), global_id("Run", "x")])
def test_an_id_of_something_else_is_refused(identifier: str) -> None:
    with pytest.raises(NotFoundError, match="is not the id of any Run of this server"):
        row_of("Run", identifier)
