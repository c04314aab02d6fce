from typing import Any

import pytest

from cadrart_infra.database_server.pods import is_hopeless, without_secrets


@pytest.mark.parametrize(
    ("status", "hopeless"),
    [
        ({"state": {"running": {}}, "restartCount": 1}, False),
        ({"state": {"waiting": {"reason": "ErrImagePull"}}}, False),  # the kubelet tries once more
        ({"state": {"waiting": {"reason": "ImagePullBackOff"}}}, True),
        ({"state": {"waiting": {"reason": "CreateContainerConfigError", "message": "couldn't find key X"}}}, True),
        (
            {
                "state": {
                    "waiting": {
                        "reason": "CreateContainerConfigError",
                        "message": "failed to sync configmap cache: timed out waiting for the condition",
                    }
                }
            },
            False,
        ),
        ({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 2}, False),
        ({"state": {"terminated": {"exitCode": 1}}, "restartCount": 2}, True),
        ({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 3}, True),
    ],
)
def test_a_pod_is_given_up_when_its_image_or_three_starts_failed(status: dict[str, Any], hopeless: bool) -> None:
    assert is_hopeless({"metadata": {"name": "db"}, "status": {"containerStatuses": [status]}}) is hopeless


def test_secrets_are_left_out_of_a_log_line_the_longest_first() -> None:
    assert (
        without_secrets("using password hunter22 or hunter2", ["hunter2", "hunter22", "or"])
        == "using password [secret] or [secret]"
    )
