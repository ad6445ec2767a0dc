"""Any command, any fault at any step, in any order: nobody is lost, mailed twice, kept too long or shown.

A machine draws what staff do and what goes wrong meanwhile: the process is killed or stopped before a step,
the disk is full from a step on, the mail server refuses or hangs up, the clock is wrong, another ledger lies
in the ledger's place, files are lost. After each rule somebody sensible runs the same command again, then
`certs run`, and reads what they say. Then the invariants must hold: on record, on disk, on the web and in the
mail.

The web host is a folder, or a bucket.

`make test` draws a few short stories, always the same; `make soak` draws long ones, by its SEED.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from pipeline.rules.certificates.retention import is_due, kept_until
from pipeline.rules.places import FOLDERS
from pipeline.site import compare_site
from pipeline.workflow.pages import site_inputs
from tests.support.bucket import Bucket, bucket_server
from tests.support.college import HEADER
from tests.support.faults import Fault
from tests.support.forks import Ended, Forks
from tests.support.smtp_server import SmtpServer
from tests.support.world import MOODS, Seen, World, script

pytestmark = pytest.mark.starts

# The last day of each; what is of LEAVING goes eleven days after a story begins.
LAST_DAYS = {
    "meeting": dt.date(2025, 10, 29),
    "course": dt.date(2025, 11, 3),
    "leaving": dt.date(2019, 11, 24),
}
MEETING = "Format: live activity\nLocation: Boston\nStart: {0}\nEnd: {0}"
TEXTS = {
    slug: f"Title: The {slug}\nSlug: {slug}\nCME_max: 20\n"
    + ("Format: enduring material\n" if slug == "course" else MEETING.format(day) + "\n")
    for slug, day in LAST_DAYS.items()
}
NAMES = ("Ana Alva", "Bo Berg", "Cy Cole", "Di Dorn", "Eve Ek")
SIGNERS = ("Dr. Made Up", "Dr. Other Hand")
KINDS = ("participation", "cme")
LIVE = ("valid", "corrected")
WAITING = ("queued", "deferred", "failed", "unknown")
GOES_ON = (0, 3)  # done; 3 where messages failed


@dataclass
class Model:
    """What should be true, whatever happened."""

    today: dt.date
    names: dict[str, str] = field(default_factory=dict)  # by learner id, as certificates state them
    addresses: dict[str, str] = field(default_factory=dict)
    said: dict[str, tuple[str, str]] = field(default_factory=dict)  # name and address in the claims file
    credits: dict[tuple[str, str], int] = field(default_factory=dict)  # by learner id and activity
    withdrawn: set[str] = field(default_factory=set)  # numbers
    together: list[tuple[str, set[str]]] = field(
        default_factory=list
    )  # activity, and the numbers that were withdrawn with all of it, without those touched alone since
    erased: set[str] = field(default_factory=set)  # learner ids
    left_out: set[str] = field(default_factory=set)  # whose erasure only staff remember
    held: set[str] = field(default_factory=set)
    outlasting: set[tuple[str, str]] = field(
        default_factory=set
    )  # claims past retention of people who are held
    repeated: Counter[str] = field(default_factory=Counter)  # Message-IDs that staff sent once more
    merged: dict[str, str] = field(
        default_factory=dict
    )  # learner id of a record -> that of the one that has it
    undoable: list[tuple[str, bool, bool]] = field(
        default_factory=list
    )  # merged today: whose record, and whether each of both was held
    undone: bool = False  # a backup may know what was undone since

    def one(self, who: str) -> str:
        """The learner id of the record that this one is part of, or is."""
        return self.one(self.merged[who]) if who in self.merged else who

    def records(self, who: str) -> set[str]:
        """The learner ids of all records of a person."""
        return {one for one in self.names if self.one(one) == who}

    def earned(self) -> Iterator[tuple[str, str, str, int]]:
        """Learner id, activity, kind and credit of every certificate that there must be: the highest of what
        was claimed under a person's learner ids."""
        most: dict[tuple[str, str], int] = {}
        for (who, activity), credit in self.credits.items():
            if self.is_kept(who, activity):
                what = self.one(who), activity
                most[what] = max(credit, most.get(what, 0))
        for (who, activity), credit in most.items():
            yield from ((who, activity, kind, credit) for kind in KINDS)

    def is_kept(self, who: str, activity: str) -> bool:
        """Whether what was claimed, or issued, must be there."""
        return self.one(who) not in self.erased and (
            not self.is_past(activity) or (who, activity) in self.outlasting
        )

    def is_past(self, activity: str) -> bool:
        return is_due(kept_until(LAST_DAYS[activity]), self.today)

    def go_to(self, today: dt.date) -> None:
        """Another day: what is past retention by then goes, but for those who are held."""
        kept = {claim for claim in self.credits if self.is_kept(*claim)}
        self.today = today
        self.undoable.clear()
        self.outlasting = {
            claim for claim in kept if self.one(claim[0]) in self.held and self.is_past(claim[1])
        }

    def release(self, who: str) -> None:
        self.held.discard(who)
        self.outlasting = {claim for claim in self.outlasting if self.one(claim[0]) != who}

    def touch_alone(self, number: str) -> None:
        for _, numbers in self.together:
            numbers.discard(number)

    def rows(self) -> list[str]:
        """The claims file: everybody and everything, as an export has it."""
        return [
            f"{activity},{who},{self.said[who][1]},{self.said[who][0]},MD,yes,{LAST_DAYS[activity]},{credit},,,"
            for (who, activity), credit in sorted(self.credits.items())
        ]


whose = st.sampled_from(NAMES)
where = st.sampled_from(sorted(LAST_DAYS))
# What happens, and how far the command has come by then.
trouble = st.none() | st.tuples(st.sampled_from(["kill", "full", "stop"]), st.integers(0, 99))
mood = st.sampled_from(sorted(MOODS))


class AnyFault(RuleBasedStateMachine):
    """The rules, and what must hold after each."""

    forks: Forks
    server: SmtpServer
    bucket: Bucket | None  # the web host; None: it is a folder

    @initialize()
    def begin(self) -> None:
        self.world = World(self.forks, self.server, TEXTS, self.bucket)
        self.model = Model(self.world.today)
        self.explained: set[str] = set()  # stops that somebody who knows what happened may accept
        self.older: bytes | None = None
        self.claim(NAMES[0], "meeting", 3, None, "fine")

    # What staff do

    @rule(name=whose, activity=where, more=st.integers(1, 3), trouble=trouble, mood=mood)
    def claim(self, name: str, activity: str, more: int, trouble: tuple[str, int] | None, mood: str) -> None:
        """Somebody claims, or claims more."""
        who = f"L-{name.split()[0]}"
        if who in self.model.left_out:
            return
        given = (name, f"{name.split()[0].lower()}@example.org")
        self.model.said.setdefault(who, given)
        if who not in self.model.names:
            self.model.names[who], self.model.addresses[who] = given
        before = self.model.credits.get((who, activity), 0)
        if not before or not self.model.is_past(activity):  # rows past retention say nothing any more
            self.model.credits[who, activity] = min(20, before + more)
        self.do(*self.daily(), trouble=trouble, mood=mood)

    @rule(
        trouble=trouble, mood=mood, words=st.sampled_from(["run", "send --yes", "send --yes --only failed"])
    )
    def mail(self, trouble: tuple[str, int] | None, mood: str, words: str) -> None:
        self.do(*words.split(), *(("--no-send",) if words == "run" else ()), trouble=trouble, mood=mood)

    @rule(trouble=trouble, mood=mood)
    def mail_what_may_have_been_sent(self, trouble: tuple[str, int] | None, mood: str) -> None:
        """Staff know that it may arrive twice."""
        letters = self.world.on_record().letters
        self.model.repeated.update(one for one, letter in letters.items() if letter.state == "unknown")
        self.do("send", "--yes", "--only", "unknown", trouble=trouble, mood=mood)

    @precondition(lambda self: self.people())
    @rule(
        data=st.data(), name=st.sampled_from(["Ada Alwin", "Ida Irving"]), tell=st.booleans(), trouble=trouble
    )
    def correct_a_name(
        self, data: st.DataObject, name: str, tell: bool, trouble: tuple[str, int] | None
    ) -> None:
        who = data.draw(st.sampled_from(self.people()))
        name = f"{name} {who[2:]}"
        self.do("correct", who, "--name", name, "--reason", "r", *["--mail"] * tell, trouble=trouble)
        self.model.names[who] = name

    @precondition(lambda self: self.people())
    @rule(data=st.data(), host=st.sampled_from(["example.net", "example.com"]), trouble=trouble, mood=mood)
    def correct_an_address(
        self, data: st.DataObject, host: str, trouble: tuple[str, int] | None, mood: str
    ) -> None:
        who = data.draw(st.sampled_from(self.people()))
        address = f"{who[2:].lower()}@{host}"
        self.do("correct", who, "--email", address, "--reason", "r", trouble=trouble, mood=mood)
        self.model.addresses[who] = address

    @precondition(lambda self: self.people())
    @rule(data=st.data(), command=st.sampled_from(["resend", "rotate"]), trouble=trouble, mood=mood)
    def give_a_link(
        self, data: st.DataObject, command: str, trouble: tuple[str, int] | None, mood: str
    ) -> None:
        reason = ["--reason", "r"] * (command == "rotate")
        who = data.draw(st.sampled_from(self.people()))
        self.do(command, who, *reason, trouble=trouble, mood=mood, may_refuse=command == "resend")

    @precondition(lambda self: self.numbers(*LIVE))
    @rule(data=st.data(), trouble=trouble)
    def withdraw(self, data: st.DataObject, trouble: tuple[str, int] | None) -> None:
        number = data.draw(st.sampled_from(self.numbers(*LIVE)))
        self.do("withdraw", number, "--reason", "r", trouble=trouble)
        self.model.withdrawn.add(number)
        self.model.touch_alone(number)

    @precondition(lambda self: self.numbers("withdrawn"))
    @rule(data=st.data(), trouble=trouble)
    def reinstate(self, data: st.DataObject, trouble: tuple[str, int] | None) -> None:
        number = data.draw(st.sampled_from(self.numbers("withdrawn")))
        self.do("reinstate", number, "--reason", "r", trouble=trouble)
        self.model.withdrawn.remove(number)
        self.model.touch_alone(number)

    @precondition(lambda self: self.numbers(*LIVE))
    @rule(data=st.data(), tell=st.booleans(), trouble=trouble, mood=mood)
    def withdraw_an_activity(
        self, data: st.DataObject, tell: bool, trouble: tuple[str, int] | None, mood: str
    ) -> None:
        live = [one for one in self.seen().certificates.values() if one.standing in LIVE]
        slug = data.draw(st.sampled_from(sorted({one.activity for one in live})))
        words = ["withdraw", "--activity", slug, "--reason", "r", "--yes"]
        self.do(*words, *["--mail"] * tell, trouble=trouble, mood=mood)
        numbers = {one.number for one in live if one.activity == slug}
        self.model.withdrawn |= numbers
        self.model.together.append((slug, numbers))
        self.settle()

    @precondition(lambda self: self.withdrawn_once())
    @rule(data=st.data(), tell=st.booleans(), trouble=trouble, mood=mood)
    def reinstate_an_activity(
        self, data: st.DataObject, tell: bool, trouble: tuple[str, int] | None, mood: str
    ) -> None:
        """Exactly what went together comes back."""
        slug = data.draw(st.sampled_from(sorted(self.withdrawn_once())))
        words = ["reinstate", "--activity", slug, "--reason", "r", "--yes"]
        self.do(*words, *["--mail"] * tell, trouble=trouble, mood=mood)
        self.model.withdrawn -= self.withdrawn_once()[slug]
        self.settle()

    def withdrawn_once(self) -> dict[str, set[str]]:
        """By activity, what one withdrawal of all of it took and is withdrawn still, where only one is."""
        open_ones: dict[str, list[set[str]]] = {}
        for slug, numbers in self.model.together:
            if left := numbers & self.model.withdrawn & {*self.seen().certificates}:
                open_ones.setdefault(slug, []).append(left)
        return {slug: some[0] for slug, some in open_ones.items() if len(some) == 1}

    @precondition(lambda self: self.people())
    @rule(data=st.data(), trouble=trouble)
    def hold(self, data: st.DataObject, trouble: tuple[str, int] | None) -> None:
        who = data.draw(st.sampled_from(self.people()))
        self.do("hold", who, "--reason", "r", trouble=trouble)
        self.model.held.add(who)

    @precondition(lambda self: self.held())
    @rule(data=st.data(), trouble=trouble)
    def release(self, data: st.DataObject, trouble: tuple[str, int] | None) -> None:
        """What the hold kept beyond its day goes with the next run."""
        who = data.draw(st.sampled_from(self.held()))
        self.model.release(who)
        self.do("hold", "--release", who, "--reason", "r", trouble=trouble)
        self.settle()

    @precondition(lambda self: {*self.people()} - self.model.held)
    @rule(data=st.data(), trouble=trouble)
    def forget(self, data: st.DataObject, trouble: tuple[str, int] | None) -> None:
        """The claims file has the person's rows all the same."""
        who = data.draw(st.sampled_from(sorted({*self.people()} - self.model.held)))
        self.model.erased |= self.model.records(who)
        self.model.undoable = [one for one in self.model.undoable if self.model.one(one[0]) != who]
        self.do("forget", who, "--reason", "r", "--yes", trouble=trouble)

    @precondition(lambda self: len(self.mergeable()) > 1)
    @rule(data=st.data(), tell=st.booleans(), trouble=trouble, mood=mood)
    def merge(self, data: st.DataObject, tell: bool, trouble: tuple[str, int] | None, mood: str) -> None:
        """Two records are one person. The claims file goes on having both."""
        model, both = self.model, st.permutations(self.mergeable())
        who, into = data.draw(both)[:2]
        words = ["merge", who, into, "--reason", "r", "--yes", "--accept", "other-name"]
        self.do(*words, *["--mail"] * tell, trouble=trouble, mood=mood)
        model.undoable.append((who, who in model.held, into in model.held))
        if who in model.held:
            model.held = {*model.held, into} - {who}
        model.merged[who] = into

    @precondition(lambda self: self.model.undoable)
    @rule(trouble=trouble, mood=mood)
    def undo_a_merge(self, trouble: tuple[str, int] | None, mood: str) -> None:
        """The last one of today, by the learner id that has both now."""
        model = self.model
        who, was_held, other_was_held = model.undoable.pop()
        into = model.merged[who]
        if model.one(into) != into:
            return
        words = ["merge", "--undo", into, "--reason", "r", "--yes"]
        self.do(*words, trouble=trouble, mood=mood)
        del model.merged[who]
        model.undone = True
        if was_held:
            model.held.add(who)
            if not other_was_held:
                model.release(into)
            self.settle()

    def mergeable(self) -> list[str]:
        """Who has a record of which nothing was withdrawn: what a later claim makes of that is for staff."""
        numbers = self.seen().certificates.values()
        withdrawn = {one.learner for one in numbers if one.number in self.model.withdrawn}
        return sorted({*self.people()} - withdrawn)

    @rule(command=st.sampled_from(["purge", "build", "publish", "publish --full", "verify"]), trouble=trouble)
    def tidy(self, command: str, trouble: tuple[str, int] | None) -> None:
        self.do(*command.split(), trouble=trouble)

    @rule(signer=st.sampled_from(SIGNERS), trouble=trouble)
    def redesign(self, signer: str, trouble: tuple[str, int] | None) -> None:
        self.world.college.environment["SIGNATORY_NAME"] = signer
        self.do("reissue", "--yes", "--workers", 1, trouble=trouble)

    @rule(in_folder=st.booleans(), trouble=trouble)
    def back_up(self, in_folder: bool, trouble: tuple[str, int] | None) -> None:
        """Whatever happens meanwhile, there is a whole one at the end."""
        if in_folder:
            self.world.backups.mkdir(exist_ok=True)
            self.do("backup", self.world.backups, trouble=trouble)
        else:
            self.do("backup", "--force", self.world.backup, trouble=trouble)

    # What goes wrong

    @rule(days=st.sampled_from([1, 9, 35]), trouble=trouble, mood=mood)
    def days_pass(self, days: int, trouble: tuple[str, int] | None, mood: str) -> None:
        self.world.today += dt.timedelta(days=days)
        self.model.go_to(self.world.today)
        self.do("run", "--yes", "--workers", 1, trouble=trouble, mood=mood)

    @rule(trouble=trouble)
    def years_pass(self, trouble: tuple[str, int] | None) -> None:
        """Nobody looked at it for six years; then staff say that it is so."""
        self.explained |= {"clock", "large-purge"}
        self.days_pass(days=2192, trouble=trouble, mood="fine")

    @rule(
        days=st.sampled_from([-400, -1, 60, 2600]),
        command=st.sampled_from(["run --yes", "purge", "send --yes"]),
    )
    def wrong_clock(self, days: int, command: str) -> None:
        """Once. What it left in the audit trail is explained."""
        ended = self.world.certs(*command.split(), ahead=days)
        assert ended.status in (*GOES_ON, 5), ended
        self.explained.add("clock")
        self.settle()

    @rule()
    def keep_a_copy_of_the_ledger(self) -> None:
        self.older = self.world.copy_of_ledger()

    @rule(
        empty=st.booleans(),
        command=st.sampled_from(["run --yes", "purge", "build", "send --yes", "publish"]),
        remedy=st.sampled_from(["the newest", "a backup", "the pages"]),
        trouble=trouble,
    )
    def another_ledger(self, empty: bool, command: str, remedy: str, trouble: tuple[str, int] | None) -> None:
        """A copy that failed, or an older one put back by hand: whatever staff do, nothing is done. Then they
        do what the stop says."""
        newest = self.world.copy_of_ledger()
        other = b"" if empty or self.older is None else self.older
        before, known = self.world.files(), self.seen()
        self.world.put_ledger(other)
        is_less = self.seen() != known
        ended = self.world.certs(*command.split())
        if is_less and self.world.files_in("vault"):
            assert ended.status == 5, ended
            assert {"older-ledger", "empty-ledger"} & {*ended.stops}, ended
            assert self.world.files() == before, ended
        # Rows past retention say nothing any more: whose page it is that outlasts it, no file would tell.
        # Nor tell they which learner ids a person had, of whom two records became one.
        if remedy == "the newest" or self.model.outlasting or self.model.merged or self.model.undone:
            self.world.put_ledger(newest)
            self.settle()
        elif remedy == "a backup" and (kept := self.world.kept_backups()):
            self.come_back("--force", kept[0], trouble=trouble)
        else:
            self.come_back("--rebuild", trouble=trouble)

    @precondition(lambda self: self.world.kept_backups() and not (self.model.merged or self.model.undone))
    @rule(data=st.data(), trouble=trouble)
    def restore(self, data: st.DataObject, trouble: tuple[str, int] | None) -> None:
        kept = data.draw(st.sampled_from(self.world.kept_backups()))
        self.come_back("--force", kept, trouble=trouble)

    def come_back(self, *words: object, trouble: tuple[str, int] | None) -> None:
        """Pages tell no address, and nothing of an erasure: staff leave the rows out, and erase again. That
        certificates were withdrawn together is known to the ledger alone."""
        self.model.together.clear()
        if "--rebuild" in words:
            self.model.left_out |= self.model.erased
        for who, activity in [*self.model.credits]:
            if who in self.model.erased:
                del self.model.credits[who, activity]
        self.do("restore", *words, trouble=trouble)
        self.settle()
        for who in sorted(self.model.erased & {*self.people()}):
            self.carefully("forget", who, "--reason", "r", "--yes")
        for who, addresses in self.seen().addresses.items():
            (self.model.addresses[who],) = addresses & self.world.ever.addresses[who]

    @precondition(lambda self: self.numbers(*LIVE))
    @rule(data=st.data(), trouble=trouble)
    def lose_a_file(self, data: st.DataObject, trouble: tuple[str, int] | None) -> None:
        """The newest version's; of a former one there is no other copy."""
        newest = self.seen().certificates[data.draw(st.sampled_from(self.numbers(*LIVE)))].files[-1]
        (self.world.college.data / "vault" / newest[:2] / newest).unlink()
        self.do("run", "--yes", "--workers", 1, trouble=trouble)

    @rule(trouble=trouble)
    def lose_output(self, trouble: tuple[str, int] | None) -> None:
        shutil.rmtree(self.world.college.output, ignore_errors=True)
        self.do("build", trouble=trouble)

    @rule(command=st.sampled_from(["run --yes", "publish", "build"]))
    def leave_something_in_output(self, command: str) -> None:
        stray = self.world.college.output / "b.tar"
        stray.parent.mkdir(exist_ok=True)
        stray.write_text("a private thing")
        ended = self.world.certs(*command.split())
        assert ended.status == 5, ended
        assert stray.is_file(), ended
        stray.unlink()
        self.settle()

    # How it goes on

    def do(
        self,
        *words: object,
        trouble: tuple[str, int] | None,
        mood: str = "fine",
        may_refuse: bool = False,
    ) -> None:
        """A command, with what goes wrong; then the same again, by somebody who reads what it says."""
        self.server.script = script(mood)
        if trouble is None:
            ended = self.carefully(*words)
        else:
            fault = Fault(trouble[0], self.world.step_of(str(words[0]), trouble[1]))
            ended = self.world.certs(*words, *self.accept(), fault=fault)
            note(str(ended))
            self.server.script = script("fine")
            again = self.carefully(*words)
            assert again.status in (*GOES_ON, 1), again  # 1: what was to be done was done
        assert "in the program itself" not in ended.err, ended
        assert trouble or may_refuse or ended.status in GOES_ON, ended
        self.server.script = script("fine")
        if trouble and words[0] != "restore":
            self.settle()

    def settle(self) -> None:
        """What a timer does each day, with the claims file that staff have."""
        done = self.carefully(*self.daily())
        assert done.status in GOES_ON, done
        agreed = self.world.certs("verify")
        assert agreed.status == 0, agreed
        self.explained.clear()

    def carefully(self, *words: object) -> Ended:
        """Somebody accepts what they can explain, and nothing else."""
        ended = self.world.certs(*words)
        if ended.status == 5 and set(ended.stops) <= self.explained:
            ended = self.world.certs(*words, "--accept", ",".join(ended.stops))
        note(str(ended))
        assert ended.status != 5, ended
        return ended

    def accept(self) -> list[str]:
        return ["--accept", ",".join(sorted(self.explained))] if self.explained else []

    def daily(self) -> list[object]:
        """`certs run` with the claims file that staff have, if they have one."""
        rows = self.model.rows()
        claims = [self.world.college.claims(*rows, header=HEADER, name="claims.csv")] if rows else []
        return ["run", *claims, "--yes", "--workers", 1]

    def people(self) -> list[str]:
        """Who has a certificate on record, by learner id."""
        return sorted({one.learner for one in self.seen().certificates.values()})

    def held(self) -> list[str]:
        return sorted(self.model.held & {*self.people()})

    def numbers(self, *standings: str) -> list[str]:
        """Those on record with this standing, or any, in an order that is the same each time."""
        found = sorted(
            self.seen().certificates.values(), key=lambda one: (one.learner, one.activity, one.kind)
        )
        return [one.number for one in found if not standings or one.standing in standings]

    def seen(self) -> Seen:
        return self.world.on_record()

    # What must hold

    @invariant()
    def nobody_is_lost(self) -> None:
        """Everything that was earned is there, once, as the newest correction and claim state it; what was
        withdrawn is as it was until it is valid again."""
        there = {
            (one.learner, one.activity, one.kind): one
            for one in self.seen().certificates.values()
            if one.standing != "replaced"
        }
        assert len(there) == sum(one.standing != "replaced" for one in self.seen().certificates.values())
        must = {(who, activity, kind): credit for who, activity, kind, credit in self.model.earned()}
        assert there.keys() == must.keys()
        for what, one in there.items():
            credit = must[what] if one.kind == "cme" else 0
            is_right = (one.name, float(one.cme)) == (self.model.names[one.learner], credit)
            assert is_right or one.standing == "withdrawn", one

    @invariant()
    def nothing_issued_is_gone(self) -> None:
        """Under its number, with the bytes of each version."""
        now, files = self.seen().certificates, {path.name for path in self.world.files_in("vault")}
        for number, one in self.world.ever.certificates.items():
            if self.model.is_kept(one.learner, one.activity):
                assert number in now, one
                assert set(one.files) <= set(now[number].files), one
        assert files == {file for one in now.values() for file in one.files}

    @invariant()
    def what_staff_decided_holds(self) -> None:
        now = self.seen()
        assert {*self.numbers("withdrawn")} == self.model.withdrawn & {*now.certificates}
        assert self.model.erased.isdisjoint(one.learner for one in now.certificates.values())
        assert {who: {self.model.addresses[who]} for who in now.addresses} == now.addresses

    @invariant()
    def nobody_is_mailed_twice(self) -> None:
        """No message twice, and no certificate told of as new twice, but where staff said so."""
        taken = Counter(message for message, *_ in self.world.mails())
        assert not {one: n for one, n in taken.items() if n > 1 + self.model.repeated[one]}
        news = Counter[str]()
        for message in taken:
            tells = self.world.ever.letters[message].tells if message not in self.model.repeated else ()
            news.update(one for one in tells if one.endswith(" new"))
        assert not {number: n for number, n in news.items() if n > 1}

    @invariant()
    def everybody_is_told(self) -> None:
        """Of each certificate that counts, or the message waits, or somebody must look at it."""
        ever, waits = self.world.ever.letters, self.seen().letters.values()
        told = [ever[message] for message, *_ in self.world.mails()]
        letters = [*told, *(letter for letter in waits if letter.state in WAITING)]
        assert {one.split()[0] for letter in letters for one in letter.tells} >= {*self.numbers(*LIVE)}

    @invariant()
    def every_link_goes_to_its_owner(self) -> None:
        for _, recipient, tokens in self.world.mails():
            for token in tokens:
                assert recipient in self.world.ever.addresses[self.world.ever.tokens[token]]

    @invariant()
    def the_web_shows_what_is_on_record(self) -> None:
        now = self.seen()
        links = [*now.tokens.items(), *now.forwards.items()]
        pages = {token for token, who in links if who in self.people()}
        for folder in (self.world.college.output, self.world.served):
            assert {path.name for path in folder.glob("c/*")} == pages
            assert {path.name for path in folder.glob("verify/*/")} == {*now.certificates}

    @invariant()
    def no_page_is_stale(self) -> None:
        """Pages that were left as they were say what a build of everything would write."""
        if self.world.ledger.is_file() and self.world.ledger.stat().st_size:
            with self.world.college.project(self.world.today, locked=False) as project:
                builds, frame = project.ledger.builds, project.frame()
                found = compare_site(site_inputs(project, frame, thorough=True))
                assert [*found.altered, *found.missing, *found.strays] == []
                for kind in FOLDERS:
                    assert builds.due(frame, kind, ()) == builds.due_of_all(frame, kind, ())

    @invariant()
    def no_link_is_seen_by_others(self) -> None:
        """Neither in what is printed, nor in a file but the page's own, and one that leads there."""
        tokens = [token.encode() for token in self.world.ever.tokens]
        forwards = {*self.seen().forwards}
        for ended in self.world.news():
            assert not any(token in f"{ended.out}{ended.err}".encode() for token in tokens), ended
            assert "Traceback" not in ended.err, ended
        for path, data in self.world.private_files():
            if not path.name.startswith("ledger.sqlite3") and forwards.isdisjoint(path.parts):
                assert not any(token in data and token.decode() not in path.parts for token in tokens), path

    @invariant()
    def nobody_is_kept_too_long(self) -> None:
        """Who is past retention or erased is in no file: neither a name nor an address that they had."""
        ever = self.world.ever
        stay = {*self.people(), *(who for who, *_ in self.model.earned())}
        stay |= {one for who in stay for one in self.model.records(who)}
        names = {one.name for one in ever.certificates.values() if one.learner not in stay}
        words = names.union(*(addresses for who, addresses in ever.addresses.items() if who not in stay))
        gone = [word.encode() for word in words]
        for path, data in self.world.private_files():
            assert not any(word in data for word in gone), path


@pytest.fixture(scope="module", params=["folder", "bucket"])
def machine(request: pytest.FixtureRequest) -> Iterator[type[AnyFault]]:
    """With a web host, a mail server, and a process that forks the commands, whose press has made each sort
    before."""
    memory = Path("/dev/shm")  # noqa: S108 - a disk's syncs would take most of the time
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        SmtpServer() as server,
        Forks(Path(folder) / "world" / "college", Path(folder)) as forks,
    ):
        os.mkdir(Path(folder) / "world")
        world = World(forks, server, TEXTS)
        given = Model(world.today)
        for slug in TEXTS:
            given.said["L-Ana"] = ("Ana Alva", "ana@example.org")
            given.credits["L-Ana", slug] = 3
        claims = world.college.claims(*given.rows(), header=HEADER)
        for signer in SIGNERS:
            world.college.environment["SIGNATORY_NAME"] = signer
            world.warm_up("run", claims, "--yes", "--workers", 1)
            world.warm_up("reissue", "--yes", "--workers", 1)
        with bucket_server() if request.param == "bucket" else nullcontext() as bucket:
            yield type("Machine", (AnyFault,), {"forks": forks, "server": server, "bucket": bucket})


def test_a_few_stories(machine: type[AnyFault]) -> None:
    """The same each time."""
    few = settings(
        max_examples=4,
        stateful_step_count=5,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
    )
    play(machine, settings=few)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_many_stories(machine: type[AnyFault], part: int) -> None:
    """SEED=... make soak draws the same again; STORIES=... draws more of them."""
    many = settings(max_examples=int(os.environ.get("STORIES", "25")), stateful_step_count=30, deadline=None)
    play(seed(int(os.environ.get("SEED", "0")) + part)(machine), settings=many)
