"""What tests of Tocsin and of its channels need: a clock that is set by hand, and an HTTP side that plays a script."""

from tocsin.testing.http import NEVER, FakeHttp, Reply, Sent
from tocsin.testing.manual_clock import ManualClock
from tocsin.testing.other_side import OtherSide

__all__ = ["NEVER", "FakeHttp", "ManualClock", "OtherSide", "Reply", "Sent"]
