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
    if (/^[0-9A-HJKMNP-TV-Z]{16}$/.test(digits)) {
      wrong.textContent = "";
      field.removeAttribute("aria-invalid");
      location.assign(form.dataset.root + "/verify/" + digits.match(/.{4}/g).join("-") + "/");
    } else {
      field.setAttribute("aria-invalid", "true");
      wrong.textContent = "That is not a certificate number: it has 16 letters and digits, and never the letter U.";
      field.focus();
    }
  });
})();
