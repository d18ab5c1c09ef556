// j and k go to the next and the previous item of a list, / to the search. Every page works without.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && field) field.blur();
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q").select();
  }
  if (event.key === "j" || event.key === "k") {
    const items = [...document.querySelectorAll(".item")];
    const now = items.indexOf(document.activeElement);
    const next = items[event.key === "j" ? now + 1 : Math.max(now - 1, 0)];
    if (next) {
      next.focus();
      next.scrollIntoView({ block: "center" });
    } else if (event.key === "j") {
      document.querySelector(".older")?.focus();
    }
  }
});
