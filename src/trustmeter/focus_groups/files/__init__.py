"""How do codings come in and go out? Tables, projects and codebooks, opened with care."""
