"use strict";
const nav = document.querySelector("nav"), sections = [...document.querySelectorAll("main > details")];
let status = "", tag = "";
const show = () => {
  for (const section of sections) {
    const tags = section.dataset.tags.split(" ");
    section.hidden = (status && section.dataset.status !== status) || (tag && !tags.includes(tag));
  }
};
nav.hidden = false;
nav.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  status = button.dataset.status;
  for (const each of nav.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
  show();
});
nav.addEventListener("change", (event) => {
  tag = event.target.value;
  show();
});
// What a link leads to is shown, whatever is closed around it.
const reveal = () => {
  for (let at = document.getElementById(location.hash.slice(1)); at; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
  }
  document.querySelector(":target")?.scrollIntoView({ block: "center" });
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();
addEventListener("beforeprint", () => {
  for (const section of sections) section.open = true;
});
