/* The day, for whoever prints the page. Is this PDF the very file that was issued? Its SHA-256 is computed here and compared; the file goes nowhere. */
(function () {
  "use strict";
  document.querySelector(".today").textContent = new Date().toLocaleDateString("en-US", { dateStyle: "long" });
  var section = document.getElementById("check");
  if (!section || !window.crypto || !crypto.subtle || !Blob.prototype.arrayBuffer) { return; }
  var digests = section.dataset.digests.split(" ");
  var standing = section.dataset.standing;
  var box = section.querySelector(".drop");
  var field = section.querySelector("input");
  var result = section.querySelector(".result");
  var newest = digests.length - 1;
  var counts = digests.length - Number(section.dataset.alike); // from here on all files say the same
  var live = standing === "valid" || standing === "corrected";
  box.hidden = false;
  section.querySelector(".by-hand").hidden = true;

  function say(kind, words) {
    result.className = "result " + kind;
    result.textContent = words;
  }

  function judge(digest) {
    var at = digests.indexOf(digest);
    if (at === newest && live) {
      say("yes", "Yes. This is the very file we issued.");
    } else if (at >= counts && live) {
      say("yes", "Yes. We issued this file. The same certificate was made again since, in another design.");
    } else if (at >= counts) {
      say("old", "This is the file we issued, but the certificate was " + standing + " and no longer counts.");
    } else if (at >= 0) {
      say("old", "We issued this file, but it was corrected since: it is an earlier version and no longer counts.");
    } else {
      say("no", "No. This is not a file we issued under this number: it was changed, or it is another document.");
    }
  }

  function check(file) {
    if (!file) { return; }
    if (file.size > 50000000) {
      say("no", "No. This file is far larger than any certificate.");
      return;
    }
    say("", "Comparing…");
    file.arrayBuffer().then(function (bytes) {
      return crypto.subtle.digest("SHA-256", bytes);
    }).then(function (hash) {
      judge(Array.prototype.map.call(new Uint8Array(hash), function (byte) {
        return (byte < 16 ? "0" : "") + byte.toString(16);
      }).join(""));
    }).catch(function () {
      say("no", "The file could not be read. Please choose it again.");
    });
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
