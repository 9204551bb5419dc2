"""The stored facts of an attempt: how they are read, and what is known of them without reading."""
