"""What an update means, in the shop's own terms, for a preview (pure functions)."""

from collections.abc import Iterator
from datetime import datetime

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.history.entry import Job
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.plan import Kind, UpdatePlan
from cadrart_infra.relative_time import ago


def announcement(plan: UpdatePlan) -> str:
    """What the update does, as lines for people; empty where colours, roles and releases stay as they are."""
    if plan.kind is Kind.FIRST_INSTALL:
        return f"first install: {plan.active} will serve production, {plan.inactive} staging"
    whole_switch = plan.roles.served_by is plan.inactive
    return "\n".join([*(_switch(plan) if whole_switch else _no_switch(plan)), *_rotation(plan)])


def summary(plan: UpdatePlan) -> str:
    """The update in one line, for the history; empty where colours and releases stay as they are."""
    if plan.kind is Kind.FIRST_INSTALL:
        return f"{plan.active} serves production, {plan.inactive} staging"
    if plan.kind is Kind.SWITCH:
        former = plan.roles.served_by or plan.inactive
        changes = [f"{one} {_change(plan, former, plan.active, one)}" for one in workloads.names()]
        return f"production {former} → {plan.active}: {', '.join(changes)}"
    return "; ".join([*_releases(plan), *_made_again(plan)])


def standby_notice(color: Color, until: datetime) -> str:
    """What a warm standby of `color` means to people."""
    time = until.strftime("%Y-%m-%d %H:%M UTC")
    return f"{color} stays bound to production, untouched: a warm way back until {time}, and no staging"


def _switch(plan: UpdatePlan) -> Iterator[str]:
    active, former = plan.active, plan.inactive
    yield f"switch: production {former} → {active}"
    yield from _last_switch(plan)
    for workload in workloads.names():
        yield f"  production's {workload}: {_change(plan, former, active, workload)}"
    if plan.backups.for_new_pods and not plan.releases.takes_back:
        yield "  before anything else production's database is backed up"
    if plan.roles.stands_by:
        yield f"  {active}'s pods are bound to production already and are not restarted"
    else:
        yield f"  first {_pods(active)} restart, bound to production's database; then the gate checks them"
    proxies = " and ".join(traffic.proxies(Environment.PROD))
    yield f"  then {proxies} switch, side by side with {naming.ENVIRONMENT_CONFIG}"
    if plan.backups.for_new_pods and plan.releases.takes_back:
        yield "  then production's database is backed up, because nothing migrates on the way back"
    if plan.roles.held_until:
        yield f"  {standby_notice(former, plan.roles.held_until)}"
    else:
        yield f"  last {_pods(former)} restart, bound to staging's database; staging's traffic goes to them"
    yield "  untouched: the database server, both databases' accounts, the volumes, the Ingress"


def _last_switch(plan: UpdatePlan) -> Iterator[str]:
    """The one before, by the history; a rollback by the watch is one as well."""
    done = [entry for job in (Job.SWITCH, Job.ROLLBACK) if (entry := plan.history.latest.get(job))]
    if last := max(done, key=lambda entry: entry.moment, default=None):
        by = "by the watch of an update " if last.job is Job.ROLLBACK else ""
        yield f"  last switched {ago(last.moment, plan.live.read_at)} {by}by {last.who}"


def _no_switch(plan: UpdatePlan) -> Iterator[str]:
    yield from _releases(plan)
    yield from _made_again(plan)
    former = plan.live.colors.get(plan.inactive)
    if former and former.environment is Environment.PROD and not plan.roles.held_until:
        yield f"{plan.inactive} is no longer kept for production: its pods restart, bound to staging's database"
    if plan.routes.rerouted:
        yield f"put right, because somebody or something else changed it: {', '.join(sorted(plan.routes.rerouted))}"


def _releases(plan: UpdatePlan) -> Iterator[str]:
    for color, environment in ((plan.active, Environment.PROD), (plan.inactive, Environment.STG)):
        changes = [f"{workload} {_change(plan, color, color, workload)}" for workload in plan.releases.changes[color]]
        if changes:
            yield f"release to {environment.spoken} ({color}): {', '.join(changes)}"


def _made_again(plan: UpdatePlan) -> Iterator[str]:
    """Deployments that somebody deleted: no new release comes with them, and no new copy to staging."""
    names = [
        f"{naming.workload_name(workload, color)} ({naming.release_of(change.after)})"
        for color in (plan.active, plan.inactive)
        for workload, change in plan.releases.made_again[color].items()
    ]
    if names:
        yield f"made again, for somebody deleted it: {', '.join(names)}"


def _rotation(plan: UpdatePlan) -> Iterator[str]:
    """Values of Secrets that are other ones than pods and server have."""
    secrets = plan.secrets
    if secrets.all_changed:
        yield f"rotation: {', '.join(secrets.all_changed)}"
        if plan.pods.rotated:
            yield f"  {', '.join(plan.pods.rotated)} roll to the new values, one pod after the other"
        if any(secrets.changed.values()) and secrets.server_rotation:
            yield "  the database server takes both passwords until then; the former one is discarded at the end"
    elif secrets.unfinished:
        yield "rotation: an update was cut off in one; this update ends it"
    if secrets.missing_on_server:
        yield f"dropped on the database server, and made again: {', '.join(secrets.missing_on_server)}"
    if secrets.account_problems:
        yield f"put right on the database server: {', '.join(secrets.account_problems)}"
    if secrets.other_password:
        yield (
            f"changed on the database server by hand: the password of {', '.join(secrets.other_password)}. That of "
            "staging's or the sync's account becomes its Secret's again; an update is refused where production's is "
            "another than its Secret's"
        )


def _change(plan: UpdatePlan, before: Color, after: Color, workload: Workload) -> str:
    """From the release that one colour runs now to the one that a colour is to run."""
    old, new = plan.releases.change(before, workload).before, plan.images[after][workload]
    release = naming.release_of(new)
    return f"{release}, as now" if old == new else f"{naming.release_of(old) or 'none'} → {release}"


def _pods(color: Color) -> str:
    return " and ".join(workloads.deployments(color))
