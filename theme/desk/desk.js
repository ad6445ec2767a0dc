// Answers as one types. Without it the same form works by Enter.
"use strict";
const form = document.querySelector("form.seek");
if (form) {
  const field = form.elements.q, found = document.getElementById("found"), count = document.getElementById("count");
  let waiting = 0, asked = null, shown = field.defaultValue.trim();
  const ask = async () => {
    const text = field.value.trim();
    if (text === shown) return;
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.found}?q=${encodeURIComponent(text)}`, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return form.submit();
      found.innerHTML = await answer.text();
      shown = text;
      count.textContent = found.querySelector("[data-count]")?.dataset.count ?? "";
    } catch (error) {
      if (error.name !== "AbortError") count.textContent = "The desk does not answer: it may have ended.";
    }
  };
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); ask(); });
  ask(); // what was typed before this ran, or what the browser filled in on the way back
}
// What takes a while comes when the page is there.
for (const one of document.querySelectorAll("[data-fill]")) {
  fetch(one.dataset.fill).then(async (answer) => { if (answer.ok && !answer.redirected) one.innerHTML = await answer.text(); }, () => {});
}
// One press is enough; the desk would do it once all the same.
for (const one of document.querySelectorAll("form.ask")) {
  one.addEventListener("submit", (event) => {
    if (one.dataset.sent) event.preventDefault();
    one.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => { for (const one of document.querySelectorAll("form.ask")) delete one.dataset.sent; });
// A slash leads to the field from anywhere.
addEventListener("keydown", (event) => {
  const field = document.getElementById("q");
  if (event.key === "/" && field && !event.target.closest("input, textarea")) { event.preventDefault(); field.focus(); }
});
