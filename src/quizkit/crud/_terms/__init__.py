"""The terms on which an assignment gives a quiz: windows, limits, exceptions."""
