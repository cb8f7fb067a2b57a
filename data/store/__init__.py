"""The one place with SQL: a centre's files as versioned rows, documents, rosters and interval history, and who changed what.

Nothing is edited: a change closes the version that stood and appends the next one, under one revision of the centre, in one
transaction.
"""
