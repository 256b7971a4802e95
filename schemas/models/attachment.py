"""A document that travels with a message (promise O3)."""

from pydantic import ConfigDict

from schemas.models.header import Model


class Attachment(Model):
    """One document. `media_type` is as declared, `sha256` (hex) is of `content`, which the wire carries in base64.

    `content` is None where only the document is spoken of: in a review task, and in what a dossier remembers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    file_name: str
    media_type: str
    sha256: str
    description: str = ""
    content: bytes | None = None
