"""The database's history: one revision for each change of the tables. A released revision is never edited."""
