"""The kinds of masked values: SQL expressions, so that a mask is made inside the server.

The same value gets the same mask everywhere, so that joins and look-ups still work. Another key gives other masks.
NULL stays NULL.
"""

from __future__ import annotations

from cadrart_infra.mysql import sql

KEY_VARIABLE = "@cadrart_masking_key"

PASSWORD_VARIABLE = "@cadrart_masking_password"
"""The hash of the one password of every masked account (see `staging_password`)."""

_FIRST_NAMES = (
    "Alice",
    "Bruno",
    "Clara",
    "Denis",
    "Elsa",
    "Felix",
    "Gilda",
    "Henri",
    "Irma",
    "Jules",
    "Karin",
    "Louis",
)
_LAST_NAMES = ("Acacia", "Bouleau", "Cerisier", "Dattier", "Erable", "Frene", "Genevrier", "Hetre", "If", "Jujubier")
_STREETS = ("rue du Chene", "avenue du Merisier", "place du Noyer", "quai de l'Orme", "chemin du Pin", "rue du Saule")


def _hash(value: str, domain: str) -> str:
    """Hexadecimal text of 64 digits that only the key's owner could compute."""
    return f"SHA2(CONCAT({KEY_VARIABLE}, '|{domain}|', LOWER(TRIM({value}))), 256)"


def _word(words: tuple[str, ...], value: str, domain: str) -> str:
    choices = sql.texts(words)
    return f"ELT(1 + CONV(LEFT({_hash(value, domain)}, 8), 16, 10) % {len(words)}, {choices})"


def _number(value: str, domain: str, digits: int) -> str:
    """A text of `digits` decimal digits, at most 15."""
    return f"LPAD(CONV(LEFT({_hash(value, domain)}, 12), 16, 10) % {10**digits}, {digits}, '0')"


def _tail(value: str, domain: str, length: int) -> str:
    return f"SUBSTR({_hash(value, domain)}, 9, {length})"


def _mail(value: str) -> str:
    return f"CONCAT('u', LEFT({_hash(value, 'mail')}, 24), '@example.invalid')"


def _first_name(value: str) -> str:
    return _word(_FIRST_NAMES, value, "first_name")


def _last_name(value: str) -> str:
    return f"CONCAT({_word(_LAST_NAMES, value, 'last_name')}, ' ', {_tail(value, 'last_name', 6)})"


def _company(value: str) -> str:
    return f"CONCAT('Atelier ', {_tail(value, 'company', 8)})"


def _address(value: str) -> str:
    street = _word(_STREETS, value, "address")
    return f"CONCAT({_number(value, 'house', 3)}, ' ', {street}, ', ', {_number(value, 'town', 4)} , ' Ville')"


def _phone(value: str) -> str:
    return f"CONCAT('+00', {_number(value, 'phone', 9)})"


def _vat(value: str) -> str:
    return f"CONCAT('XX0', {_number(value, 'vat', 9)})"


def _iban(value: str) -> str:
    return f"CONCAT('XX00', {_number(value, 'iban', 12)})"


def _password(value: str) -> str:
    return f"IF({value} IS NULL, NULL, {PASSWORD_VARIABLE})"


def _free_text(value: str) -> str:
    return f"CONCAT('texte ', {_tail(value, 'text', 8)})"


def token(value: str) -> str:
    """32 hexadecimal digits. Only this kind masks values differently that differ in case or outer spaces alone."""
    return f"LEFT(SHA2(CONCAT({KEY_VARIABLE}, '|token|', HEX({value})), 256), 32)"


def random_number(value: str) -> str:
    """A number below 2^60."""
    return f"CAST(CONV(LEFT({_hash(value, 'number')}, 15), 16, 10) AS UNSIGNED)"


def day(value: str) -> str:
    """A date that a TIMESTAMP can hold too, from 1971 to 2020."""
    return f"DATE_ADD(DATE '1971-01-01', INTERVAL ({random_number(value)} % 18000) DAY)"


TEXTS = {
    "mail": _mail,
    "first_name": _first_name,
    "last_name": _last_name,
    "company": _company,
    "address": _address,
    "phone": _phone,
    "vat": _vat,
    "iban": _iban,
    "password": _password,
    "text": _free_text,
    "token": token,
}
"""The kinds that make a text."""

NUMBER, DATE, REMOVE = "number", "date", "remove"

KINDS = frozenset({*TEXTS, NUMBER, DATE, REMOVE})
"""All of them; `column_masks` says which fits which type."""
