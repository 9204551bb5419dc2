"""Responses and tries as they are stored, and what marking makes of them."""
