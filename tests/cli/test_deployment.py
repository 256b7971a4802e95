"""docker-compose.yml and the Dockerfile, checked by parsing: no container engine is needed, and none has run them."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.settings import Settings, variable
from tests.cli.compose_reader import read

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> Any:
    return read((ROOT / "docker-compose.yml").read_text("utf-8"))


def test_the_reader_refuses_what_it_does_not_know() -> None:
    for text in ("a: 'x'", "a:\n  b: 1\n c: 2", "a: 1\na: 2", "just words"):
        with pytest.raises(ValueError):
            read(text)


def test_three_servers_are_watched(compose: Any) -> None:
    services = compose["services"]
    assert services["broker"]["image"].startswith("rabbitmq:4")
    assert services["database"]["image"].startswith("postgres:")
    for name in ("broker", "database", "service"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"


def test_the_service_waits_for_what_it_needs(compose: Any) -> None:
    for service in compose["services"].values():
        for needed, condition in service.get("depends_on", {}).items():
            waited = compose["services"][needed]
            healthy = condition["condition"] == "service_healthy"
            assert ("healthcheck" in waited) if healthy else (waited["restart"] == "no")


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    uses = re.findall(r"\$\{([^}]*)\}", text)
    assert {use.partition(":?")[0] for use in uses} == {"POSTGRES_PASSWORD", "BROKER_PASSWORD", "SECRET_KEY_PATH"}
    assert all(use.partition(":?")[2] for use in uses)


def test_only_settings_and_commands_that_exist(compose: Any) -> None:
    known = {variable(name) for name in Settings.model_fields}
    for name in ("service", "migrate", "topology"):
        service = compose["services"][name]
        assert set(service["environment"]) <= known
        assert CliRunner().invoke(app, [*service["command"], "--help"]).exit_code == 0


def test_the_image_takes_the_lock_with_its_hashes() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert "--require-hashes --requirement /tmp/requirements.lock" in text
    assert all("--require-hashes" in line or "--no-deps" in line for line in text.splitlines() if "pip " in line)
    for room in ("calculation", "schemas", "handlers", "service"):
        assert f"COPY {room} ./{room}" in text
