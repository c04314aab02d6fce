"""The shop of the cluster tests: how long its old pods go on, and who has to answer behind each proxy."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

from cadrart_infra.cluster.pods import image_of
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.model import Color
from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop

DRAIN = 20
"""Seconds that old pods of the test shop go on: less than the default, so that a test can wait for their end."""

_PAUSE = 0.2
"""Seconds between two looks at who answers."""

NO_ANSWER = ("None", "-")
"""Environment and database in the answer of a proxy that has none."""


def serving(color: str) -> dict[str, tuple[str, str, str]]:
    """Colour, environment and database behind each proxy when `color` is production."""
    other = Color(color).other.value
    return {
        "frontend-prod-proxy": (color, "PROD", "-"),
        "backend-prod-proxy": (color, "PROD", "atelier-cadrart"),
        "frontend-test-proxy": (other, "STG", "-"),
        "backend-test-proxy": (other, "STG", "atelier-cadrart-stg"),
    }


def seen(shop: Shop) -> dict[str, tuple[str, str, str]]:
    """The same, as the proxies answer."""
    return {
        proxy: (
            str(answer.get("color", answer.get("error"))),
            str(answer.get("environment")),
            str(answer.get("database", "-")),
        )
        for proxy, answer in shop.who_serves().items()
    }


def assert_serving(shop: Shop, color: str) -> None:
    """Every proxy answers as it should with `color` in production, within ten seconds.

    kube-proxy takes up a changed or new Service a second or two after the API server has it. What requests see
    meanwhile is counted by the tests that run traffic; production may be late, but answers for no other environment.
    """
    expected = serving(color)
    answers_now = seen(shop)
    for _ in range(int(10 / _PAUSE)):
        if answers_now == expected:
            return
        for proxy in ("frontend-prod-proxy", "backend-prod-proxy"):
            assert answers_now[proxy][1:] in (expected[proxy][1:], NO_ANSWER), answers_now
        time.sleep(_PAUSE)
        answers_now = seen(shop)
    assert answers_now == expected


def assert_release(shop: Shop, workload: str, version: str) -> None:
    """Staging answers from a release within ten seconds: kube-proxy takes a former pod out a second or two later."""

    def served() -> dict[str, Any]:
        return shop.who_serves()[f"{workload}-test-proxy"]

    answer = look_until(lambda seen: seen.get("release") == version, served, 10, _PAUSE)
    assert answer.get("release") == version, answer


def other_release(image: str) -> str:
    """Of the two that the stand-in images have, the one that `image` is not."""
    return "1.1.0" if image.endswith(":1.0.0") else "1.0.0"


def another_image(shop: Shop, workload: str, color: str) -> str:
    """The image of the other release than a colour's workload runs, whatever the tests before left."""
    template = shop.get("deployments")[f"deployment/{workload}-{color}"]["spec"]["template"]
    return shop_images.image(workload, other_release(image_of(template)))


def new_release(shop: Shop, color: str) -> None:
    """In the settings, a backend for the colour that production never ran: one that ends at its start."""
    shop.stack.config_set("promotion.allowUntested", "true")
    shop.stack.config_set(f"images.{color}.backend", shop_images.image("backend", "broken-crash"))


def wait_for_production(shop: Shop, color: str) -> None:
    """Returns when production answers from `color`, whatever staging does meanwhile."""
    expected = serving(color)

    def serves(answers: Mapping[str, tuple[str, str, str]]) -> bool:
        return all(answers[proxy] == expected[proxy] for proxy in ("frontend-prod-proxy", "backend-prod-proxy"))

    answers_now = look_until(serves, lambda: seen(shop), 10, _PAUSE)
    assert serves(answers_now), answers_now


@contextlib.contextmanager
def changed(shop: Shop, **settings: str) -> Iterator[None]:
    """Settings for a block (`__` for the dot in a key); afterwards as before, without an update."""
    with shop.stack.settings_kept():
        for key, value in settings.items():
            shop.stack.config_set(key.replace("__", "."), value)
        yield


def everything(shop: Shop) -> dict[str, Any]:
    """What a change of any kind would show in: each object's own identity and what it is to be, and the pods."""
    found = shop.get("deployments,services,configmaps,persistentvolumeclaims,ingresses,secrets").items()
    wanted = {name: (item["metadata"]["uid"], item.get("spec") or _version(item)) for name, item in found}
    return {**wanted, **shop.pods()}


def _version(item: Mapping[str, Any]) -> str:
    """Another one with every write: what is in a Secret is not for a test's output."""
    return str(item["metadata"]["resourceVersion"])
