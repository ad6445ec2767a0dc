"""certs undo: what a run issued is withdrawn, or taken back where nobody can have seen it."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.workflow import render as rendering
from pipeline.workflow import run as running
from pipeline.workflow import undo as undoing
from pipeline.workflow.release import leave_former_host
from tests.support.college import College
from tests.support.killed import dies_at
from tests.support.shell import Shell, digest

HEADER = "activity,learner_id,email,name,cme_credits,abim_moc_points,evaluation\n"
ANA = "spring,L1,ana@example.org,Ana Alva,5,,"
BO = "spring,L2,bo@example.org,Bo Berg,6,,"
CY = "meeting-2025,L3,cy@example.org,Cy Cole,10,,no"
CY_MET = "meeting-2025,L3,cy@example.org,Cy Cole,10,,yes"
CY_MORE = "meeting-2025,L3,cy@example.org,Cy Cole,10,5,yes"


@pytest.fixture
def desk(shell: Shell) -> Shell:
    shell.college.write_meeting("spring")
    return shell


def take(shell: Shell, *rows: str, send: bool = False) -> None:
    """A run on these rows whose mail waits, unless it is sent."""
    shell.college.take(*rows, header=HEADER, send=send)


def broken(shell: Shell, monkeypatch: pytest.MonkeyPatch, *rows: str) -> None:
    """A run that ends before anything is built or published."""

    def down(*_: object, **__: object) -> None:
        raise PublishError("The host is down.")

    with monkeypatch.context() as patch:
        patch.setattr(running, "release", down)
        with pytest.raises(PublishError):
            take(shell, *rows)


def killed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, *rows: str, at: str = "run.award_files", call: int = 0
) -> None:
    """A run that is killed at a step; without another, when it has read its file and done nothing more."""
    step = f"pipeline.workflow.{at}"
    with monkeypatch.context() as patch:
        patch.setattr(step, dies_at(pkgutil.resolve_name(step), call))
        with pytest.raises(KeyboardInterrupt):
            take(shell, *rows)


def undo(shell: Shell, run: int, *more: str, status: int = 0) -> dict[str, object]:
    found = shell.json("undo", run, "--reason", "the wrong file", "--yes", *more, status=status)
    return {name: count for name, count in found.items() if count and name not in ("run", "stops")}


def standings(college: College) -> list[tuple[str, str, str]]:
    return [(name, kind, standing) for name, _, kind, standing in college.certificates()]


def pdfs(college: College) -> list[str]:
    """What lies in the vault."""
    return sorted(path.name for path in (college.data / "vault").glob("*/*"))


def test_what_was_published_and_not_mailed_is_withdrawn(desk: Shell) -> None:
    """Its verification pages say so; nobody is told, and the mail that waited is taken off."""
    take(desk, ANA, BO)
    number = desk.json("find", "L1")[0]["certificates"][1]["number"]
    assert undo(desk, 1) == {"withdrawn": 4, "people": 2}
    assert {standing for *_, standing in standings(desk.college)} == {"withdrawn"}
    assert "the wrong file" in (desk.college.output / "verify" / number / "index.html").read_text()
    assert desk.college.run().sent == 0
    assert desk.college.mails() == []
    (last, first) = desk.json("runs")
    assert (first["undone_at"] is not None, last["undone_at"]) == (True, None)
    assert ", undone 2025-11-14" in desk("runs").stdout
    assert desk("verify").exit_code == 0


def test_what_nobody_can_have_seen_was_never_issued(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page, no PDF, no number, no person is left of it; a person on record before stays as they were."""
    take(desk, CY_MET, send=True)
    before = digest(desk.college.output), pdfs(desk.college)
    broken(desk, monkeypatch, ANA, BO, "spring,L3,cy@example.org,Cy Cole,4,,")
    assert undo(desk, 2) == {"taken_back": 6, "claims_deleted": 3, "people": 3}
    assert (digest(desk.college.output), pdfs(desk.college)) == before
    assert [one[0] for one in standings(desk.college)] == ["Cy Cole", "Cy Cole"]
    assert "Nobody fits" in desk.refused("find", "L1")
    assert desk("verify").exit_code == 0
    assert desk.college.run().sent == 0


@pytest.mark.parametrize(
    "words",
    [("export", "--zip", "{0}/all.zip"), ("missing", "{0}/none.csv", "--to", "{0}/gone.csv")],
    ids=["export", "missing"],
)
def test_what_staff_took_out_may_have_been_seen(
    desk: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A certificate that was handed on by other ways than the web host and mail stays verifiable."""
    (tmp_path / "none.csv").write_text(f"{HEADER}spring,L9,ida@example.org,Ida Isle,5,,\n")
    broken(desk, monkeypatch, ANA)
    desk(*(word.format(tmp_path) for word in words))
    assert undo(desk, 1) == {"withdrawn": 2, "people": 1}
    assert desk("verify").exit_code == 0


def test_the_file_can_be_given_again(desk: Shell) -> None:
    """Mended or not: certificates are issued anew, under new numbers; the withdrawn ones stay withdrawn."""
    take(desk, ANA, BO)
    undo(desk, 1)
    assert desk.college.run().issued == 0
    take(desk, ANA, BO.replace(",6,", ",7,"), send=True)
    assert sorted(standings(desk.college)) == sorted(
        (name, kind, standing)
        for name in ("Ana Alva", "Bo Berg")
        for kind in ("participation", "cme")
        for standing in ("valid", "withdrawn")
    )
    bo = desk.json("find", "L2")[0]
    assert bo["credits"]["cme"] == 7
    assert len(desk.college.mails()) == 2
    old = next(one["number"] for one in bo["certificates"] if one["standing"] == "withdrawn")
    assert "counts in its place" in desk.refused("reinstate", old, "--reason", "x")


def test_the_very_same_file_is_read_again(desk: Shell) -> None:
    path = desk.college.claims(ANA, header=HEADER)
    desk.college.run(path, send=False)
    undo(desk, 1)
    assert desk.college.run(path).issued == 2
    assert desk.json("find", "L1")[0]["credits"]["cme"] == 5


def test_a_file_says_less_after_the_undoing(desk: Shell) -> None:
    """Nothing of what the undone run brought is left in a claim: no attendance, no credit."""
    take(desk, ANA)
    undo(desk, 1)
    header = "activity,learner_id,email,name,attended\n"
    made = desk.college.take("spring,L1,ana@example.org,Ana Alva,no", header=header)
    assert (made.issued, made.set_aside) == (0, 0)
    assert desk.json("find", "L1")[0]["withheld"][0]["missing"] == ["attended"]


def test_mailed_certificates_stay_unless_staff_say_so(desk: Shell) -> None:
    """With --mailed they are withdrawn too, and each person is told once."""
    take(desk, ANA, BO, send=True)
    said = desk.refused("undo", 1, "--reason", "wrong", "--yes")
    assert said == "All that is left of run 1 was mailed: 4 certificates."
    assert {standing for *_, standing in standings(desk.college)} == {"valid"}
    assert undo(desk, 1, "--mailed") == {
        "withdrawn": 4,
        "people": 2,
        "mailed": 2,
        "messages": {"sent": 2},
    }
    assert {standing for *_, standing in standings(desk.college)} == {"withdrawn"}
    subjects = [str(mail["Subject"]) for mail in desk.college.mails()]
    assert sum(one.startswith("Withdrawn") for one in subjects) == 2
    assert "was undone on 2025-11-14" in desk.refused("undo", 1, "--reason", "wrong", "--yes", "--mailed")


def test_some_mailed_some_not(desk: Shell) -> None:
    take(desk, ANA, BO)
    desk("send", "--to", "L1", "--yes")
    assert undo(desk, 1) == {"withdrawn": 2, "people": 1, "left_mailed": 2}
    assert [one for one in standings(desk.college) if one[2] == "valid"] == [
        ("Ana Alva", "cme", "valid"),
        ("Ana Alva", "participation", "valid"),
    ]
    assert undo(desk, 1, "--mailed") == {
        "withdrawn": 2,
        "people": 1,
        "mailed": 1,
        "messages": {"sent": 1},
    }


def test_one_whose_place_was_taken_is_valid_again(desk: Shell) -> None:
    """Its claim says what it said before that run, so no later look issues the other once more."""
    take(desk, CY_MET, send=True)
    take(desk, CY_MORE)
    assert [one for one in standings(desk.college) if one[1] != "participation"] == [
        ("Cy Cole", "cme", "replaced"),
        ("Cy Cole", "cme-abim", "valid"),
    ]
    assert undo(desk, 2) == {"withdrawn": 1, "restored": 1, "people": 1}
    assert [one for one in standings(desk.college) if one[1] != "participation"] == [
        ("Cy Cole", "cme", "valid"),
        ("Cy Cole", "cme-abim", "withdrawn"),
    ]
    desk("correct", "L3", "--name", "Cy Cole-Lee", "--reason", "asked")
    assert ("Cy Cole-Lee", "cme", "corrected") in standings(desk.college)
    assert desk.college.run().issued == 0
    assert desk.json("find", "L3")[0]["credits"]["abim"] == 0
    take(desk, CY_MORE.replace("Cy Cole", "Cy Cole-Lee"))
    assert desk.json("find", "L3")[0]["credits"] | {"abim_by_type": 0, "certificates": 0} == {
        "cme": 10,
        "abim": 5,
        "abim_by_type": 0,
        "abp": 0,
        "certificates": 0,
    }


def test_who_was_told_of_the_change_is_told_of_both(desk: Shell) -> None:
    take(desk, CY_MET, send=True)
    take(desk, CY_MORE, send=True)
    undo(desk, 2, "--mailed")
    last = desk.college.mails()[-1]
    text = str(last.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert str(last["Subject"]).startswith("Withdrawn")
    assert "CME / ABIM MOC Certificate" in text
    assert "CME Certificate" in text.replace("CME / ABIM MOC Certificate", "")


def test_what_waited_waits_again(desk: Shell) -> None:
    """A requirement that the undone file called met is not met, and is what the page says is missing."""
    take(desk, CY, send=True)
    take(desk, CY_MET)
    assert undo(desk, 2) == {"withdrawn": 2, "people": 1}
    (cy,) = desk.json("find", "L3")
    assert [one["missing"] for one in cy["withheld"]] == [["evaluation"], ["evaluation"]]
    assert desk.college.run().issued == 0
    take(desk, CY_MET, send=True)
    assert desk.json("find", "L3")[0]["credits"]["cme"] == 10


def test_a_correction_is_not_undone_in_silence(desk: Shell) -> None:
    """It stays, the plan says so, and what the same run issued goes."""
    take(desk, ANA, send=True)
    take(desk, ANA.replace(",5,", ",8,"), BO)
    shown = desk("undo", 2, "--reason", "wrong", "--dry-run").stdout
    assert "1 certificate left corrected: give certs run a file that is right" in shown
    assert undo(desk, 2) == {"withdrawn": 2, "people": 1, "corrected": 1}
    assert desk.json("find", "L1")[0]["credits"]["cme"] == 8


def test_credit_that_a_run_removed_stays_away(desk: Shell) -> None:
    """The plan counts what it withdrew, and names the command."""
    take(desk, ANA, send=True)
    gone = ANA.replace(",5,", ",,")
    desk.college.take(gone, BO, header=HEADER, send=False, allow_removals=True)
    shown = desk("undo", 2, "--reason", "wrong", "--dry-run").stdout
    assert "1 certificate left withdrawn, as its file removed their credit: certs reinstate NUMBER" in shown
    undo(desk, 2)
    assert ("Ana Alva", "cme", "withdrawn") in standings(desk.college)


def test_a_run_that_only_corrected_has_nothing_to_undo(desk: Shell) -> None:
    take(desk, ANA, send=True)
    take(desk, ANA.replace(",5,", ",8,"))
    assert "issued nothing that counts" in desk.refused("undo", 2, "--reason", "x", "--yes")


def test_what_a_later_file_has_too_stays(desk: Shell) -> None:
    """That file says that it is right. The same bytes once more say nothing new."""
    path = desk.college.claims(ANA, BO, header=HEADER)
    desk.college.run(path, send=False)
    desk.college.run(path, send=False)
    take(desk, ANA.replace(",5,", ",4,"))
    assert undo(desk, 1) == {"withdrawn": 2, "people": 1, "left_later": 2}
    assert ("Ana Alva", "cme", "corrected") in standings(desk.college)
    assert ("Bo Berg", "cme", "withdrawn") in standings(desk.college)


def test_a_killed_run_is_undone_with_what_it_had_planned(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates that were planned and never made are forgotten: the next run makes none of them."""

    killed(desk, monkeypatch, ANA, BO, at="run.render")
    assert undo(desk, 1) == {"taken_back": 4, "claims_deleted": 2, "people": 2}
    assert desk.college.run().issued == 0
    assert standings(desk.college) == []


def test_what_a_killed_run_has_read_stays(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It said the same of Ana: an earlier run is not undone over what a later one read."""
    take(desk, ANA)
    killed(desk, monkeypatch, ANA, BO)
    assert "issued nothing that counts and that no later file speaks of" in desk.refused(
        "undo", 1, "--reason", "x", "--yes"
    )


def test_what_a_killed_run_has_changed_is_put_back(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was made of it yet, and nothing is; its file is read again, though all of it was taken in."""
    take(desk, CY, ANA, send=True)
    killed(desk, monkeypatch, CY_MET, ANA.replace(",5,", ",8,"))
    shown = desk("undo", 2, "--reason", "wrong", "--dry-run").stdout
    assert "2 claims say again what was on record before" in shown
    assert undo(desk, 2) == {"claims_put_back": 2, "people": 2}
    after = desk.college.run()
    assert (after.issued, after.corrected) == (0, 0)
    assert "nothing of it is left to undo" in desk.refused("undo", 2, "--reason", "x", "--yes")
    assert desk.college.take(CY_MET, header=HEADER).issued == 2


def test_what_a_killed_run_had_to_correct_stays(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction that was planned and not made is planned no more; another one of the same person is."""
    take(desk, ANA, send=True)
    killed(desk, monkeypatch, ANA.replace("Ana Alva", "Ana Lee").replace(",5,", ",8,"), at="run.render")
    assert undo(desk, 2) == {"claims_put_back": 1, "people": 1}
    assert desk.json("find", "L1")[0]["credits"]["cme"] == 5
    assert standings(desk.college) == [("Ana Lee", kind, "corrected") for kind in ("cme", "participation")]


def test_a_run_that_changed_what_waits_is_undone(desk: Shell) -> None:
    """Nothing was issued of it, and what it said is not issued once the requirement is met."""
    take(desk, CY, send=True)
    take(desk, CY.replace(",10,", ",12,"))
    assert undo(desk, 2) == {"claims_put_back": 1, "people": 1}
    met = "activity,learner_id,email,name,evaluation\nmeeting-2025,L3,cy@example.org,Cy Cole,yes\n"
    desk.college.take(header=met)
    assert desk.json("find", "L3")[0]["credits"]["cme"] == 10


def test_a_killed_run_and_the_one_that_finished_it_are_undone(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of neither anything stands afterwards, not even a requirement that the wrong file called met."""
    monkeypatch.setattr(rendering, "BATCH", 2)
    killed(desk, monkeypatch, ANA, CY_MET, at="render.sealed", call=2)
    assert desk.college.run(send=False).issued == 2
    undo(desk, 2)
    undo(desk, 1)
    assert {standing for *_, standing in standings(desk.college)} == {"withdrawn"}
    assert desk.college.take(CY, header=HEADER).withheld == 2


def test_what_a_command_made_of_a_killed_run_is_undone_with_it(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(desk, ANA, send=True)
    killed(desk, monkeypatch, BO, at="run.render")
    desk("correct", "L1", "--name", "Ana Lee", "--reason", "asked")
    assert ("Bo Berg", "cme", "valid") in standings(desk.college)
    assert undo(desk, 2) == {"taken_back": 2, "claims_deleted": 1, "people": 1}


def test_what_another_run_finished_is_read_again(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run that is undone had no file of its own: it issued what a killed one had read."""
    killed(desk, monkeypatch, ANA)
    assert desk.college.run(send=False).issued == 2
    assert undo(desk, 2) == {"withdrawn": 2, "people": 1}
    assert desk.college.take(ANA, header=HEADER).issued == 2


@pytest.mark.usefixtures("proved")
def test_what_stays_at_a_former_host_may_be_seen(desk: Shell, tmp_path: Path) -> None:
    desk.college.environment["PUBLISH_TO"] = str(tmp_path / "host")
    take(desk, ANA)
    desk.college.environment["PUBLISH_TO"] = str(tmp_path / "another")
    desk.college.do(leave_former_host)
    assert undo(desk, 1) == {"withdrawn": 2, "people": 1}


def test_a_killed_undoing_is_finished_by_the_next_run(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many PDFs the ledger does not know any more by then: they are no reason to stop."""
    broken(desk, monkeypatch, ANA, BO)
    monkeypatch.setattr("pipeline.workflow.retention.BATCH", 1)

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(undoing, "release", killed)
        desk("undo", 1, "--reason", "wrong", "--yes", status=None)
    desk("run", "--yes", "--workers", 1)
    assert pdfs(desk.college) == []
    assert not (desk.college.data / "aside").exists()
    assert desk("verify").exit_code == 0


def test_reinstating_one_takes_its_word(desk: Shell) -> None:
    """Staff say that this one was right: it counts, and is corrected like any other."""
    take(desk, ANA, BO)
    undo(desk, 1)
    number = desk.json("find", "L1")[0]["certificates"][1]["number"]
    desk("reinstate", number, "--reason", "hers was right")
    desk("correct", "L1", "--name", "Ana Alva-Lee", "--reason", "asked")
    assert ("Ana Alva-Lee", "cme", "corrected") in standings(desk.college)


def test_many_who_were_told_are_a_reason_to_stop(desk: Shell) -> None:
    take(desk, *(f"spring,L{one},p{one}@example.org,Pat Pound,,,," for one in range(51)), send=True)
    (stop,) = desk.json("undo", 1, "--reason", "x", "--yes", "--mailed", status=5)["stops"]
    assert stop["name"] == "large-withdrawal"
    assert "of run 1" in stop["text"]


def test_a_plan_changes_nothing_and_unknown_runs_are_named(desk: Shell) -> None:
    take(desk, ANA)
    before = digest(desk.college.root)
    lines = desk("undo", 1, "--reason", "wrong", "--dry-run").stdout.splitlines()
    assert lines[0].startswith("1  2025-11-14 09:30 EST, by tester")
    assert lines[1:] == ["2 certificates withdrawn"]
    assert "Undo run 1?" in desk("undo", 1, "--reason", "wrong", status=1).stderr
    assert digest(desk.college.root) == before
    assert desk.refused("undo", 7, "--reason", "wrong", "--yes") == "There is no run 7 on record."


def test_it_is_on_record(desk: Shell) -> None:
    take(desk, ANA)
    desk("--actor", "ida", "undo", 1, "--reason", "the wrong file", "--yes")
    with desk.college.project(locked=False) as project:
        row = project.ledger._db.execute("SELECT actor, detail FROM audit WHERE action = 'undo'").fetchone()
    assert tuple(row) == ("ida", "run 1, 2 withdrawn, 0 taken back, 0 valid again; the wrong file")


def test_a_backup_from_before_an_undoing_says_so(
    desk: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was taken back is there again: staff are told, and nobody is mailed of it meanwhile."""
    take(desk, CY_MET, send=True)
    broken(desk, monkeypatch, ANA)
    desk("backup", tmp_path / "before.tar")
    undo(desk, 2)
    shown = desk("restore", "--force", tmp_path / "before.tar").stderr
    assert "run 2 was undone since this backup was made: certs undo 2" in shown
    assert desk.college.run().sent == 0
    assert undo(desk, 2, "--mailed")["withdrawn"] == 2
