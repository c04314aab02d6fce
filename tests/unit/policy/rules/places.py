"""Where in a declared object a value stands."""

POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
DATABASE, ACCOUNT, TOKEN, CONFIG = ((*CONTAINER, "env", index) for index in range(4))
CLAIM = (*POD, "volumes", 0, "persistentVolumeClaim", "claimName")
Path = tuple[str | int, ...]
