"""For the unit tests: no test fails for the time that an example takes."""

import hypothesis


def pytest_configure() -> None:
    """Here, for no other tests have examples, and each process of theirs would wait for the import."""
    slowness = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("any machine", deadline=None, suppress_health_check=slowness)
    hypothesis.settings.load_profile("any machine")
