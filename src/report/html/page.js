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
addEventListener("beforeprint", () => {
  for (const section of sections) section.open = true;
});
