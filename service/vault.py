"""Personal data at rest: sealed with AES-256-GCM, a person found only through a keyed hash.

    master key (file) ──HKDF──► sealing key   bodies and personal columns
                      └─HKDF──► index key     HMAC-SHA256 of the NISS: equal persons, equal index, no way back

A bare hash of a NISS is no protection (there are few enough of them to try all), so the index needs the key too.
Refuses to start in the real environment without a key file: a key made silently there would orphan what the lost one
sealed.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service import private_files

KEY_BYTES = 32
NONCE_BYTES = 12
REAL = "R"


class NoKey(Exception):  # noqa: N818 - the name is the sentence
    """The key file is missing, holds no key, or another than the database's; the text says what to do."""


class Vault:
    """Seals and opens bytes; `column` names what they are, so that a value moved to another column does not open."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(_derive(master, b"cpas-onem sealing"))
        self._index_key = _derive(master, b"cpas-onem person index")

    def seal(self, plain: bytes, column: str) -> bytes:
        """Encrypt under a fresh nonce; gives nonce and ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, column.encode())

    def open(self, sealed: bytes, column: str) -> bytes:
        """Decrypt. Raises cryptography.exceptions.InvalidTag for another key, another column or changed bytes."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], column.encode())

    def index(self, inss: str) -> bytes:
        """Give the keyed hash (32 bytes) under which a person is found."""
        mac = hmac.HMAC(self._index_key, hashes.SHA256())
        mac.update(inss.encode())
        return mac.finalize()


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)


def load_or_make(path: Path, environment: str) -> Vault:
    """Open the vault as `load`; outside environment R, make the file where none is. Raises NoKey."""
    if environment != REAL and not path.exists():
        _make(path)
    return load(path)


def load(path: Path) -> Vault:
    """Open the vault with the key in that file (base64, 32 bytes). Raises NoKey."""
    try:
        return Vault(_decode(path))
    except FileNotFoundError:
        raise NoKey(
            f"The secret key file {path} does not exist. Restore it from its backup; only a new system, with an empty "
            "database, takes a new key."
        ) from None


def _decode(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except (UnicodeDecodeError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise NoKey(f"{path} does not hold a key of {KEY_BYTES} bytes in base64. Restore it from its backup.")
    return key


def _make(path: Path) -> None:
    """Write a new key, readable by its owner alone; of two processes that start together one wins and both use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with private_files.create(fresh) as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
