"""The machinery behind verbs: contexts, statements, pages, argument checks. It does not depend on any verb group."""
