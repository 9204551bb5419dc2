"""What a taker does in an open attempt: locking it, its notes, its tries, and storing responses."""
