"""An issue that a workflow keeps."""

from cadrart_infra.github.api import Api
from cadrart_infra.github.issues import Issue
from tests.github.server import GitHub


def test_one_issue_is_kept_up_to_date_closed_when_it_is_gone_and_a_new_one_opened_after_that(
    github: GitHub, api: Api
) -> None:
    with github.record.changed() as has:
        has["issues"] = [
            {"number": number, "state": "open", "by": "person", "title": "theirs", "body": "<!-- drift -->"}
            for number in (1, 2, 3)
        ]
    issue = Issue(api, "<!-- drift -->")
    issue.close()
    for text in ("first", "second"):
        issue.keep("drift", text)
    kept = github.record.read()["issues"][3:]
    assert [(one["body"], one["state"]) for one in kept] == [("<!-- drift -->\nsecond", "open")]
    issue.close()
    issue.keep("drift", "third")
    kept = github.record.read()["issues"][3:]
    assert [(one["body"], one["state"]) for one in kept] == [
        ("<!-- drift -->\nsecond", "closed"),
        ("<!-- drift -->\nthird", "open"),
    ]
    assert {one["state"] for one in github.record.read()["issues"][:3]} == {"open"}
