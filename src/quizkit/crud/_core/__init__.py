"""The mechanism of verbs: contexts, statements, pages, arguments. It knows no noun."""
