"""`python -m cadrart_infra`: the daily jobs, one command each."""

import sys

from cadrart_infra.cli import main

sys.exit(main())
