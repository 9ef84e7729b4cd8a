"""The contrats de ville as reviewable files (docs/guides/referentiel.md)."""
