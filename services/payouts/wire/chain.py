"""Blocks of the journal's chain and seals of pay periods as protobuf messages."""

from __future__ import annotations

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.timestamps import timestamp
from services.payouts.domain.ledger.accounts import Purpose
from services.payouts.domain.ledger.chain import Block
from services.payouts.domain.ledger.period_seals import PeriodSeal
from services.payouts.usecases.ledger.chain_audit import ChainStanding
from services.payouts.wire.ledger import PURPOSES


def block_message(block: Block) -> types_pb2.Block:
    """All that its hash is made of, and the hash."""
    return types_pb2.Block(
        number=block.number,
        previous_hash=block.previous_hash,
        until_time=timestamp(block.until.recorded_at),
        until_entry_id=block.until.entry_id,
        first_entry_id=block.first_id,
        last_entry_id=block.last_id,
        entries=block.entries,
        entries_total=block.entries_total,
        entries_hash=block.entries_hash,
        sums=[
            types_pb2.BlockSum(currency=currency, debit_units=str(amount_units))
            for currency, amount_units in sorted(block.debits_units.items())
        ],
        hash=block.block_hash,
    )


def standing_message(standing: ChainStanding) -> service_pb2.GetChainResponse:
    """The head, and how far it was looked through."""
    message = service_pb2.GetChainResponse(next_block_number=standing.progress.next_number)
    if standing.head is not None:
        message.head.CopyFrom(block_message(standing.head))
    if standing.progress.round_ended_at is not None:
        message.verified_time.CopyFrom(timestamp(standing.progress.round_ended_at))
    return message


def seal_message(seal: PeriodSeal) -> types_pb2.PeriodSeal:
    """What a period was closed with."""
    return types_pb2.PeriodSeal(
        seal_time=timestamp(seal.sealed_at),
        as_of_time=timestamp(seal.as_of),
        block_number=seal.block_number,
        block_hash=seal.block_hash,
        statements=seal.statements,
        statements_root=seal.statements_root,
        balances=[
            types_pb2.SealedBalance(
                purpose=PURPOSES[Purpose(line.purpose)],
                currency=line.currency,
                amount_units=line.amount_units,
                accounts=line.accounts,
            )
            for line in seal.balances
        ],
    )
