// picture.js - tells all of a row to who taps it or walks there by Tab; a mouse sees it anyway.
(function () {
  "use strict";
  const told = document.createElement("pre");
  told.className = "told";
  told.hidden = true;
  document.body.append(told);
  function tell(target) {
    const event = target.closest(".timeline .event");
    const title = event === null ? null : event.querySelector("title");
    told.hidden = title === null;
    told.textContent = title === null ? "" : title.textContent;
  }
  document.addEventListener("click", function (click) { tell(click.target); });
  document.addEventListener("focusin", function (focus) { tell(focus.target); });
  document.addEventListener("keydown", function (key) { told.hidden = told.hidden || key.key === "Escape"; });
})();
