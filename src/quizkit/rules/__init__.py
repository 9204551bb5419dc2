"""Domain rules: pure functions of plain values. The time and the randomness are arguments."""
