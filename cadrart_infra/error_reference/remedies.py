"""What to do about each class of errors, beyond what its own text says; every class has its place here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A part of the page: classes of errors that have one remedy."""

    title: str
    errors: tuple[str, ...]
    remedy: str


SECTIONS: tuple[Section, ...] = (
    Section(
        "Settings that cannot be used",
        ("SettingsError",),
        "Set the key as the text says; [configuration.md](configuration.md) has every key with its default. "
        "Nothing was read from the cluster yet.",
    ),
    Section(
        "The cluster does not answer, or refuses",
        (
            "Unreachable",
            "NoKubectl",
            "ClusterError",
            "ApiError",
        ),
        "Try the same with `kubectl get --raw /readyz` and the same `KUBECONFIG`. If that works, run the command "
        "again. A status of 403 is a right that the account lacks: [rbac.md](rbac.md).",
    ),
    Section(
        "Rights that are missing",
        ("MissingRights",),
        "An administrator applies the Role of [rbac.md](rbac.md) in the shop's namespace and binds the account to it.",
    ),
    Section(
        "The cluster is not ready",
        ("PreflightError",),
        "Run the command that stands behind each line, and then the update again. Nothing is written before all "
        "of them are gone. [The first install](../README.md#first-install-on-a-cluster) makes the namespace and "
        "its Secrets; [adoption.md](adoption.md) is about what another tool made.",
    ),
    Section(
        "Another place than the stack's own",
        ("WrongPlace",),
        "Most often the setting, the kubeconfig or the chosen stack is wrong: set it back as the text says. To "
        "move on purpose, read [adoption.md](adoption.md#another-cluster-namespace-or-database) first.",
    ),
    Section(
        "Somebody else changes the shop",
        ("Held", "LockOfLiveRun"),
        "Wait for the end of the run that is named. Only when nothing of it lives any more: `cadrart unlock` "
        "([switching.md](switching.md#one-updater-at-a-time)).",
    ),
    Section(
        "An update that is not what it is run for",
        (
            "UnexpectedUpdate",
            "OlderProgram",
            "PartialUpdate",
            "MarkedState",
            "UntestedRelease",
        ),
        "Bring the checkout up to date (`git pull`) and look with `cadrart preview`. What is meant on purpose is "
        "let through by the setting or variable that the text names "
        "([operating.md](operating.md#what-an-update-is-for)).",
    ),
    Section(
        "An image that cannot be pulled",
        ("ImageNotPulled",),
        "Most often the version is mistyped, or its build has not ended. Otherwise the cluster's nodes cannot reach "
        "the registry, or the Secret that `pull.secret` names does not let them in.",
    ),
    Section(
        "Pods and proxies that the cluster would refuse",
        ("PodsRefused", "SwitchRefused"),
        "The text after each name is the cluster's own: a LimitRange, a policy or a webhook of the namespace, or a "
        "value that only the API server knows to be wrong. `kubectl get limitranges` and `kubectl get "
        "validatingwebhookconfigurations,validatingadmissionpolicies` show some of what refuses them.",
    ),
    Section(
        "Another version of the database server",
        ("ImpossibleUpgrade",),
        "Set `database.image` back, or to the next version that can follow "
        "([database-server.md](database-server.md#another-version)). The server goes on as it runs.",
    ),
    Section(
        "An upgrade of the database server that does not begin",
        ("RehearsalFailed",),
        "The backup or the rehearsal before the restart did not succeed, and the text says why. The server goes on as "
        "it runs. Correct that and run the update again, or set `database.image` back "
        "([database-server.md](database-server.md#the-rehearsal)).",
    ),
    Section(
        "A switch that does not begin",
        ("GuardRefused",),
        "Let the transaction or statement end, or end it, and run the update again "
        "([switching.md](switching.md)). Production goes on with the colour that it has.",
    ),
    Section(
        "A migration that did not end well",
        ("MigrationFailed",),
        "The end of its log is in the text. Correct the release, its command or the time limit, and run the update "
        "again; the old pods serve until then ([switching.md](switching.md#migrations-as-a-step)).",
    ),
    Section(
        "A colour that is not fit for production",
        (
            "GateRefused",
            "SmokeFailed",
            "FirstPodNotReady",
        ),
        "Look at the pods and at the log of your smoke command, correct the release, and run the update again; or "
        "take the switch back: `cadrart rollback`. No proxy was written, so production goes on.",
    ),
    Section(
        "Staging's pods do not get ready",
        ("NotRolledOut",),
        "The text says what the cluster says of them. Correct the release or the setting, and run the update again; "
        "production is not concerned, and staging's proxies stay as they were.",
    ),
    Section(
        "Production was rolled back, or is protected",
        (
            "RolledBack",
            "ServesProduction",
        ),
        "`cadrart status` says who serves. Find out why the release failed (its pods still run), then release a "
        "better one or stay with the colour that serves.",
    ),
    Section(
        "The database server",
        ("ServerError",),
        "Production's data is on its claim whatever happens. Correct the setting that is named, or take it out; "
        "what ran before is started again where it can be ([database-server.md](database-server.md)).",
    ),
    Section(
        "Databases and accounts",
        ("AccountsError", "TwoValues"),
        "Put the right password into the Secret, or correct the rights on the server as the text says, and run "
        "`pulumi up` again. No data was touched.",
    ),
    Section(
        "The staging sync: what it refuses",
        (
            "SyncError",
            "WrongCredentials",
            "UnverifiedServer",
            "MissingGrants",
            "UnsafeAccount",
            "DatabaseMissing",
            "ForeignDatabase",
            "SameDatabase",
            "UnsupportedObjects",
            "UnsupportedServer",
            "UnmaskedColumns",
            "RepeatedMasks",
            "PartedMasks",
            "TooLittleRoom",
            "NoPreviousCopy",
        ),
        "Correct what is named, on the server or in the settings, and run it again: `cadrart sync`. Production "
        "was only read ([staging-sync.md](staging-sync.md)).",
    ),
    Section(
        "The staging sync: what stopped it",
        (
            "ServerUnreachable",
            "SyncAlreadyRunning",
            "StagingInUse",
            "ProductionChanged",
            "NotConverging",
            "NoRoom",
            "TimeLimitExceeded",
        ),
        "Run it again: `cadrart sync`. It takes up what the last run left; staging is the whole old copy or the "
        "whole new one. For a full disk enlarge the volume first.",
    ),
    Section(
        "Backup and restore",
        (
            "BackupError",
            "BackupFailed",
            "Interrupted",
            "JobProblem",
            "NotStarted",
            "Failed",
            "TimeLimit",
            "NotTheSame",
        ),
        "The text says whether production was touched. Run it again: a restore finishes or takes back an exchange "
        "that had begun. [backup.md](backup.md) has the way by hand.",
    ),
    Section(
        "What the database server says",
        (
            "DatabaseError",
            "Refused",
            "Retryable",
            "AccessDenied",
            "AccountLocked",
            "AccountLimited",
            "FileMissing",
            "TableCrashed",
            "NotesDamaged",
            "TextCutShort",
            "FullTextNumberRefused",
            "Offline",
            "ReadOnly",
            "SettingForbids",
            "InitConnectFailed",
            "EventsHidden",
            "NotVerified",
            "RightMissing",
            "ClientFailed",
            "ServerTooOld",
            "ObjectsRefused",
            "ConnectionLost",
            "ConnectionsUsedUp",
            "PasswordRefused",
            "LockTaken",
            "LockWait",
            "InUse",
        ),
        "These stand inside of an error of a sync, a backup, a restore or the accounts, which says what was left "
        "and what to do. Correct the cause on the server.",
    ),
    Section(
        "A command",
        (
            "JobError",
            "EngineError",
            "NoStackError",
            "NewStackError",
        ),
        "Type it as the text says; `cadrart --help` lists the commands. `cadrart status` says who serves what.",
    ),
    Section(
        "A shop for a pull request",
        (
            "ReviewError",
            "MaskedCopyError",
        ),
        "Production is as it was, and no value that is to be masked is anywhere else. Correct what the text names, and "
        "push again, or: `cadrart review close NAME` ([reviews.md](reviews.md)).",
    ),
    Section(
        "In a workflow",
        (
            "NotApproved",
            "NotAdvanced",
            "GitError",
            "GitHubError",
            "NoHistory",
            "NoBucketKeys",
        ),
        "Where the cluster has the change already, commit it by hand. Otherwise begin the workflow again, with "
        "the branch as it is now ([workflows.md](workflows.md)).",
    ),
    Section(
        "Others",
        ("UserError",),
        "Run the update again. If it says so again, look at the pods it names.",
    ),
)
