// Unfolding looks for writers anew: the answer is the same list, unfolded, in place of this one.
element.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-choose]");
  if (choice) {
    trigger("chosen", { name: choice.dataset.choose });
    return;
  }
  const summary = event.target.closest("summary");
  if (summary && !summary.parentElement.open) trigger("looked");
});

// The list is drawn anew under the finger: the focus goes back to where it was.
watch("value", () => {
  if (document.activeElement === document.body) element.querySelector("summary")?.focus({ preventScroll: true });
});

const fold = () => element.querySelector("details[open]")?.removeAttribute("open");
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  fold();
  element.querySelector("summary")?.focus();
});
document.addEventListener("click", (event) => {
  if (!element.contains(event.target)) fold();
});
