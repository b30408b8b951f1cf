"""Collections and indexes of accounts, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, CollectionSpec, IndexModel

ORGANISATIONS = "organisations"
PEOPLE = "people"
API_KEYS = "api_keys"
SIGNING_KEYS = "signing_keys"
PASSWORDS = "passwords"
SESSIONS = "sessions"
INVITATIONS = "invitations"

_DAY_SECONDS = 24 * 3600
# For whoever asks what happened; nothing reads them any more.
_ENDED_SESSIONS_KEPT_SECONDS = 30 * _DAY_SECONDS
_PAST_INVITATIONS_KEPT_SECONDS = 90 * _DAY_SECONDS

COLLECTIONS: tuple[CollectionSpec, ...] = (
    CollectionSpec(name=ORGANISATIONS),
    CollectionSpec(
        name=PEOPLE,
        indexes=(
            IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),
            # Contractors who do not sign in have none, and they are most people.
            IndexModel(
                [("email_key", ASCENDING)],
                unique=True,
                partialFilterExpression={"email_key": {"$type": "string"}},
            ),
        ),
    ),
    CollectionSpec(
        name=API_KEYS,
        indexes=(IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),),
    ),
    CollectionSpec(
        name=SIGNING_KEYS, indexes=(IndexModel([("sequence", ASCENDING)], unique=True),)
    ),
    # By person: one each. Apart from people, so that no list of those ever reads a hash.
    CollectionSpec(name=PASSWORDS),
    CollectionSpec(
        name=SESSIONS,
        indexes=(
            # A person's own that have not ended: few, however many have.
            IndexModel([("person_id", ASCENDING), ("ends_at", ASCENDING)]),
            IndexModel([("ends_at", ASCENDING)], expireAfterSeconds=_ENDED_SESSIONS_KEPT_SECONDS),
        ),
    ),
    CollectionSpec(
        name=INVITATIONS,
        indexes=(
            # An organisation's own that can be accepted.
            IndexModel(
                [("organisation_id", ASCENDING), ("_id", ASCENDING)],
                name="open",
                partialFilterExpression={"is_open": True},
            ),
            # The one that a person's next replaces.
            IndexModel(
                [("person_id", ASCENDING)],
                name="open_of_person",
                unique=True,
                partialFilterExpression={"is_open": True},
            ),
            # All that a person was ever given, when they are erased.
            IndexModel([("person_id", ASCENDING), ("_id", ASCENDING)], name="of_person"),
            IndexModel(
                [("expires_at", ASCENDING)], expireAfterSeconds=_PAST_INVITATIONS_KEPT_SECONDS
            ),
        ),
    ),
)
