"""What may be shown of an attempt and its questions."""
