
(function () {
  "use strict";
  var finder = document.getElementById("finder");
  var word = document.getElementById("by-word");
  var count = document.getElementById("count");
  var none = document.getElementById("none");
  var choices = Array.prototype.slice.call(finder.querySelectorAll("select"));
  var cards = Array.prototype.slice.call(document.querySelectorAll(".card"));
  var groups = Array.prototype.slice.call(document.querySelectorAll(".theme"));
  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/\u2019/g, "'");
  }
  var words = cards.map(function (card) { return plain(card.getAttribute("data-words")); });
  function fits(card, place, wanted) {
    return wanted.every(function (one) { return words[place].indexOf(one) >= 0; }) && choices.every(function (choice) {
      var by = choice.getAttribute("data-by");
      var said = card.getAttribute("data-" + by);
      return !choice.value || (by === "theme" ? said.split(" ").indexOf(choice.value) >= 0 : said === choice.value);
    });
  }
  function show() {
    var wanted = plain(word.value).split(/\s+/).filter(Boolean);
    var shown = cards.filter(function (card, place) {
      card.hidden = !fits(card, place, wanted);
      return !card.hidden;
    }).length;
    groups.forEach(function (group) { group.hidden = !group.querySelector(".card:not([hidden])"); });
    none.hidden = shown > 0;
    count.textContent = count.getAttribute("data-words").replace("#", shown);
  }
  choices.forEach(function (choice) { choice.addEventListener("change", show); });
  word.addEventListener("input", show);
  document.getElementById("clear").addEventListener("click", function () {
    choices.forEach(function (choice) { choice.value = ""; });
    word.value = "";
    show();
    word.focus();
  });
  finder.hidden = false;
  show();
}());
