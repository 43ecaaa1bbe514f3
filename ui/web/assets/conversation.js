// One listener for everything in the conversation that can be opened or asked; it outlives re-rendering.
element.addEventListener("click", (event) => {
  const target = event.target.closest("[data-open], [data-example]");
  if (!target || !element.contains(target)) return;
  if (String(window.getSelection())) return; // selecting words to copy is not a click
  event.preventDefault();
  if (target.dataset.example !== undefined) {
    trigger("example", { place: Number(target.dataset.example) });
    return;
  }
  const button = target.matches("button") ? target : target.closest("li").querySelector("button");
  document.querySelectorAll("[data-current]").forEach((each) => each.removeAttribute("data-current"));
  button.setAttribute("data-current", "true");
  trigger("opened", { key: target.dataset.open });
});

// A new question is brought into view; a growing answer does not move the page under the reader.
let shown = "";
watch("value", () => {
  const exchange = element.querySelector(".yj-exchange");
  if (exchange && exchange.dataset.number !== shown && exchange.getAttribute("aria-busy") === "true") {
    shown = exchange.dataset.number;
    exchange.scrollIntoView({ block: "start" });
  }
});
