"""Pages on which reviewers inspect and decide submissions."""
