"""A shop for one pull request of an app: a namespace of its own with a masked copy of production's database."""
