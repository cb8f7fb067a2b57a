"""The commands of `api.cli`, a module for each noun: they read options, call, and say what came of it."""
