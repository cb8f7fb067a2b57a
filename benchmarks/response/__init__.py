"""Speed of the early warning and the echelons, and what the echelons bring in a typhoon, on the sample centre."""
