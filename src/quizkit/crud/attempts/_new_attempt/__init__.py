"""What `start` needs to create an attempt: choosing its questions, and inserting it."""
