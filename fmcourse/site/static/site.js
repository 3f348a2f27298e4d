// What a page does by itself: guesses beside their answers, one button for all answers, a filter, answers in print.
document.addEventListener('DOMContentLoaded', function () {
  var all = function (what) { return Array.from(document.querySelectorAll(what)); };

  all('input[data-guess]').forEach(function (field) {
    field.addEventListener('input', function () {
      all('[data-guessed="' + field.dataset.guess + '"]').forEach(function (place) {
        place.textContent = field.value.trim() ? 'You guessed: ' + field.value.trim() + '. ' : '';
      });
    });
  });

  var answers = all('details.hide.below-input'), spot = document.querySelector('.fm-links');
  if (answers.length && spot) {
    var button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Open all answers';
    button.addEventListener('click', function () {
      var open = button.textContent[0] === 'O';
      answers.forEach(function (one) { one.open = open; });
      button.textContent = open ? 'Close all answers' : 'Open all answers';
    });
    spot.append(' ', button);
  }

  all('input[data-filter]').forEach(function (field) {
    var status = field.closest('p').querySelector('[role=status]');
    field.addEventListener('input', function () {
      var words = field.value.toLowerCase().split(/\s+/).filter(Boolean), left = 0;
      all('.' + field.dataset.filter + ' > li').forEach(function (item) {
        var text = item.textContent.toLowerCase();
        item.hidden = !words.every(function (word) { return text.includes(word); });
        left += !item.hidden;
      });
      status.textContent = words.length ? left + ' messages' : '';
    });
  });

  // On paper: answers open, dark letters on white.
  var closed = [], root = document.documentElement, theme = '';
  window.addEventListener('beforeprint', function () {
    closed = all('article details:not([open], .above-input)');
    closed.forEach(function (one) { one.open = true; });
    theme = root.dataset.theme;
    root.dataset.theme = 'light';
  });
  window.addEventListener('afterprint', function () {
    closed.forEach(function (one) { one.open = false; });
    root.dataset.theme = theme;
  });

  // What the search shows of a page begins with the page's text, not with its buttons and its contents.
  if (typeof Search !== 'undefined') {
    var plain = Search.htmlToText;
    Search.htmlToText = function (html, anchor) {
      var page = new DOMParser().parseFromString(html, 'text/html');
      page.querySelectorAll('.bd-header-article, #jb-print-docs-body, .fm-links, details.hide').forEach(function (part) {
        part.remove();
      });
      return plain(page.documentElement.outerHTML, anchor);
    };
  }
});
