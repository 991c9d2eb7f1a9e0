"""What the tables hold, by use: each store is the only one that writes its tables."""
