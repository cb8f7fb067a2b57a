"""Systems that rosters are pushed to, on loopback, as strict as the documented contracts of their vendors."""
