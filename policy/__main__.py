"""The policy pack as Pulumi's engine starts it: `pulumi preview --policy-pack policy`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the engine starts this file by its path

from policy.pack import serve

serve()
