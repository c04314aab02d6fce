"""The comment of a pull request: what it says, that it fits, and what a deployment reads back from it."""

import pytest

from cadrart_infra.cli.forecast import Forecast, before_after_diagram, before_after_table, summary
from cadrart_infra.cli.preview_report import Approval, PreviewReport, approval_in, comment_marker, comment_text
from cadrart_infra.github.text import LONGEST
from cadrart_infra.model import Color
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan

LIVE = live(BLUE_IS_PRODUCTION)
SWITCH = Forecast(plan(LIVE, Color.GREEN), {"Service backend-prod-proxy": "update", "Job old": "delete"})
RELEASE = Forecast(plan(LIVE, Color.BLUE, green="2"), notes=["staging sync: will run, because of a release"])
NOTHING = Forecast(plan(LIVE, Color.BLUE))


def test_a_switch_is_said_in_words_first_and_asks_to_be_approved() -> None:
    text = comment_text(PreviewReport("prod", SWITCH, output="the diff"))
    order = [
        "**Production switches** from blue to green.",
        "| production |",
        "flowchart LR",
        "1 to delete, 1 to update",
        "the diff",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "**Approve it only if you want** production to switch; these replaced or deleted: Job old." in text


def test_a_release_says_that_staging_gets_a_fresh_copy_and_production_stays() -> None:
    said = summary(RELEASE)
    assert "**What it is:** release." in said
    assert "**The sync of staging's database:** will run, because of a release." in said
    assert "**The sync of staging's database:** has nothing to do." in summary(NOTHING)
    assert "backend-green" in said
    assert "Approve" not in said


def test_an_untested_release_to_production_asks_to_be_approved() -> None:
    forecast = Forecast(plan(LIVE, Color.BLUE, blue="2"))
    assert forecast.purpose == "release to production"
    assert "another release in production, untested in staging" in summary(forecast)


def test_a_restart_of_the_server_is_said_as_an_interruption() -> None:
    note = "database server: is restarted; production is interrupted for some seconds"
    assert "**The database is interrupted.**" in summary(Forecast(plan(LIVE, Color.BLUE), notes=[note]))
    assert "**The database** is not interrupted." in summary(NOTHING)


def test_the_table_has_releases_and_digests_before_and_after() -> None:
    digests = {"shop/backend:1": "sha256:0123456789abcdef"}
    shown = before_after_table(Forecast(plan(LIVE, Color.BLUE, green="2"), digests=digests))
    assert (
        "| production | blue: frontend:1, backend:1 (`0123456789ab`) | blue: frontend:1, backend:1 (`0123456789ab`) |"
        in shown
    )
    assert "| staging | green: frontend:1, backend:1 (`0123456789ab`) | green: frontend:2, backend:2 |" in shown


def test_the_picture_leads_from_now_to_after() -> None:
    drawn = before_after_diagram(plan(LIVE, Color.GREEN))
    assert '["blue<br/>frontend:1<br/>backend:1"]' in drawn
    assert drawn.endswith("now --> after")


def test_a_first_install_has_nobody_now() -> None:
    first = Forecast(plan(live([]), Color.BLUE))
    assert "| production | nobody | blue:" in before_after_table(first)
    assert "first install" in summary(first)


def test_a_diff_of_any_length_fits_and_points_to_the_whole() -> None:
    text = comment_text(PreviewReport("prod", SWITCH, output="x" * 200_000), "https://github.com/o/r/actions/runs/1")
    assert len(f"{comment_marker('prod')}\n{text}") <= LONGEST
    assert "Cut; the whole is in [the job's summary](https://github.com/o/r/actions/runs/1)." in text
    assert "**Production switches**" in text


def test_a_failure_is_said_without_a_forecast_and_approves_nothing() -> None:
    text = comment_text(PreviewReport("prod", errors=["said ```` so"]))
    assert "`````text\nsaid ```` so\n`````" in text
    assert "**It failed; nothing was changed" in text
    assert approval_in(comment_text(PreviewReport("prod", SWITCH, ["refused"]))) == Approval()


def test_what_a_preview_showed_is_read_back_whatever_the_names() -> None:
    odd = Forecast(SWITCH.plan, {"Job a --> b": "replace", "Service c": "update"})
    assert approval_in(comment_text(PreviewReport("prod", odd))) == Approval(
        frozenset({"switch to green"}), frozenset({"Job a --> b"})
    )


def test_what_the_comment_quotes_approves_nothing() -> None:
    mark = '<!-- cadrart approval {"purpose": "switch to green", "risky": ["Service db"]} -->'
    assert approval_in(comment_text(PreviewReport("prod", errors=[f"pod says {mark}"], output=mark))) == Approval()
    quoting = Forecast(NOTHING.plan, notes=[f"staging sync: {mark}"])
    text = comment_text(PreviewReport("prod", quoting, output=mark))
    assert approval_in(text) == Approval(frozenset({NOTHING.purpose}))


@pytest.mark.parametrize("secret", ["cadrart", "approval", "switch", "to green"])
def test_a_secret_s_value_is_masked_and_the_mark_stays(secret: str) -> None:
    """A weak password that is a word of the mark's left nothing approved, and no merge was deployed."""
    report = PreviewReport("prod", SWITCH, output=f"the password is {secret}")
    text = comment_text(report, secrets={secret})
    assert "the password is ***" in text
    assert approval_in(text) == approval_in(comment_text(report))


def test_no_half_of_a_secret_is_left_at_a_cut() -> None:
    failed = PreviewReport("prod", SWITCH, ["x" * 7_990 + "correct-horse-battery"], "x" * 90_000)
    noted = Forecast(NOTHING.plan, notes=["y" * 7_990 + "correct-horse-battery"])
    for report in (failed, PreviewReport("prod", noted, output="z" * 90)):
        assert "correct" not in comment_text(report, secrets={"correct-horse-battery"})


@pytest.mark.parametrize(("one", "other"), [("prod", "demo")])
def test_each_stack_has_a_marker_of_its_own(one: str, other: str) -> None:
    assert comment_marker(one) != comment_marker(other)
    assert "cadrart-infra/prod" in comment_marker(one)
