"""What releases wrote into the states of live stacks."""

RECORDED = {
    "cadrart_infra.accounts.completion.provider.SecretsCompletionProvider": (
        "gASVTwAAAAAAAACMKmNhZHJhcnRfaW5mcmEuYWNjb3VudHMuY29tcGxldGlvbi5wcm92aWRlcpSMGVNlY3JldHNDb21wbGV0aW9uUHJv"
        "dmlkZXKUk5QpgZQu"
    ),
    "cadrart_infra.accounts.provider.DatabaseAccountsProvider": (
        "gASVQwAAAAAAAACMH2NhZHJhcnRfaW5mcmEuYWNjb3VudHMucHJvdmlkZXKUjBhEYXRhYmFzZUFjY291bnRzUHJvdmlkZXKUk5QpgZQu"
    ),
    "cadrart_infra.backup.provider.BackupProvider": (
        "gASVNwAAAAAAAACMHWNhZHJhcnRfaW5mcmEuYmFja3VwLnByb3ZpZGVylIwOQmFja3VwUHJvdmlkZXKUk5QpgZQu"
    ),
    "cadrart_infra.migration.provider.MigrationProvider": (
        "gASVPQAAAAAAAACMIGNhZHJhcnRfaW5mcmEubWlncmF0aW9uLnByb3ZpZGVylIwRTWlncmF0aW9uUHJvdmlkZXKUk5QpgZQu"
    ),
    "cadrart_infra.database_accounts.provider.DatabaseAccountsProvider": (
        "gASVTAAAAAAAAACMKGNhZHJhcnRfaW5mcmEuZGF0YWJhc2VfYWNjb3VudHMucHJvdmlkZXKUjBhEYXRhYmFzZUFjY291bnRzUHJvdmlk"
        "ZXKUk5QpgZQu"
    ),
    "cadrart_infra.database_server.provider.DatabaseServerProvider": (
        "gASVSAAAAAAAAACMJmNhZHJhcnRfaW5mcmEuZGF0YWJhc2Vfc2VydmVyLnByb3ZpZGVylIwWRGF0YWJhc2VTZXJ2ZXJQcm92aWRlcpSTlCmB"
        "lC4="
    ),
    "cadrart_infra.promotion.watch.provider.ProductionWatchProvider": (
        "gASVSQAAAAAAAACMJmNhZHJhcnRfaW5mcmEucHJvbW90aW9uLndhdGNoLnByb3ZpZGVylIwXUHJvZHVjdGlvbldhdGNoUHJvdmlkZXKU"
        "k5QpgZQu"
    ),
    "cadrart_infra.rotation.provider.SecretsSnapshotProvider": (
        "gASVQgAAAAAAAACMH2NhZHJhcnRfaW5mcmEucm90YXRpb24ucHJvdmlkZXKUjBdTZWNyZXRzU25hcHNob3RQcm92aWRlcpSTlCmBlC4="
    ),
    "cadrart_infra.staging_sync.provider.StagingSyncProvider": (
        "gASVQgAAAAAAAACMI2NhZHJhcnRfaW5mcmEuc3RhZ2luZ19zeW5jLnByb3ZpZGVylIwTU3RhZ2luZ1N5bmNQcm92aWRlcpSTlCmBlC4="
    ),
    "cadrart_infra.update_lease.provider.UpdateLeaseProvider": (
        "gASVQgAAAAAAAACMI2NhZHJhcnRfaW5mcmEudXBkYXRlX2xlYXNlLnByb3ZpZGVylIwTVXBkYXRlTGVhc2VQcm92aWRlcpSTlCmBlC4="
    ),
}
"""`__provider` as every release wrote it into the state, by the path of the class; made by Pulumi's own serializer
with the code of that release. Lines are added here, never changed or taken away."""
