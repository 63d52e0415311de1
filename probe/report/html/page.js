(() => {
  'use strict';
  const root = document.documentElement;
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const search = document.getElementById('search');
  const status = document.getElementById('shown');
  const boxes = all('input[name=outcome]');
  const entries = all('[data-outcome][data-search]');
  const total = all('tr[data-outcome]').length;
  const store = {
    get() { try { return localStorage.getItem('fedprobe-theme'); } catch { return null; } },
    set(value) { try { localStorage.setItem('fedprobe-theme', value); } catch { /* private mode */ } },
  };

  function apply() {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      const text = entry.dataset.search;
      const fits = wanted.has(entry.dataset.outcome) && words.every((word) => text.includes(word));
      entry.hidden = !fits;
      if (fits && entry.tagName === 'TR') shown += 1;
    }
    status.textContent = shown + ' of ' + total + (total === 1 ? ' partner' : ' partners') + ' shown';
  }

  function isDark() {
    const theme = root.dataset.theme;
    return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  }

  function setTheme(theme) {
    if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;
    document.getElementById('theme').textContent = isDark() ? 'Use light colours' : 'Use dark colours';
  }

  async function copy(button) {
    const code = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected';
    }
  }

  for (const control of all('[data-needs-script]')) control.hidden = false;
  setTheme(store.get());
  if (search) {
    apply();
    search.addEventListener('input', apply);
  }
  for (const box of boxes) box.addEventListener('change', apply);
  document.getElementById('theme').addEventListener('click', () => {
    setTheme(isDark() ? 'light' : 'dark');
    store.set(root.dataset.theme);
  });
  for (const button of all('[data-copy]')) button.addEventListener('click', () => copy(button));
  document.addEventListener('keydown', (event) => {
    const typing = search && event.target === search;
    if (event.key === '/' && search && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape' && typing) {
      search.value = '';
      apply();
    }
  });
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = all('details:not([open])');
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
})();
