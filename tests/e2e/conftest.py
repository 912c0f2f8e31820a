import tests.server.conftest  # noqa: F401 - Django's settings, for the visits of tests.server.station_client
