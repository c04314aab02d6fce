"""What an update begins with: the cluster read, every check passed, nothing declared yet."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pulumi

from cadrart_infra.accounts.absent import Lost, PasswordTimes, as_last_named, lost_on_server, noted_passwords
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kinds import CONFIG_MAP
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.database_server.upgrade import require_possible
from cadrart_infra.drift.owner_references import owned_objects
from cadrart_infra.drift.repair import Repair
from cadrart_infra.drift.terminating import terminating_objects
from cadrart_infra.engine.partial_update import require_whole
from cadrart_infra.engine.process import engine
from cadrart_infra.engine.state import Resources, recorded_names, start_dynamic_host
from cadrart_infra.history.history import history_of
from cadrart_infra.killed_updates import tidy_backup
from cadrart_infra.live import live_of
from cadrart_infra.new_pods import new_pods
from cadrart_infra.observed import Observed, observe
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.preflight import expectation, preflight
from cadrart_infra.preflight.certificate import check_certificate
from cadrart_infra.preflight.ingress_and_proxies import ingress_and_proxy_problems
from cadrart_infra.preflight.network_policies import unreachable_pods
from cadrart_infra.preflight.program_age import require_not_older
from cadrart_infra.preflight.replacement_pods import refused_replacements
from cadrart_infra.preflight.untested_release import require_tested
from cadrart_infra.promotion.admission_check import require_admitted, require_switchable
from cadrart_infra.promotion.production_checks import read_only_problem
from cadrart_infra.promotion.pull_check import require_pullable
from cadrart_infra.rotation.wanted import WantedSecrets
from cadrart_infra.server_variables import by_hand_lines, is_read_only, strangers
from cadrart_infra.settings import Settings, load
from cadrart_infra.shop_access import access_of
from cadrart_infra.shop_sync import sync_args
from cadrart_infra.staging_sync.foresight import foreseen_copy
from cadrart_infra.staging_sync.resource import StagingSyncArgs
from cadrart_infra.update_lease.program import begin
from cadrart_infra.update_record import UpdateRecord
from cadrart_infra.user_errors import UserError, say_no_more


@dataclass(frozen=True)
class Prepared:
    """The update, its staging sync, and what it is made with. `repair` puts right what was edited in the cluster."""

    plan: UpdatePlan
    sync: StagingSyncArgs
    kubectl: Kubectl
    identity: Identity
    repair: Repair


def prepare(record: UpdateRecord) -> Prepared:
    """The update of the stack that Pulumi is working on; `record` follows it from here on.

    A user's mistake is recorded, and raised as pulumi.RunError with its sentence, in a preview already.
    """
    plan = None
    try:
        require_whole()
        settings = load(engine().settings_file())
        kubectl = Kubectl(settings.namespace, settings.kubernetes.context)
        # First: what is read before it may be another update's middle.
        begun = begin(settings, kubectl, record)
        start_dynamic_host()  # not before the state is read: until the host runs, the engine answers nothing else
        noted = noted_passwords(begun.resources.values())
        observed, lost = _look(settings, kubectl, begun.resources, noted)
        begun.require_unmarked()
        preflight.check(settings, observed, installed=begun.installed)
        secrets = _with_accounts(observed.secrets, lost, noted)
        live = live_of(observed.objects)
        live = replace(live, server=replace(live.server, variables=lost.variables), read_at=observed.read_at)
        plan = UpdatePlan(settings, live, history_of(observed.objects), secrets)
        sync = sync_args(plan)
        made = new_pods(plan, foreseen_copy(begun.resources.values(), sync.inputs(), sync.known_copy))
        _check(plan, made, observed, kubectl, record)
        if not pulumi.runtime.is_dry_run():
            require_pullable(plan, kubectl, pulumi.log.info)
        for line in _changed_on_server(plan, lost):
            pulumi.log.warn(line)
        tidy_backup(kubectl, lost.backup_copy)
        recorded = recorded_names(begun.resources, CONFIG_MAP.name)
        repair = Repair(observed.objects, kubectl, recorded, installed=begun.installed)
    except UserError as error:
        record.refused(error, plan)
        say_no_more()
        raise pulumi.RunError(error.explained()) from None
    record.follow(plan)
    return Prepared(plan, sync, kubectl, begun.identity, repair)


def _look(settings: Settings, kubectl: Kubectl, resources: Resources, noted: PasswordTimes) -> tuple[Observed, Lost]:
    """The cluster, and at the same time what the database server lacks or lets in no more."""
    access = as_last_named(access_of(settings.database), resources.values())
    with ThreadPoolExecutor(max_workers=1) as pool:
        lost = pool.submit(lost_on_server, kubectl, access, list(settings.database.settings), noted)
        observed = observe(kubectl, list(preflight.required_secrets(settings)))
        return observed, lost.result()


def _with_accounts(secrets: WantedSecrets, lost: Lost, noted: PasswordTimes) -> WantedSecrets:
    """With what an update puts right of the accounts on the server."""
    return replace(
        secrets,
        absent=lost.dropped,
        shut=lost.shut,
        other_password=lost.other_password,
        passwords_noted=noted is not None,
    )


def _changed_on_server(plan: UpdatePlan, lost: Lost) -> Iterator[str]:
    """What somebody did to the running server, and no update puts right by itself."""
    wanted = plan.settings.database.settings
    if lost.read_only and not is_read_only(wanted):
        yield read_only_problem(lost.read_only)
    yield from lost.told
    yield from by_hand_lines(strangers(plan.live.server.settings, wanted, lost.while_running), lost.persisted)


def _check(
    plan: UpdatePlan, made: Mapping[str, Manifest], observed: Observed, kubectl: Kubectl, record: UpdateRecord
) -> None:
    """Whether this update, which makes these pods, may be: raises a UserError where it may not."""
    require_not_older(plan.history, record.here)
    require_tested(plan)
    require_possible(plan.live.server, plan.settings.database.image, kubectl, pulumi.log.warn)
    preflight.check_pods(plan, observed, pulumi.log.warn)
    preflight.check_memory(plan.settings, pulumi.log.warn)
    preflight.check_claims(plan, made, observed, pulumi.log.warn)
    check_certificate(plan.settings, observed.objects, kubectl, pulumi.log.warn)
    hosts = plan.settings.ingress.hosts
    for line in (
        *unreachable_pods(plan.active, observed.objects),
        *ingress_and_proxy_problems(hosts, observed.objects, kubectl.namespace),
        *terminating_objects(observed.objects),
        *owned_objects(observed.objects, observed.secret_owners),
    ):
        pulumi.log.warn(line)
    expectation.require(plan, os.environ.get(expectation.VARIABLE, ""))
    require_admitted(made, kubectl, observed.objects, pulumi.log.warn)
    require_switchable(plan.routes, kubectl, pulumi.log.warn)
    for line in refused_replacements(plan, made, kubectl, observed.objects):
        pulumi.log.warn(line)
