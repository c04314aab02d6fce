"""Kubernetes' quantities of processor and memory, compared (pure functions)."""

from fractions import Fraction

_FACTORS = {
    **{"m": Fraction(1, 1000), "": Fraction(1), "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9)},
    **{unit: Fraction(1 << power) for unit, power in (("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40))},
}


def amount(quantity: str) -> Fraction:
    """The quantity as a number of cores, or of bytes."""
    number = quantity.rstrip("kmMGTKi")
    return Fraction(number) * _FACTORS[quantity[len(number) :]]


def larger(one: str, other: str) -> bool:
    """Whether a quantity is larger than another."""
    return amount(one) > amount(other)
