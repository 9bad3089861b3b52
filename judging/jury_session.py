"""Let a jury sit: read its members' verdicts, store its own."""

from collections.abc import Sequence
from datetime import datetime

from judging.judge import OURS
from judging.jury import JuryTally, Rule, is_unanimous, jury_identity, line_up, pair_row, score_row, unknown_member
from storage.database import Database
from storage.errors import BadInput
from storage.judge_rows import Ended, Judged, LedgerKind, add_ended, ensure_judge, judged
from storage.jury_rows import find_judges, member_verdicts

_BATCH = 2_000


def sit(
    database: Database, kind: LedgerKind, members: Sequence[str], rule: Rule, *, name: str, now: datetime
) -> tuple[str, JuryTally]:
    """Judge everything that members have judged and this jury has not; the jury's name and what it came to.

    Args:
        database: that holds the members' verdicts.
        kind: verdicts on pairs, or scores of single responses.
        members: names of judges.
        rule: how verdicts on pairs are put together; scores are averaged.
        name: of the jury, empty to make one.
        now: time of its rows.

    Raises:
        BadInput: fewer than two members, different scales, or nothing that any of them judged.
        NotFound: a member is not in the store.
    """
    identity = jury_identity(name, members, rule)
    with database.reading() as session:
        known = find_judges(session, list(members))
        for member in members:
            if member not in known:
                raise unknown_member(member)
        lined = line_up({member: member_verdicts(session, kind, known[member]) for member in members})
    if not lined:
        raise BadInput("expected members that judged stored responses, got none that did; let them judge first")
    tally = JuryTally()
    with database.writing() as session:
        rater = ensure_judge(session, identity, source=OURS, now=now)
    with database.reading() as session:
        before = judged(session, kind, rater)
    ended = []
    for key, votes in lined.items():
        earlier = before.get(Judged(key.responses, key.turn, key.sample))
        if earlier == ():
            tally.judged_before += 1
            continue
        row = pair_row(key, votes, rule) if kind == "judgement" else score_row(key, votes)
        tally.outcomes[str(row.get("cause") or row["state"])] += 1
        tally.unanimous += is_unanimous(votes)
        ended.append(Ended([row], failed_before=earlier or ()))
    for start in range(0, len(ended), _BATCH):
        with database.writing() as session:
            add_ended(session, kind, rater, ended[start : start + _BATCH], now=now)
    return identity.key, tally
