# SPDX-License-Identifier: Apache-2.0
"""The program strata-lab."""

import sys

from .cli import main

sys.exit(main())
