"""What others would build for the same work, at least once, to be compared with."""
