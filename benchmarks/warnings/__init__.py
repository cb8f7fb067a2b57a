"""How good the warnings are: stated chances and levels against what came in public data."""
