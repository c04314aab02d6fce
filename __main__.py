"""The Pulumi program of Atelier Cad'rart: settings in, the shop declared, outputs exported."""

import os

import pulumi

from cadrart_infra import expectation, preflight
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.components.kubernetes_provider import kubernetes_provider
from cadrart_infra.database_server.upgrade import require_possible
from cadrart_infra.drift.repair import Repair
from cadrart_infra.history.history import history_of
from cadrart_infra.observed import observe
from cadrart_infra.partial_update import require_whole
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.program_age import require_not_older
from cadrart_infra.promotion.live import live_of
from cadrart_infra.settings import load
from cadrart_infra.shop import Shop, ShopArgs
from cadrart_infra.untested import require_tested
from cadrart_infra.update_lease.program import begin
from cadrart_infra.update_lease.resource import hold_while_destroying
from cadrart_infra.update_record import UpdateRecord
from cadrart_infra.user_errors import UserError, end_quietly_when_interrupted


def main() -> None:
    """Declares the stack that Pulumi is working on; a user's mistake ends it with a sentence, in a preview already."""
    end_quietly_when_interrupted()
    record, plan = UpdateRecord(), None
    try:
        require_whole()
        settings = load()
        kubectl = Kubectl(settings.namespace, settings.kubernetes.context)
        identity = begin(settings, kubectl, record)  # first: what is read before it may be another update's middle
        observed = observe(kubectl, list(preflight.required_secrets(settings)))
        preflight.check(settings, observed)
        live, history = live_of(observed.objects), history_of(observed.objects)
        plan = UpdatePlan(settings, live, history, observed.secrets)
        require_not_older(plan.history, record.here)
        require_tested(plan)
        require_possible(plan.live.server, settings.database.image, kubectl, pulumi.log.warn)
        preflight.check_pods(plan, observed, pulumi.log.warn)
        expectation.require(plan, os.environ.get(expectation.VARIABLE, ""))
        repair = Repair(observed.objects, kubectl)
    except UserError as error:
        record.refused(error, plan)
        raise pulumi.RunError(str(error)) from None
    record.follow(plan)
    provider = kubernetes_provider(settings.kubernetes.context)
    opts = pulumi.ResourceOptions(providers=[provider], transforms=[repair, record.transform])
    shop = Shop("shop", ShopArgs(plan=plan, kubectl=kubectl, identity=identity, done=record.done), opts)
    hold_while_destroying(shop, settings.kubernetes.context, identity)
    for name, value in shop.outputs.items():
        pulumi.export(name, value)


main()
