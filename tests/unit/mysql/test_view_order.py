"""Which of some views has to be made first."""

from cadrart_infra.mysql.object_definitions import StoredObject
from cadrart_infra.mysql.view_order import in_order


def view(name: str, *reads: str) -> StoredObject:
    tables = " join ".join(f"`shop`.`{one}`" for one in reads)
    return StoredObject("VIEW", name, f"CREATE VIEW `{name.replace('`', '``')}` AS select 1 AS `1` from {tables}")


def names(*items: StoredObject) -> list[str]:
    return [item.name for item in in_order(items)]


def test_what_a_view_reads_comes_before_it_however_long_the_chain() -> None:
    chain = [view(f"v{number:03}", f"v{number + 1:03}") for number in range(500)]
    assert names(*chain) == [one.name for one in reversed(chain)]
    assert names(view("a", "client", "odd``name"), view("odd`name")) == ["odd`name", "a"]


def test_all_others_keep_their_places() -> None:
    others = [StoredObject(kind, "late", "CREATE … `early`") for kind in ("FUNCTION", "TRIGGER")]
    assert in_order([others[0], view("late", "early"), others[1], view("early")]) == [
        others[0],
        view("early"),
        others[1],
        view("late", "early"),
    ]


def test_views_in_a_circle_are_left_to_the_server() -> None:
    assert names(view("c"), view("b", "a"), view("a", "b")) == ["c", "b", "a"]
