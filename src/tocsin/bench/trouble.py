"""Services with a little traffic, well or failing: what an outage is made of."""

from typing import Final

from tocsin.bench.bodies import App, Body, Writer

CALLS_A_SECOND: Final = 5


class Service:
    """One service and its calls of a second."""

    def __init__(self, name: str, seed: int) -> None:
        writer = Writer(seed)
        (like,) = writer.apps(1, models_each=2)
        self.name = name
        self._app = App(name, like.models, like.features, like.system)
        self._well, self._out = self._body(writer, failing=0.0), self._body(writer, failing=1.0)
        # Good calls of the minute before it is sent.
        self.good_minute = self._body(writer, failing=0.0, seconds=60)

    def calls(self, *, out: bool) -> Body:
        """Return the calls of the second before the body is sent."""
        return self._out if out else self._well

    def _body(self, writer: Writer, *, failing: float, seconds: int = 1) -> Body:
        calls = (writer.call(self._app, within_s=seconds, failing=failing) for _ in range(CALLS_A_SECOND * seconds))
        return writer.body(list(calls))
