"""What goes over the wire, as the type checker and the editor know it.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

OrganisationKind = Literal[
    "ORGANISATION_KIND_UNSPECIFIED",
    "ORGANISATION_KIND_PLATFORM",
    "ORGANISATION_KIND_CLIENT",
    "ORGANISATION_KIND_VENDOR",
]

AssignmentState = Literal[
    "ASSIGNMENT_STATE_UNSPECIFIED",
    "ASSIGNMENT_STATE_CLAIMED",
    "ASSIGNMENT_STATE_SUBMITTED",
    "ASSIGNMENT_STATE_ACCEPTED",
    "ASSIGNMENT_STATE_REJECTED",
    "ASSIGNMENT_STATE_RELEASED",
    "ASSIGNMENT_STATE_EXPIRED",
    "ASSIGNMENT_STATE_IN_REVIEW",
]

ProjectState = Literal[
    "PROJECT_STATE_UNSPECIFIED",
    "PROJECT_STATE_DRAFT",
    "PROJECT_STATE_FUNDED",
    "PROJECT_STATE_LIVE",
    "PROJECT_STATE_PAUSED",
    "PROJECT_STATE_COMPLETED",
    "PROJECT_STATE_CANCELLED",
]

TaskState = Literal[
    "TASK_STATE_UNSPECIFIED", "TASK_STATE_OPEN", "TASK_STATE_ANSWERED", "TASK_STATE_RESOLVED"
]

# What a token's bearer may do.
Role = Literal[
    "ROLE_UNSPECIFIED",
    "ROLE_OPERATOR",
    "ROLE_CLIENT",
    "ROLE_VENDOR",
    "ROLE_CONTRACTOR",
    "ROLE_SERVICE",
]

# Kinds of work.
WorkKind = Literal[
    "WORK_KIND_UNSPECIFIED",
    "WORK_KIND_CHOICE",
    "WORK_KIND_PAIRWISE",
    "WORK_KIND_TEXT",
    "WORK_KIND_STRUCTURED",
    "WORK_KIND_ORDINAL",
    "WORK_KIND_NUMERIC",
    "WORK_KIND_RANKED",
    "WORK_KIND_REGIONS",
    "WORK_KIND_SPANS",
    "WORK_KIND_CODE",
]

AdjustmentState = Literal[
    "ADJUSTMENT_STATE_UNSPECIFIED",
    "ADJUSTMENT_STATE_PROPOSED",
    "ADJUSTMENT_STATE_CONFIRMED",
    "ADJUSTMENT_STATE_DECLINED",
    "ADJUSTMENT_STATE_EXPIRED",
]

BankTransferState = Literal[
    "BANK_TRANSFER_STATE_UNSPECIFIED",
    "BANK_TRANSFER_STATE_ANNOUNCED",
    "BANK_TRANSFER_STATE_RECORDED",
    "BANK_TRANSFER_STATE_CONFIRMED",
    "BANK_TRANSFER_STATE_REJECTED",
]

BookFault = Literal[
    "BOOK_FAULT_UNSPECIFIED",
    "BOOK_FAULT_UNBALANCED",
    "BOOK_FAULT_OVERDRAWN",
    "BOOK_FAULT_MISSTATED",
    "BOOK_FAULT_ENTRY_CHANGED",
    "BOOK_FAULT_BLOCK_ENTRIES",
    "BOOK_FAULT_BLOCK_BROKEN",
    "BOOK_FAULT_MISCOUNTED",
    "BOOK_FAULT_SEAL_BROKEN",
    "BOOK_FAULT_STATEMENT_CHANGED",
    "BOOK_FAULT_STATEMENT_MISBOOKED",
    "BOOK_FAULT_STATEMENT_PAYMENT",
    "BOOK_FAULT_PERIOD_INCOMPLETE",
    "BOOK_FAULT_CLEARING_OLD",
]

ErasureHurdle = Literal[
    "ERASURE_HURDLE_UNSPECIFIED",
    "ERASURE_HURDLE_NOT_STATED",
    "ERASURE_HURDLE_STATEMENT_UNPAID",
    "ERASURE_HURDLE_BENEFITS",
    "ERASURE_HURDLE_ADJUSTMENT_PROPOSED",
]

FloorLackKind = Literal[
    "FLOOR_LACK_KIND_UNSPECIFIED",
    "FLOOR_LACK_KIND_UNKNOWN",
    "FLOOR_LACK_KIND_STALE",
    "FLOOR_LACK_KIND_ENDING",
]

FloorOutcome = Literal[
    "FLOOR_OUTCOME_UNSPECIFIED",
    "FLOOR_OUTCOME_PASSED",
    "FLOOR_OUTCOME_TOPPED_UP",
    "FLOOR_OUTCOME_UNTESTED",
]

# As what a floor applies.
FloorScope = Literal[
    "FLOOR_SCOPE_UNSPECIFIED",
    "FLOOR_SCOPE_REGION",
    "FLOOR_SCOPE_COUNTRY",
    "FLOOR_SCOPE_HIGHEST_REGION",
    "FLOOR_SCOPE_FALLBACK",
]

FloorVerdict = Literal[
    "FLOOR_VERDICT_UNSPECIFIED",
    "FLOOR_VERDICT_PASSES",
    "FLOOR_VERDICT_BELOW_FLOOR",
    "FLOOR_VERDICT_FLOOR_UNKNOWN",
    "FLOOR_VERDICT_FLOOR_STALE",
    "FLOOR_VERDICT_RATE_UNKNOWN",
    "FLOOR_VERDICT_RATE_STALE",
    "FLOOR_VERDICT_TIME_UNKNOWN",
]

PaperKind = Literal[
    "PAPER_KIND_UNSPECIFIED", "PAPER_KIND_RECEIPT", "PAPER_KIND_INVOICE", "PAPER_KIND_CREDIT_NOTE"
]

PassThroughState = Literal[
    "PASS_THROUGH_STATE_UNSPECIFIED",
    "PASS_THROUGH_STATE_RECORDED",
    "PASS_THROUGH_STATE_CONFIRMED",
    "PASS_THROUGH_STATE_DISPUTED",
    "PASS_THROUGH_STATE_WITHDRAWN",
]

PayCadence = Literal[
    "PAY_CADENCE_UNSPECIFIED",
    "PAY_CADENCE_WEEKLY",
    "PAY_CADENCE_BIWEEKLY",
    "PAY_CADENCE_SEMI_MONTHLY",
    "PAY_CADENCE_MONTHLY",
]

PayPeriodState = Literal[
    "PAY_PERIOD_STATE_UNSPECIFIED",
    "PAY_PERIOD_STATE_OPEN",
    "PAY_PERIOD_STATE_CLOSING",
    "PAY_PERIOD_STATE_CLOSED",
]

PaymentMethod = Literal[
    "PAYMENT_METHOD_UNSPECIFIED", "PAYMENT_METHOD_TOP_UP", "PAYMENT_METHOD_PAYMENT"
]

PaymentState = Literal[
    "PAYMENT_STATE_UNSPECIFIED",
    "PAYMENT_STATE_CREATING",
    "PAYMENT_STATE_NEEDS_PAYER",
    "PAYMENT_STATE_PROCESSING",
    "PAYMENT_STATE_SUCCEEDED",
    "PAYMENT_STATE_FAILED",
]

# What money leaves on.
PayoutRail = Literal[
    "PAYOUT_RAIL_UNSPECIFIED",
    "PAYOUT_RAIL_STRIPE_CONNECT",
    "PAYOUT_RAIL_STRIPE_GLOBAL_PAYOUTS",
    "PAYOUT_RAIL_MANUAL_CSV",
    "PAYOUT_RAIL_BANK",
]

RefundState = Literal[
    "REFUND_STATE_UNSPECIFIED",
    "REFUND_STATE_HELD",
    "REFUND_STATE_PAID",
    "REFUND_STATE_DECLINED",
    "REFUND_STATE_EXPIRED",
]

StatementState = Literal[
    "STATEMENT_STATE_UNSPECIFIED",
    "STATEMENT_STATE_CLOSED",
    "STATEMENT_STATE_PAYING",
    "STATEMENT_STATE_TRANSFERRED",
    "STATEMENT_STATE_PAID",
    "STATEMENT_STATE_FAILED",
]

TaxForm = Literal[
    "TAX_FORM_UNSPECIFIED",
    "TAX_FORM_W9",
    "TAX_FORM_W8BEN",
    "TAX_FORM_W8BENE",
    "TAX_FORM_DAC7",
    "TAX_FORM_OTHER",
]

TaxFormState = Literal[
    "TAX_FORM_STATE_UNSPECIFIED", "TAX_FORM_STATE_VALID", "TAX_FORM_STATE_EXPIRED"
]

TaxIdType = Literal[
    "TAX_ID_TYPE_UNSPECIFIED",
    "TAX_ID_TYPE_SSN",
    "TAX_ID_TYPE_ITIN",
    "TAX_ID_TYPE_EIN",
    "TAX_ID_TYPE_TIN",
    "TAX_ID_TYPE_VAT",
]

# Who has to do something before money can move.
UnpaidActor = Literal[
    "UNPAID_ACTOR_UNSPECIFIED", "UNPAID_ACTOR_PAYEE", "UNPAID_ACTOR_OPERATOR", "UNPAID_ACTOR_NOBODY"
]

# What the payee can do to be paid sooner, or otherwise.
WayOut = Literal[
    "WAY_OUT_UNSPECIFIED",
    "WAY_OUT_OPEN_ACCOUNT",
    "WAY_OUT_ACCOUNT_LINK",
    "WAY_OUT_OTHER_RAIL",
    "WAY_OUT_TAX_FORM",
    "WAY_OUT_BANK_DETAILS",
]

WebhookDeliveryState = Literal[
    "WEBHOOK_DELIVERY_STATE_UNSPECIFIED",
    "WEBHOOK_DELIVERY_STATE_PENDING",
    "WEBHOOK_DELIVERY_STATE_DELIVERED",
    "WEBHOOK_DELIVERY_STATE_DEAD",
]

AppealState = Literal[
    "APPEAL_STATE_UNSPECIFIED",
    "APPEAL_STATE_OPEN",
    "APPEAL_STATE_UPHELD",
    "APPEAL_STATE_DISMISSED",
    "APPEAL_STATE_WITHDRAWN",
]

BreakerState = Literal[
    "BREAKER_STATE_UNSPECIFIED",
    "BREAKER_STATE_TRIPPED",
    "BREAKER_STATE_RELEASED",
    "BREAKER_STATE_OVERRULED",
]

Comparison = Literal["COMPARISON_UNSPECIFIED", "COMPARISON_BELOW", "COMPARISON_ABOVE"]

Decision = Literal[
    "DECISION_UNSPECIFIED", "DECISION_ACCEPTED", "DECISION_REJECTED", "DECISION_IN_REVIEW"
]

# Where a known answer comes from.
GoldSource = Literal[
    "GOLD_SOURCE_UNSPECIFIED",
    "GOLD_SOURCE_CLIENT",
    "GOLD_SOURCE_REVIEW",
    "GOLD_SOURCE_ADJUDICATION",
    "GOLD_SOURCE_CONSENSUS",
]

# From the mildest to the hardest.
RuleAction = Literal[
    "RULE_ACTION_UNSPECIFIED",
    "RULE_ACTION_NOTIFY",
    "RULE_ACTION_EXTRA_GOLD",
    "RULE_ACTION_REVIEW",
    "RULE_ACTION_RESTRICT",
    "RULE_ACTION_PAUSE",
]

# What a rule looks at, for one contractor in one project. Shares are held against a threshold by
# the bound of their 95 % interval that must clear it.
Statistic = Literal[
    "STATISTIC_UNSPECIFIED",
    "STATISTIC_ANSWERS",
    "STATISTIC_GOLD_ANSWERS",
    "STATISTIC_GOLD_ACCURACY",
    "STATISTIC_CONSENSUS_ACCURACY",
    "STATISTIC_SPAMMER_SCORE",
    "STATISTIC_MEDIAN_SECONDS",
    "STATISTIC_REJECTED_SHARE",
]

ContractorState = Literal[
    "CONTRACTOR_STATE_UNSPECIFIED",
    "CONTRACTOR_STATE_ACTIVE",
    "CONTRACTOR_STATE_SUSPENDED",
    "CONTRACTOR_STATE_OFFBOARDED",
]

Engagement = Literal["ENGAGEMENT_UNSPECIFIED", "ENGAGEMENT_VENDOR", "ENGAGEMENT_DIRECT"]

VendorState = Literal[
    "VENDOR_STATE_UNSPECIFIED",
    "VENDOR_STATE_APPLIED",
    "VENDOR_STATE_APPROVED",
    "VENDOR_STATE_REJECTED",
    "VENDOR_STATE_SUSPENDED",
]


class AcceptInvitationResponse(TypedDict):
    """See crewline.accounts.v1.AcceptInvitationResponse."""

    session: NotRequired[Session]
    # Shown once.
    session_secret: str


class Adjustment(TypedDict):
    """A correction of the books that an operator proposes: postings, or the reversal of an
    entry."""

    adjustment_id: str

    state: AdjustmentState
    # What it posts; of a reversal, the opposite of what the entry did.
    postings: list[Posting]
    # Empty unless an entry is reversed.
    reverses_entry_id: str

    reason: str
    # What it rests on, such as the number of a letter; may be empty.
    document: str
    # Not set: it counts from the moment in which it is confirmed.
    effective_time: NotRequired[str]

    proposed_by: str

    propose_time: NotRequired[str]
    # Over then, unless it is confirmed or declined.
    expire_time: NotRequired[str]
    # Who confirmed or declined it, and when.
    resolved_by: str

    resolve_time: NotRequired[str]

    declined_because: str
    # The entry that was booked.
    entry_id: str


class AnswerEarning(TypedDict):
    """What one answer earned."""

    assignment_id: str

    project_id: str

    amount: NotRequired[Money]

    accrue_time: NotRequired[str]
    # Taken back later, when the decision changed.
    reversed: bool


class AnswerField(TypedDict):
    """One field of an answer of several, as it is scored."""

    # The control's name in the label config; the key in the value's JSON object.
    name: str

    kind: WorkKind

    labels: list[str]
    # Any number of the labels may be chosen.
    multiple: bool


class AnswerPayment(TypedDict):
    """On which statement an accrual, or what undid it, is."""

    entry_id: str
    # The pay period that it counts into.
    pay_period_id: str
    # Empty while no statement has it: the period is open, or the sum is carried over.
    statement_id: str

    state: StatementState
    # Why it is not paid yet: UPPER_SNAKE.
    reason: str

    transfer_id: str

    payout_id: str


class ApiKey(TypedDict):
    """The public part of an API key; the secret is shown once, when it is made."""

    api_key_id: str

    organisation_id: str

    person_id: str

    label: str

    roles: list[Role]

    create_time: NotRequired[str]
    # Set once the key no longer works.
    revoke_time: NotRequired[str]
    # Set when a rotation gave the key a last day.
    expire_time: NotRequired[str]


class ApiKeyResult(TypedDict):
    """See crewline.accounts.v1.ApiKeyResult."""

    api_key: NotRequired[ApiKey]
    # Shown once; a repeat of the same request_id does not show it again.
    secret: str

    error: NotRequired[ItemError]


class Appeal(TypedDict):
    """A contractor holds that a rejection is wrong."""

    appeal_id: str

    assignment_id: str

    task_id: str

    project_id: str
    # Empty for clients.
    contractor_id: str

    contractor_pseudonym: str

    state: AppealState

    statement: str

    file_time: NotRequired[str]
    # Undecided then, it is upheld.
    decide_by_time: NotRequired[str]
    # What was rejected, why, and on what evidence.
    value: str

    rejection_reason: str

    rejection_clause: str

    rejection_evidence: dict[str, str]
    # What a contractor of another vendor said, blind; empty while nobody has.
    opinion_value: str
    # SECOND_OPINION, OPERATOR, SILENCE, once it is decided.
    decided_by: str

    decision_note: str

    decide_time: NotRequired[str]


class AppealDecision(TypedDict):
    """See crewline.quality.v1.AppealDecision."""

    appeal_id: str
    # UPHELD or DISMISSED.
    state: AppealState
    # Words that the contractor reads.
    note: str


class AppealResult(TypedDict):
    """See crewline.quality.v1.AppealResult."""

    appeal_id: str

    state: AppealState

    error: NotRequired[ItemError]


class Assignment(TypedDict):
    """One contractor's lease on one task."""

    assignment_id: str

    task_id: str

    project_id: str

    state: AssignmentState
    # Fencing token: what a submit, renewal or release must bring.
    lease_token: str

    lease_expire_time: NotRequired[str]
    # What the task shows; in lists only where it is still claimed.
    data: NotRequired[dict[str, Any]]
    # What an accepted answer earns.
    pay: NotRequired[Money]
    # Why it was rejected or is in review: UPPER_SNAKE.
    decision_reason: str
    # What was answered, once it was.
    value: str
    # The Label Studio regions that were submitted, where there were any.
    result: NotRequired[list[dict[str, Any]]]

    submit_time: NotRequired[str]

    claim_time: NotRequired[str]
    # The clause of the instructions that the decision rests on.
    decision_clause: str
    # Once it is decided: the known answer, where the task was a control task.
    gold_label: str
    # Share of the pay that was accepted, in hundredths of a percent; 10,000 is all of it.
    pay_bps: int


class BankLine(TypedDict):
    """What the payee's bank shows."""

    # UTC, as in 2026-11-28.
    arrival_day: str
    # By which banks find it; it comes up to ten days later, where there is one at all.
    trace_id: str
    # The provider's word: pending, supported or unsupported.
    trace_status: str

    descriptor: str


class BankTransfer(TypedDict):
    """A client's transfer to the platform's own bank account."""

    bank_transfer_id: str

    client_id: str

    amount: NotRequired[Money]

    state: BankTransferState

    sender: str
    # YYYY-MM-DD; empty until it is recorded, as is bank_reference.
    value_date: str

    bank_reference: str
    # Why it was rejected.
    reason: str

    create_time: NotRequired[str]
    # Who recorded and who confirmed it; for operators.
    recorded_by: str

    confirmed_by: str


class BenefitsProvider(TypedDict):
    """Who keeps benefits for people: a pension or health fund."""

    provider_id: str

    name: str
    # The one that it takes.
    currency: str
    # It takes no more money.
    closed: bool


class BenefitsWithdrawal(TypedDict):
    """What a contractor took out of the benefits account."""

    withdrawal_id: str

    contractor_id: str

    amount: NotRequired[Money]
    # Empty where it is paid to the person, with the next statement.
    provider_id: str
    # The contractor's number at the provider.
    member_reference: str

    create_time: NotRequired[str]


class BillingParticulars(TypedDict):
    """Who is named on receipts and invoices. Texts are of one line, with no blanks around
    them."""

    # The legal name.
    name: str
    # Of the address, but for postal code, city and country.
    lines: NotRequired[list[str]]
    # Such as a VAT id, in the country's own writing; may be empty, as may all that follow.
    tax_number: NotRequired[str]

    city: NotRequired[str]

    postal_code: NotRequired[str]
    # ISO 3166-1 alpha-2; an assigned code.
    country: NotRequired[str]
    # The number and place of a register of companies.
    registration: NotRequired[str]
    # Where invoices are to be sent; for operators, and on no paper.
    email: NotRequired[str]
    # What the client's own bookkeeping asks for on each invoice.
    purchase_order: NotRequired[str]
    # Grows by one with every change; 0 as long as nothing was stated: the name is then the one that
    # the organisation was registered under, or its id. In requests the version that is to be
    # replaced, or 0 for whichever holds.
    version: NotRequired[int]
    # When it was stated; not read in requests.
    state_time: NotRequired[str]
    # What an operator has set for the client; absent: the platform's own tax is added to invoices.
    # Not read in requests.
    tax: NotRequired[ClientTax]


class Block(TypedDict):
    """So many entries of the journal, in the order in which they were recorded, under one
    hash that names the hash of the block before."""

    # Counted from 1.
    number: int
    # 64 zeros before the first.
    previous_hash: str
    # It covers what was recorded before that time; or, if until_entry_id is set, up to that entry.
    until_time: NotRequired[str]

    until_entry_id: str

    first_entry_id: str

    last_entry_id: str

    entries: int
    # Of all blocks up to this one.
    entries_total: int
    # SHA-256 over its entries' ids, hashes, times and pay periods.
    entries_hash: str

    sums: list[BlockSum]

    hash: str


class BlockSum(TypedDict):
    """See crewline.payouts.v1.BlockSum."""

    currency: str
    # A whole number, as text: it may be more than 64 bits hold.
    debit_units: str


class BookFinding(TypedDict):
    """See crewline.payouts.v1.BookFinding."""

    fault: BookFault
    # Empty for totals.
    account: str

    currency: str
    # Debits less credits; of blocks and of what is miscounted: numbers of entries.
    expected_units: int

    found_units: int
    # Of the journal's chain; else 0.
    block_number: int
    # The first entry of the block that is not what it was; else empty.
    entry_id: str


class Breaker(TypedDict):
    """Too many rejections at once in one project."""

    breaker_id: str

    project_id: str

    state: BreakerState

    answers_held: int

    rejected_share: float
    # The larger of 10 % and three standard deviations above what is usual for the kind of work.
    limit_share: float

    trip_time: NotRequired[str]

    close_time: NotRequired[str]

    closed_by: str

    note: str


class CarriedOver(TypedDict):
    """What a payee has earned and no statement has yet, because it was not stated when last
    asked."""

    # The last period in which it was not stated.
    pay_period_id: str

    amount: NotRequired[Money]
    # The least that is stated; 1 where there is no minimum.
    minimum_minor: int

    reason: NotRequired[UnpaidReason]


class ChangePasswordResponse(TypedDict):
    """See crewline.accounts.v1.ChangePasswordResponse."""

    sessions_ended: int


class Check(TypedDict):
    """See crewline.quality.v1.Check."""

    assignment_id: str

    passed: NotRequired[int]

    failed: NotRequired[int]
    # What failed, for the reviewer and the contractor.
    log: NotRequired[str]


class CheckLabelConfigResponse(TypedDict):
    """See crewline.broker.v1.CheckLabelConfigResponse."""

    # What the config makes of answers; unspecified where the config itself is wrong.
    kind: WorkKind

    labels: list[str]
    # The fields that a task's data must have.
    data_fields: list[DataField]
    # Nothing here: all is well.
    problems: list[ItemError]
    # Of STRUCTURED: what an answer's value is made of.
    fields: list[AnswerField]


class ClaimAssignmentsResponse(TypedDict):
    """See crewline.broker.v1.ClaimAssignmentsResponse."""

    assignments: list[Assignment]
    # Set where there was nothing to hand out.
    retry_delay: NotRequired[str]


class ClearingAcknowledgement(TypedDict):
    """See crewline.payouts.v1.ClearingAcknowledgement."""

    reason: str
    # The operator.
    acknowledged_by: str

    acknowledge_time: NotRequired[str]

    until_time: NotRequired[str]


class ClearingAge(TypedDict):
    """See crewline.payouts.v1.ClearingAge."""

    account: str
    # Younger than 1h, 1d, 3d, 7d, or older.
    age: str

    amount: NotRequired[Money]

    items: int


class ClearingItem(TypedDict):
    """See crewline.payouts.v1.ClearingItem."""

    account: str
    # The payment instruction, or what the provider knows it as.
    group: str

    statement_id: str

    amount: NotRequired[Money]

    open_time: NotRequired[str]
    # Set while it stops no pay period from being closed.
    acknowledgement: NotRequired[ClearingAcknowledgement]


class ClientTax(TypedDict):
    """The tax on a client's invoices from now on, as an operator has set it."""

    client_id: NotRequired[str]
    # Hundredths of a percent; absent: the platform's own rate.
    rate_bps: NotRequired[int]
    # Stands on the invoices: such as why nothing is added.
    note: NotRequired[str]
    # Grows by one with every change.
    version: NotRequired[int]

    set_time: NotRequired[str]


class Condition(TypedDict):
    """See crewline.quality.v1.Condition."""

    statistic: Statistic

    comparison: Comparison
    # Shares are from 0 to 1, times in seconds.
    threshold: NotRequired[float]


class ConfusionCell(TypedDict):
    """See crewline.quality.v1.ConfusionCell."""

    true_label: str

    given_label: str

    answers: float


class Consensus(TypedDict):
    """See crewline.quality.v1.Consensus."""

    task_id: str

    project_id: str

    label: str
    # Probability that the label is right, as the scorer sees it.
    confidence: float

    answers: int
    # True once the task has all its answers.
    resolved: bool

    resolve_time: NotRequired[str]
    # Not all of the answers are the same.
    disputed: bool
    # What each label that was given has, before calibration; the largest is not always `label`, for
    # ties fall by hash.
    posterior: list[LabelShare]
    # Probability as the scorer sees it before it is calibrated on the project's control tasks.
    raw_confidence: float
    # Where the truth is known, how it came to be.
    gold_source: GoldSource


class Contractor(TypedDict):
    """See crewline.vendors.v1.Contractor."""

    contractor_id: str
    # The vendor, or the platform's organisation where the engagement is direct.
    organisation_id: str

    engagement: Engagement
    # The organisation's own name for the person; unique within it.
    external_id: str

    name: str

    email: str
    # ISO 3166-1 alpha-2.
    country: str
    # BCP 47.
    languages: list[str]

    skills: list[str]

    state: ContractorState

    history: list[StateChange]

    create_time: NotRequired[str]
    # The part of the country that the person lives in, ISO 3166-2 such as US-CA; empty where it is
    # not known. Where a floor is known for it, pay is tested by that one.
    region: str

    region_history: list[RegionChange]
    # Set once an operator has asked for it. Then the contractor's name, e-mail, external_id,
    # languages, skills, regions and the reasons in the history go as soon as nothing is owed.
    erasure: NotRequired[ContractorErasure]


class ContractorActivity(TypedDict):
    """What one contractor has done in all."""

    contractor_id: str

    answers_submitted: int

    answers_accepted: int

    answers_rejected: int

    answers_in_review: int

    active_seconds: float

    last_submit_time: NotRequired[str]


class ContractorEarnings(TypedDict):
    """See crewline.payouts.v1.ContractorEarnings."""

    contractor_id: str

    earnings: list[Earnings]


class ContractorErasure(TypedDict):
    """That a person was erased, who wanted it and why."""

    ask_time: NotRequired[str]

    actor: str

    reason: str
    # Not set while the person is still owed money.
    erase_time: NotRequired[str]


class ContractorMoneyKind(TypedDict):
    """See crewline.payouts.v1.ContractorMoneyKind."""

    # The entries' kind, as in accrual, accrual_reversal, floor_top_up.
    kind: str

    amount: NotRequired[Money]


class ContractorMoneyStatement(TypedDict):
    """See crewline.payouts.v1.ContractorMoneyStatement."""

    # Without its lines. What is not paid says why in its reason. Of a vendor's statement its
    # contractors see their part, as in GetStatement.
    statement: NotRequired[Statement]
    # What of it is the contractor's.
    amount: NotRequired[Money]
    # Transfer and payout at the provider. For the payee and operators; of a vendor's statement its
    # contractors see none, nor the bank line.
    movements: list[ProviderMovement]
    # Not set while nothing is known of it.
    bank_line: NotRequired[BankLine]


class ContractorMoneySum(TypedDict):
    """What was earned in one currency, directly or through one vendor, and where it is."""

    # Empty where the engagement was direct.
    vendor_id: str

    earnings: list[ContractorMoneyKind]
    # The sum of them, and of the next four.
    earned: NotRequired[Money]

    not_stated: NotRequired[Money]
    # On statements that are not paid yet; each says why.
    stated: NotRequired[Money]

    paid: NotRequired[Money]
    # Zero, or the books are wrong.
    unexplained: NotRequired[Money]
    # PERIOD_OPEN, PERIOD_CLOSING, BELOW_MINIMUM, ROUNDING or NOTHING_PAYABLE; empty where nothing is
    # left.
    why_not_stated: str
    # Where it is BELOW_MINIMUM: what a statement comes to at least.
    minimum_minor: int


class ContractorQuality(TypedDict):
    """How good one contractor's answers in one project are."""

    contractor_id: str

    project_id: str

    answers: int

    gold_answers: int

    gold_right: int
    # Estimate with its 95 % interval.
    accuracy: float

    accuracy_low: float

    accuracy_high: float
    # What they gave (columns) where what was true (rows): soft counts of answers.
    confusion: list[ConfusionCell]
    # Share of their tasks that are control tasks.
    gold_share: float

    paused_until: NotRequired[str]
    # Why they are limited, in words for them; empty where they are not.
    limit_explanation: str
    # Until then a person looks at all of their answers.
    review_until: NotRequired[str]
    # Until then they hold one task of the project at a time.
    restricted_until: NotRequired[str]
    # Until then they get control tasks at the project's highest rate.
    extra_gold_until: NotRequired[str]


class CreateAccountLinkResponse(TypedDict):
    """See crewline.payouts.v1.CreateAccountLinkResponse."""

    url: str

    expire_time: NotRequired[str]


class CreateDepositResponse(TypedDict):
    """See crewline.payouts.v1.CreateDepositResponse."""

    deposit_id: str
    # The provider's id of the top-up.
    topup_id: str
    # pending, succeeded or failed, as the provider says; failed, too, once the bank has taken it back.
    status: str


class CreatePaymentResponse(TypedDict):
    """See crewline.payouts.v1.CreatePaymentResponse."""

    payment: NotRequired[Payment]
    # What the page opens the provider's form with, beside the payment's client_secret; empty where
    # none is set.
    publishable_key: str


class CreateTransferReferenceResponse(TypedDict):
    """See crewline.payouts.v1.CreateTransferReferenceResponse."""

    client_id: str
    # Without letters and digits that are taken for each other; the last two check the others.
    code: str


class CreateWebhookEndpointResponse(TypedDict):
    """See crewline.payouts.v1.CreateWebhookEndpointResponse."""

    webhook_endpoint: NotRequired[WebhookEndpoint]
    # whsec_...; empty where the request is a repeat.
    secret: str


class DataField(TypedDict):
    """A field that a task's data must have for a label config."""

    name: str
    # What is shown of it: Text, Image, Audio, HyperText, Paragraphs, List...
    shown_as: str


class DeleteWebhookEndpointResponse(TypedDict):
    """See crewline.payouts.v1.DeleteWebhookEndpointResponse."""


class DryHit(TypedDict):
    """Whom a rule would have hit first when, and on what evidence."""

    # Set for operators.
    contractor_id: str
    # Set for clients.
    contractor_pseudonym: str
    # What they had answered then.
    answers: int

    hit_time: NotRequired[str]
    # The figures that meet the conditions, by statistic.
    evidence: dict[str, str]
    # Whether they turned out less often right than the others; not set where too little is known.
    deserved: NotRequired[bool]


class DryRun(TypedDict):
    """What a rule would have done on what is recorded."""

    # Who had answered.
    contractors: int
    # Distinct contractors that it would have hit.
    hit: int
    # Those hit whose later answers, or whose control tasks where there are no later ones, were
    # right less often than the others'.
    hit_rightly: int
    # Those hit who turned out at least as good as the others.
    hit_wrongly: int
    # Too little is known of them to tell.
    hit_unknown: int

    answers_replayed: int
    # All of the project's answers were replayed, and not only the latest 100,000.
    is_all: bool
    # The first 200 of them, in the order of the hits.
    hits: list[DryHit]


class Earnings(TypedDict):
    """What one contractor has earned in one currency."""

    currency: str
    # Accrued, and on no statement yet.
    accrued_units: int
    # On statements that are not paid yet.
    stated_units: int
    # On statements that are paid: to the contractor, or to the vendor who passes it on.
    paid_units: int
    # Accepted answers in all.
    answers: int
    # In the contractor's benefits account, whoever engages them; empty in a vendor's list.
    benefits_units: int


class Eligibility(TypedDict):
    """Who may do a project's work. An empty list asks for nothing."""

    # ISO 3166-1 alpha-2; the contractor's country is one of them.
    countries: NotRequired[list[str]]
    # The contractor speaks at least one of them.
    languages: NotRequired[list[str]]
    # The contractor has all of them.
    skills: NotRequired[list[str]]
    # Only contractors of these vendors; directly engaged ones are judged by exclude_direct.
    vendor_ids: NotRequired[list[str]]

    exclude_direct: NotRequired[bool]
    # ISO 3166-2, each of one of the countries, such as US-CA: of its country only those take part who
    # are known to live in one of its regions here. A price then has to reach the floors of these alone.
    regions: NotRequired[list[str]]


class Entry(TypedDict):
    """A balanced journal entry; never changed. A mistake is put right by another one that
    reverses it."""

    # The natural key: the same key posts once.
    entry_id: str

    kind: str

    postings: list[Posting]

    effective_time: NotRequired[str]

    record_time: NotRequired[str]

    reverses_entry_id: str

    reason: str
    # The pay period that it was booked into; empty where it belongs to none.
    pay_period_id: str
    # SHA-256 of what the entry does; of the whole journal only, which operators see.
    body_hash: str
    # What it is about, by name; of the whole journal only. With it the hash can be computed again.
    subject: dict[str, str]
    # Where money changed its currency: at which rate. Else not set.
    exchange: NotRequired[EntryExchange]
    # Of entries by hand: who agreed on it; of the whole journal only.
    approval: NotRequired[EntryApproval]


class EntryApproval(TypedDict):
    """Two operators, and the document that it rests on, if any. Part of the entry's hash."""

    proposed_by: str

    confirmed_by: str

    document: str


class EntryExchange(TypedDict):
    """So much of `quote` for one of `base`."""

    base: str

    quote: str
    # Exact decimal text.
    rate: str

    source: str

    rate_time: NotRequired[str]


class ErasureHurdleFound(TypedDict):
    """See crewline.payouts.v1.ErasureHurdleFound."""

    hurdle: ErasureHurdle
    # Not set of a correction.
    amount: NotRequired[Money]
    # Through whom it was earned; empty where the engagement is direct.
    vendor_id: str
    # The statement, or the adjustment.
    of_id: str

    reason: str


class ErasureProgress(TypedDict):
    """See crewline.payouts.v1.ErasureProgress."""

    contractor_id: str

    ask_time: NotRequired[str]
    # Not set while something is open.
    erase_time: NotRequired[str]
    # As of now; empty once it is done.
    hurdles: list[ErasureHurdleFound]


class Estimate(TypedDict):
    """A share with its 95 % Wilson interval, out of so many."""

    value: float

    low: float

    high: float

    weight: float


class ExchangeApiKeyResponse(TypedDict):
    """See crewline.accounts.v1.ExchangeApiKeyResponse."""

    access_token: str

    expire_time: NotRequired[str]

    subject_id: str

    organisation_id: str


class ExchangeRate(TypedDict):
    """A version of an exchange rate; never changed."""

    rate_id: str

    base: str

    quote: str

    rate: str

    date: str

    source: str

    source_url: str

    version: int
    # For operators.
    recorded_by: str

    record_time: NotRequired[str]

    is_fresh: bool


class Floor(TypedDict):
    """A version of a floor; never changed."""

    # Place, first day and version.
    floor_id: str

    country: str

    region: str

    currency: str

    amount: str

    per: str

    hours_a_month: str

    basis: str

    source: str

    source_url: str

    source_date: str

    valid_from: str

    valid_to: str

    version: int
    # For operators.
    recorded_by: str

    record_time: NotRequired[str]
    # What an hour comes to.
    hourly: NotRequired[Money]
    # May be relied on today: neither over nor too old.
    is_fresh: bool


class FloorLack(TypedDict):
    """A country of contractors whose floor an operator has to see to."""

    country: str

    kind: FloorLackKind
    # Empty where none is known.
    floor_id: str
    # The last day on which it may be relied on.
    end_date: str
    # The country, or the region of it (ISO 3166-2) whose floor it is.
    place: str


class FloorRow(TypedDict):
    """One line of a table of floors, cell by cell as the table has it."""

    # Where the line is in its file: problems name it.
    line: int
    # ISO 3166-1 alpha-2.
    country: NotRequired[str]
    # An ISO 3166-2 code or the part of it after the hyphen; empty for the whole country.
    region: NotRequired[str]
    # ISO 4217.
    currency: NotRequired[str]
    # In the currency's main unit, as decimal text: 2.60.
    amount: NotRequired[str]
    # hour or month; empty for hour.
    per: NotRequired[str]
    # What a monthly amount is divided by, such as 173.33; empty where it is by the hour.
    hours_a_month: NotRequired[str]
    # Whose needs it covers, in the source's words.
    basis: NotRequired[str]

    source: NotRequired[str]

    source_url: NotRequired[str]
    # When the source published it: YYYY-MM-DD.
    source_date: NotRequired[str]

    valid_from: NotRequired[str]
    # The last day, or empty.
    valid_to: NotRequired[str]


class FloorTest(TypedDict):
    """A contractor's pay of one pay period and currency against the floor, with what it
    rests on."""

    floor_test_id: str

    pay_period_id: str

    contractor_id: str

    country: str

    outcome: FloorOutcome
    # Why it was not tested: UPPER_SNAKE.
    reason: str
    # Those whose time was measured; others count neither as time nor as pay. To a vendor whose
    # contractor worked through others, too, this and the next sums of all the work are zero: it sees
    # the verdict and its own top-ups.
    answers: int

    earned: NotRequired[Money]

    measured_seconds: float
    # No more than the time for which any task was held.
    counted_seconds: float

    floor_hourly: NotRequired[Money]

    needed: NotRequired[Money]

    topped_up: NotRequired[Money]
    # As it was at the time: later versions change nothing.
    floor_id: str

    floor_amount: str

    floor_currency: str

    per: str

    hours_a_month: str

    basis: str

    source: str

    source_url: str

    rate_id: str

    rate: str

    rate_source: str
    # The floor or the rate should have been renewed by then.
    was_stale: bool

    top_ups: list[FloorTopUp]
    # Where in the country the contractor lived, by ISO 3166-2; empty where nobody had said.
    region: str
    # Whose floor it was: a country's, or a region's by its ISO 3166-2 code.
    floor_place: str

    floor_scope: FloorScope


class FloorTopUp(TypedDict):
    """What a top-up came to in one project, and out of what it was paid. Clients and their
    money are shown to operators alone."""

    project_id: str

    vendor_id: str

    answers: int

    earned: NotRequired[Money]

    active_seconds: float

    amount: NotRequired[Money]

    from_reserve: NotRequired[Money]

    from_available: NotRequired[Money]
    # At the platform's cost.
    absorbed: NotRequired[Money]


class FundsConversion(TypedDict):
    """A client's money turned into another currency."""

    conversion_id: str

    client_id: str

    taken: NotRequired[Money]
    # Rounded down to a ten-thousandth of a minor unit.
    given: NotRequired[Money]

    exchange: NotRequired[EntryExchange]

    create_time: NotRequired[str]
    # The bank's rate, once the platform has changed the money; else not set.
    settlement: NotRequired[EntryExchange]


class GetAnswerMoneyResponse(TypedDict):
    """See crewline.payouts.v1.GetAnswerMoneyResponse."""

    # In the order they were recorded; of each, the postings to accounts of the caller's.
    entries: list[Entry]

    payments: list[AnswerPayment]


class GetCallerResponse(TypedDict):
    """See crewline.accounts.v1.GetCallerResponse."""

    person: NotRequired[Person]

    organisation: NotRequired[Organisation]


class GetChainResponse(TypedDict):
    """See crewline.payouts.v1.GetChainResponse."""

    # Not set while there is none.
    head: NotRequired[Block]
    # The block that is looked at next; 1 between two rounds.
    next_block_number: int
    # When the last block was reached for the last time; not set before.
    verified_time: NotRequired[str]


class GetContractorMoneyResponse(TypedDict):
    """See crewline.payouts.v1.GetContractorMoneyResponse."""

    # By currency and vendor.
    sums: list[ContractorMoneySum]
    # The newest first, 20 at most.
    statements: list[ContractorMoneyStatement]
    # Where older ones begin; empty where there are none.
    next_before_statement_id: str


class GetFundsResponse(TypedDict):
    """See crewline.payouts.v1.GetFundsResponse."""

    # One a currency.
    available: list[Money]
    # At most 1,000, the newest projects first.
    holds: list[ProjectHold]
    # What refunds and disputes took of its payments beyond what it had: the next money covers it.
    # One a currency, where there is any.
    owed: list[Money]


class GetPayScheduleResponse(TypedDict):
    """See crewline.payouts.v1.GetPayScheduleResponse."""

    # Empty where no calendar is for the payee: operators say when.
    pay_calendar_id: str

    cadence: PayCadence
    # The end of the span that runs now; its statement is made then. Not set without a calendar.
    next_statement_time: NotRequired[str]
    # The working day on which that statement is paid, YYYY-MM-DD where the calendar is.
    next_pay_date: str
    # One a currency.
    carried: list[CarriedOver]


class GetPaymentResponse(TypedDict):
    """See crewline.payouts.v1.GetPaymentResponse."""

    payment: NotRequired[Payment]

    publishable_key: str


class GetPriceCheckResponse(TypedDict):
    """See crewline.payouts.v1.GetPriceCheckResponse."""

    lines: list[PriceLine]
    # A project of this price would be funded.
    passes: bool


class GetProjectCostResponse(TypedDict):
    """See crewline.payouts.v1.GetProjectCostResponse."""

    currency: str
    # Still held for answers.
    held_units: int
    # Spent: the sum of the four parts of accepted answers' prices, and of top-ups.
    spent_units: int

    contractor_pay_units: int

    vendor_commission_units: int

    platform_fee_units: int
    # Those that stand accepted; also one whose money operators took back by hand.
    answers_paid: int
    # Put into contractors' benefits accounts.
    benefits_units: int
    # Still set aside for pay that comes out below a floor.
    reserve_units: int
    # Paid out of the reserve to raise contractors' pay to their floor.
    floor_top_up_units: int


class GetProjectPayResponse(TypedDict):
    """See crewline.payouts.v1.GetProjectPayResponse."""

    # Measured, of the newest thousand.
    answers: int

    median_seconds: float
    # Three quarters of the answers were given in this time or less.
    slow_seconds: float
    # What an hour comes to at the median; not set before the first measured answer.
    median_hourly: NotRequired[Money]
    # The time that the lines are by, and whether it was measured or is the client's estimate.
    judged_seconds: float

    is_measured: bool

    lines: list[PriceLine]
    # Every line passes. While none does, the project is not given more money.
    passes: bool


class GetProjectProgressResponse(TypedDict):
    """See crewline.broker.v1.GetProjectProgressResponse."""

    tasks_posted: int

    tasks_resolved: int

    answers_submitted: int

    answers_accepted: int

    answers_rejected: int

    answers_in_review: int

    assignments_claimed: int

    count_time: NotRequired[str]
    # Tasks given back by contractors, and why: unclear instructions show here first.
    assignments_released: int
    # The most frequent reasons, at most twenty.
    release_reasons: list[ReasonCount]


class GetProjectQualityResponse(TypedDict):
    """See crewline.quality.v1.GetProjectQualityResponse."""

    answers_scored: int

    answers_accepted: int

    answers_rejected: int

    answers_in_review: int

    tasks_resolved: int

    gold_tasks: int

    contractors: int
    # Krippendorff's alpha of all answers so far; not set where nothing can be compared.
    alpha: NotRequired[float]
    # Answers that adaptive tasks did not need, of the overlap_max that they might have had.
    answers_saved: int
    # Divides the log-odds of what the scorer believes; 1 where calibration does not help.
    temperature: float

    appeals_open: int

    answers_held: int


class GetQualityReportResponse(TypedDict):
    """See crewline.quality.v1.GetQualityReportResponse."""

    # The report, as it is described in services/quality/README.md.
    report: NotRequired[dict[str, Any]]

    create_time: NotRequired[str]


class GetRankingResponse(TypedDict):
    """See crewline.quality.v1.GetRankingResponse."""

    items: list[RankedItem]
    # The batch fit of this time, with what was compared since added one by one; not set where
    # nothing was compared.
    fit_time: NotRequired[str]


class GetReconciliationResponse(TypedDict):
    """See crewline.payouts.v1.GetReconciliationResponse."""

    lines: list[ReconciliationLine]

    instructions_unsettled: int


class GetTrialBalanceResponse(TypedDict):
    """See crewline.payouts.v1.GetTrialBalanceResponse."""

    lines: list[TrialBalanceLine]
    # One a currency; zero.
    totals: list[Money]

    entries: int
    # Accepted answers that were accrued, and not reversed since.
    accruals: int


class Gold(TypedDict):
    """A known answer and how it does as a control task."""

    task_id: str

    label: str

    source: GoldSource

    is_control: bool

    answers: int

    right: int
    # Suddenly easier than it was: it may have been passed on.
    suspect: bool

    change_time: NotRequired[str]


class GoldLabel(TypedDict):
    """See crewline.quality.v1.GoldLabel."""

    task_id: str

    label: NotRequired[str]
    # May be handed out as a control task.
    is_control: NotRequired[bool]


class ImportContractorResult(TypedDict):
    """See crewline.vendors.v1.ImportContractorResult."""

    # Counted from 0 over the whole stream.
    row: int

    external_id: str

    contractor_id: str
    # False where the contractor was there already.
    created: bool

    error: NotRequired[ItemError]


class ImportContractorsResponse(TypedDict):
    """See crewline.vendors.v1.ImportContractorsResponse."""

    # One a row of the request message that this answers, in order.
    results: list[ImportContractorResult]


class ImportFloorsResponse(TypedDict):
    """See crewline.payouts.v1.ImportFloorsResponse."""

    added: int
    # Said nothing new.
    known: int
    # The others were taken.
    problems: list[RowProblem]


class ImportPayoutOutcomesResponse(TypedDict):
    """See crewline.payouts.v1.ImportPayoutOutcomesResponse."""

    rows: list[PayoutOutcomeRow]

    recorded: int

    repeated_rows: int

    refused: int


class ImportRatesResponse(TypedDict):
    """See crewline.payouts.v1.ImportRatesResponse."""

    added: int

    known: int

    problems: list[RowProblem]


class Invitation(TypedDict):
    """Asks a person to choose a password; the secret is shown once, when it is made."""

    invitation_id: str

    organisation_id: str

    person_id: str
    # The address it is for, where it is for one alone.
    email: str

    create_time: NotRequired[str]

    expire_time: NotRequired[str]

    accept_time: NotRequired[str]
    # Set also when a later one of the same person replaced it.
    revoke_time: NotRequired[str]


class InvitationResult(TypedDict):
    """See crewline.accounts.v1.InvitationResult."""

    invitation: NotRequired[Invitation]
    # Shown once; a repeat of the same request_id does not show it again.
    secret: str

    error: NotRequired[ItemError]


class ItemError(TypedDict):
    """What is wrong with one item of a batch; the other items are not touched by it."""

    # UPPER_SNAKE, stable.
    reason: str

    message: str
    # Path of the field at fault, where there is one.
    field: str

    metadata: dict[str, str]


class JudgedAnswer(TypedDict):
    """An answer, how it was decided, and on what grounds."""

    assignment_id: str

    task_id: str

    project_id: str
    # Stands for the contractor within this project and says nothing else.
    contractor_pseudonym: str

    value: str

    decision: Decision
    # UPPER_SNAKE.
    reason: str

    evidence: dict[str, str]

    rule_version: str
    # Grows by one with every decision about the same answer.
    revision: int

    decide_time: NotRequired[str]
    # What the machine thinks the label is.
    consensus_label: str
    # The clause of the project's instructions that the decision rests on.
    clause: str

    pay_bps: int


class LabelShare(TypedDict):
    """See crewline.quality.v1.LabelShare."""

    label: str

    probability: float


class Lease(TypedDict):
    """An assignment and the token that proves its lease."""

    assignment_id: str

    lease_token: str


class LimitContractorResponse(TypedDict):
    """See crewline.quality.v1.LimitContractorResponse."""

    paused_until: NotRequired[str]

    review_until: NotRequired[str]

    restricted_until: NotRequired[str]


class ListPayoutBatchesResponse(TypedDict):
    """See crewline.payouts.v1.ListPayoutBatchesResponse."""

    batches: list[PayoutBatch]

    next_page_token: str
    # Payments that no batch has taken yet.
    waiting: list[PayoutsWaiting]


class ListReconciliationDaysResponse(TypedDict):
    """See crewline.payouts.v1.ListReconciliationDaysResponse."""

    # By day, currency and account.
    days: list[ReconciliationDay]
    # What moved until then is in it; not set while everything is read for the first time.
    read_time: NotRequired[str]


class LookUpInvitationResponse(TypedDict):
    """See crewline.accounts.v1.LookUpInvitationResponse."""

    organisation_name: str
    # The address it is for, where it is for one alone.
    email: str

    roles: list[Role]

    expire_time: NotRequired[str]


class Money(TypedDict):
    """An amount in the smallest unit of its currency (cents for USD). The ledger counts in
    units, ten-thousandths of that: fields that end in _units hold them."""

    amount_minor: NotRequired[int]
    # Units on top of amount_minor: 1 and 3000 are 1.3 cents. Prices of answers, and sums of them,
    # have it; what is paid in or out is whole.
    fraction: NotRequired[int]
    # ISO 4217, upper case.
    currency: str


class NewAnswer(TypedDict):
    """See crewline.broker.v1.NewAnswer."""

    assignment_id: str

    lease_token: str
    # In the form of the project's kind: a label, a text, a number in decimal digits, or JSON (RANKED
    # an array of ids, REGIONS and SPANS of marks, STRUCTURED an object of fields); left out where
    # there is a result.
    value: NotRequired[str]
    # Time the contractor was at it; 0 where it was not measured.
    active_seconds: NotRequired[float]
    # What the Label Studio editor made: the array of its regions. The value follows from it.
    result: NotRequired[list[dict[str, Any]]]


class NewApiKey(TypedDict):
    """See crewline.accounts.v1.NewApiKey."""

    person_id: str

    label: NotRequired[str]


class NewContractor(TypedDict):
    """See crewline.vendors.v1.NewContractor."""

    external_id: str

    name: str
    # May be empty: a vendor need not tell it.
    email: NotRequired[str]

    country: str

    languages: NotRequired[list[str]]

    skills: NotRequired[list[str]]
    # ISO 3166-2, of that country, such as US-CA; empty where it is not known.
    region: NotRequired[str]


class NewInvitation(TypedDict):
    """See crewline.accounts.v1.NewInvitation."""

    person_id: str
    # Where it is given, the invitation is for this address alone.
    email: NotRequired[str]


class NewTask(TypedDict):
    """See crewline.broker.v1.NewTask."""

    external_id: str
    # A JSON object.
    data: dict[str, Any]
    # The known answer, where the task is a control task. Contractors never see it. A value of the
    # project's kind, or, with a label config, a Label Studio result; CODE has none.
    gold_label: NotRequired[str]
    # Where it is not empty, exactly these contractors do the task, one answer each.
    assignee_ids: NotRequired[list[str]]


class Offer(TypedDict):
    """Work that a contractor may take, and what it pays."""

    project_id: str

    name: str

    kind: WorkKind

    instructions: str
    # For one accepted answer.
    pay: NotRequired[Money]
    # Tasks that the contractor has not had and that want another answer, counted to 500: that many
    # or more.
    tasks_open: int
    # Median of what contractors needed for an answer, by a sample; 0 where nobody has answered yet.
    usual_seconds: float
    # What the pay comes to in an hour at the usual time; not set where the time is not known.
    hourly_pay: NotRequired[Money]

    lease_seconds: int
    # Share of the project's decided answers that were accepted, 0 to 1; not set before the first.
    acceptance_rate: NotRequired[float]
    # What the client pays for it, and who gets which part, with the commission of the contractor's
    # own vendor.
    price: NotRequired[Price]


class Organisation(TypedDict):
    """See crewline.accounts.v1.Organisation."""

    organisation_id: str

    name: str

    kind: OrganisationKind

    create_time: NotRequired[str]


class Paper(TypedDict):
    """A receipt, invoice or credit note; never changed."""

    paper_id: str

    kind: PaperKind
    # Without gaps, of its kind.
    number: str

    client_id: str
    # Tax included; credit notes' are below zero.
    total: NotRequired[Money]
    # What a receipt is of, or the invoice that a credit note corrects.
    source_id: str
    # Of an invoice: from when until when its costs were booked.
    start_time: NotRequired[str]

    end_time: NotRequired[str]

    create_time: NotRequired[str]
    # Of the content's bytes, in hexadecimal digits.
    sha256: str
    # JSON, byte for byte as it was frozen; lists leave it out.
    content: str


class PassThrough(TypedDict):
    """What a vendor says it has passed on to a contractor, and what the contractor says to
    that."""

    pass_through_id: str

    vendor_id: str

    contractor_id: str

    amount: NotRequired[Money]
    # The day of the payment: YYYY-MM-DD.
    pay_date: str
    # Of the payment, such as the bank's.
    reference: str

    state: PassThroughState
    # The contractor's words, where it is disputed.
    dispute: str

    record_time: NotRequired[str]
    # The vendor's words, where it was withdrawn.
    withdrawn_because: str


class PassThroughBalance(TypedDict):
    """What a vendor was paid for one contractor's work beside what reached the contractor.
    The vendor's commission is not in it."""

    vendor_id: str

    contractor_id: str
    # Paid out to the vendor: work and top-ups.
    owed: NotRequired[Money]
    # Recorded by the vendor and not disputed.
    passed_on: NotRequired[Money]
    # Of that, what the contractor has confirmed.
    confirmed: NotRequired[Money]

    disputed: NotRequired[Money]
    # Owed and not passed on; below zero where more was passed on than owed.
    open: NotRequired[Money]


class PayCalendar(TypedDict):
    """When the pay of some payees is stated, and on which working day it is paid."""

    pay_calendar_id: str

    cadence: PayCadence
    # YYYY-MM-DD, the first day of any one span; of monthly ones only the day of the month counts.
    anchor_date: str
    # Of the tz database, such as Africa/Nairobi: where its days begin.
    time_zone: str
    # Working days from the last day of a span to the day on which it is paid.
    pay_after_business_days: int
    # ISO 3166-1, two letters: whose public holidays and weekends are no working days.
    holidays_country: str
    # For whom it is; with neither, for all whom no other calendar names.
    countries: NotRequired[list[str]]

    payee_ids: NotRequired[list[str]]
    # Of calendars that are listed, and of no meaning in one that is put: the end of the span that runs
    # now, when its statements are made.
    next_statement_time: NotRequired[str]
    # And the working day on which those are paid, YYYY-MM-DD where the calendar is.
    next_pay_date: NotRequired[str]


class PayPeriod(TypedDict):
    """See crewline.payouts.v1.PayPeriod."""

    pay_period_id: str

    state: PayPeriodState

    start_time: NotRequired[str]

    end_time: NotRequired[str]

    statements: int

    statements_paid: int

    statements_failed: int
    # Of one closed period that is asked for; lists are without.
    seal: NotRequired[PeriodSeal]
    # Money that had been on its way for too long when it was ended, and that operators had
    # acknowledged: account and group of each.
    clearing_set_aside: list[str]


class PayStatementsResponse(TypedDict):
    """See crewline.payouts.v1.PayStatementsResponse."""

    # Instructions that this call committed; the payments follow.
    instructions: int
    # Statements that this call has not looked at: call again with resume_after until it is empty.
    remaining: int

    resume_after: str


class Payment(TypedDict):
    """Money of a client that comes in through the payment provider."""

    payment_id: str

    client_id: str

    amount: NotRequired[Money]

    method: PaymentMethod

    state: PaymentState
    # Why it failed, or why the last try to pay did: the provider's code.
    reason: str

    description: str
    # The provider's id.
    provider_id: str
    # Lets whoever holds it pay, at the provider's form; only while there is something to pay.
    client_secret: str
    # What the provider kept of it, which the platform bears. There when it has succeeded.
    fee: NotRequired[Money]
    # From when on the platform can pay others with it.
    available_time: NotRequired[str]

    create_time: NotRequired[str]
    # The provider's page that it is paid on, for its client; only while somebody can pay there.
    checkout_url: str
    # Until when; there for payments that are made on such a page.
    checkout_expire_time: NotRequired[str]


class PayoutAccount(TypedDict):
    """A payee's account at the payment provider."""

    payee_id: str
    # The provider's id of the account.
    account_id: str

    country: str

    currency: str

    transfers_enabled: bool

    payouts_enabled: bool
    # What the provider still wants to know.
    requirements_due: list[str]


class PayoutBatch(TypedDict):
    """Payments that left in one file."""

    batch_id: str

    currency: str

    total_minor: int

    payments: int
    # Of the file.
    sha256: str

    created_by: str

    create_time: NotRequired[str]
    # Not in lists.
    lines: list[PayoutBatchLine]
    # With the payees' bank details; not in lists.
    csv: str


class PayoutBatchLine(TypedDict):
    """See crewline.payouts.v1.PayoutBatchLine."""

    reference: str

    payee_id: str

    amount_minor: int

    currency: str
    # paid, failed or returned, as the bank said last; empty while it has said nothing.
    outcome: str

    value_date: str

    bank_reference: str
    # The bank's, where the money did not stay.
    code: str


class PayoutOutcomeRow(TypedDict):
    """See crewline.payouts.v1.PayoutOutcomeRow."""

    line: int

    reference: str
    # recorded, repeated or refused
    result: str
    # Empty for a good row.
    problem: str


class PayoutRailChoice(TypedDict):
    """See crewline.payouts.v1.PayoutRailChoice."""

    rail: PayoutRail

    chosen_by: str

    choose_time: NotRequired[str]

    reason: str


class PayoutRails(TypedDict):
    """See crewline.payouts.v1.PayoutRails."""

    payee_id: str

    country: str
    # Which counts: what was chosen as long as it is allowed, or the first that is. Unspecified
    # where none reaches the payee.
    rail: PayoutRail
    # The default first.
    allowed: list[PayoutRail]
    # The newest first, at most 50.
    choices: list[PayoutRailChoice]
    # Of the account number that was given last.
    bank_last_four: str

    bank_time: NotRequired[str]


class PayoutsWaiting(TypedDict):
    """See crewline.payouts.v1.PayoutsWaiting."""

    currency: str

    payments: int


class PeriodSeal(TypedDict):
    """What a pay period was closed with. It never changes, and nothing is booked into the
    period since."""

    seal_time: NotRequired[str]
    # All that was recorded before is in the blocks up to this one, and in the balances.
    as_of_time: NotRequired[str]

    block_number: int

    block_hash: str

    statements: int
    # SHA-256 over the ids and hashes of the period's statements, in the order of their ids.
    statements_root: str
    # Debits less credits are zero in every currency.
    balances: list[SealedBalance]


class Person(TypedDict):
    """Somebody who acts for an organisation. Contractors are people too: they appear here
    when the vendors service has enrolled them."""

    person_id: str

    organisation_id: str

    email: str

    name: str

    roles: list[Role]

    create_time: NotRequired[str]
    # Has a password.
    signs_in: bool


class PostTasksResponse(TypedDict):
    """See crewline.broker.v1.PostTasksResponse."""

    posted: int
    # Rows that were there already, unchanged.
    duplicates: int

    refused: int
    # The first thousand refused rows.
    errors: list[TaskError]


class Posting(TypedDict):
    """One side of an entry. Debits are positive, credits negative."""

    account: str
    # In ten-thousandths of a minor unit.
    amount_units: int

    currency: str


class Price(TypedDict):
    """What one accepted answer costs the client, by who gets it."""

    # The contractor, now.
    pay: NotRequired[Money]
    # The vendor who engages the contractor; zero where the engagement is direct.
    vendor_commission: NotRequired[Money]

    platform_fee: NotRequired[Money]
    # The contractor, in the benefits account.
    benefits: NotRequired[Money]
    # The client: the sum of the four.
    total: NotRequired[Money]


class PriceLine(TypedDict):
    """What a price comes to in one country, by the highest floor that applies to anybody
    there."""

    country: str

    verdict: FloorVerdict
    # What an hour has to come to, in the price's currency; not set where it is not known.
    floor_hourly: NotRequired[Money]
    # What an hour comes to.
    effective_hourly: NotRequired[Money]
    # The least pay for an answer that passes.
    least_pay: NotRequired[Money]
    # Empty: the operator's fallback, or none.
    floor_id: str

    source: str

    source_url: str
    # By which the floor was converted; empty where it is in the same currency.
    rate_id: str
    # The country, or the region of it (ISO 3166-2) whose floor is the highest there.
    place: str

    floor_scope: FloorScope


class Project(TypedDict):
    """See crewline.broker.v1.Project."""

    project_id: str

    client_id: str

    name: str

    kind: WorkKind

    instructions: str
    # Label Studio label config (XML).
    label_config: str
    # The labels an answer may have; empty means any text.
    labels: list[str]
    # What a contractor earns for one accepted answer.
    pay: NotRequired[Money]
    # Vendors with a higher commission are not allotted work of this project.
    commission_bps_max: int
    # The platform's fee, fixed when the project was made.
    platform_fee_bps: int
    # Answers a task gets; a task that names its contractors gets one from each of them.
    overlap: int

    lease_seconds: int

    eligibility: NotRequired[Eligibility]

    quality_policy: NotRequired[QualityPolicy]

    state: ProjectState

    history: list[StateChange]
    # Money held for the project.
    held_units: int
    # The most that the tasks posted so far can cost.
    reserved_units: int

    tasks_posted: int

    create_time: NotRequired[str]
    # The most that one accepted answer can cost the client: pay, commission, fee, benefits, and what
    # is set aside for floors.
    answer_price_units_max: int
    # Above `overlap`, the overlap is adaptive: a task gets `overlap` answers, and more one by one
    # up to this while its label is in doubt. 0: it is fixed.
    overlap_max: int
    # What an answer's value is made of, where it is of several fields.
    fields: list[AnswerField]
    # Share of the pay that goes to the contractor's benefits account on top of it, fixed when the
    # project was made.
    benefits_bps: int
    # Share of the pay that is set aside for pay that comes out below a floor; what is not needed is
    # given back.
    floor_reserve_bps: int
    # The price of an answer through a vendor of the highest commission.
    price_max: NotRequired[Price]
    # How long an answer takes, as the client expects it; 0 where nobody said.
    expected_seconds: float


class ProjectHold(TypedDict):
    """See crewline.payouts.v1.ProjectHold."""

    project_id: str

    held: NotRequired[Money]
    # Set aside for pay that comes out below a floor.
    reserve: NotRequired[Money]


class ProposedPosting(TypedDict):
    """See crewline.payouts.v1.ProposedPosting."""

    # Such as contractor:ctr_1:payable:USD.
    account: str
    # Debits are above zero, credits below; in ten-thousandths of a minor unit.
    amount_units: NotRequired[int]


class ProviderMovement(TypedDict):
    """One movement of a balance at the provider."""

    balance_transaction_id: str
    # platform, or the payee's account at the provider.
    account: str

    type: str

    amount: NotRequired[Money]

    time: NotRequired[str]


class QualityPolicy(TypedDict):
    """How answers are judged."""

    # Machine rejection needs evidence about the contractor and a posterior below this.
    reject_below: NotRequired[float]
    # Share of the answers that a person looks at, whatever the machine thinks.
    review_share: NotRequired[float]
    # Answers that disagree with the consensus go to a person instead of being accepted.
    review_disputed: NotRequired[bool]
    # Disputed tasks are answered once more, blind and paid, by a contractor of proven skill; that
    # answer is taken for the truth. Where nobody can be asked, people of the client decide.
    adjudicate: NotRequired[bool]
    # What a wrong label costs the client, in answers: an adaptive task stops asking once another
    # answer costs more than it is expected to save. 0 takes the default of 100.
    error_cost_answers: NotRequired[float]
    # After so many hours an answer that nobody has decided is accepted and paid. 0 takes the
    # default of 504, which is 21 days.
    decision_hours: NotRequired[int]
    # The clause of the instructions that each reason for a rejection or a review rests on, by the
    # reason (UPPER_SNAKE). The contractor reads it.
    clauses: NotRequired[dict[str, str]]
    # Control tasks are handed out by themselves, at a rate that follows how little is known of a
    # contractor, up to this share of their tasks. 0 takes the default of 0.1.
    gold_share_max: NotRequired[float]
    # Answers that one control task may get in all. 0: as many as any task of the project.
    gold_answers_max: NotRequired[int]
    # How far a number may be from the truth and still count as right, in its own unit. 0: a tenth
    # of the spread of the answers.
    tolerance: NotRequired[float]


class RankedItem(TypedDict):
    """One item of a ranking by comparisons."""

    item: str
    # Bradley–Terry strength on Elo's scale: 400 points are ten to one. The mean of all is 1,000.
    rating: float
    # The bounds of a 95 % interval.
    rating_low: float

    rating_high: float

    comparisons: int


class Rate(TypedDict):
    """What a vendor takes on top of its contractors' pay, for one kind of work."""

    kind: WorkKind
    # Hundredths of a percent of the contractor's pay.
    commission_bps: NotRequired[int]


class RateCard(TypedDict):
    """See crewline.vendors.v1.RateCard."""

    vendor_id: str
    # Grows by one with every change; entries made under an old version keep it.
    version: int

    rates: list[Rate]

    effective_time: NotRequired[str]


class RateRow(TypedDict):
    """One line of a table of exchange rates, cell by cell as the table has it."""

    line: int

    base: NotRequired[str]

    quote: NotRequired[str]
    # Units of quote for one of base, as exact decimal text: 129.35.
    rate: NotRequired[str]
    # The day of the rate: YYYY-MM-DD.
    date: NotRequired[str]

    source: NotRequired[str]

    source_url: NotRequired[str]


class ReasonCount(TypedDict):
    """See crewline.broker.v1.ReasonCount."""

    reason: str

    count: int


class ReconciliationDay(TypedDict):
    """Days on which nothing moved are left out."""

    day: str
    # platform; global: the financial account, by its outbound payments; or connected: all payees'
    # accounts together.
    account: str
    # What moved at the provider, and what the ledger booked on that day.
    provider: NotRequired[Money]

    ledger: NotRequired[Money]
    # Of things that both sides agree on: what is on this day here and on another there.
    timing: NotRequired[Money]
    # Not matched yet, and too young to be missed.
    pending: NotRequired[Money]
    # provider - ledger - timing - pending. Zero, or somebody has to look.
    unexplained: NotRequired[Money]

    matched_provider: NotRequired[Money]

    matched_ledger: NotRequired[Money]
    # Movements without their other side, the pending ones too.
    unmatched_provider_count: int

    unmatched_ledger_count: int


class ReconciliationLine(TypedDict):
    """See crewline.payouts.v1.ReconciliationLine."""

    currency: str
    # Money the ledger says is in the platform's account at the provider.
    ledger_platform_minor: int
    # Money the provider says is there.
    provider_platform_minor: int
    # The ledger's accounts for money between us and the payee's bank.
    ledger_in_flight_minor: int

    ledger_connected_minor: int

    ledger_paid_out_minor: int
    # stripe first; bank is the platform's own bank account.
    rail: str
    # Of a rail that cannot be asked, provider_platform_minor says nothing.
    has_provider: bool
    # It was asked, and counts this currency in units that are unknown here: neither does it then.
    provider_unknown: bool


class RecordRailFundingResponse(TypedDict):
    """See crewline.payouts.v1.RecordRailFundingResponse."""

    entry_id: str


class RecordTaxRemittanceResponse(TypedDict):
    """See crewline.payouts.v1.RecordTaxRemittanceResponse."""

    entry_id: str


class RefreshSessionResponse(TypedDict):
    """See crewline.accounts.v1.RefreshSessionResponse."""

    access_token: str

    expire_time: NotRequired[str]

    subject_id: str

    organisation_id: str

    roles: list[Role]

    session_id: str


class Refund(TypedDict):
    """A client's unspent money on its way back."""

    refund_id: str

    client_id: str

    state: RefundState

    amount: NotRequired[Money]
    # Not set before it is paid.
    paid: NotRequired[Money]

    note: str

    bank_reference: str

    reason: str

    request_time: NotRequired[str]
    # Held until then at most.
    expire_time: NotRequired[str]

    resolve_time: NotRequired[str]


class RegionChange(TypedDict):
    """Where somebody lived before and since; the first region is told by the enrolment
    alone."""

    from_region: str

    to_region: str

    change_time: NotRequired[str]

    actor: str

    reason: str


class RegisterOrganisationResponse(TypedDict):
    """See crewline.accounts.v1.RegisterOrganisationResponse."""

    organisation: NotRequired[Organisation]

    person: NotRequired[Person]

    api_key: NotRequired[ApiKey]
    # Shown once; a repeat of the same request_id does not show it again.
    secret: str


class ReleaseResult(TypedDict):
    """See crewline.broker.v1.ReleaseResult."""

    assignment_id: str

    error: NotRequired[ItemError]


class RemitBenefitsResponse(TypedDict):
    """See crewline.payouts.v1.RemitBenefitsResponse."""


class RenewResult(TypedDict):
    """See crewline.broker.v1.RenewResult."""

    assignment_id: str

    lease_expire_time: NotRequired[str]

    error: NotRequired[ItemError]


class Result(TypedDict):
    """See crewline.broker.v1.Result."""

    task_id: str

    external_id: str
    # The consensus.
    label: str
    # Probability that the label is right, as the scorer sees it.
    confidence: float

    answers: list[ResultAnswer]

    resolve_time: NotRequired[str]

    is_gold: bool
    # What the task showed, where it was asked for.
    data: NotRequired[dict[str, Any]]
    # The consensus as the editor would have made it, where the data was asked for and a label config
    # has a place for all of it.
    label_result: NotRequired[list[dict[str, Any]]]


class ResultAnswer(TypedDict):
    """One answer as its client sees it."""

    assignment_id: str
    # Stands for the contractor within this project and says nothing else.
    contractor_pseudonym: str

    value: str

    state: AssignmentState

    active_seconds: float

    decision_reason: str
    # The Label Studio regions that were submitted, where there were any.
    result: NotRequired[list[dict[str, Any]]]

    submit_time: NotRequired[str]
    # Given by somebody who was asked for a second opinion: it is not one of the task's answers.
    is_opinion: bool
    # Share of the price that was accepted, in hundredths of a percent; 10,000 is all of it.
    pay_bps: int


class ResumePaymentResponse(TypedDict):
    """See crewline.payouts.v1.ResumePaymentResponse."""

    state: StatementState
    # UPPER_SNAKE, as statements have it.
    reason: str


class RetirePayCalendarResponse(TypedDict):
    """See crewline.payouts.v1.RetirePayCalendarResponse."""


class ReviewDecision(TypedDict):
    """See crewline.quality.v1.ReviewDecision."""

    assignment_id: str
    # ACCEPTED or REJECTED.
    decision: Decision
    # The clause of the instructions that a rejection rests on, in words the contractor reads.
    reason: str
    # Share of the pay that is accepted, in hundredths of a percent; 0 is all of it. For answers
    # that can be right in part: STRUCTURED, REGIONS, SPANS, RANKED, TEXT and CODE.
    pay_bps: NotRequired[int]
    # What is true of the task, where the reviewer can say: it becomes a known answer.
    label: NotRequired[str]


class ReviewResult(TypedDict):
    """See crewline.quality.v1.ReviewResult."""

    assignment_id: str

    decision: Decision

    revision: int

    error: NotRequired[ItemError]


class RotateApiKeyResponse(TypedDict):
    """See crewline.accounts.v1.RotateApiKeyResponse."""

    api_key: NotRequired[ApiKey]
    # Shown once; a repeat of the same request_id does not show it again.
    secret: str


class RotateWebhookSecretResponse(TypedDict):
    """See crewline.payouts.v1.RotateWebhookSecretResponse."""

    webhook_endpoint: NotRequired[WebhookEndpoint]
    # whsec_...; empty where the request is a repeat.
    secret: str


class RowProblem(TypedDict):
    """A line that was not taken."""

    line: int
    # The column.
    field: str
    # Which rule it breaks.
    rule: str

    message: str
    # Of a region that there is not: those that may have been meant, as in US-CA (California).
    nearest: str


class Rule(TypedDict):
    """A rule in its newest version."""

    rule_id: str

    project_id: str
    # Grows by one with every change; what an older version did stays explained by it.
    version: int

    draft: NotRequired[RuleDraft]

    is_active: bool

    create_time: NotRequired[str]


class RuleDraft(TypedDict):
    """What a rule says: if all conditions hold of a contractor in the project, then the
    action, for a limited time."""

    name: str

    conditions: list[Condition]

    action: RuleAction
    # How long the action lasts: at most 30 days.
    action_hours: int
    # Words that the contractor reads.
    explanation: str


class RuleHit(TypedDict):
    """What a rule has done to one contractor."""

    hit_id: str

    rule_id: str

    rule_version: int

    rule_name: str

    project_id: str
    # Empty for clients.
    contractor_id: str
    # Set for clients.
    contractor_pseudonym: str

    action: RuleAction

    hit_time: NotRequired[str]

    end_time: NotRequired[str]

    explanation: str

    evidence: dict[str, str]


class SealedBalance(TypedDict):
    """See crewline.payouts.v1.SealedBalance."""

    # Owner kind and purpose, such as contractor:payable.
    purpose: str

    currency: str

    amount_units: int

    accounts: int


class Session(TypedDict):
    """One browser or machine that is signed in."""

    session_id: str

    person_id: str

    device: str

    create_time: NotRequired[str]
    # To a minute.
    last_use_time: NotRequired[str]
    # At the latest: one that is not used for long ends sooner.
    expire_time: NotRequired[str]

    revoke_time: NotRequired[str]


class SetGoldResult(TypedDict):
    """See crewline.quality.v1.SetGoldResult."""

    task_id: str

    error: NotRequired[ItemError]


class SettleConversionResponse(TypedDict):
    """See crewline.payouts.v1.SettleConversionResponse."""

    entry_id: str


class SignInResponse(TypedDict):
    """See crewline.accounts.v1.SignInResponse."""

    session: NotRequired[Session]
    # Shown once.
    session_secret: str


class Signal(TypedDict):
    """What may be wrong about one contractor or several together: evidence for a person.
    Every night, with the project's sweep."""

    signal_id: str

    project_id: str
    # SAME_WRONG_ANSWERS, IMPOSSIBLE_SPEED, SPAMMER, LEAKED_GOLD.
    name: str

    contractor_ids: list[str]
    # The task, where it is about one.
    task_id: str

    evidence: dict[str, str]

    find_time: NotRequired[str]


class SigningKey(TypedDict):
    """One public key that access tokens may be signed with (Ed25519, RFC 8037)."""

    key_id: str
    # 32 bytes.
    public_key: str


class StateChange(TypedDict):
    """A change of state, and who made it when and why. Histories only grow."""

    from_state: str

    to_state: str

    change_time: NotRequired[str]
    # The subject of the token that asked for it, or the service that did it.
    actor: str

    reason: str


class Statement(TypedDict):
    """A payee's frozen account of one pay period."""

    statement_id: str

    pay_period_id: str
    # A vendor's organisation, or a directly engaged contractor.
    payee_id: str

    currency: str
    # What is paid: the lines less rest_units.
    total_minor: int
    # Of contractors at most 40,000, in the order of projects and contractors: those beyond are
    # counted in lines_left_out, and are in the statement's files.
    lines: list[StatementLine]

    state: StatementState
    # SHA-256 over the frozen content, hex.
    hash: str

    transfer_id: str

    payout_id: str
    # Why it is not paid yet: UPPER_SNAKE.
    reason: str
    # When its period was closed: later answers are on a later statement.
    close_time: NotRequired[str]
    # Less than a minor unit, or than banks move of the currency (a whole forint, ten fils): it stays
    # owed, and is on the payee's next statement.
    rest_units: int
    # The same in words, and what can be done; not set where nothing stands in the way.
    unpaid: NotRequired[UnpaidReason]
    # SHA-256 over the document that GetStatementDocument returns as JSON, hex. Empty for a part of it.
    document_hash: str
    # The day on which it is paid by itself; not set where an operator says when.
    pay_time: NotRequired[str]
    # Withheld for tax authorities, line by line; total_minor is without it.
    withheld: list[WithheldTax]

    lines_left_out: int


class StatementLine(TypedDict):
    """See crewline.payouts.v1.StatementLine."""

    project_id: str
    # The contractor who earned it; empty on a vendor's commission lines.
    contractor_id: str
    # contractor_pay, floor_top_up, benefits_withdrawal, vendor_commission or adjustment.
    kind: str

    answers: int
    # Below zero where an adjustment takes something.
    amount_units: int
    # Why it was adjusted: one a correction, and at most 100.
    reasons: list[str]


class StreamResultsResponse(TypedDict):
    """See crewline.broker.v1.StreamResultsResponse."""

    results: list[Result]


class SubmitResult(TypedDict):
    """See crewline.broker.v1.SubmitResult."""

    assignment_id: str

    state: AssignmentState

    error: NotRequired[ItemError]


class SweepProjectResponse(TypedDict):
    """See crewline.quality.v1.SweepProjectResponse."""

    tasks_scored: int

    labels_changed: int


class TakeBackPaymentResponse(TypedDict):
    """See crewline.payouts.v1.TakeBackPaymentResponse."""

    state: StatementState
    # UPPER_SNAKE, as statements have it.
    reason: str


class Task(TypedDict):
    """See crewline.broker.v1.Task."""

    task_id: str

    project_id: str
    # The client's own name for the task; unique within the project.
    external_id: str
    # What is shown: a JSON object, as Label Studio's task data.
    data: NotRequired[dict[str, Any]]
    # The contractors who shall do it, where the task names them.
    assignee_ids: list[str]

    overlap: int

    state: TaskState

    is_gold: bool


class TaskError(TypedDict):
    """See crewline.broker.v1.TaskError."""

    # Counted from 0 over the whole stream.
    row: int

    external_id: str

    error: NotRequired[ItemError]


class TaxIdentity(TypedDict):
    """What a payee has certified to tax authorities. The number is encrypted and never told
    again."""

    payee_id: str

    form: TaxForm

    country: str

    id_type: TaxIdType
    # Empty for operators.
    number_last_four: str

    legal_name: str

    certify_time: NotRequired[str]
    # Not set where it holds until it is replaced.
    expire_time: NotRequired[str]

    state: TaxFormState
    # Grows by one with every correction.
    version: int
    # For operators: other payees that have given the same number; at most 100.
    same_number_payee_ids: list[str]


class Template(TypedDict):
    """A kind of work, ready to use."""

    # lower-case-with-dashes
    name: str

    title: str

    description: str

    kind: WorkKind

    label_config: str

    instructions: str
    # One task's data that the label config takes.
    example_data: NotRequired[dict[str, Any]]


class TrialBalanceLine(TypedDict):
    """See crewline.payouts.v1.TrialBalanceLine."""

    # Owner kind and purpose, such as contractor:payable.
    purpose: str

    currency: str

    amount_units: int

    accounts: int


class UnmatchedMovement(TypedDict):
    """See crewline.payouts.v1.UnmatchedMovement."""

    # The provider's id of the balance transaction, or the entry's with the place of its posting.
    movement_id: str
    # provider or ledger: which side has it.
    side: str
    # platform, or the payee's account at the provider.
    account: str

    amount: NotRequired[Money]

    time: NotRequired[str]
    # The provider's word for it, or the entry's kind.
    type: str
    # What moved it, by the provider's id; empty where there is none yet.
    source: str
    # What the other side would have to name to match.
    group: str


class UnpaidReason(TypedDict):
    """Why money is not at the payee's bank yet."""

    # UPPER_SNAKE.
    code: str

    text: str

    acts: UnpaidActor

    ways_out: list[WayOut]
    # When it is looked at by itself next; not set where nothing happens before somebody acts.
    next_look_time: NotRequired[str]


class Vendor(TypedDict):
    """See crewline.vendors.v1.Vendor."""

    # The organisation's id: a vendor is an organisation that applied.
    vendor_id: str

    legal_name: str
    # ISO 3166-1 alpha-2.
    country: str

    contact_email: str

    state: VendorState

    history: list[StateChange]

    create_time: NotRequired[str]


class VendorScorecard(TypedDict):
    """How one vendor's contractors do at one kind of work, over all projects. An estimate is
    not set where nothing was counted."""

    vendor_id: str

    kind: WorkKind

    contractors: int

    answers: int
    # Of their answers to tasks whose truth is known, those that were right.
    gold_accuracy: NotRequired[Estimate]
    # Of all that were scored, those that fit what the answers together say.
    consensus_accuracy: NotRequired[Estimate]
    # Of those decided, those accepted.
    acceptance: NotRequired[Estimate]
    # Of the decided appeals against rejections, those that were upheld.
    appeals_upheld: NotRequired[Estimate]


class WebhookDelivery(TypedDict):
    """One notice on its way to one endpoint."""

    webhook_delivery_id: str

    webhook_endpoint_id: str
    # The same at every endpoint and in every try: the header webhook-id.
    notice_id: str

    type: str

    state: WebhookDeliveryState

    tries: int
    # Of the last try: what the receiver answered, or 0 and why there was no answer.
    status: int

    error: str
    # The JSON that is sent.
    payload: str

    create_time: NotRequired[str]

    try_time: NotRequired[str]


class WebhookEndpoint(TypedDict):
    """Where an organisation wants to hear of what."""

    webhook_endpoint_id: str

    url: str
    # Empty: of everything.
    types: list[str]

    description: str

    create_time: NotRequired[str]


class WithheldTax(TypedDict):
    """What one rule of the operator's table withholds from one statement."""

    rule: str
    # Whom it is remitted to.
    authority: str

    rate_bps: int

    amount_minor: int
    # Of the rule: a law, a treaty, a table.
    source: str
