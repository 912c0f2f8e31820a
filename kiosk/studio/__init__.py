"""The studio check as people meet it: a command, a picture with what was found, and a watch inside the station."""
