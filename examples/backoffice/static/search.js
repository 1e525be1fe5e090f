// A list of what was found belongs to the text that it was found with.
"use strict";

const list_of = (field) => document.getElementById(field.dataset?.list ?? "");
const fresh = (field) => list_of(field)?.dataset.query === field.value;
const found = (list) => [...list.querySelectorAll("li button, li a")];
let early_enter = null; // the field in which Enter was pressed before its answer was there

// Enter takes the first of what was found, which is marked. Pressed before that was to be seen, it
// takes only what is found alone.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !field.matches("[data-list]")) return;
  event.preventDefault();
  if (event.repeat) return;
  if (fresh(field)) found(list_of(field))[0]?.click();
  else early_enter = field;
});

document.addEventListener("input", (event) => {
  if (event.target === early_enter) early_enter = null;
});

// An answer to what was typed before is no answer to what is typed now.
document.addEventListener("htmx:before:swap", (event) => {
  const { sourceElement: field, text } = event.detail.ctx;
  if (!field.matches("[data-list]")) return;
  const answered = new DOMParser().parseFromString(text, "text/html").querySelector("[data-query]");
  if (answered?.dataset.query !== field.value) event.preventDefault();
});

document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement: field } = event.detail.ctx;
  if (field !== early_enter || !fresh(field)) return;
  early_enter = null;
  if ("one" in list_of(field).dataset) found(list_of(field))[0].click();
});

// Arrow keys walk through what a search found.
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const from = document.activeElement;
  const list = list_of(from) ?? from.closest(".matches");
  if (!list) return;
  const all = found(list);
  const place = all.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1);
  const next = all[place] ?? (place < 0 ? document.querySelector(`[data-list=${list.id}]`) : null);
  if (next) { event.preventDefault(); next.focus(); }
});
