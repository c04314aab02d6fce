"""Prepares an update: reads the cluster and makes every check, before anything is declared."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pulumi

from cadrart_infra.accounts.server_drift import (
    PasswordTimes,
    ServerDrift,
    read_server_drift,
    recorded_password_times,
    with_recorded_names,
)
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.database_server.upgrade import require_possible
from cadrart_infra.drift.owner_references import owned_objects
from cadrart_infra.drift.repair import Repair
from cadrart_infra.drift.terminating import terminating_objects
from cadrart_infra.engine.partial_update import require_whole
from cadrart_infra.engine.process import engine
from cadrart_infra.engine.state import Resources, recorded_objects
from cadrart_infra.history.history import history_of
from cadrart_infra.live import live_of
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
from cadrart_infra.promotion.unmanaged import abandoned_lines, require_no_strays
from cadrart_infra.rotation.wanted import WantedSecrets
from cadrart_infra.server_variables import by_hand_lines, is_read_only, set_by_hand
from cadrart_infra.settings import Settings, load
from cadrart_infra.shop_access import access_of
from cadrart_infra.shop_sync import sync_args
from cadrart_infra.staging_sync.expected_copy import expected_copy
from cadrart_infra.staging_sync.resource import StagingSyncArgs
from cadrart_infra.update.killed_updates import remove_killed_backup
from cadrart_infra.update.leased_shop import lease_shop
from cadrart_infra.update.new_pods import new_pods
from cadrart_infra.update.record import UpdateRecord
from cadrart_infra.user_errors import UserError, suppress_exit_message


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
    try:
        ready = _prepare(record)
    except UserError as error:
        record.refused(error)
        suppress_exit_message()
        raise pulumi.RunError(error.explained()) from None
    record.follow()
    return ready


def _prepare(record: UpdateRecord) -> Prepared:
    require_whole()
    settings = load(engine().settings_file())
    kubectl = Kubectl(settings.namespace, settings.kubernetes.context)
    # First: what is read before it may be another update's middle.
    leased = lease_shop(settings, kubectl, record)
    noted = recorded_password_times(leased.resources.values())
    observed, drift = _look(settings, kubectl, leased.resources, noted)
    leased.require_unmarked()
    preflight.check(settings, observed, installed=leased.installed)
    plan = record.plan = _plan(settings, observed, drift, noted)
    sync = sync_args(plan)
    made = new_pods(plan, expected_copy(leased.resources.values(), sync.inputs(), sync.known_copy))
    _check(plan, made, observed, kubectl, record)
    if not pulumi.runtime.is_dry_run():
        require_pullable(plan, kubectl, pulumi.log.info)
    for line in _changed_on_server(plan, drift):
        pulumi.log.warn(line)
    remove_killed_backup(kubectl, drift.backup_copy)
    repair = Repair(observed.objects, kubectl, recorded_objects(leased.resources), installed=leased.installed)
    return Prepared(plan, sync, kubectl, leased.identity, repair)


def _plan(settings: Settings, observed: Observed, drift: ServerDrift, noted: PasswordTimes) -> UpdatePlan:
    live = live_of(observed.objects)
    live = replace(live, server=replace(live.server, variables=drift.variables), read_at=observed.read_at)
    return UpdatePlan(settings, live, history_of(observed.objects), _with_accounts(observed.secrets, drift, noted))


def _look(
    settings: Settings, kubectl: Kubectl, resources: Resources, noted: PasswordTimes
) -> tuple[Observed, ServerDrift]:
    """Reads the cluster and, in parallel, the drift on the database server."""
    access = with_recorded_names(access_of(settings.database), resources.values())
    with ThreadPoolExecutor(max_workers=1) as pool:
        drift = pool.submit(read_server_drift, kubectl, access, list(settings.database.settings), noted)
        observed = observe(kubectl, list(preflight.required_secrets(settings)))
        return observed, drift.result()


def _with_accounts(secrets: WantedSecrets, drift: ServerDrift, noted: PasswordTimes) -> WantedSecrets:
    """The Secrets' wants, with the server drift that an update repairs."""
    return replace(
        secrets,
        missing_on_server=drift.missing,
        account_problems=drift.account_problems,
        other_password=drift.other_password,
        passwords_noted=noted is not None,
    )


def _changed_on_server(plan: UpdatePlan, drift: ServerDrift) -> Iterator[str]:
    """A line for each drift on the server that no update repairs."""
    wanted = plan.settings.database.settings
    if drift.read_only and not is_read_only(wanted):
        yield read_only_problem(drift.read_only)
    yield from drift.unrepairable
    yield from by_hand_lines(
        set_by_hand(plan.live.server.settings, wanted, drift.runtime_variables), drift.persisted_variables
    )


def _check(
    plan: UpdatePlan, made: Mapping[str, Manifest], observed: Observed, kubectl: Kubectl, record: UpdateRecord
) -> None:
    """Raises a UserError if the update may not run. `made`: the pods that it makes."""
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
        *abandoned_lines(observed.objects, kubectl.namespace),
    ):
        pulumi.log.warn(line)
    expectation.require(plan, os.environ.get(expectation.VARIABLE, ""))
    require_admitted(made, kubectl, observed.objects, pulumi.log.warn)
    require_switchable(plan.routes, kubectl, pulumi.log.warn)
    production = plan.settings.database.production
    require_no_strays(plan.routes, observed.objects, production, kubectl.namespace, pulumi.log.warn)
    for line in refused_replacements(plan, made, kubectl, observed.objects):
        pulumi.log.warn(line)
