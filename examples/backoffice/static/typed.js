// What was typed and is not in the order: it stays in its field, and is marked, until it is saved or
// changed, whatever else is done meanwhile. It outlives a session that ends.
"use strict";

const is_choice = (field) => field.matches("[type=radio], [type=checkbox]");
const fields_in = (place) => [...place.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((each) => each.id);
const shown_in = ({ id, value, checked }) => ({ id, value, checked });
const is_same = (field, was) => (is_choice(field) ? field.checked === was.checked : field.value === was.value);
const is_stored = (field) => {
  if (is_choice(field)) return field.checked === field.defaultChecked;
  if (!field.matches("select")) return field.value === field.defaultValue;
  return field.selectedIndex === Math.max(0, [...field.options].findIndex((each) => each.defaultSelected));
};
const put_in = (field, was) => {
  if (is_choice(field)) field.checked = was.checked;
  else field.value = was.value;
};

// What a scanner types next takes the place of what is put back, and is not added to it.
const put_back = (field, was) => {
  if (is_same(field, was)) return;
  put_in(field, was);
  if ("again" in field.form.dataset && field === document.activeElement) field.select();
};

const unsaved = new Map(); // by the id of a field: what was typed there, and what is said of it
const waits = (field) => unsaved.has(field.id) || !is_stored(field);

// A scanner's field is emptied when it is sent: what it had is what was sent.
const changed_in = (form) => fields_in(form).filter(waits).map(shown_in);
const scan_field = (form) => form.querySelector("input:not([type=hidden])");

const hint_of = (field) => document.getElementById(`${field.id}-unsaved`);
const mark = (field, was) => {
  hint_of(field)?.remove();
  if (field.getAttribute("aria-invalid") || (field.matches("[type=radio]") && !was.checked)) return;
  if (was.sentence) {
    const place = was.sentence.matches("tr") ? field.closest("tr") : field;
    if (!document.getElementById(was.described)) place.after(was.sentence.cloneNode(true));
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", was.described);
    return;
  }
  const hint = document.createElement("span");
  Object.assign(hint, { id: `${field.id}-unsaved`, className: "unsaved", textContent: was.hint });
  (field.closest("label") ?? field).after(hint);
  field.setAttribute("aria-describedby", hint.id);
};

// What a refused form says at a field goes on being said there, but is read out only once.
const remember = (was, hint) => {
  const field = document.getElementById(was.id);
  const described = field?.getAttribute("aria-invalid") && field.getAttribute("aria-describedby");
  const said = described && document.getElementById(described);
  const sentence = (said && (said.closest("tr.says") ?? said).cloneNode(true)) || null;
  for (const each of [sentence, ...(sentence?.querySelectorAll("[role]") ?? [])]) each?.removeAttribute("role");
  unsaved.set(was.id, { ...was, hint, sentence, described });
};

document.addEventListener("input", ({ target: field }) => {
  if (field.matches("[type=radio]")) {
    for (const other of fields_in(field.form)) if (other.name === field.name) unsaved.delete(other.id);
  }
  const was = unsaved.get(field.id);
  if (was) unsaved.set(field.id, { ...was, ...shown_in(field), sentence: null });
});

document.addEventListener("htmx:after:swap", (event) => {
  const { response, target, sent: request } = event.detail.ctx;
  if (at(target) !== "page") return;
  const saved = response.status < 400;
  for (const was of request?.changed ?? []) {
    if (saved) unsaved.delete(was.id);
    else remember(was, "Not saved yet");
  }
  for (const [id, was] of unsaved) {
    const field = document.getElementById(id);
    if (!field) { unsaved.delete(id); continue; }
    const typed_since = typed.has(field.form) && !is_same(field, was);
    if (typed_since) continue;
    // The page has it: it was saved all the same.
    const now = is_choice(field) ? field.defaultChecked === was.checked : field.defaultValue === was.value;
    if (saved && now) { unsaved.delete(id); continue; }
    put_back(field, was);
    mark(field, was);
  }
});

// Without an answer what was sent stays where it was typed.
const scans = new Set(); // what was scanned, and perhaps never arrived
const not_arrived = (ctx) => {
  for (const was of ctx.sent?.changed ?? []) {
    const field = document.getElementById(was.id);
    if (!field) continue;
    const scanned = "again" in field.form.dataset;
    if (scanned) scans.add(was.value.trim());
    if (scanned && field.value) continue; // the next one is there already
    put_back(field, was);
    unsaved.set(was.id, { ...was, hint: "Perhaps not saved" });
    mark(field, unsaved.get(was.id));
  }
};

// A session that ended: all that was typed is kept until somebody has signed in again, and what is
// typed until the sign-in is there, too.
const keep = (ctx) => {
  write_down(ctx);
  window.addEventListener("pagehide", () => write_down(ctx), { once: true });
  return new URLSearchParams({ next: location.pathname + location.search });
};
const write_down = (ctx) => {
  const { sourceElement: source, sent: request } = ctx;
  const dialog = document.querySelector("dialog[open]");
  const opened = source.matches("a") && at(ctx.target) === "dialog-content" ? source.getAttribute("href") : undefined;
  const fields = [...fields_in(document.getElementById("page")).filter(waits), ...(dialog ? fields_in(dialog) : [])];
  const emptied = (request?.changed ?? []).filter(({ id }) => document.getElementById(id)?.value === "");
  const scanned = new Map(emptied.map((was) => [was.id, was]));
  const first = (field) => (source.contains(field) ? 0 : 1);
  const kept = fields.sort((one, other) => first(one) - first(other)).map(shown_in).filter(({ id }) => !scanned.has(id));
  const typed_there = { at: location.pathname, dialog: dialog?.dataset.from ?? opened, kept: [...scanned.values(), ...kept] };
  sessionStorage.setItem("typed", JSON.stringify(typed_there));
};

const given_back = () => document.getElementById("given-back");
const give_back = (kept) => {
  const fields = kept.map((was) => [document.getElementById(was.id), was]).filter(([field]) => field);
  for (const [field, was] of fields) {
    put_in(field, was);
    const closed = field.closest("details");
    if (closed) closed.open = true;
    if (field.matches("[hx-get]")) field.dispatchEvent(new Event("input", { bubbles: true }));
    else if (!field.closest("dialog")) {
      unsaved.set(was.id, { ...was, hint: "Not saved yet" });
      mark(field, unsaved.get(was.id));
    }
  }
  const first = fields[0]?.[0];
  first?.focus();
  if ("again" in (first?.form?.dataset ?? {})) first.select();
  if (fields.length) say(given_back());
};
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (at(ctx.target) === "page" && !unsaved.size) given_back().hidden = true;
});

document.addEventListener("DOMContentLoaded", () => {
  const before = JSON.parse(sessionStorage.getItem("typed") ?? "null");
  if (!before || location.pathname === "/signin") return;
  sessionStorage.removeItem("typed");
  if (before.at !== location.pathname) return;
  const on_page = before.kept.filter(({ id }) => document.getElementById(id));
  give_back(on_page);
  if (!before.dialog) return;
  const in_dialog = before.kept.filter((was) => !on_page.includes(was));
  document.addEventListener("dialog-open", () => give_back(in_dialog), { once: true });
  htmx.ajax("GET", before.dialog, { target: "#dialog-content", select: "#dialog-content", swap: "outerHTML" });
});
