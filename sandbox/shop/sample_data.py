"""The shop's own schema, and as many made-up rows of it as wanted, generated inside the server."""

from __future__ import annotations

from collections.abc import Iterator

from pymysql.connections import Connection
from pymysql.cursors import Cursor

# Parents come before children.
TABLES: dict[str, str] = {
    "tag": """
        id int NOT NULL AUTO_INCREMENT, title varchar(45) NOT NULL,
        PRIMARY KEY (id)""",
    "location": """
        id int NOT NULL AUTO_INCREMENT, name varchar(45) NOT NULL,
        PRIMARY KEY (id)""",
    "team_member": """
        id int NOT NULL AUTO_INCREMENT, lastName varchar(45) NOT NULL, firstName varchar(45) DEFAULT NULL,
        address text, mail varchar(255) NOT NULL, phone varchar(20) DEFAULT NULL, password varchar(72) DEFAULT NULL,
        created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id), UNIQUE KEY IDX_team_member_mail (mail)""",
    "formula": """
        id int NOT NULL AUTO_INCREMENT, name varchar(45) NOT NULL, formula varchar(255) NOT NULL,
        PRIMARY KEY (id)""",
    "provider": """
        id int NOT NULL AUTO_INCREMENT, name varchar(100) NOT NULL, address text, vat varchar(20) DEFAULT NULL,
        iban varchar(34) DEFAULT NULL, mail varchar(255) DEFAULT NULL,
        PRIMARY KEY (id)""",
    "article": """
        id int NOT NULL AUTO_INCREMENT, name varchar(100) NOT NULL, price decimal(10,2) DEFAULT NULL,
        family enum('wood','glass','cardboard','other') NOT NULL DEFAULT 'other',
        maxReduction decimal(6,2) DEFAULT '100.00',
        providerId int DEFAULT NULL, formulaId int DEFAULT NULL,
        created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id), KEY FK_article_provider (providerId), KEY FK_article_formula (formulaId),
        CONSTRAINT FK_article_provider FOREIGN KEY (providerId) REFERENCES provider (id),
        CONSTRAINT FK_article_formula FOREIGN KEY (formulaId) REFERENCES formula (id)""",
    "stock": """
        id int NOT NULL AUTO_INCREMENT, articleId int DEFAULT NULL, quantity decimal(10,2) NOT NULL DEFAULT '1.00',
        created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id), KEY FK_stock_article (articleId),
        CONSTRAINT FK_stock_article FOREIGN KEY (articleId) REFERENCES article (id)""",
    "client": """
        id int NOT NULL AUTO_INCREMENT, lastName varchar(45) NOT NULL, firstName varchar(45) DEFAULT NULL,
        company varchar(45) DEFAULT NULL, address text, mail varchar(255) DEFAULT NULL, phone varchar(20) DEFAULT NULL,
        phone2 varchar(20) DEFAULT NULL, vat varchar(20) DEFAULT NULL, reduction decimal(6,2) DEFAULT NULL,
        tagId int DEFAULT NULL, created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id), KEY FK_client_tag (tagId),
        CONSTRAINT FK_client_tag FOREIGN KEY (tagId) REFERENCES tag (id)""",
    "offer": """
        id int NOT NULL AUTO_INCREMENT, number varchar(45) NOT NULL, client json DEFAULT NULL,
        assignedTo json DEFAULT NULL, status enum('started','done') NOT NULL DEFAULT 'started',
        total decimal(10,2) DEFAULT NULL, created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id)""",
    "job": """
        id int NOT NULL AUTO_INCREMENT, offerId int DEFAULT NULL, orientation enum('vertical','horizontal')
        DEFAULT NULL, image varchar(255) DEFAULT NULL, location json DEFAULT NULL, count int NOT NULL DEFAULT '1',
        description text, dueDate date DEFAULT NULL, measure varchar(45) DEFAULT NULL,
        created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id), KEY FK_job_offer (offerId),
        CONSTRAINT FK_job_offer FOREIGN KEY (offerId) REFERENCES offer (id) ON DELETE CASCADE""",
    "task": """
        id int NOT NULL AUTO_INCREMENT, jobId int DEFAULT NULL, parentId int DEFAULT NULL,
        comment varchar(255) DEFAULT NULL,
        article json DEFAULT NULL, total decimal(10,2) DEFAULT NULL, doneCount int NOT NULL DEFAULT '0',
        created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id), KEY FK_task_job (jobId), KEY FK_task_parent (parentId),
        CONSTRAINT FK_task_job FOREIGN KEY (jobId) REFERENCES job (id) ON DELETE CASCADE,
        CONSTRAINT FK_task_parent FOREIGN KEY (parentId) REFERENCES task (id) ON DELETE CASCADE""",
}

_SHARE_OF_ROWS = {"client": 0.10, "offer": 0.15, "job": 0.25, "task": 0.48, "article": 0.01, "stock": 0.01}
_BATCH = 50_000
"""The most rows that one statement inserts."""
_FIXED_ROWS = {"tag": 30, "location": 60, "team_member": 12, "formula": 25, "provider": 80}

# One expression per column; `n` counts from 1. `h` is a per-row pseudo-random hexadecimal text of 64 digits.
_PERSON = """JSON_OBJECT('lastName', CONCAT('Durand', n % 9973), 'firstName', CONCAT('Chloé', n % 631),
    'mail', CONCAT('person.', n % 200000, '@mail.example'), 'phone', CONCAT('+32 470 ', LPAD(n % 1000000, 6, '0')))"""
_ROWS: dict[str, tuple[str, str]] = {
    "tag": ("id, title", "n, CONCAT('Tag ', n)"),
    "location": ("id, name", "n, CONCAT('Étagère ', n)"),
    "team_member": (
        "id, lastName, firstName, address, mail, phone, password",
        """n, CONCAT('Lambert', n), CONCAT('Zoé', n), CONCAT(n, ' rue du Cadre, Liège'),
        CONCAT('member.', n, '@cadrart.example'), CONCAT('+32 4 ', LPAD(n, 7, '0')), CONCAT('$2b$10$', LEFT(h, 53))""",
    ),
    "formula": ("id, name, formula", "n, CONCAT('Formule ', n), CONCAT('x * y * ', n)"),
    "provider": (
        "id, name, address, vat, iban, mail",
        """n, CONCAT('Bois & Fils ', n), CONCAT(n, ' quai du Bois, Namur'), CONCAT('BE0', LPAD(n, 9, '7')),
        CONCAT('BE68', LPAD(n, 12, '5')), CONCAT('orders.', n, '@provider.example')""",
    ),
    "article": (
        "id, name, price, family, providerId, formulaId",
        """n, CONCAT('Baguette ', LEFT(h, 12)), (n * 7919) % 100000 / 100, ELT(1 + n % 4, 'wood', 'glass', 'cardboard',
        'other'), 1 + n % 80, 1 + n % 25""",
    ),
    "stock": ("id, articleId, quantity", "n, n, (n * 31) % 500 / 4"),
    "client": (
        "id, lastName, firstName, company, address, mail, phone, phone2, vat, reduction, tagId",
        """n, CONCAT('Durand', n % 9973), CONCAT('Chloé', n % 631), IF(n % 9, NULL, CONCAT('Galerie ', LEFT(h, 9))),
        CONCAT(n % 300, ' rue ', SUBSTR(h, 3, 14), ', ', 4000 + n % 900, ' Liège'),
        IF(n % 5, CONCAT('person.', n, '@mail.example'), NULL), CONCAT('+32 470 ', LPAD(n, 6, '0')),
        IF(n % 3, NULL, CONCAT('+32 4 ', LPAD(n, 7, '0'))), IF(n % 9, NULL, CONCAT('BE0', LPAD(n, 9, '3'))),
        n % 20, 1 + n % 30""",
    ),
    "offer": (
        "id, number, client, assignedTo, status, total",
        f"""n, CONCAT('2026-', n), {_PERSON}, JSON_OBJECT('id', n % 12, 'firstName', CONCAT('Zoé', n % 12)),
        IF(n % 3, 'done', 'started'), (n * 7907) % 500000 / 100""",
    ),
    "job": (
        "id, offerId, orientation, image, location, count, description, dueDate, measure",
        """n, 1 + FLOOR((n - 1) * {offers} / {rows}), ELT(1 + n % 2, 'vertical', 'horizontal'),
        IF(n % 4, NULL, CONCAT('/static/', LEFT(h, 32), '.jpg')), JSON_OBJECT('id', n % 60, 'name', CONCAT('Étagère ',
        n % 60)), 1 + n % 3, CONCAT('Cadre ', h, ' à poser avant midi; ', REVERSE(h)),
        DATE_ADD('2026-01-01', INTERVAL n % 700 DAY), CONCAT(n % 120, 'x', n % 90)""",
    ),
    "task": (
        "id, jobId, parentId, comment, article, total, doneCount",
        """n, 1 + FLOOR((n - 1) * {jobs} / {rows}), IF(n % 10 = 0, n - 1, NULL), IF(n % 3, NULL, CONCAT('voir ',
        LEFT(h, 40))), JSON_OBJECT('id', n % 20000, 'name', CONCAT('Baguette ', LEFT(h, 24)), 'price', n % 997,
        'provider', CONCAT('Bois & Fils ', n % 80)), (n * 7901) % 30000 / 100, n % 2""",
    ),
}


def create_tables(connection: Connection[Cursor]) -> None:
    """Create the shop's empty tables in the connection's schema."""
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            cursor.execute(f"CREATE TABLE `{table}` ({columns}) ENGINE=InnoDB")


def row_counts(total: int) -> dict[str, int]:
    """How many rows each table gets so that all together have about `total` (at least 1,000)."""
    return {table: _FIXED_ROWS.get(table) or max(1, int(total * _SHARE_OF_ROWS[table])) for table in TABLES}


def fill(connection: Connection[Cursor], total: int) -> int:
    """Insert about `total` rows into the connection's schema, committed in batches; returns the exact number."""
    counts = row_counts(total)
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION foreign_key_checks = 0, unique_checks = 0")
        for table, rows in counts.items():
            columns, values = _ROWS[table]
            values = values.replace("{rows}", str(rows)).replace("{offers}", str(counts["offer"]))
            values = values.replace("{jobs}", str(counts["job"]))
            for first, last in _batches(rows):
                cursor.execute(f"INSERT INTO `{table}` ({columns}) SELECT {values} FROM {_numbers(first, last)}")
                connection.commit()
        cursor.execute("SET SESSION foreign_key_checks = 1, unique_checks = 1")
    return sum(counts.values())


def _batches(rows: int) -> Iterator[tuple[int, int]]:
    for first in range(1, rows + 1, _BATCH):
        yield first, min(first + _BATCH - 1, rows)


def _numbers(first: int, last: int) -> str:
    """A derived table with the columns n (first to last) and h (pseudo-random text)."""
    digit = "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"  # noqa: E501
    sources = " CROSS JOIN ".join(f"{digit} d{i}" for i in range(5))
    number = " + ".join(f"d{i}.d * {10**i}" for i in range(5))
    return (
        f"(SELECT n, SHA2(n, 256) h FROM (SELECT {first} + {number} n FROM {sources}) numbers "
        f"WHERE n <= {last}) made ORDER BY n"
    )
