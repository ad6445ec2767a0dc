/* A certificate number as people type it, to the address of its page. Nothing is sent. */
(function () {
  "use strict";
  var form = document.querySelector("form.number");
  if (!form) { return; }
  var field = form.querySelector("input");
  var wrong = form.querySelector(".wrong");
  form.hidden = false;
  form.parentNode.querySelector(".by-hand").hidden = true;
  form.noValidate = true;
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var digits = field.value.replace(/[\s\-\u2010-\u2015\u2212]/g, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
    wrong.textContent = fault(digits);
    if (wrong.textContent) {
      field.setAttribute("aria-invalid", "true");
      field.focus();
    } else {
      field.removeAttribute("aria-invalid");
      location.assign(form.dataset.root + "/verify/" + digits.match(/.{4}/g).join("-") + "/");
    }
  });

  function fault(digits) {
    var count = digits.length;
    if (!count) { return "Type the number first."; }
    if (count !== 16) { return "That is " + count + (count === 1 ? " character" : " characters") + "; a certificate number has 16."; }
    if (!/^[0-9A-HJKMNP-TV-Z]+$/.test(digits)) { return "That is not a certificate number: it has 16 letters and digits, and never the letter U."; }
    return "";
  }
})();
