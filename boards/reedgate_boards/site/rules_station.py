"""Rules of a station itself: its board, its terminals."""

from reedgate_boards.site.context import StationContext
from reedgate_boards.site.locator import board_names
from reedgate_boards.site.rules_uplink import check_uplink
from reedgate_boards.site.source import KeyPath


def check_station(context: StationContext) -> None:
    _check_board(context)
    _check_terminals(context)
    _check_reset(context)
    check_uplink(context)


def _check_board(context: StationContext) -> None:
    if context.board is None:
        if not context.removed("board"):
            context.findings.error(
                context.path("board"),
                "no such board. Known boards: {known}.",
                known=", ".join(board_names()),
            )
        return
    if context.station.scan_ms + context.board.stall_ms > context.board.watchdog_ms:
        context.findings.error(
            context.path("scan_ms"),
            "with the board's longest stall of {stall} ms a scan would outlast its watchdog of "
            "{watchdog} ms. Scan more often.",
            stall=context.board.stall_ms,
            watchdog=context.board.watchdog_ms,
        )


def _uses(context: StationContext) -> list[tuple[KeyPath, str, bool]]:
    """Every terminal the station uses: where it is said, which, whether as an output."""
    station, found = context.station, []
    for function, terminal in station.terminals:
        path = context.path("terminals", function)
        found.append((path, terminal, function == "healthy"))
    for gate_id, gate in station.gates.items():
        for function, terminal in gate.terminals:
            output = function in ("open", "close", "out")
            found.append((context.path("gates", gate_id, "terminals", function), terminal, output))
    return [use for use in found if use[1] is not None]


def _contacts(context: StationContext) -> list[tuple[KeyPath, str]]:
    return [
        (context.path("gates", gate_id, "flood", number, "any", place, "contact"), cause.contact)
        for gate_id, gate in context.station.gates.items()
        for number, flood in enumerate(gate.flood)
        for place, cause in enumerate(flood.any)
        if cause.contact is not None
    ]


def _check_terminals(context: StationContext) -> None:
    uses = _uses(context)
    seen: dict[str, KeyPath] = {}
    for path, terminal, output in uses:
        _check_terminal(context, path, terminal, output)
        _check_once(context, path, terminal, seen)
    for path, terminal in _contacts(context):  # several flood entries may share one contact
        _check_terminal(context, path, terminal, False)
        if terminal in {each for _, each, _ in uses}:
            _check_once(context, path, terminal, dict(seen))


def _check_once(
    context: StationContext, path: KeyPath, terminal: str, seen: dict[str, KeyPath]
) -> None:
    if terminal in seen:
        context.findings.error(
            path,
            "terminal used twice: line {line} has it too. Wire each function to its own.",
            line=context.findings.source.line_of(seen[terminal]),
        )
    seen.setdefault(terminal, path)


def _check_terminal(context: StationContext, path: KeyPath, terminal: str, output: bool) -> None:
    board = context.board
    if board is None:
        return
    fitting = board.outputs if output else board.inputs
    if terminal in fitting:
        return
    known = ", ".join(sorted(fitting, key=lambda name: (len(name), name)))
    if terminal in board.inputs:
        context.findings.error(
            path, "is an input of the board. Outputs are: {known}.", known=known
        )
    elif terminal in board.outputs:
        context.findings.error(
            path, "is an output of the board. Inputs are: {known}.", known=known
        )
    elif board.lacks:
        context.findings.error(
            path,
            "no such terminal on board {board}, whose chip has no pin left for {lacks}. Use one "
            "of: {known}. Or take a board with more pins.",
            board=board.name,
            lacks=", ".join(board.lacks),
            known=known,
        )
    else:
        context.findings.error(
            path,
            "no such terminal on board {board}. Use one of: {known}.",
            board=board.name,
            known=known,
        )


def _check_reset(context: StationContext) -> None:
    if context.station.terminals.reset or not context.station.gates:
        return
    if not context.removed("terminals", "reset"):
        context.findings.error(
            context.path("terminals", "reset"),
            "is missing: latches of a drive, of the emergency stop and of reset_only trips clear "
            "only by a button at the panel. Name its terminal.",
        )
