"""Guards around question types, which may be a host's own: their errors are caught and logged, and never reach takers.

A log line names the type, the method, the revision and the place in the code, and contains no input. A response that
could not be graded needs manual grading.
"""
