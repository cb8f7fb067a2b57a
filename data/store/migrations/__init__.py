"""Steps from each schema of the database to the next; `data.store.schema` runs them."""
