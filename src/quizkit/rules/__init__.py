"""What one may do: pure functions over plain values. Clock and dice are arguments."""
