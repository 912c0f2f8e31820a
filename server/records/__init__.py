"""Who is expected: school, campaign, student."""
