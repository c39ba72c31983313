"""The report: nouns of a document, its content, and one writer a file format."""
