// What pages do besides changing an order: printing, and showing where one is.
"use strict";

// On a narrow window the steps scroll to the one that is shown.
const show_step = () => {
  const current = document.querySelector(".steps [aria-current]");
  const bar = current?.closest(".steps");
  if (bar) bar.scrollLeft = current.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
};
document.addEventListener("DOMContentLoaded", show_step);
document.addEventListener("htmx:after:swap", show_step);

// What a change took along is told at the top of the page, which is scrolled to if it is not to be seen.
let told = "";
const show_notices = () => {
  const notices = [...document.querySelectorAll("#page > .notice")];
  const now = notices.map((each) => each.textContent).join();
  if (now !== told) notices[0]?.scrollIntoView({ block: "nearest" });
  told = now;
};
document.addEventListener("DOMContentLoaded", show_notices);
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => { if (at(ctx.target) === "page") show_notices(); });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// Next on a long page: on to what comes below, once the change is made.
document.addEventListener("htmx:after:swap", (event) => {
  const form = event.detail.ctx.sourceElement;
  if (event.detail.ctx.response.status < 400 && form?.dataset?.then) document.querySelector(form.dataset.then)?.focus();
});
