"""A hostile host that runs every verb."""
