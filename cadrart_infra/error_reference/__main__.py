"""Writes docs/errors.md."""

from cadrart_infra.error_reference.page import PAGE, page
from cadrart_infra.error_reference.sources import Sources

if __name__ == "__main__":
    PAGE.write_text(page(Sources()))
