// Finds lines in the lists as somebody types. Without it the lists are there all the same, unless they are packed.
const form = document.querySelector(".find");
const box = form.querySelector("input");
const found = form.querySelector("[role=status]");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
let lists;
let waiting;

const read = () =>
  [...document.querySelectorAll("details.list")].map((list) => ({
    list,
    parts: [...list.querySelectorAll("ul")].map((ul) => {
      const before = ul.previousElementSibling;
      const heading = before.tagName === "H3" ? before : null;
      const about = heading ? plain(heading.firstChild.textContent) : "";
      return { ul, heading, lines: [...ul.children].map((li) => [li, `${plain(li.textContent)} ${about}`]) };
    }),
  }));

const find = () => {
  lists ??= read();
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  let total = 0;
  for (const { list, parts } of lists) {
    let here = 0;
    for (const { ul, heading, lines } of parts) {
      let count = 0;
      for (const [li, text] of lines) {
        const hit = words.every((word) => text.includes(word));
        li.hidden = !hit;
        count += hit;
      }
      ul.hidden = !count;
      if (heading) heading.hidden = !count;
      here += count;
    }
    list.hidden = !here;
    list.open = words.length > 0 && here > 0;
    total += here;
  }
  found.textContent = words.length ? `${total.toLocaleString("en")} found` : "";
};

const unpack = async (packed) => {
  const bytes = Uint8Array.from(atob(packed.querySelector("[hidden]").textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  packed.outerHTML = await new Response(stream).text();
  form.hidden = false;
};

const packed = document.querySelector("#packed");
if (packed) unpack(packed);
else form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
box.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(find, 150);
});
