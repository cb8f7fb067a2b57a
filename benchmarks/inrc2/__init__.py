"""Instances of the Second International Nurse Rostering Competition, planned week by week by the engine of the product."""
