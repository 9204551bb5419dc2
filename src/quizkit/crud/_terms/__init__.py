"""The terms of an assignment: windows, limits and exceptions."""
