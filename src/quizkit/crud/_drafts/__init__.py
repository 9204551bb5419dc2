"""The draft of a quiz: what is edited until it is published. Editing after publishing makes the next one."""
