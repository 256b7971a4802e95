"""What several inspections find alike."""

DAMAGED = "05094-834"
"""The document is cut off or damaged."""
POLYGLOT = "05094-829"
"""A second format hides in the document."""
