"""Kubernetes' quantities of processor and memory, compared (pure functions)."""

from fractions import Fraction

_FACTORS = {
    **{unit: Fraction(10) ** power for unit, power in (("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6))},
    **{unit: Fraction(10) ** power for unit, power in (("G", 9), ("T", 12), ("P", 15), ("E", 18))},
    **{f"{unit}i": Fraction(1 << 10 * power) for power, unit in enumerate("KMGTPE", 1)},
}


def amount(quantity: str) -> Fraction:
    """The quantity as a number of cores, or of bytes."""
    number = quantity.rstrip("numkKMGTPEi")
    return Fraction(number) * _FACTORS[quantity[len(number) :]]


def amount_if_any(text: str) -> Fraction | None:
    """The same; None for a text that is no quantity."""
    try:
        return amount(text)
    except (ValueError, KeyError, ZeroDivisionError):
        return None


def is_larger(one: str, other: str) -> bool:
    """Whether a quantity is larger than another."""
    return amount(one) > amount(other)
