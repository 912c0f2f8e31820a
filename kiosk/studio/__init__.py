"""The studio check for people: a command, a marked picture, and a monitor inside the station."""
