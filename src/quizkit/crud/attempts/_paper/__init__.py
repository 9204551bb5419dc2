"""The paper of an attempt: its slots, with what takers see of their questions, and the keys."""
