// A page of work looks again by itself, and a dropped file is taken. Without it pages refresh, and forms work.
"use strict";
const working = document.getElementById("working");
if (working) {
  const look = async () => {
    try {
      const answer = await fetch(working.dataset.from);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById("working");
      if (!now || answer.redirected) return location.replace(answer.url);
      const steps = working.querySelector(".steps"), next = now.querySelector(".steps");
      if (steps.innerHTML !== next.innerHTML) steps.innerHTML = next.innerHTML;
      setTimeout(look, 700);
    } catch {
      setTimeout(look, 3000);
    }
  };
  setTimeout(look, 500);
}
const hand = document.querySelector("form.hand");
if (hand) {
  const field = hand.elements.files, drop = hand.querySelector(".handover"), large = document.getElementById("too-large");
  const judge = () => {
    large.hidden = [...field.files].reduce((sum, file) => sum + file.size, 0) < Number(hand.dataset.most) - 65536;
  };
  field.addEventListener("change", judge);
  hand.addEventListener("submit", (event) => { judge(); if (!large.hidden) { event.preventDefault(); event.stopImmediatePropagation(); } }, true);
  addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  addEventListener("dragleave", () => drop.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; judge(); if (large.hidden) hand.requestSubmit(); }
  });
}
