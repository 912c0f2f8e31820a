"""Store the trades in a file, so that the simulator still has them after a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from config.atomic_file import write_atomic
from server.payments.simulator.trades import SimulatedRefund, Trade, TradeState


def save(trades: list[Trade], path: Path) -> None:
    write_atomic(path, json.dumps([asdict(trade) for trade in trades], default=datetime.isoformat).encode())


def load(path: Path) -> list[Trade]:
    """Return the stored trades, none without the file."""
    if not path.exists():
        return []
    return [_trade(row) for row in json.loads(path.read_bytes())]


def _trade(row: Mapping[str, Any]) -> Trade:
    refunds = {number: _refund(fields) for number, fields in row["refunds"].items()}
    values = dict(row) | {
        "state": TradeState(row["state"]),
        "expires_at": datetime.fromisoformat(row["expires_at"]),
        "paid_at": datetime.fromisoformat(row["paid_at"]) if row["paid_at"] else None,
        "refunds": refunds,
    }
    return Trade(**values)


def _refund(row: Mapping[str, Any]) -> SimulatedRefund:
    # A refund that was running when the simulator stopped is done now.
    return SimulatedRefund(**dict(row) | {"at": datetime.fromisoformat(row["at"]), "done": True})
