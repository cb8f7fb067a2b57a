"""The peers, one file each: ``simulate(day, ...)`` -> Tally. All take the calls, handle times and patiences that are given."""
