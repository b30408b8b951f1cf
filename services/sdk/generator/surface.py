"""Where in the SDK every operation is: resource and method. A new RPC needs its place here."""

from __future__ import annotations

# By hand: what streams, in services/sdk/resources.
BY_HAND = frozenset({"PostTasks", "ImportContractors", "StreamResults"})

SURFACE: dict[str, dict[str, str]] = {
    "organisations": {
        "RegisterOrganisation": "register",
        "GetOrganisation": "get",
        "ListOrganisations": "list",
    },
    "me": {"GetCaller": "get", "ChangePassword": "change_password"},
    "people": {"CreatePerson": "create", "ListPeople": "list"},
    "api_keys": {
        "BatchCreateApiKeys": "create",
        "ListApiKeys": "list",
        "RotateApiKey": "rotate",
        "RevokeApiKey": "revoke",
    },
    "invitations": {
        "BatchCreateInvitations": "create",
        "ListInvitations": "list",
        "RevokeInvitation": "revoke",
        "LookUpInvitation": "look_up",
        "AcceptInvitation": "accept",
    },
    "sessions": {"SignIn": "sign_in", "ListSessions": "list", "RevokeSession": "revoke"},
    "tokens": {
        "ExchangeApiKey": "exchange",
        "RefreshSession": "refresh",
        "GetKeySet": "key_set",
    },
    "projects": {
        "CreateProject": "create",
        "GetProject": "get",
        "ListProjects": "list",
        "FundProject": "fund",
        "ActivateProject": "activate",
        "PauseProject": "pause",
        "ResumeProject": "resume",
        "CompleteProject": "complete",
        "CancelProject": "cancel",
        "GetProjectProgress": "progress",
        "GetProjectCost": "cost",
        "GetProjectQuality": "quality",
        "GetQualityReport": "quality_report",
        "GetRanking": "ranking",
        "ListSignals": "signals",
        "SweepProject": "sweep",
    },
    "tasks": {
        "PostTasks": "post",
        "GetTask": "get",
        "ListTasks": "list",
        "GetConsensus": "consensus",
    },
    "results": {
        "ListResults": "list",
        "StreamResults": "stream",
        "ListConsensus": "consensus",
    },
    "templates": {"ListTemplates": "list"},
    "label_configs": {"CheckLabelConfig": "check"},
    "reviews": {"ListReviews": "list", "DecideReviews": "decide", "ReportChecks": "report_checks"},
    "gold": {"SetGold": "set", "ListGold": "list"},
    "appeals": {
        "FileAppeal": "create",
        "GetAppeal": "get",
        "ListAppeals": "list",
        "DecideAppeals": "decide",
        "WithdrawAppeal": "withdraw",
    },
    "rules": {"PutRule": "put", "ListRules": "list", "DryRunRule": "dry_run"},
    "rule_hits": {"ListRuleHits": "list"},
    "breakers": {"ListBreakers": "list", "CloseBreaker": "close"},
    "offers": {"ListOffers": "list"},
    "assignments": {
        "ClaimAssignments": "claim",
        "RenewAssignments": "renew",
        "ReleaseAssignments": "release",
        "SubmitAnswers": "submit",
        "ListAssignments": "list",
    },
    "earnings": {
        "GetEarnings": "get",
        "ListEarnings": "list",
        "GetAnswerMoney": "of_answer",
    },
    "vendors": {
        "SubmitApplication": "apply",
        "GetVendor": "get",
        "ListVendors": "list",
        "ApproveVendor": "approve",
        "RejectVendor": "reject",
        "SuspendVendor": "suspend",
        "ReinstateVendor": "reinstate",
        "GetVendorScorecard": "scorecard",
    },
    "rate_card": {"SetRateCard": "set", "GetRateCard": "get"},
    "contractors": {
        "EnrolContractor": "create",
        "ImportContractors": "post",
        "GetContractor": "get",
        "ListContractors": "list",
        "SuspendContractor": "suspend",
        "ReinstateContractor": "reinstate",
        "OffboardContractor": "offboard",
        "GetContractorQuality": "quality",
        "LimitContractor": "limit",
        "ListPoolActivity": "activity",
        "ListPoolEarnings": "earnings",
    },
    "funds": {"GetFunds": "get"},
    "deposits": {"CreateDeposit": "create"},
    "payout_account": {
        "CreatePayoutAccount": "create",
        "CreateAccountLink": "link",
        "GetPayoutAccount": "get",
    },
    "tax_identity": {"CertifyTaxIdentity": "certify", "GetTaxIdentity": "get"},
    "pay_periods": {
        "ClosePayPeriod": "close",
        "PayStatements": "pay",
        "GetPayPeriod": "get",
        "ListPayPeriods": "list",
    },
    "statements": {"GetStatement": "get", "ListStatements": "list"},
    "entries": {"ListEntries": "list"},
    "ledger": {
        "GetTrialBalance": "trial_balance",
        "GetReconciliation": "reconciliation",
        "ListReconciliationDays": "reconciliation_days",
        "ListUnmatchedMovements": "unmatched",
        "GetClearingAges": "clearing_ages",
        "ListClearingItems": "clearing_items",
        "GetBooksCheck": "check",
    },
}


def class_name(resource: str) -> str:
    """Of a resource: `pay_periods` is `PayPeriodsApi`."""
    return "".join(part.capitalize() for part in resource.split("_")) + "Api"
