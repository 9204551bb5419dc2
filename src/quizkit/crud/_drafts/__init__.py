"""The draft of a quiz, and the rows that it is stored in."""
