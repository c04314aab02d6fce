"""The history entry of an update: written at its end if it changed something or failed."""

import os
import time
from dataclasses import dataclass, field
from typing import Any

import pulumi

from cadrart_infra import interruption
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, POD, SERVICE
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.engine.process import engine
from cadrart_infra.history import failures
from cadrart_infra.history.checkout import Checkout, current_checkout, program_of
from cadrart_infra.history.entry import IMAGES, Job, Outcome
from cadrart_infra.history.history import TESTED
from cadrart_infra.history.store import Done, record
from cadrart_infra.live import live_of
from cadrart_infra.plan import RELEASES_TO_PRODUCTION, Kind, UpdatePlan
from cadrart_infra.preflight import expectation
from cadrart_infra.preflight.expectation import Expectation
from cadrart_infra.promotion.announcement import summary
from cadrart_infra.user_errors import UserError, run_at_exit

_NO_REASON = "it failed or was interrupted; what Pulumi printed says why"


@dataclass
class UpdateRecord:
    """Follows one run of the program. A preview, and an update that changes nothing, leave no entry."""

    here: Checkout = field(default_factory=current_checkout)
    """The program as it is when the update begins."""
    plan: UpdatePlan | None = None
    """What the update means; None until that is known."""
    _kubectl: Kubectl | None = None
    _begun: set[str] = field(default_factory=set)
    """What the engine was let write, whatever came of it."""
    _changed: set[str] = field(default_factory=set)
    _outcome: Outcome | None = None
    _written: bool = False
    _began: float = field(default_factory=time.monotonic)
    _hooks: pulumi.ResourceHookBinding | None = None

    def begin(self, kubectl: Kubectl, namespace_uid: str) -> None:
        """This is the stack's own place: from now on it is recorded that an update is refused."""
        if namespace_uid and not pulumi.runtime.is_dry_run():
            self._kubectl = kubectl

    def refused(self, error: UserError) -> None:
        """The update ends before anything is declared."""
        if self._kubectl:
            self._outcome = Outcome.REFUSED
            self._write(str(error))

    def follow(self) -> None:
        """The update begins; its entry is written when this process ends, whatever happens until then."""
        if self._kubectl:
            run_at_exit(self.end)

    @property
    def transforms(self) -> list[pulumi.ResourceTransform]:
        """Takes note of every resource that the engine writes; none where it writes nothing, because each is a call."""
        return [self._with_note] if self._kubectl else []

    def _with_note(self, args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if not args.custom:
            return None
        if self._hooks is None:
            self._hooks = _around_writes(self._note_begun, self._note)
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=self._hooks))
        return pulumi.ResourceTransformResult(args.props, opts)

    def done(self) -> None:
        """Everything was written and is as it should be."""
        self._outcome = Outcome.DONE

    def end(self) -> None:
        """Writes the entry, unless all is done and nothing was changed."""
        if self._outcome is not Outcome.DONE or self._changed:
            self._write(failures.noted())

    def _note_begun(self, args: pulumi.ResourceHookArgs) -> None:
        self._begun.add(args.name)

    def _note(self, args: pulumi.ResourceHookArgs) -> None:
        self._changed.add(args.name)

    def _write(self, detail: str) -> None:
        kubectl = self._kubectl
        if kubectl is None or self._written:
            return
        self._written = True
        outcome = self._outcome or self._failure(detail)
        values = {
            "what": summary(self.plan) if self.plan else f"of stack {pulumi.get_stack()}",
            "changed": tuple(sorted(self._changed)),
            "detail": "" if outcome is Outcome.DONE else detail or _NO_REASON,
            "facts": {**_serving(kubectl), **_released(self.plan)},
        }
        done = Done(_job(self.plan), outcome, time.monotonic() - self._began, values)
        record(kubectl, done, _warn, self.here, program_of(self.here) if outcome is Outcome.DONE else None)

    def _failure(self, detail: str) -> Outcome:
        if interruption.requested() or not engine().lives:
            return Outcome.CUT_OFF
        return Outcome.REFUSED if detail and not self._begun else Outcome.FAILED


def _around_writes(
    before: pulumi.ResourceHookFunction, after: pulumi.ResourceHookFunction
) -> pulumi.ResourceHookBinding:
    """`before` comes after every check of the resource's own: none keeps the write back any more."""
    options = pulumi.ResourceHookOptions(ignore_errors=True)
    begins, written = (
        pulumi.ResourceHook("write-begins", before, options),
        pulumi.ResourceHook("record", after, options),
    )
    return pulumi.ResourceHookBinding(
        before_create=[begins], before_update=[begins], after_create=[written], after_update=[written]
    )


def _job(plan: UpdatePlan | None) -> Job:
    """Of an update that was refused before it was known what it is, what it is run for: a command says so."""
    if plan is not None:
        return Job.UPDATE if plan.kind is Kind.NOTHING else Job(plan.kind.value)
    expected = os.environ.get(expectation.VARIABLE, "")
    return Job(expected) if expected in (Expectation.RELEASE, Expectation.SWITCH) else Job.UPDATE


def _serving(kubectl: Kubectl) -> dict[str, Any]:
    """The colour that serves production now, its images where all its pods run them, and what staging runs."""
    try:
        live = live_of(kubectl.objects(SERVICE, CONFIG_MAP, DEPLOYMENT, POD))
    except ClusterError:
        return {}
    color = live.production
    if color is None:
        return {}
    now = live.colors.get(color)
    images = {str(workload): image for workload, image in now.images.items()} if now and now.ready else {}
    tested = {image: sorted(digests) for image, digests in live.tested.items()}
    return {"production": color.value, IMAGES: images, **({TESTED: tested} if tested else {})}


def _released(plan: UpdatePlan | None) -> dict[str, Any]:
    """For the next update, which repeats the checks where this one does not end well."""
    return {RELEASES_TO_PRODUCTION: plan.active.value} if plan and plan.releases.to_production else {}


def _warn(text: str) -> None:
    """The engine may be gone by now, so that nobody would hand a warning on."""
    print(f"warning: {text}", flush=True)
