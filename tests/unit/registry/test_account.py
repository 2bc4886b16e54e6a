"""`.env` and environment to an account, and that its key stays unseen."""

from pathlib import Path

import pytest

from fraud_contract.errors import SettingsError
from fraud_registry.access.account import DEFAULT_PROJECT, PUBLIC_SERVICE, Account, configured, read_account

KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def read(dotenv: Path, text: str, **environ: str) -> Account:
    dotenv.write_text(text)
    account = read_account(environ, dotenv)
    assert account is not None
    return account


def key_of(account: Account) -> str:
    return account.api_key.get_secret_value()


def test_no_key_anywhere_is_no_account(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "WANDB_PROJECT": "fraud"}
    assert read_account(environ, tmp_path / "absent") is None


@pytest.mark.parametrize("name", ["WANDB_API_KEY", "WANDB_API_KEY_FILE", "WANDB_ENTITY", "WANDB_BASE_URL"])
@pytest.mark.parametrize("value", ["", " ", "\n", "''", " # none"])
def test_what_is_given_but_empty_is_refused_by_name(dotenv: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} given in the environment, but empty"):
        read_account({name: value})
    dotenv.write_text(f"{name}={value}\n")
    with pytest.raises(SettingsError, match=f"^{name} given in .*/.env, but empty"):
        read_account({}, dotenv)


@pytest.mark.parametrize("content", ["", "\n", "  \n\n"])
def test_an_empty_key_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"^WANDB_API_KEY_FILE names .*/key, which is empty"):
        read_account({"WANDB_API_KEY_FILE": str(path)})


@pytest.mark.parametrize("raw", [f"\n{KEY}", f"{KEY}\n", f"\n\n {KEY} \n"])
def test_a_key_behind_a_newline_is_read(tmp_path: Path, raw: str) -> None:
    (tmp_path / "key").write_text(raw)
    for environ in ({"WANDB_API_KEY": raw}, {"WANDB_API_KEY_FILE": str(tmp_path / "key")}):
        account = read_account(environ)
        assert account is not None
        assert KEY == key_of(account)


def test_a_key_with_a_newline_inside_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsError, match="holds characters that no W&B key has") as refused:
        read_account({"WANDB_API_KEY": f"{KEY}\n{KEY}"})
    assert KEY not in refused.value.message


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose user has logged in to W&B's hosted service."""
    (tmp_path / ".netrc").write_text(f"machine api.wandb.ai\n  login user\n  password {KEY}\n")
    return {"HOME": str(tmp_path)}


@pytest.mark.parametrize("named", [{"WANDB_PROJECT": "fraud"}, {"WANDB_ENTITY": "team"}])
def test_a_login_counts_where_the_environment_says_where_to(
    home: dict[str, str], named: dict[str, str]
) -> None:
    found = configured(home | named)
    assert found.account is not None
    assert (KEY, f"{home['HOME']}/.netrc", "") == (key_of(found.account), found.source, found.unheeded)


def test_a_login_counts_where_dotenv_says_where_to(home: dict[str, str], dotenv: Path) -> None:
    dotenv.write_text("WANDB_PROJECT=fraud\n")
    assert read_account(home, dotenv) is not None


def test_a_key_wins_over_a_login(home: dict[str, str]) -> None:
    account = read_account(home | {"WANDB_API_KEY": "f" * 40, "WANDB_PROJECT": "fraud"})
    assert account is not None
    assert "f" * 40 == key_of(account)


def test_a_login_alone_is_named_and_not_used(home: dict[str, str]) -> None:
    found = configured(home)
    assert found.account is None
    assert f"A W&B login for api.wandb.ai is in {home['HOME']}/.netrc" in found.unheeded
    assert "Set WANDB_PROJECT to use it." in found.unheeded


def test_a_login_at_another_host_is_none_here(home: dict[str, str]) -> None:
    found = configured(home | {"WANDB_BASE_URL": "https://wandb.example.com"})
    assert found.account is None
    assert "WANDB_BASE_URL given, but no key" in found.unheeded
    assert "no login for wandb.example.com in" in found.unheeded


def test_entity_and_project_without_a_key_are_named(tmp_path: Path) -> None:
    found = configured({"HOME": str(tmp_path), "WANDB_ENTITY": "team", "WANDB_PROJECT": "fraud"})
    assert found.account is None
    assert found.unheeded.startswith("WANDB_ENTITY and WANDB_PROJECT given, but no key")


@pytest.mark.parametrize("text", ["machine api.wandb.ai login user\n", "machine api.wandb.ai passwrd x\n"])
def test_a_login_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "netrc"
    path.write_text(text)
    with pytest.raises(SettingsError, match=str(path)):
        read_account({"NETRC": str(path), "WANDB_PROJECT": "fraud"})


@pytest.mark.parametrize("project", ["Fraud Detection", "fraud-détection", "a.b_c", "x" * 128])
def test_projects_are_taken_as_wandb_takes_them(project: str) -> None:
    account = read_account({"WANDB_API_KEY": KEY, "WANDB_PROJECT": project})
    assert account is not None
    assert project == account.project


@pytest.mark.parametrize("project", ["a/b", "a:b", "50%", "..", "x" * 129])
def test_an_impossible_project_is_refused_with_the_rule(project: str) -> None:
    with pytest.raises(SettingsError, match=r"^WANDB_PROJECT: no name of a W&B project: 1 to 128 "):
        read_account({"WANDB_API_KEY": KEY, "WANDB_PROJECT": project})


def test_a_key_alone_takes_the_public_service_and_the_default_project(dotenv: Path) -> None:
    account = read(dotenv, f"WANDB_API_KEY={KEY}\n")
    assert (account.base_url, account.project, account.entity) == (PUBLIC_SERVICE, DEFAULT_PROJECT, None)


@pytest.mark.parametrize(
    "line",
    [
        f"WANDB_API_KEY={KEY}",
        f"WANDB_API_KEY={KEY}  # my key",
        f"export WANDB_API_KEY={KEY}",
        f'WANDB_API_KEY="{KEY}"',
        f"WANDB_API_KEY='{KEY}' # mine",
        f"WANDB_API_KEY = {KEY}",
        f"\ufeffWANDB_API_KEY={KEY}\r",
    ],
)
def test_every_way_to_write_a_line_of_dotenv_is_read(dotenv: Path, line: str) -> None:
    assert key_of(read(dotenv, line)) == KEY


@pytest.mark.parametrize("raw", [KEY, f'"{KEY}"', f"'{KEY}'", f"{KEY} # my key", f" {KEY} "])
def test_the_environment_is_read_as_docker_passes_it_on(raw: str) -> None:
    account = read_account({"WANDB_API_KEY": raw})
    assert account is not None
    assert key_of(account) == KEY


def test_the_environment_wins_over_the_file_by_variable(dotenv: Path) -> None:
    text = f"WANDB_API_KEY={KEY}\nWANDB_PROJECT=from-file\nWANDB_ENTITY=team\n"
    account = read(dotenv, text, WANDB_PROJECT="from-environment")
    assert (account.project, account.entity) == ("from-environment", "team")


def test_a_key_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    account = read_account({"WANDB_API_KEY_FILE": str(path)})
    assert account is not None
    assert key_of(account) == KEY


def test_a_key_file_of_the_environment_wins_over_a_key_of_the_file(tmp_path: Path, dotenv: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY)
    assert key_of(read(dotenv, f"WANDB_API_KEY={'f' * 40}", WANDB_API_KEY_FILE=str(path))) == KEY


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^WANDB_API_KEY_FILE names .*/absent, which cannot be read\.$"):
        read_account({"WANDB_API_KEY_FILE": str(tmp_path / "absent")})


@pytest.mark.parametrize(
    "placeholder",
    [
        "your_api_key_here",
        "<your key>",
        "changeme",
        "change_me",
        "xxx",
        "XXXXXXXX",
        "...",
        "your-wandb-api-key",
        "***",
    ],
)
def test_a_placeholder_is_called_one(placeholder: str) -> None:
    with pytest.raises(SettingsError, match=r"^WANDB_API_KEY is still the placeholder\. "):
        read_account({"WANDB_API_KEY": placeholder})


@pytest.mark.parametrize("prefix", ["", "local-"])
def test_a_short_key_is_reported_by_its_length_without_its_prefix(prefix: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^WANDB_API_KEY has 39 characters; W&B's keys have 40 or more\. "
    ):
        read_account({"WANDB_API_KEY": prefix + KEY[:39]})


@pytest.mark.parametrize("key", [f"local-{KEY}", f"{KEY}{KEY}", f"wandb_v1_{KEY}"])
def test_keys_with_a_prefix_and_longer_ones_are_taken(key: str) -> None:
    account = read_account({"WANDB_API_KEY": key})
    assert account is not None
    assert key_of(account) == key


def test_a_key_with_blanks_inside_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        read_account({"WANDB_API_KEY": f"{KEY} {KEY}"})
    assert KEY not in refused.value.message


@pytest.mark.parametrize(
    "url", ["wandb.example.com", "ftp://wandb.example.com", "https://", "https://me@host"]
)
def test_an_impossible_base_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^WANDB_BASE_URL: is no http\(s\) address"):
        read_account({"WANDB_API_KEY": KEY, "WANDB_BASE_URL": url})


def test_a_file_that_is_no_text_is_refused(dotenv: Path) -> None:
    dotenv.write_bytes(b"WANDB_API_KEY=\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read as UTF-8"):
        read_account({}, dotenv)


def test_the_account_never_shows_its_key() -> None:
    account = Account(base_url="https://wandb.example.com/", api_key=KEY)
    shown = f"{account} {account!r} {account.model_dump()} {account.model_dump_json()}"
    assert KEY not in shown
    assert account.redact(f"Basic {KEY}!") == "Basic ***!"


def test_the_host_names_the_registry() -> None:
    assert Account(base_url="http://localhost:8080/", api_key=KEY).host == "localhost:8080"
