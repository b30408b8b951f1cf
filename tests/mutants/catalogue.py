"""Seeded defects of the ledger and its payments, each with the one test that must catch it.

A mutant is a small exchange of text in one file. Where the text is no longer there the mutant has
to follow the code: `make test` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_DOMAIN: Final = "services/payouts/domain"
_STORE: Final = "services/payouts/store"
_UNIT: Final = "tests/unit/payouts"
_RPC: Final = "tests/rpc/payouts"
_PAY_DAY: Final = "tests/simulation/test_pay_day.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A defect; `edits` are pairs of what stands there and what stands there instead."""

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    test: str


MUTANTS: Final = (
    Mutant(
        name="check-then-act key: a request's key is looked for, and not claimed",
        file="services/chassis/unit_of_work.py",
        edits=(
            ('find_one({"_id": key}, session', 'find_one({"key": key}, session'),
            (
                '"_id": key,\n                "digest"',
                '"key": key,\n                "digest"',
            ),
        ),
        test=f"{_RPC}/ledger/test_ledger_invariants.py::test_64_orders_under_one_request_id_are_one_order",
    ),
    Mutant(
        name="an unknown commit runs the body again, as if nothing had been done",
        file="services/chassis/unit_of_work.py",
        edits=(
            (
                "                    await asyncio.sleep(0.05)\n                    continue\n",
                "                    return False\n",
            ),
        ),
        test=f"{_RPC}/ledger/test_unclear_commits.py"
        "::test_a_commit_without_an_answer_is_asked_for_again_and_its_body_is_not",
    ),
    Mutant(
        name="a key that comes twice in one batch is written twice",
        file=f"{_DOMAIN}/ledger/balances.py",
        edits=(("        seen[entry.entry_id] = entry.body_hash\n", ""),),
        test=f"{_UNIT}/ledger/test_balances.py::test_repeats_inside_a_batch_and_across_batches_do_nothing",
    ),
    Mutant(
        name="the same key with another body passes for the same",
        file=f"{_DOMAIN}/ledger/entries.py",
        edits=(("    if entry.body_hash != known_hash:", "    if not known_hash:"),),
        test=f"{_UNIT}/ledger/test_balances.py"
        "::test_another_body_under_a_known_key_is_refused_inside_a_batch_and_across",
    ),
    Mutant(
        name="read-modify-write balance: set from what was read, outside of the transaction",
        file=f"{_STORE}/ledger/ledger.py",
        edits=(
            (
                '{"$inc": {"amount_units": deltas_units[account]}}',
                '{"$set": {"amount_units": read_units[account] + deltas_units[account]}}',
            ),
            (
                "        moved = [\n",
                "        read_units = await self.balances(there)\n        moved = [\n",
            ),
            (
                "await self._balances.bulk_write(moved, session=session)",
                "await self._balances.bulk_write(moved)",
            ),
        ),
        test=f"{_RPC}/ledger/test_ledger_invariants.py::test_no_credit_to_a_hot_account_is_lost",
    ),
    Mutant(
        name="float amounts: shares are divided as floats",
        file=f"{_DOMAIN}/ledger/money.py",
        edits=(
            (
                "    return divide(check_amount(amount) * bps, BPS_IN_WHOLE, rounding=rounding)",
                "    return int(check_amount(amount) * bps / BPS_IN_WHOLE + 0.5)",
            ),
        ),
        test=f"{_UNIT}/ledger/test_money_exact.py::test_shares_of_the_largest_amounts_are_exact",
    ),
    Mutant(
        name="missing currency check on a posting",
        file=f"{_DOMAIN}/ledger/entries.py",
        edits=(("        if parse(self.account).currency != self.currency:", "        if False:"),),
        test=f"{_UNIT}/ledger/test_entries.py::test_bad_postings_cannot_be_made",
    ),
    Mutant(
        name="an unbalanced entry is written",
        file=f"{_DOMAIN}/ledger/entries.py",
        edits=(
            (
                "        if total:\n            raise EntryUnbalanced",
                "        if False:\n            raise EntryUnbalanced",
            ),
        ),
        test=f"{_UNIT}/ledger/test_entries.py::test_an_unbalanced_entry_says_by_how_much",
    ),
    Mutant(
        name="refund keeps the key alive: the next attempt goes under the old one",
        file=f"{_DOMAIN}/payments/instruction_steps.py",
        edits=(("attempt=leg.attempt + 1, attempts", "attempt=leg.attempt, attempts"),),
        test=f"{_UNIT}/payments/test_instructions.py"
        "::test_a_refused_key_is_dead_and_the_next_attempt_has_another",
    ),
    Mutant(
        name="new key per retry: a call that nobody answered is repeated under another key",
        file=f"{_DOMAIN}/payments/instructions.py",
        edits=(
            (
                'return f"{self.instruction_id}:{self.leg.attempt}:{self.op}"',
                'return f"{self.instruction_id}:{self.leg.attempt}.{self.leg.sends}:{self.op}"',
            ),
        ),
        test=f"{_PAY_DAY}::test_every_fault_with_a_stop_in_its_midst",
    ),
    Mutant(
        name="last-write-wins webhook: old news moves a payout back",
        file=f"{_DOMAIN}/payments/instruction_facts.py",
        edits=(
            (
                "RANK[found.state] > RANK[noted.rail_state or RailState.PENDING]",
                "found.state is not noted.rail_state",
            ),
        ),
        test=f"{_UNIT}/payments/test_instruction_facts.py"
        "::test_payouts_move_forward_only_and_from_paid_to_failed",
    ),
    Mutant(
        name="unknown releases the balance: no answer counts as a refusal",
        file=f"{_DOMAIN}/payments/instruction_steps.py",
        edits=(
            ("OutcomeKind.NO_RESPONSE: _on_unanswered", "OutcomeKind.NO_RESPONSE: _on_refused"),
        ),
        test=f"{_UNIT}/payments/test_never_twice.py::test_every_fault_in_a_row",
    ),
    Mutant(
        name="a kept server error counts as a refusal",
        file=f"{_DOMAIN}/payments/rail.py",
        edits=(("500: OutcomeKind.SERVER_ERROR", "500: OutcomeKind.REFUSED"),),
        test=f"{_PAY_DAY}::test_every_fault_with_a_stop_in_its_midst",
    ),
    Mutant(
        name="what is in a file for the bank waits for the next one all the same",
        file=f"{_STORE}/payments/payout_batches.py",
        edits=(
            (
                '"batch_id": batch.batch_id, "is_waiting": False',
                '"batch_id": batch.batch_id, "is_waiting": True',
            ),
        ),
        test=f"{_PAY_DAY}::test_stops_of_the_other_ways_of_money",
    ),
    Mutant(
        name="nothing found counts as nothing there, however soon",
        file=f"{_DOMAIN}/payments/instructions.py",
        edits=(
            (
                "    return since is not None and now >= since\n",
                "    return since is None or now >= leg.last_sent_at\n",
            ),
        ),
        test=f"{_UNIT}/payments/test_instructions.py"
        "::test_absence_proves_nothing_while_a_call_may_still_arrive",
    ),
    Mutant(
        name="the call goes before the instruction is stored",
        file="services/payouts/usecases/payments/paying.py",
        edits=(("        await rail.admit(op)\n", "        await rail.send(instruction)\n"),),
        test=f"{_PAY_DAY}::test_every_stop_of_a_payment_pays_it_once",
    ),
    Mutant(
        name="hold not counted: each looks at what was there before all",
        file=f"{_DOMAIN}/ledger/balances.py",
        edits=(
            (
                "before = balances_units.get(name, 0) + running.get(name, 0)",
                "before = balances_units.get(name, 0)",
            ),
        ),
        test=f"{_UNIT}/ledger/test_balances.py::test_six_holds_of_1000_on_5000",
    ),
    Mutant(
        name="hold counted twice",
        file="services/payouts/usecases/funding/funds.py",
        edits=(
            (
                "self._books.add_hold(project_id, amount_units,",
                "self._books.add_hold(project_id, 2 * amount_units,",
            ),
        ),
        test=f"{_RPC}/ledger/test_ledger_rpcs.py::test_holds_add_up_and_are_told",
    ),
    Mutant(
        name="rounding at each answer instead of at the statement",
        file=f"{_DOMAIN}/answers/pricing.py",
        edits=(
            (
                "        pay_units=check_positive(pay_units),\n        commission_units",
                "        pay_units=pay_units // 10_000 * 10_000,\n        commission_units",
            ),
        ),
        test=f"{_PAY_DAY}::test_every_stop_of_a_payment_pays_it_once",
    ),
    Mutant(
        name="what rounding left is dropped instead of carried over",
        file=f"{_DOMAIN}/statements/statements.py",
        edits=(
            (
                "        return self.lines_units - units_of(self.gross_minor)\n",
                "        return 0\n",
            ),
        ),
        test=f"{_UNIT}/statements/test_statements.py::test_a_rest_is_on_the_next_statement",
    ),
    Mutant(
        name="split drops the remainder",
        file=f"{_DOMAIN}/ledger/money.py",
        edits=(("    for index in by_remainder[:missing]:", "    for index in by_remainder[:0]:"),),
        test=f"{_UNIT}/ledger/test_money.py::test_parts_add_up_and_are_fair",
    ),
    Mutant(
        name="reversal twice: an accrual that was taken back still stands",
        file=f"{_DOMAIN}/answers/decisions.py",
        edits=(("        accrued, bps = 0, 0\n", "        bps = 0\n"),),
        test=f"{_UNIT}/answers/test_decisions.py"
        "::test_in_any_order_each_accrual_is_taken_back_at_most_once",
    ),
    Mutant(
        name="sealed period written: accruals are recorded in a time that is over",
        file=f"{_STORE}/ledger/ledger.py",
        edits=(
            (
                "return now if sealed_until is None else max(now, sealed_until)",
                "return now",
            ),
        ),
        test=f"{_RPC}/ledger/test_ledger_store.py"
        "::test_a_clock_that_is_late_records_nothing_in_a_sealed_time",
    ),
    Mutant(
        name="the proposer may confirm",
        file=f"{_DOMAIN}/ledger/two_persons.py",
        edits=(("        if self.needed and first == second:", "        if not second:"),),
        test=f"{_UNIT}/ledger/test_adjustments.py::test_the_proposer_may_not_confirm",
    ),
    Mutant(
        name="a rejection takes back again what operators have reversed",
        file="services/payouts/usecases/answers/overturning.py",
        edits=(("            if entry_id not in by_hand\n", ""),),
        test=f"{_RPC}/ledger/test_adjustments.py::test_an_entry_is_reversed_once_by_whomever",
    ),
    Mutant(
        name="a transfer that arrived stays in flight",
        file=f"{_DOMAIN}/payments/instruction_facts.py",
        edits=(("    if leg.op in _SEEN and noted is not leg:\n", "    if False:\n"),),
        test=f"{_PAY_DAY}::test_every_stop_of_a_payment_pays_it_once",
    ),
    Mutant(
        name="a failed payout does not come back",
        file=f"{_DOMAIN}/payments/instruction_facts.py",
        edits=(("        movements=(*seen, returned),\n", ""),),
        test=f"{_PAY_DAY}::test_a_bank_that_sends_money_back_is_paid_in_the_end",
    ),
    Mutant(
        name="an answer that is taken back after it was paid costs the client its fees",
        file=f"{_DOMAIN}/ledger/flows.py",
        edits=(
            (
                "            amount_units=held.amount_units,\n",
                "            amount_units=-accrued.postings[1].amount_units,\n",
            ),
        ),
        test=f"{_UNIT}/ledger/test_flows.py"
        "::test_an_absorption_makes_the_client_whole_and_leaves_the_contractor_alone",
    ),
    Mutant(
        name="the region is ignored: everybody of a country has the country's floor",
        file=f"{_DOMAIN}/fairness/floor_choice.py",
        edits=(("        if region and one.floor.place == region:", "        if False:"),),
        test=f"{_UNIT}/fairness/test_floor_choice.py"
        "::test_a_regions_row_wins_and_without_one_nobody_gets_less_than_the_countrys",
    ),
    Mutant(
        name="any code of the right form is a region's",
        file="services/chassis/regions.py",
        edits=(("        if not listed or part in listed or", "        if listed or"),),
        test="tests/unit/chassis/test_regions.py"
        "::test_a_code_that_nobody_has_is_refused_with_those_that_it_may_have_meant",
    ),
    Mutant(
        name="a table's row of a region that there is not goes in: it is nobody's floor",
        file=f"{_DOMAIN}/fairness/floor_rows.py",
        edits=(("    if floor.region:\n", "    if not floor:\n"),),
        test=f"{_RPC}/fairness/test_floor_rpcs.py"
        "::test_a_row_of_a_region_that_there_is_not_is_told_and_the_others_go_in",
    ),
    Mutant(
        name="the region is ignored on its way: what onboarding tells of it is not kept",
        file="services/payouts/consumers/ledger.py",
        edits=(('                    "region": record.region,\n', ""),),
        test=f"{_RPC}/fairness/test_floor_regions.py"
        "::test_two_regions_of_one_country_are_two_floors_and_the_evidence_names_them",
    ),
    Mutant(
        name="a refund is resolved again by whoever has not heard that it is",
        file=f"{_DOMAIN}/funding/refunds.py",
        edits=(
            (
                "        if self.state is RefundState.HELD:\n            return after\n",
                "        return after\n",
            ),
            (
                'entry_id=f"funds_hold_resolved:{refund.refund_id}",',
                'entry_id=f"funds_hold_resolved:{refund.refund_id}:{refund.resolved_by}",',
            ),
        ),
        test=f"{_PAY_DAY}::test_stops_of_the_other_ways_of_money",
    ),
    Mutant(
        name="two operators who read one line of the bank's statement at once record two transfers",
        file=f"{_STORE}/funding/bank_transfers.py",
        edits=(
            (
                'name="by_reference",\n                unique=True,\n',
                'name="by_reference",\n',
            ),
        ),
        test=f"{_PAY_DAY}::test_stops_of_the_other_ways_of_money",
    ),
    Mutant(
        name="what a dispute took is booked each time that it is told of",
        file=f"{_DOMAIN}/funding/funding_flows.py",
        edits=(
            (
                'entry_id=f"payment_return:{returned.transaction_id}",',
                'entry_id=f"payment_return:{booking.recorded_at.timestamp()}",',
            ),
        ),
        test=f"{_PAY_DAY}::test_banks_that_refuse_and_money_that_is_short",
    ),
    Mutant(
        name="what is owed is read, and not held on to: what is free beside it stays so",
        file="services/payouts/usecases/funding/owed.py",
        edits=(("ledger.balances_to_decide_by(", "ledger.balances("),),
        test=f"{_RPC}/funding/test_owed.py"
        "::test_what_goes_back_beside_a_refund_that_is_declined_is_covered",
    ),
)
