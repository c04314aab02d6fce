"""The old path of `cadrart_infra.accounts.provider`, for stacks whose state names it (ADR 8)."""

from cadrart_infra.accounts.provider import DatabaseAccountsProvider

__all__ = ["DatabaseAccountsProvider"]
