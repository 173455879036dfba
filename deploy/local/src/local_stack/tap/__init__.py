"""Reading topics: for people, for tools, into Parquet."""
