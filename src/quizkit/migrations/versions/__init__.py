"""Released revisions. Frozen: each imports nothing of quizkit but `quizkit.migrations.support`."""
