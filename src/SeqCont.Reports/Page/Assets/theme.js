'use strict';
// Colours follow the system until the reader chooses; a choice is kept where the browser allows it.
const theme = (() => {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const button = document.getElementById('theme');
  const listeners = [];
  const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : dark.matches;
  const store = value => { try { localStorage.setItem('seqcont-theme', value); } catch { /* a page from disk may not keep anything */ } };
  const stored = () => { try { return localStorage.getItem('seqcont-theme'); } catch { return null; } };
  const show = () => {
    const next = isDark() ? 'light' : 'dark';
    button.textContent = next === 'dark' ? 'Dark' : 'Light';
    button.setAttribute('aria-label', 'Colours: switch to ' + next);
    for (const listener of listeners) listener();
  };
  if (['light', 'dark'].includes(stored())) root.dataset.theme = stored();
  button.addEventListener('click', () => { root.dataset.theme = isDark() ? 'light' : 'dark'; store(root.dataset.theme); show(); });
  dark.addEventListener('change', show);
  show();
  return { onChange: listener => listeners.push(listener), colour: name => getComputedStyle(root).getPropertyValue('--' + name).trim() };
})();
