"""Speed of the service over real HTTP on this machine."""
