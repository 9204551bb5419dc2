"""The SQL that finishes attempts, with the rules that it applies as SQL."""
