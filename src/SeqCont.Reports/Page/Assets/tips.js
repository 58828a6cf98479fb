// Tips: what a mark says, by pointer and by keyboard. Texts only ever become text nodes.
const tips = (() => {
  const tip = document.getElementById('tip');
  const say = document.getElementById('say');
  const place = (x, y) => {
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(6, Math.min(x + 14, innerWidth - box.width - 6)) + 'px';
    tip.style.top = Math.max(6, y + 16 + box.height > innerHeight ? y - box.height - 12 : y + 16) + 'px';
  };
  const show = (text, x, y) => { tip.textContent = text; tip.hidden = false; place(x, y); };
  const hide = () => { tip.hidden = true; };
  const showAt = (element, text) => {
    const box = element.getBoundingClientRect();
    show(text, box.right - 8, box.bottom - 12);
    say.textContent = text;
  };
  document.addEventListener('pointermove', event => {
    const mark = event.target.closest && event.target.closest('.mark');
    if (mark) show(mark.dataset.tip, event.clientX, event.clientY);
    else if (!event.target.closest || !event.target.closest('.stage')) hide();
  });
  addEventListener('scroll', hide, { passive: true, capture: true });

  // A picture is one stop of the Tab key; arrow keys step over its marks.
  for (const picture of document.querySelectorAll('.picture.steps')) {
    const marks = [...picture.querySelectorAll('.mark')].map(element => ({ element, row: +element.dataset.row, column: +element.dataset.column }));
    if (marks.length === 0) continue;
    marks.sort((a, b) => a.row - b.row || a.column - b.column);
    picture.setAttribute('tabindex', '0');
    let at = null;
    const go = mark => {
      if (at) at.element.classList.remove('at');
      at = mark;
      at.element.classList.add('at');
      at.element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      requestAnimationFrame(() => showAt(at.element, at.element.dataset.tip));
    };
    const nearest = (list, cost) => list.reduce((best, mark) => best === null || cost(mark) < cost(best) ? mark : best, null);
    const next = key => {
      const place = marks.indexOf(at);
      if (key === 'ArrowRight') return marks[place + 1];
      if (key === 'ArrowLeft') return marks[place - 1];
      if (key === 'Home') return marks[0];
      if (key === 'End') return marks[marks.length - 1];
      if (key === 'ArrowDown') return nearest(marks.filter(mark => mark.row > at.row), mark => (mark.row - at.row) * 1000 + Math.abs(mark.column - at.column));
      return nearest(marks.filter(mark => mark.row < at.row), mark => (at.row - mark.row) * 1000 + Math.abs(mark.column - at.column));
    };
    picture.addEventListener('focus', () => { if (picture.matches(':focus-visible')) go(at || marks[0]); });
    picture.addEventListener('blur', () => { if (at) at.element.classList.remove('at'); hide(); });
    picture.addEventListener('keydown', event => {
      if (event.key === 'Escape') return hide();
      if (!['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) return;
      event.preventDefault();
      const mark = at ? next(event.key) : marks[0];
      if (mark) go(mark);
    });
  }
  return { show, showAt, hide };
})();
