"""The vault: what is sealed opens only with its key, in its column, unchanged; a person is found without being told."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from service.vault import NoKey, Vault, load_or_make

NISS = "85073003328"


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(32))


def test_what_is_sealed_opens_again(vault: Vault) -> None:
    assert vault.open(vault.seal(NISS.encode(), "dossier.inss"), "dossier.inss") == NISS.encode()


def test_nothing_of_the_plain_text_is_seen_and_no_two_seals_are_alike(vault: Vault) -> None:
    first, second = (vault.seal(NISS.encode(), "dossier.inss") for _ in range(2))
    assert NISS.encode() not in first
    assert first != second


def test_another_column_another_key_or_another_bit_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(b"body", "inbox.body")
    with pytest.raises(InvalidTag):
        vault.open(sealed, "outbox.body")
    with pytest.raises(InvalidTag):
        Vault(bytes([1] * 32)).open(sealed, "inbox.body")
    for position in (0, len(sealed) // 2, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(InvalidTag):
            vault.open(bytes(changed), "inbox.body")


def test_a_person_has_one_index_per_key(vault: Vault) -> None:
    assert vault.index(NISS) == Vault(bytes(32)).index(NISS)
    assert vault.index(NISS) != vault.index("17073003384")
    assert vault.index(NISS) != Vault(bytes([1] * 32)).index(NISS)
    assert len(vault.index(NISS)) == 32


def test_the_first_start_makes_a_key_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "secret.key"
    sealed = load_or_make(path, "S").seal(b"x", "c")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_make(path, "S").open(sealed, "c") == b"x"
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


def test_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: load_or_make(path, "S"), range(8)))
    assert len({vault.index(NISS) for vault in vaults}) == 1


def test_the_real_environment_never_makes_a_key(tmp_path: Path) -> None:
    with pytest.raises(NoKey, match=r"secret\.key"):
        load_or_make(tmp_path / "secret.key", "R")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not base64 !", b"c2hvcnQ=", b"\xff\xfe"])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(NoKey):
        load_or_make(path, "S")
    assert path.read_bytes() == content
