"""The report of a run: one self-contained page that asks nothing from outside."""
