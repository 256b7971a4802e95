"""The settings refuse what does not hold together, in a sentence that helps and tells no secret."""

from pathlib import Path

import pytest

from service.settings import BadSettings, load

REAL = {
    "CPAS_ONEM_ENVIRONMENT": "R",
    "CPAS_ONEM_CHANNEL": "amqp",
    "CPAS_ONEM_AMQP_URL": "amqps://onem:hushhush@broker.example/occp-r",
    "CPAS_ONEM_DATABASE_URL": "postgresql+asyncpg://onem:hushhush@db.example/onem?ssl=require",
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("CPAS_ONEM_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 44)
    for name, value in {**REAL, "CPAS_ONEM_SECRET_KEY_FILE": str(key)}.items():
        monkeypatch.setenv(name, value)


def problems() -> str:
    with pytest.raises(BadSettings) as raised:
        load()
    return str(raised.value)


def test_the_defaults_need_nothing() -> None:
    settings = load()
    assert (settings.channel, settings.environment, settings.batch_size) == ("folder", "S", 64)


def test_an_unknown_variable_is_named_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAS_ONEM_DATABSE_URL", "x")
    assert "CPAS_ONEM_DATABSE_URL" in problems()
    assert "CPAS_ONEM_DATABASE_URL?" in problems()


def test_an_unknown_variable_in_the_env_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CPAS_ONEM_CHANEL=amqp\nOTHER=1\n")
    assert problems() == "CPAS_ONEM_CHANEL is not a setting. Did you mean CPAS_ONEM_CHANNEL? Rename it or remove it."


def test_the_test_variables_are_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAS_ONEM_TEST_AMQP_URL", "amqp://x")
    assert load().channel == "folder"


def test_amqp_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAS_ONEM_CHANNEL", "amqp")
    assert "CPAS_ONEM_AMQP_URL is not set" in problems()


def test_all_problems_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAS_ONEM_BATCH_SIZE", "0")
    monkeypatch.setenv("CPAS_ONEM_CHANEL", "amqp")
    assert len(problems().splitlines()) == 2


def test_a_driver_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAS_ONEM_DATABASE_URL", "postgresql://me:hushhush@localhost/x")
    assert "must begin with postgresql+asyncpg://" in problems()
    assert "hushhush" not in problems()


@pytest.mark.usefixtures("real")
def test_a_real_environment_in_order() -> None:
    assert load().environment == "R"


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CPAS_ONEM_AMQP_URL", "amqps://guest:hushhush@broker.example/occp-r", "guest"),
        ("CPAS_ONEM_AMQP_URL", "amqps://broker.example/occp-r", "guest"),
        ("CPAS_ONEM_AMQP_URL", "amqp://onem:hushhush@broker.example/occp-r", "TLS"),
        ("CPAS_ONEM_DATABASE_URL", "postgresql+asyncpg://onem:hushhush@db.example/onem", "TLS"),
        ("CPAS_ONEM_DATABASE_URL", "postgresql+asyncpg://onem:hushhush@db.example/onem?ssl=prefer", "TLS"),
        ("CPAS_ONEM_DATABASE_URL", "postgresql+asyncpg://onem:hushhush@/onem?host=db.example", "TLS"),
        ("CPAS_ONEM_BROKER_ADMIN", "http://onem:hushhush@broker.example:15672", "TLS"),
        ("CPAS_ONEM_SECRET_KEY_FILE", "nowhere", "CPAS_ONEM_SECRET_KEY_FILE"),
    ],
)
def test_a_real_environment_refuses(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    assert said in problems()
    assert "hushhush" not in problems()


@pytest.mark.usefixtures("real")
def test_local_servers_need_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAS_ONEM_AMQP_URL", "amqp://onem:hushhush@localhost/occp-r")
    monkeypatch.setenv("CPAS_ONEM_DATABASE_URL", "postgresql+asyncpg://onem@/onem?host=/run/postgresql")
    assert load().environment == "R"


@pytest.mark.usefixtures("real")
def test_settings_shown_hide_their_addresses() -> None:
    assert "hushhush" not in repr(load())


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot be read"), ("example = false", "table of offices cannot be read")]
)
def test_a_table_of_offices_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, said: str
) -> None:
    file = tmp_path / "offices.toml"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("CPAS_ONEM_OFFICES_FILE", str(file))
    assert said in problems()


def test_an_office_that_the_table_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAS_ONEM_OFFICE", "XYZ")
    assert "no office has the code XYZ. Known: 000, AAL" in problems()
    monkeypatch.setenv("CPAS_ONEM_OFFICE", "LIE")
    assert load().office == "LIE"
