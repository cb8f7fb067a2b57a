"""One file for each noun, with a `router`; found by discovery and listed nowhere else."""
