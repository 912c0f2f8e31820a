"""The page on which a student who cannot come to a station takes and sends their photo with a phone."""
