"""Conversations in which admins and reviewers try models by name, side by side or one alone.

Nothing of them is stored: they are no question, no ballot and no vote, and end with the server or after two idle hours.
Each person has at most one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from arena.live.creation import MOST_TURNS
from arena.live.records import AnswerOutcome, TooManyConversations
from storage.errors import Conflict, NotFound

MOST_PROMPTS = 240
"""Prompts of one person within `WINDOW_SECONDS`."""
WINDOW_SECONDS = 3600.0
MOST_TALKS = 200
IDLE_SECONDS = 7200.0
"""Time after which a conversation that nobody asks for is forgotten."""
SIDES = ("a", "b")


@dataclass(frozen=True)
class TrialAnswer:
    """One answer in a trial.

    Attributes:
        text: what the model wrote; empty where moderation refused it.
        cause: why the answer is not whole, None for a whole one.
        outcome: its numbers, None where there are none.
    """

    text: str
    cause: str | None = None
    outcome: AnswerOutcome | None = None


@dataclass
class TrialTalk:
    """A conversation of one person with one or two models of the person's choice.

    Attributes:
        token: name of the conversation.
        person: id of the person.
        models: ids of the models, left first.
        is_paced: whether both answers are shown at one pace.
        prompts: prompts, oldest first.
        answers: answers of each finished turn by side.
        is_writing: whether the answers to the last prompt are still to come.
        used: when its person last asked for it, in seconds.
    """

    token: str
    person: int
    models: tuple[int, ...]
    is_paced: bool
    prompts: list[str]
    answers: list[Mapping[str, TrialAnswer]] = field(default_factory=list)
    is_writing: bool = True
    used: float = 0.0

    @property
    def sides(self) -> dict[str, int]:
        """The models by side."""
        return dict(zip(SIDES, self.models, strict=False))

    @property
    def may_go_on(self) -> bool:
        """Whether another prompt can follow: all last answers have a text, and turns are left."""
        is_whole = not self.is_writing and all(one.text for one in self.answers[-1].values())
        return is_whole and len(self.prompts) < MOST_TURNS

    def messages(self, side: str) -> list[dict[str, str]]:
        """The messages up to the last prompt, as the model of a side gets them."""
        told: list[dict[str, str]] = []
        for turn, prompt in enumerate(self.prompts):
            told.append({"role": "user", "content": prompt})
            if turn < len(self.prompts) - 1:
                told.append({"role": "assistant", "content": self.answers[turn][side].text})
        return told


class TrialTalks:
    """The trials of one server process; thread-safe."""

    def __init__(self, *, mint: Callable[[], str], seconds: Callable[[], float]) -> None:
        """Begin with none.

        Args:
            mint: makes a fresh, unguessable token.
            seconds: a clock that never goes back.
        """
        self._mint, self._seconds = mint, seconds
        self._talks: dict[int, TrialTalk] = {}
        self._asked: dict[int, list[float]] = {}
        self._lock = Lock()

    def of(self, person: int) -> TrialTalk | None:
        """The conversation of a person."""
        with self._lock:
            return self._of(person)

    def own(self, person: int, token: str) -> TrialTalk:
        """The conversation of a person with this token. Raises `NotFound` if there is none."""
        with self._lock:
            return self._own(person, token)

    def begin(self, person: int, models: Sequence[int], prompt: str, *, is_paced: bool) -> TrialTalk:
        """Begin a conversation, which takes the place of the person's former one."""
        with self._lock:
            self._count(person)
            talk = TrialTalk(self._mint(), person, tuple(models), is_paced, [prompt], used=self._seconds())
            self._talks.pop(person, None)
            while len(self._talks) >= MOST_TALKS:
                self._talks.pop(next(iter(self._talks)))
            self._talks[person] = talk
            return talk

    def go_on(self, person: int, token: str, prompt: str) -> TrialTalk:
        """Add a prompt. Raises `Conflict` while answers are written, or where no turn is left."""
        with self._lock:
            talk = self._own(person, token)
            if not talk.may_go_on:
                raise Conflict("expected whole answers and a turn that is left; wait, ask again, or begin a new one")
            self._count(person)
            talk.prompts.append(prompt)
            talk.is_writing = True
            return talk

    def again(self, person: int, token: str) -> TrialTalk:
        """Ask for other answers to the last prompt. Raises `Conflict` while answers are written."""
        with self._lock:
            talk = self._own(person, token)
            if talk.is_writing:
                raise Conflict("expected whole answers before others are asked for; wait for them")
            self._count(person)
            talk.answers.pop()
            talk.is_writing = True
            return talk

    def end(self, person: int, token: str) -> None:
        """Forget a conversation."""
        with self._lock:
            self._own(person, token)
            self._talks.pop(person, None)

    def _own(self, person: int, token: str) -> TrialTalk:
        talk = self._of(person)
        if talk is None or talk.token != token:
            raise NotFound("this conversation is not yours or has ended; begin a new one")
        return talk

    def _of(self, person: int) -> TrialTalk | None:
        """The conversation of a person, which is used now; all that nobody has used for long are forgotten."""
        now = self._seconds()
        for one, talk in list(self._talks.items()):
            if talk.used <= now - IDLE_SECONDS:
                del self._talks[one]
        found = self._talks.get(person)
        if found is not None:
            found.used = now
        return found

    def _count(self, person: int) -> None:
        now = self._seconds()
        recent = [at for at in self._asked.get(person, []) if at > now - WINDOW_SECONDS]
        if len(recent) >= MOST_PROMPTS:
            raise TooManyConversations(
                f"expected at most {MOST_PROMPTS} prompts of one person an hour, got one more; wait a while"
            )
        self._asked[person] = [*recent, now]
