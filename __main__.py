"""The Pulumi program of Atelier Cad'rart: settings in, the shop declared, outputs exported."""

import pulumi

from cadrart_infra import preflight
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.settings import load
from cadrart_infra.shop import Shop
from cadrart_infra.user_errors import UserError, end_quietly_when_interrupted


def main() -> None:
    """Declares the stack that Pulumi is working on; a user's mistake ends it with a sentence, in a preview already."""
    end_quietly_when_interrupted()
    try:
        settings = load()
        kubectl = Kubectl(settings.namespace, settings.kubernetes.context)
        live = preflight.check(settings, kubectl)
    except UserError as error:
        raise pulumi.RunError(str(error)) from None
    for name, value in Shop(settings, kubectl, live).outputs().items():
        pulumi.export(name, value)


main()
