"""What things are, where they come from and where they go."""
