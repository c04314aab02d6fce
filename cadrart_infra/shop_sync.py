"""What the staging sync is given of the shop."""

from cadrart_infra.plan import UpdatePlan
from cadrart_infra.shop_masking import effective_rules
from cadrart_infra.staging_sync.resource import StagingSyncArgs


def sync_args(plan: UpdatePlan) -> StagingSyncArgs:
    """The sync of an update, as the settings and the plan say it."""
    settings, sync = plan.settings, plan.settings.sync
    return StagingSyncArgs(
        namespace=settings.namespace,
        context=settings.kubernetes.context,
        address=sync.address,
        ca=sync.ca,
        staging_color=plan.inactive.value,
        images=settings.images.model_dump(),
        production=settings.database.production,
        staging=settings.database.staging,
        take_over=settings.database.take_over,
        masking=sync.masking.model_dump(),
        masking_rules=effective_rules(sync.masking.columns, sync.masking.keep) if sync.masking.enabled else None,
        on_switch=sync.on_switch,
        keep_previous=sync.keep_previous,
        request=sync.request,
        restore_previous=sync.restore_previous,
        time_limit=sync.time_limit,
        pace=sync.pace,
        processor_share=sync.processor_share,
        known_copy=plan.known_copy,
    )
