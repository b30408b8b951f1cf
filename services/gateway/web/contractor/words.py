"""Texts that the workbench's scripts say, and what decisions and statements mean, in words."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.web.translations import mark

# By the key that the scripts use; %(name)s is filled in by them.
SCRIPT_WORDS: Mapping[str, str] = {
    "begin": mark("I have read this: begin"),
    "back_to_work": mark("Back to the task"),
    "yours_for": mark("Yours for %(time)s"),
    "lease_ending": mark(
        "This task goes back to the others soon, because nothing has happened here for a while."
        " Move or type to keep it."
    ),
    "draft_found": mark("Your draft is here again."),
    "draft_unkept": mark(
        "This device has no room for a draft: what you do is kept only once sent."
    ),
    "missing": mark("Not answered yet: %(names)s"),
    "refused": mark("This did not work."),
    "sent": mark("Sent."),
    "waiting_one": mark("%(num)s answer waits on this device and is sent as soon as possible."),
    "waiting_other": mark("%(num)s answers wait on this device and are sent as soon as possible."),
    "outbox_full": mark("Too many answers wait to be sent. Go on when you are connected again."),
    "undelivered": mark("An answer that had waited was not taken. %(why)s"),
    "delivered_late": mark("The answer that had waited was sent."),
    "lost_title": mark("This task went back to the others"),
    "lost_text": mark(
        "Nothing happened here for longer than a task may be held, so somebody else can take it."
        " Your draft is kept on this device: if the same task comes back to you, so does the draft."
        " Nothing that you sent before is touched."
    ),
    "next_task": mark("Next task"),
    "empty_title": mark("Nothing to do here just now"),
    "empty_text": mark(
        "All tasks are taken or done. This page looks again by itself, at least once a minute;"
        " a task that somebody gives back may be yours."
    ),
    "look_again": mark("Look again now"),
    "other_offers": mark("Other offers"),
    "unshowable_title": mark("This task cannot be shown"),
    "unshowable_text": mark(
        "Something is wrong with it, and that is not your fault. Give it back and say so: the"
        " client sees the reason."
    ),
    "skip_it": mark("Skip it"),
    "elsewhere_title": mark("The workbench is open in another tab"),
    "elsewhere_text": mark("Only one tab can hold tasks at a time. Go on there, or work here."),
    "work_here": mark("Work here"),
    "unreachable": mark(
        "Crewline does not answer just now. What you do is kept on this device, and everything is"
        " tried again by itself."
    ),
    "signed_out": mark("Your session has ended. Sign in again: your drafts and answers are kept."),
    "sign_in": mark("Sign in"),
    "copied": mark("Copied."),
    "copy_answer": mark("Copy what I wrote"),
    "your_answer": mark("Your answer"),
    "ranking": mark("Ranking"),
    "ranking_how": mark(
        "The best comes first. Drag, use the arrows, or press a number while an item is chosen."
    ),
    "ranking_right": mark("This order is right"),
    "ranking_up": mark("Move up: %(what)s"),
    "ranking_down": mark("Move down: %(what)s"),
    "ranking_moved": mark("%(what)s is now at place %(place)s of %(of)s"),
    "key_submit": mark("Send the answer"),
    "key_skip": mark("Skip the task, with a reason"),
    "key_instructions": mark("Instructions"),
    "key_keys": mark("These keys"),
    "key_undo": mark("Undo"),
    "key_redo": mark("Redo"),
    "key_play": mark("Play or pause"),
    "key_prefer": mark("The left or the right one is better"),
    "key_rank": mark("Move the chosen item"),
}

# What clients read is English; what contractors read is translated.
SKIP_REASONS: tuple[str, ...] = (
    mark("The instructions are not clear"),
    mark("Something does not load or cannot be seen or heard"),
    mark("I cannot judge this"),
    mark("I do not want to see such content"),
    mark("Another reason"),
)

# By the decision's stable reason.
_DECISIONS: Mapping[str, str] = {
    "MATCHES_GOLD": mark("It matches the known answer of a control task."),
    "AGREES": mark("It fits what the answers together say."),
    "TEXT_UNSAMPLED": mark("Texts are accepted; a person looks at some of them."),
    "STRUCTURED_UNSAMPLED": mark("Accepted; a person looks at some of such answers."),
    "DISPUTED": mark("Others answered differently."),
    "SAMPLED": mark("It is one of those that a person looks at, chosen by chance."),
    "FAILED_GOLD": mark(
        "Too many control tasks, whose answers are known, were answered differently."
    ),
    "IMPOSSIBLE_SPEED": mark("It came faster than anybody can read the task."),
    "DUPLICATE": mark("The same text was sent for several tasks."),
    "REVIEWED": mark("A person looked at it and decided."),
    "COLLUSION": mark("Several people gave the same wrong answers as this one."),
    "WATCHED": mark("A person looks at all of your answers here for a while."),
    "UNCHECKED": mark("The client has not run its checks of the code yet."),
    "CHECKS_PASSED": mark("It passed the client's checks."),
    "CHECKS_FAILED": mark("Some of the client's checks failed; a person looks."),
    "RESCORED": mark("It turned out to be right, by what is known since."),
    "DEADLINE": mark("Nobody decided in time, so it is accepted."),
    "OPINION": mark("A second opinion that you were asked for is paid whatever it says."),
    "ADJUDICATED": mark("A second opinion says the same."),
    "APPEALED": mark("You appealed: the rejection waits until that is decided."),
    "APPEAL_UPHELD": mark("Your appeal was upheld."),
    "HELD": mark("An operator looks first, because too many answers were to be rejected at once."),
    "HELD_OVERRULED": mark("An operator looked at the rejections here and accepted the answers."),
}


def decision_words(reason: str) -> str:
    """Why an answer was decided as it was, in English; the page translates it.

    Reviewers' own words, which are no stable reason, stay as they are.
    """
    return _DECISIONS.get(reason.upper(), reason)
