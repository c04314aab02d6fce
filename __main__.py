"""The Pulumi program of Atelier Cad'rart: settings in, the shop declared, outputs exported."""

import pulumi

from cadrart_infra.components.kubernetes_provider import kubernetes_provider
from cadrart_infra.shop import Shop, ShopArgs
from cadrart_infra.update.preparation import prepare
from cadrart_infra.update.record import UpdateRecord
from cadrart_infra.update_lease.resource import hold_while_destroying
from cadrart_infra.user_errors import end_quietly_when_interrupted


def main() -> None:
    """Declares the stack that Pulumi is working on."""
    end_quietly_when_interrupted()
    record = UpdateRecord()
    ready = prepare(record)
    context = ready.plan.settings.kubernetes.context
    provider = kubernetes_provider(context)
    opts = pulumi.ResourceOptions(providers=[provider], transforms=[ready.repair, *record.transforms])
    args = ShopArgs(
        plan=ready.plan,
        sync=ready.sync,
        kubectl=ready.kubectl,
        identity=ready.identity,
        done=record.done,
        declared=ready.repair.declared,
    )
    shop = Shop("shop", args, opts)
    last = hold_while_destroying(shop, context, ready.identity)
    shop.report.finish(after=last)
    for name, value in shop.outputs.items():
        pulumi.export(name, value)


main()
