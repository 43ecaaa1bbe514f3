"""Settings shared by all tests."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SOAK = os.environ.get("YIJU_HYPOTHESIS") == "soak"
"""Whether the full counts are wanted (`make soak`)."""
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# No deadlines: these machines are noisy, and a slow example is not a wrong one.
settings.register_profile("test", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("YIJU_HYPOTHESIS", "test"))
