// One listener for everything in the conversation that can be opened or asked; it outlives re-rendering.
// data-current on a button says what the panel shows: "asked" for by the person, or "shown" by itself.
const show = (button, key, how) => {
  document.querySelectorAll("[data-current]").forEach((each) => each.removeAttribute("data-current"));
  button.dataset.current = how;
  trigger("opened", { key });
};

element.addEventListener("click", (event) => {
  const target = event.target.closest("[data-open], [data-example], [data-drop]");
  if (!target || !element.contains(target)) return;
  if (String(window.getSelection())) return; // selecting words to copy is not a click
  event.preventDefault();
  if (target.dataset.drop !== undefined) {
    trigger("dropped", { key: target.dataset.drop });
    return;
  }
  if (target.dataset.example !== undefined) {
    trigger("example", { place: Number(target.dataset.example) });
    return;
  }
  show(target.matches("button") ? target : target.closest("li").querySelector("button"), target.dataset.open, "asked");
});

// A new question is brought into view; a growing answer does not move the page under the reader. Where there is room
// beside the conversation, an answer's first grounds open by themselves, unless the person has opened something since.
let asked = "";
watch("value", () => {
  const exchange = element.querySelector(".yj-exchange");
  if (!exchange) return;
  const { number, state } = exchange.dataset;
  if (exchange.getAttribute("aria-busy") === "true") {
    if (number === asked) return;
    asked = number;
    document.querySelectorAll("[data-current]").forEach((each) => each.removeAttribute("data-current"));
    // The question before this one is moved up by another part of the page, which may be drawn after this one.
    window.setTimeout(() => element.querySelector(".yj-exchange")?.scrollIntoView({ block: "start" }), 60);
  } else if (state === "answered" && number === asked) {
    asked = "";
    const first = element.querySelector(".yj-citations [data-open]");
    const wide = !window.matchMedia("(max-width: 900px)").matches;
    if (first && wide && !document.querySelector("[data-current]")) show(first, first.dataset.open, "shown");
  }
});
