"""The schemas, by message and version; see `schemas.catalogue`."""
