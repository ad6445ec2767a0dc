/* The day, for whoever prints the page. Is this PDF genuine? By the digests of the files that were issued, where
   the page of a certificate has them, and by its seal. The file is read on this device and goes nowhere. */
(function () {
  "use strict";
  const today = document.querySelector(".today");
  if (today) {
    const now = new Date();
    today.textContent = inWords(now.getFullYear(), now.getMonth(), now.getDate());
  }
  const section = document.getElementById("check");
  if (!section || !window.crypto || !crypto.subtle || !window.certificateSeal) { return; }
  const seal = window.certificateSeal;
  const box = section.querySelector(".drop"), field = section.querySelector("input"), result = section.querySelector(".result");
  const byHand = section.querySelector(".by-hand");
  const digests = section.dataset.digests ? section.dataset.digests.split(" ") : [];
  const keySet = window.certificateKeys || { keys: [] };
  box.hidden = false;
  if (byHand) { byHand.hidden = true; }

  // By hand: a browser's own words for dates take a phone a fifth of a second to load.
  function inWords(year, month, day) {
    const months = "January February March April May June July August September October November December";
    return months.split(" ")[month] + " " + day + ", " + year;
  }

  function day(iso) {
    const [year, month, date] = iso.split("-").map(Number);
    return inWords(year, month - 1, date);
  }

  // The verdict, what there is to it, and the certificate's page: {number, words} of the link.
  function say(kind, verdict, more, link) {
    const head = document.createElement("strong");
    head.textContent = verdict;
    result.className = "result " + kind;
    result.replaceChildren(head, ...(more || []));
    if (link) {
      const there = document.createElement("a");
      there.href = section.dataset.root + "/verify/" + link.number + "/";
      there.textContent = link.words;
      result.append(" ", there);
    }
  }

  function unbroken(text) {
    const part = document.createElement("span");
    part.className = "nowrap";
    part.textContent = text;
    return part;
  }

  async function digestOf(bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // What was done to the file after we issued it.
  const SINCE = {
    genuine: "",
    filled: " Hours were filled in on it since, and nothing else.",
    added: " But something was added to it since, and it may show something else than we issued.",
  };

  // On the page of a certificate: is it one of the files that were issued under its number?
  function sayOfIssued(at, verdict) {
    const standing = section.dataset.standing, isLive = standing === "valid" || standing === "corrected";
    const counts = digests.length - Number(section.dataset.alike); // from here on all files say the same
    const file = verdict === "genuine" ? "This is the very file we issued." : "We issued this file.";
    if (at >= counts && isLive) {
      const again = at < digests.length - 1 ? " The same certificate was made again since, in another design." : "";
      const sure = verdict === "added" ? "" : "Yes. ";
      say(verdict === "added" ? "no" : "yes", sure + (again ? "We issued this file." : file) + again + SINCE[verdict]);
    } else if (at >= counts) {
      say("old", "This is the file we issued, but the certificate was " + standing + " and no longer counts." + SINCE[verdict]);
    } else {
      say("old", "We issued this file, but it was corrected since: it is an earlier version and no longer counts." + SINCE[verdict]);
    }
  }

  // Whether its six years are over: a certificate is never issued before its activity.
  function isPast(issued) {
    const last = new Date(issued + "T00:00:00Z");
    last.setUTCFullYear(last.getUTCFullYear() + 6);
    last.setUTCDate(last.getUTCDate() + 1);
    return last <= new Date();
  }

  // What the signed list says: how the verdict looks, what is against the certificate, and what for it.
  async function standingWords(said, keys) {
    const list = await seal.readStanding(window.certificateStanding || "", keys);
    const now = list ? await seal.standingOf(said.number, list) : null;
    if (now === null) { return ["old", " Whether it still counts cannot be told here.", ""]; }
    if (now && now.standing !== "corrected") {
      return ["old", " It was " + now.standing + " on " + day(now.day) + " and no longer counts.", ""];
    }
    if (now && said.version < now.version) {
      return ["old", " It was corrected on " + day(now.day) + ": this is an earlier version and no longer counts.", ""];
    }
    return ["yes", "", " It was neither withdrawn nor replaced."];
  }

  const OF_SEALED = {
    genuine: ["Genuine", " Not a byte of it was changed."],
    filled: ["Genuine, and hours were filled in", " Nothing else was done to it since."],
    added: ["Something was added", " What was added may hide or change what we issued."],
  };
  const FORMER = " Its record is no longer kept: it goes six years after the activity, or when its holder asks us to delete it.";

  // Of a file that its seal proves.
  async function sayOfSealed(found, keys) {
    const said = found.seal, isAdded = found.verdict === "added", [word, since] = OF_SEALED[found.verdict];
    const isItsPage = location.pathname.includes("/" + said.number + "/"), hasRecord = digests.length > 0;
    const past = isPast(said.issued) && !hasRecord;
    const gone = past ? (isAdded ? ". Its" : "; its") + " record was deleted after six years." : ".";
    const [kind, against, inFavour] = hasRecord ? ["yes", "", ""] : await standingWords(said, keys);
    const record = isItsPage && !past && !hasRecord ? FORMER : "";
    say(isAdded ? "no" : kind, word + gone + against,
      ["We issued it as certificate ", unbroken(said.number), " on " + day(said.issued) + "." + since + (isAdded ? "" : inFavour) + record],
      isItsPage ? null : { number: said.number, words: past ? "If it was kept for longer, it is here." : "See what it states." });
  }

  const UNSEALED = "Nor has a Record of credits one, or a PDF of several certificates: choose each certificate’s own file, or type its number.";

  async function judge(bytes) {
    const at = digests.indexOf(await digestOf(bytes));
    if (at >= 0) {
      sayOfIssued(at, "genuine");
      return;
    }
    const keys = await seal.readKeys(keySet).catch(function () { return null; });
    if (!keys) {
      say("old", "It cannot be told here: what this site says of its keys cannot be read.");
      return;
    }
    const found = await seal.judge(bytes, keys);
    const sealedAt = found.seal ? digests.indexOf(await digestOf(bytes.subarray(0, found.seal.end))) : -1;
    if (sealedAt >= 0) {
      sayOfIssued(sealedAt, found.verdict);
    } else if (found.seal && digests.length && found.seal.number !== section.dataset.number) {
      say("no", "No. This is another certificate of ours.", ["It is ", unbroken(found.seal.number), "."],
        { number: found.seal.number, words: "See what it states." });
    } else if (found.seal) {
      await sayOfSealed(found, keys);
    } else if (digests.length) {
      say("no", "No. This is not a file we issued under this number: it was changed, or it is another document.");
    } else if (found.verdict === "changed") {
      say("no", "Changed.", ["It bears the name of our key, but it is not the file we sealed: it was altered, or saved anew by a program."]);
    } else {
      say("no", "Not ours: " + found.why + ".", found.why === "without a seal" ? [UNSEALED] : []);
    }
  }

  async function look(file) {
    if (file.size > 50000000) {
      say("no", "No. This file is far larger than any certificate.");
      return;
    }
    say("", "Comparing…");
    try {
      await judge(new Uint8Array(await file.arrayBuffer()));
    } catch (error) {
      say("no", "The file could not be read. Please choose it again.");
    }
  }

  // One after the other: what stands there is of the file that was chosen last.
  let looked = Promise.resolve();
  function check(file) {
    if (file) { looked = looked.then(function () { return look(file); }); }
  }

  field.addEventListener("change", function () { check(field.files[0]); });
  ["dragover", "drop"].forEach(function (name) {
    document.addEventListener(name, function (event) { event.preventDefault(); });
  });
  box.addEventListener("dragenter", function () { box.classList.add("over"); });
  box.addEventListener("dragleave", function (event) {
    if (!box.contains(event.relatedTarget)) { box.classList.remove("over"); }
  });
  box.addEventListener("drop", function (event) {
    box.classList.remove("over");
    field.value = "";
    check(event.dataTransfer.files[0]);
  });
})();
