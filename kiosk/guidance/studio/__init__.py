"""The studio before and between the sitters: set up with instructions and measured ratios, then watched for drift."""
