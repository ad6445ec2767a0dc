/* Is a PDF one that we sealed, byte for byte? docs/seal-format.md has the rules; the file goes nowhere.
   What follows the sealed bytes is read strictly: wherever there is doubt, something was added. */
(function () {
  "use strict";
  const SEAL = new RegExp("/PieceInfo<</CertificateSeal<</LastModified\\(D:(\\d{8})\\)/Private<</Format 1" +
    "/Number\\(([0-9A-Z-]{1,40})\\)/Version (\\d{1,9})/Key\\(([A-Za-z0-9_-]{43})\\)/At (\\d{10})", "g");
  const DIGITS = 128; // of a signature, in hexadecimal
  const END = "%%EOF\n";
  const MOST = 4; // texts of one file that look like a seal
  // Half the order of P-256: of two signatures that fit the same bytes the lower is valid alone.
  const HALF_ORDER = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";
  const DEEPEST = 30; // arrays and dictionaries within one another
  const LARGEST = 1 << 22; // bytes of a stream once it is unpacked
  const NUMBERS = 200000; // of objects
  const WIDEST = 8; // bytes of a number in a cross-reference stream

  // A file is read as a text in which each character is a byte.
  function textOf(bytes) {
    const parts = [];
    for (let at = 0; at < bytes.length; at += 8192) {
      parts.push(String.fromCharCode.apply(null, bytes.subarray(at, at + 8192)));
    }
    return parts.join("");
  }

  function bytesOf(text) { return Uint8Array.from(text, (letter) => letter.charCodeAt(0)); }

  function hexBytes(digits) { return Uint8Array.from(digits.match(/../g), (two) => parseInt(two, 16)); }

  /* ---- Keys (RFC 7517): by their thumbprint (RFC 7638), whatever a set calls them */

  function fromBase64url(text) { return bytesOf(atob(text.replace(/-/g, "+").replace(/_/g, "/"))); }

  function base64url(bytes) {
    return btoa(textOf(bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  async function readKeys(set) {
    const keys = new Map();
    for (const jwk of set.keys) {
      if (![jwk.from, jwk.until, jwk.revoked].every((day) => !day || isDay(day))) { throw new Error("a key has a day that is none"); }
      if (jwk.kty !== "EC" || jwk.crv !== "P-256") { continue; }
      const numbers = { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
      const digest = await crypto.subtle.digest("SHA-256", bytesOf(JSON.stringify(numbers)));
      const key = await crypto.subtle.importKey("jwk", numbers, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
      keys.set(base64url(new Uint8Array(digest)), { key: key, revoked: jwk.revoked || null });
    }
    return keys;
  }

  function isDay(text) {
    if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) { return false; }
    const day = new Date(text + "T00:00:00Z");
    return !isNaN(day) && day.toISOString().startsWith(text);
  }

  function fits(key, signature, signed) {
    return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key.key, signature, signed);
  }

  /* ---- The seal */

  function* findSeals(text) {
    let count = 0;
    for (const found of text.matchAll(SEAL)) {
      if ((count += 1) > MOST) { return; }
      const at = Number(found[5]);
      const digits = text.slice(at, at + DIGITS);
      const end = text.indexOf(END, Math.max(found.index + found[0].length, at + DIGITS)) + END.length;
      const day = found[1].replace(/(....)(..)(..)/, "$1-$2-$3");
      if (/^[0-9a-f]{128}$/.test(digits) && digits.slice(64) <= HALF_ORDER && end > at && isDay(day)) {
        yield { number: found[2], version: Number(found[3]), issued: day, key: found[4], signature: hexBytes(digits), at: at, end: end };
      }
    }
  }

  /* What the file is: {verdict, why, seal}; why, where it has no seal that holds, which says {number, version, issued}. `keys`: of readKeys. */
  async function judge(bytes, keys) {
    const text = textOf(bytes);
    let revoked = null, strange = false;
    for (const seal of findSeals(text)) {
      const key = keys.get(seal.key);
      strange = strange || !key;
      const signed = new Uint8Array(seal.end - DIGITS);
      signed.set(bytes.subarray(0, seal.at));
      signed.set(bytes.subarray(seal.at + DIGITS, seal.end), seal.at);
      if (!key || !await fits(key, seal.signature, signed)) { continue; }
      if (key.revoked) {
        revoked = { verdict: "not-ours", why: "its key is in strangers’ hands since " + key.revoked };
      } else if (seal.end === text.length) {
        return { verdict: "genuine", why: "", seal: seal };
      } else {
        return { verdict: await isHoursAlone(text, seal.end) ? "filled" : "added", why: "", seal: seal };
      }
    }
    if (revoked) { return revoked; }
    if ([...keys.keys()].some((id) => text.includes(id))) {
      return { verdict: "changed", why: "its bytes are not those that were sealed" };
    }
    return { verdict: "not-ours", why: strange ? "sealed by a key that is not the college’s" : "without a seal" };
  }

  /* ---- Objects of a PDF (ISO 32000-1, 7.3). Numbers, strings, booleans, null and arrays are JavaScript's,
     dictionaries are maps. A text that reads in more than one way is refused. */

  class Name { constructor(text) { this.text = text; } }
  class Ref { constructor(number, generation) { this.number = number; this.generation = generation; } }
  class Stream { constructor(head, data) { this.head = head; this.data = data; } }

  const LETTER = "[^\\x00\\t\\n\\f\\r ()<>\\[\\]{}/%]", ENDS = "(?!" + LETTER + ")"; // a word ends where none of its letters can follow
  const SPACES = "[\\x00\\t\\n\\f\\r ]";
  const SPACE = new RegExp("(?:" + SPACES + "|%[^\\r\\n]*[\\r\\n])*", "y");
  const TOKEN = new RegExp(
    "(?<ref>(\\d{1,10})" + SPACES + "+(\\d{1,5})" + SPACES + "+R" + ENDS + ")" +
    "|(?<number>[+-]?(?!(?:\\.?\\d){16})(?:\\d+\\.?\\d*|\\.\\d+)" + ENDS + ")" + // more digits are different numbers to programs
    "|(?<name>/" + LETTER + "*)" +
    "|(?<open><<|\\[)|(?<close>>>|\\])" +
    "|(?<hex><[0-9A-Fa-f\\x00\\t\\n\\f\\r ]*>)" +
    "|(?<string>\\()" +
    "|(?<word>true|false|null)" + ENDS, "y");
  const OBJECT = new RegExp("(\\d{1,10})" + SPACES + "+(\\d{1,5})" + SPACES + "+obj", "y");
  const STREAM = /stream\r?\n/y;
  const ENDSTREAM = /\r?\n?endstream/y;
  const ENDOBJ = /endobj(?![^\x00\t\n\f\r %])/y;
  const START = "startxref[\\t-\\r ]+(\\d{1,10})[\\t-\\r ]+%%EOF[\\r\\n ]*";
  const WORDS = { "true": true, "false": false, "null": null };
  const ESCAPES = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

  function match(pattern, text, at) {
    pattern.lastIndex = at;
    return pattern.exec(text);
  }

  // What is doubtful about a file certs verify-pdf says.
  function refuse() { throw new Error("it reads in more than one way, or in none"); }

  function skipSpace(text, at) {
    match(SPACE, text, at);
    return SPACE.lastIndex;
  }

  // A value and the place after it.
  function readValue(text, at, depth) {
    const found = match(TOKEN, text, skipSpace(text, at));
    if (!found || depth > DEEPEST) { refuse(); }
    const kinds = found.groups, end = TOKEN.lastIndex;
    if (kinds.ref !== undefined) { return [new Ref(Number(found[2]), Number(found[3])), end]; }
    if (kinds.number !== undefined) { return [Number(kinds.number), end]; }
    if (kinds.name !== undefined) {
      return [new Name(kinds.name.slice(1).replace(/#([0-9A-Fa-f]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)))), end];
    }
    if (kinds.hex !== undefined) {
      const digits = kinds.hex.replace(/[^0-9A-Fa-f]/g, "");
      return [(digits + "0".repeat(digits.length % 2)).replace(/../g, (two) => String.fromCharCode(parseInt(two, 16))), end];
    }
    if (kinds.string !== undefined) { return readString(text, end); }
    if (kinds.word !== undefined) { return [WORDS[kinds.word], end]; }
    if (kinds.open !== undefined) { return readSeveral(text, end, kinds.open, depth); }
    return refuse();
  }

  function readSeveral(text, at, opened, depth) {
    const closing = opened === "<<" ? ">>" : "]", values = [];
    while (!text.startsWith(closing, at = skipSpace(text, at))) {
      let value;
      [value, at] = readValue(text, at, depth + 1);
      values.push(value);
    }
    at += closing.length;
    if (closing === "]") { return [values, at]; }
    const found = new Map();
    for (let place = 0; place < values.length; place += 2) {
      if (!(values[place] instanceof Name) || place + 1 === values.length || found.has(values[place].text)) {
        refuse();
      }
      found.set(values[place].text, values[place + 1]);
    }
    return [found, at];
  }

  function readString(text, begin) {
    const parentheses = /\\.|[()]/gs;
    let depth = 1;
    parentheses.lastIndex = begin;
    while (depth) {
      const found = parentheses.exec(text);
      if (!found) { refuse(); }
      depth += found[0] === "(" ? 1 : found[0] === ")" ? -1 : 0;
    }
    const said = text.slice(begin, parentheses.lastIndex - 1);
    return [said.replace(/\\([nrtbf()\\]|[0-7]{1,3}|\r\n|\r|\n|.)|\r\n|\r/gs, (_, what) => {
      if (what === undefined) { return "\n"; }
      if (/^[0-7]/.test(what)) { return String.fromCharCode(parseInt(what, 8) & 255); }
      return /^[\r\n]/.test(what) ? "" : ESCAPES[what] || what;
    }), parentheses.lastIndex];
  }

  // An indirect object: {number, generation, value, end}. A stream must say its own length.
  function readObject(text, at) {
    const found = match(OBJECT, text, at);
    if (!found) { refuse(); }
    let value;
    [value, at] = readValue(text, OBJECT.lastIndex, 0);
    at = skipSpace(text, at);
    if (match(STREAM, text, at)) {
      const begins = STREAM.lastIndex, length = value instanceof Map ? value.get("Length") : undefined;
      if (!isCount(length)) { refuse(); }
      if (!match(ENDSTREAM, text, begins + length)) { refuse(); }
      value = new Stream(value, text.slice(begins, begins + length));
      at = skipSpace(text, ENDSTREAM.lastIndex);
    }
    if (!match(ENDOBJ, text, at)) { refuse(); }
    return { number: Number(found[1]), generation: Number(found[2]), value: value, end: ENDOBJ.lastIndex };
  }

  function isCount(value) { return Number.isInteger(value) && value >= 0; }

  async function unpacked(stream) {
    const filters = [].concat(stream.head.get("Filter") ?? []);
    if (!filters.length) { return stream.data; }
    if (!same(filters, [new Name("FlateDecode")])) { refuse(); }
    const reader = new Blob([bytesOf(stream.data)]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    const parts = [];
    for (let size = 0, part; !(part = await reader.read()).done;) {
      if ((size += part.value.length) > LARGEST) {
        reader.cancel();
        refuse();
      }
      parts.push(textOf(part.value));
    }
    const parms = [].concat(stream.head.get("DecodeParms") ?? [])[0];
    return parms instanceof Map ? unpredicted(parts.join(""), parms) : parts.join("");
  }

  // PNG's prediction taken away, of which cross-reference streams use rows of kind 0 to 2 (7.4.4.4).
  function unpredicted(text, parms) {
    const [kind, width, colors, bits] = [["Predictor", 1], ["Columns", 1], ["Colors", 1], ["BitsPerComponent", 8]]
      .map(([name, usual]) => parms.has(name) ? parms.get(name) : usual);
    if (![kind, width, colors, bits].every(isCount)) { refuse(); }
    if (kind === 1) { return text; }
    if (kind < 10 || colors !== 1 || bits !== 8 || width > 1 << 16 || text.length % (width + 1)) {
      refuse();
    }
    const data = bytesOf(text), rows = [];
    let above = new Uint8Array(width);
    for (let at = 0; at < data.length; at += width + 1) {
      const row = data.slice(at + 1, at + 1 + width);
      if (data[at] > 2) { refuse(); }
      for (let place = 0; place < width; place += 1) {
        row[place] += data[at] === 2 ? above[place] : data[at] && place ? row[place - 1] : 0;
      }
      rows.push(textOf(above = row));
    }
    return rows.join("");
  }

  // The objects of an object stream (7.5.7), by number.
  async function readPacked(stream) {
    const text = await unpacked(stream), first = stream.head.get("First"), count = stream.head.get("N");
    if (!isCount(first) || !isCount(count)) { refuse(); }
    const words = text.slice(0, first).split(/[\t-\r ]+/).filter(Boolean), numbers = words.map(Number), found = new Map();
    if (words.length !== 2 * count || !words.every((word) => /^\d{1,10}$/.test(word))) { refuse(); }
    for (let place = 0, end = 0; place + 1 < numbers.length; place += 2) {
      const at = first + numbers[place + 1];
      if (at < end) { refuse(); } // they could be read for ever
      const [value, after] = readValue(text, at, 0);
      found.set(numbers[place], value);
      end = after;
    }
    if (found.size !== count) { refuse(); }
    return found;
  }

  function same(one, other) {
    if (one === other || (one === undefined ? null : one) === (other === undefined ? null : other)) { return true; }
    if (!one || !other || typeof one !== "object" || one.constructor !== other.constructor) { return false; }
    if (one instanceof Name) { return one.text === other.text; }
    if (one instanceof Ref) { return one.number === other.number && one.generation === other.generation; }
    if (Array.isArray(one)) { return one.length === other.length && one.every((part, at) => same(part, other[at])); }
    return one instanceof Map && alike(one, other, []);
  }

  // Whether two dictionaries are equal but for these entries.
  function alike(one, other, but) {
    return one instanceof Map && other instanceof Map &&
      [...one.keys(), ...other.keys()].every((key) => but.includes(key) || same(one.get(key), other.get(key)));
  }

  /* ---- The file as it was sealed, and updates of it (7.5.6). All bytes of an update are read in their
     order, and its cross-reference may name nothing but what was read. */

  async function streamEntries(stream) {
    if (!(stream instanceof Stream)) { refuse(); }
    const data = bytesOf(await unpacked(stream)), widths = stream.head.get("W") || [];
    const index = stream.head.get("Index") || [0, stream.head.get("Size")];
    const all = (numbers, most) => numbers.every((number) => isCount(number) && number <= most);
    let rows = 0;
    for (let place = 1; place < index.length; place += 2) { rows += index[place]; }
    if (widths.length !== 3 || !all(widths, WIDEST) || index.length % 2 || !all([...index, rows], NUMBERS) ||
        rows * (widths[0] + widths[1] + widths[2]) !== data.length) { refuse(); }
    const entries = [];
    let at = 0;
    const next = (width) => {
      let value = 0;
      for (; width; width -= 1) { value = value * 256 + data[at++]; }
      return value;
    };
    for (let place = 0; place < index.length; place += 2) {
      for (let number = index[place]; number < index[place] + index[place + 1]; number += 1) {
        const kind = widths[0] ? next(widths[0]) : 1, where = next(widths[1]), third = next(widths[2]);
        if (kind > 2 || (kind === 1 && third)) { refuse(); }
        entries.push({ number: number, kind: kind, at: where, index: kind === 2 ? third : 0 });
      }
    }
    return entries;
  }

  // A cross-reference table (7.5.4): its lines and the place after the word `trailer`.
  function tableEntries(text, at) {
    const table = /xref[ \t]*\r?\n/y, section = /(\d{1,10}) (\d{1,7})[ \t]*\r?\n/y;
    const line = /(\d{10}) (\d{5}) ([nf])(?: \r| \n|\r\n)/y, trailer = /[\t-\r ]*trailer/y, entries = [];
    if (!match(table, text, at)) { refuse(); }
    at = table.lastIndex;
    for (let head; (head = match(section, text, at));) {
      at = section.lastIndex;
      const first = Number(head[1]), count = Math.min(Number(head[2]), NUMBERS);
      for (let number = first; number < first + count; number += 1) {
        const found = match(line, text, at);
        if (!found || (found[3] === "n" && Number(found[2]))) { refuse(); }
        const isThere = found[3] === "n";
        entries.push({ number: number, kind: isThere ? 1 : 0, at: isThere ? Number(found[1]) : 0, index: 0 });
        at = line.lastIndex;
      }
    }
    if (!match(trailer, text, at)) { refuse(); }
    return [entries, trailer.lastIndex];
  }

  class Sealed {
    static async open(text) {
      const sealed = new Sealed(), found = match(new RegExp(START, "g"), text, Math.max(0, text.length - 64));
      if (!found) { refuse(); }
      sealed.text = text;
      sealed.start = Number(found[1]);
      const stream = readObject(text, sealed.start).value;
      sealed.entries = new Map((await streamEntries(stream)).map((entry) => [entry.number, entry]));
      sealed.head = stream.head;
      sealed.size = stream.head.get("Size");
      sealed.packed = new Map();
      sealed.root = await sealed.value(sealed.head.get("Root"));
      if (!(sealed.root instanceof Map)) { refuse(); }
      return sealed;
    }

    // What a reference leads to; what is none, as it is.
    async value(ref) {
      if (!(ref instanceof Ref)) { return ref; }
      const entry = this.entries.get(ref.number);
      if (!entry || !entry.kind) { return null; }
      if (entry.kind === 1) { return readObject(this.text, entry.at).value; }
      if (!this.packed.has(entry.at)) {
        this.packed.set(entry.at, await readPacked(await this.value(new Ref(entry.at, 0))));
      }
      if (!this.packed.get(entry.at).has(ref.number)) { refuse(); }
      return this.packed.get(entry.at).get(ref.number);
    }
  }

  // [number, value] of all objects after the sealed file's end.
  async function readUpdates(text, sealed, end) {
    const all = [], starts = new RegExp(START, "y");
    let at = skipSpace(text, end), previous = sealed.start;
    if (at >= text.length) { refuse(); }
    while (at < text.length) {
      const placed = new Set();
      let start = -1, trailer = null, entries = [];
      while (!text.startsWith("startxref", at)) {
        if (start >= 0) { refuse(); }
        const begin = at;
        if (text.startsWith("xref", at)) {
          start = at;
          [entries, at] = tableEntries(text, at);
          [trailer, at] = readValue(text, at, 0);
        } else {
          const object = readObject(text, at), value = object.value;
          at = object.end;
          if (object.generation) { refuse(); }
          all.push([object.number, value]);
          placed.add([1, object.number, begin, 0].join());
          const type = value instanceof Stream && value.head.get("Type") instanceof Name ? value.head.get("Type").text : "";
          if (type === "XRef") {
            start = begin;
            trailer = value.head;
            entries = await streamEntries(value);
          } else if (type === "ObjStm") {
            let index = 0;
            for (const [number, member] of await readPacked(value)) {
              placed.add([2, number, object.number, index++].join());
              all.push([number, member]);
            }
          }
        }
        at = skipSpace(text, at);
      }
      const found = match(starts, text, at), head = sealed.head;
      if (!found || Number(found[1]) !== start) { refuse(); }
      if (!(trailer instanceof Map) || !same(trailer.get("Root"), head.get("Root")) ||
          (trailer.has("Info") && !same(trailer.get("Info"), head.get("Info"))) ||
          trailer.get("Prev") !== previous || trailer.has("Encrypt") || trailer.has("XRefStm")) {
        refuse();
      }
      for (const entry of entries) {
        const isThere = placed.has([entry.kind, entry.number, entry.at, entry.index].join());
        if (!(entry.kind ? isThere : entry.number === 0 || entry.number >= sealed.size)) {
          refuse();
        }
      }
      at = starts.lastIndex;
      previous = start;
    }
    return all;
  }

  /* ---- Whether an update is no more than hours that were filled in */

  const FIELD = ["V", "AP", "M"]; // of a field: its value, its look, when it was filled in (12.5.2, 12.7.3)
  const FORM = ["NeedAppearances", "DA", "DR"]; // of the form: how fields look that have no look of their own
  const INFO = ["ModDate", "Producer"];

  const MOST_APPENDED = 1 << 20; // bytes: hours take some hundred, with a font for them some thousand

  async function isHoursAlone(text, end) {
    if (text.length - end > MOST_APPENDED) { return false; }
    try {
      return await fillsIn(text, await Sealed.open(text.slice(0, end)), end);
    } catch (error) {
      return false;
    }
  }

  function numberOf(ref) { return ref instanceof Ref ? ref.number : -1; }

  function lookOf(field) { return field.get("AP") instanceof Map ? field.get("AP").get("N") : undefined; }

  async function fillsIn(text, sealed, end) {
    const root = sealed.root, head = sealed.head, form = await sealed.value(root.get("AcroForm")) || new Map();
    const fields = new Map(), looks = new Set();
    for (const ref of await sealed.value(form.get("Fields")) || []) {
      const field = await sealed.value(ref);
      if (!field || !(field.get("FT") instanceof Name) || field.get("FT").text !== "Tx") { continue; }
      fields.set(ref.number, field);
      if (lookOf(field) instanceof Ref) { looks.add(lookOf(field).number); }
    }
    let filled = false;
    for (const [number, value] of await readUpdates(text, sealed, end)) {
      if (fields.has(number)) {
        filled = true;
        if (!isFilled(value, fields.get(number), sealed.size)) { return false; }
      } else if (looks.has(number)) {
        if (!(value instanceof Stream)) { return false; }
      } else if (number === head.get("Root").number) {
        if (!alike(value, root, ["AcroForm"]) || !isForm(value.get("AcroForm"), root, form)) { return false; }
      } else if (number === numberOf(root.get("AcroForm"))) {
        if (!alike(value, form, FORM)) { return false; }
      } else if (number === numberOf(head.get("Info"))) {
        if (!alike(value, await sealed.value(head.get("Info")), INFO)) { return false; }
      } else if (number === numberOf(root.get("Metadata"))) {
        const old = await sealed.value(root.get("Metadata"));
        if (!(value instanceof Stream) || !saysNothingNew(await unpacked(old), await unpacked(value))) { return false; }
      } else if (number < sealed.size) {
        return false;
      }
    }
    return filled;
  }

  // Whether it is the same field with another text, and its look is an object that nothing else shows.
  function isFilled(value, field, size) {
    if (!alike(value, field, FIELD) || (value.has("V") && typeof value.get("V") !== "string")) { return false; }
    const look = value.get("AP");
    if (look === undefined || same(look, field.get("AP"))) { return true; }
    if (!(look instanceof Map) || look.size !== 1 || !look.has("N")) { return false; }
    const shown = look.get("N");
    return shown === null || (shown instanceof Ref && (shown.number >= size || same(shown, lookOf(field))));
  }

  // Whether the catalog still has the same form; written into it, it may be altered as on its own.
  function isForm(value, root, form) {
    return same(value, root.get("AcroForm")) || alike(value, form, FORM);
  }

  /* ---- Metadata (XMP): what viewers set themselves is left out */

  const OWN = ["ModifyDate", "MetadataDate", "CreateDate", "InstanceID", "DocumentID", "VersionID", "OriginalDocumentID",
    "Producer", "CreatorTool", "xmptk", "about"];

  function saysNothingNew(old, fresh) {
    const known = new Set(statements(old));
    return statements(fresh).every((statement) => known.has(statement));
  }

  // A tag or an instruction; no letters but ASCII’s outside of quotes, as of others parsers think differently.
  const TAG = /<\?[^?]*(?:\?(?!>)[^?]*)*\?>|<(?:[^<>"'\x80-\xff]|"[^"<]*"|'[^'<]*')*>/g;
  const XMLNS = "http://www.w3.org/2000/xmlns/";

  function statements(xmp) {
    if (xmp.includes("<!") || xmp.includes("\0") || xmp.replace(TAG, "").includes("<")) { refuse(); }
    const xml = new DOMParser().parseFromString(new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(xmp)), "application/xml");
    if (xml.querySelector("parsererror")) { refuse(); }
    const found = [];
    below(xml.documentElement, "", found, 0);
    return found;
  }

  function below(element, above, found, depth) {
    const name = element.localName, words = (text) => text.split(/[\t\n\r ]+/).filter(Boolean).join(" ");
    const isList = (element.namespaceURI || "").endsWith("22-rdf-syntax-ns#") || name === "xmpmeta";
    const said = isList ? above : above + "/" + name;
    if (depth > DEEPEST) { refuse(); }
    if (OWN.includes(name)) { return; }
    const text = words([...element.childNodes].map((node) => (node.nodeType === 1 ? " " : node.nodeType === 3 ? node.data : "")).join(""));
    if (text) { found.push(said + "\0" + text); }
    for (const attribute of element.attributes) {
      const kind = attribute.localName;
      if (attribute.namespaceURI === XMLNS) {
        if (attribute.value === XMLNS) { refuse(); }
      } else if (![...OWN, "lang", "parseType"].includes(kind)) {
        found.push(said + "/" + kind + "\0" + words(attribute.value));
      }
    }
    for (const part of element.children) { below(part, said, found, depth + 1); }
  }

  /* ---- Standing: a JWS (RFC 7515) by one of the keys. Without one that holds, null: nothing is known. */

  const STANDINGS = ["corrected", "replaced", "withdrawn"];

  async function readStanding(jws, keys) {
    try {
      const [head, said, signature, more] = jws.trim().split(".");
      const header = JSON.parse(textOf(fromBase64url(head))), key = keys.get(header.kid);
      if (header.alg !== "ES256" || !key || key.revoked || more !== undefined) { return null; }
      if (!await fits(key, fromBase64url(signature), bytesOf(head + "." + said))) { return null; }
      const list = JSON.parse(textOf(fromBase64url(said)));
      const holds = (one) => STANDINGS.includes(one.standing) && isDay(one.day) && Number.isInteger(one.version) && one.version > 0;
      return list.format === 1 && Object.values(list.certificates).every(holds) ? list.certificates : null;
    } catch (error) {
      return null;
    }
  }

  // What the list says of a number: {standing, day, version}, or undefined where it counts as it is.
  async function standingOf(number, list) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(number)));
    return list[Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 32)];
  }

  self.certificateSeal = { readKeys: readKeys, judge: judge, readStanding: readStanding, standingOf: standingOf };
})();
