"""Where reviewers look and decide."""
