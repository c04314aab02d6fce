"""What an update does to the database server is known from its settings and its state alone."""

from cadrart_infra.database_server.state import ServerState
from cadrart_infra.image_pull import Pulled
from cadrart_infra.plan.server import ServerUpdate
from cadrart_infra.pod_security import SERVER_USER, PodSecurity
from cadrart_infra.settings.database import DatabaseSettings

SETTINGS = DatabaseSettings()


def test_a_server_that_is_not_there_starts_and_is_not_upgraded() -> None:
    first = ServerUpdate(SETTINGS, ServerState(), None, None)
    assert (first.starts, first.upgrade, first.is_rehearsed) == (True, None, False)
    assert first.security == PodSecurity(confined=True, user=SERVER_USER)


def test_pods_of_an_older_release_are_confined_with_another_image() -> None:
    older, state = PodSecurity(confined=False, user=0), ServerState()
    for image, confined in ((SETTINGS.image, False), ("another:1", True)):
        running = Pulled(image, "IfNotPresent")
        assert ServerUpdate(SETTINGS, state, running, older).security == PodSecurity(confined, user=0)
