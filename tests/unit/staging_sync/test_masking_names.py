"""What a name of a column suggests, in three languages, and what it never spares: a rule."""

from __future__ import annotations

import pytest

from cadrart_infra.staging_sync.masking.personal_names import likely_kind, names_a_person_s_row


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("mail", ["mail", "E_MAIL", "contactEmail", "courriel"]),
        ("phone", ["phone2", "mobile", "telefoon", "tel", "TEL_PRIVE", "gsmNummer", "fax"]),
        ("first_name", ["firstName", "prénom", "PRENOM", "voornaam"]),
        ("last_name", ["lastName", "name", "nom", "nom_client", "achternaam", "Nom de famille", "clientId", "lid"]),
        ("address", ["address", "adresse", "straat", "rue", "ville", "city", "gemeente", "codePostal", "zip"]),
        ("date", ["birth_date", "birthday", "dateNaissance", "geboortedatum", "dob"]),
        ("vat", ["vat", "tva", "numTVA", "btwNummer"]),
        ("iban", ["iban", "bic", "rekeningnummer", "bankAccount"]),
        ("password", ["password", "wachtwoord", "motDePasse"]),
        ("text", ["gender", "geslacht", "rijksregisternummer", "nationalNumber", "opmerking", "remarque", "comment"]),
        ("", ["price", "total", "capacity", "velocity", "valid", "created_at", "status", "solid", "geldig"]),
    ],
)  # fmt: skip
def test_names_suggest_kinds(kind: str, names: list[str]) -> None:
    assert {name: likely_kind(name) for name in names} == dict.fromkeys(names, kind)


def test_a_key_may_name_whose_row_it_is_and_not_who_that_is() -> None:
    rows = ["client_id", "clientId", "personId", "id_membre", "klantId", "user_uuid", "lid_id"]
    assert [name for name in rows if not names_a_person_s_row(name)] == []
    people = ["rijksregisternummer", "national_id", "clientMail", "passport_id", "phone", "client_name_id"]
    assert [name for name in people if names_a_person_s_row(name)] == []
