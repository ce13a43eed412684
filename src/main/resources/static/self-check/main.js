// The self-check: sends what is pasted, and shows what became of it. Nothing is kept.

import { current, t, toggle } from './text.js';

const part = (id) => document.getElementById(id);
const root = new URL('../', document.baseURI).href;
let checked = null;
let listed = false;

/** An element with text or children; text never becomes markup. */
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

function words() {
  const text = t();
  document.documentElement.lang = current();
  document.title = text.title;
  document.querySelectorAll('[data-text]').forEach((element) => {
    element.textContent = text[element.dataset.text];
  });
  part('language').textContent = text.other;
  if (checked) show();
}

function table(title, heads, rows) {
  return el('section', {},
    title ? el('h2', {}, title) : null,
    rows.length === 0
      ? el('p', {}, t().none)
      : el('div', { class: 'scroll' }, el('table', {},
        el('thead', {}, el('tr', {}, heads.map((head) => el('th', { scope: 'col' }, head)))),
        el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell) =>
          (cell instanceof Node ? cell : el('td', {}, String(cell))))))))));
}

function show() {
  const text = t();
  const state = (key) => el('td', { class: key.state === 'used' || key.state === 'fetched' ? 'good' : key.state === 'null' ? null : 'bad' },
    text.states[key.state] + (key.reason ? ` (${text.reasons[key.reason] ?? key.reason})` : ''));
  part('result').replaceChildren(
    checked.refused ? el('p', { class: 'refused' }, `${text.refused(checked.refused.status)} ${text.error(checked.refused.text)}`) : '',
    table(text.keys, [text.key, text.state, text.resources], checked.keys.map((key) => [key.key, state(key), key.resources])),
    ...(checked.refused ? [] : [
      table(text.cards, [text.indicator, text.statements], checked.cards.map((card) => [card.indicator, card.statements?.join(', ') ?? ''])),
      why(),
      table(text.unused, [text.reason, text.count], Object.entries(checked.unused).map(([reason, count]) => [text.reasons[reason] ?? reason, count])),
      table(text.units, [text.concept, text.unit, text.count], checked.unitsRefused.map((unit) => [unit.concept, unit.unit, unit.count])),
      table(text.codes, [text.system, text.count, text.code], checked.unknownCodes.map((each) => [each.system, each.count, each.codes.join(', ')])),
      table(text.verdicts, [text.outcome, text.count], Object.entries(checked.verdicts).map(([name, count]) => [text.outcomes[name] ?? name, count])),
    ]),
    table(text.times, [text.step, 'ms'], Object.entries(checked.milliseconds).map(([step, ms]) => [text.steps[step] ?? step, ms])));
}

function why() {
  const text = t();
  const input = el('input', { id: 'statement', autocomplete: 'off' });
  const area = el('div', {});
  const list = () => {
    const wanted = input.value.trim().toUpperCase();
    const rows = checked.statements
      .filter((each) => (wanted ? each.id.startsWith(wanted) : ['unknown', 'bounded', 'held-back', 'failed'].includes(each.outcome)))
      .map((each) => [
        each.id,
        [text.outcomes[each.outcome] ?? each.outcome, each.with].filter(Boolean).join(' '),
        (each.because ?? []).join('; '),
        (each.missing ?? []).join(', '),
      ]);
    area.replaceChildren(table('', [text.statements, text.outcome, text.because, text.missing], rows));
  };
  input.addEventListener('input', list);
  list();
  return el('section', {}, el('h2', {}, text.why), el('label', { for: 'statement' }, text.search), input, area);
}

async function check(event) {
  event.preventDefault();
  const text = t();
  part('problem').textContent = '';
  part('result').replaceChildren();
  checked = null;
  if (!part('request').value.trim()) {
    part('problem').textContent = text.empty;
    return;
  }
  try {
    JSON.parse(part('request').value);
  } catch {
    part('problem').textContent = text.notJson;
    return;
  }
  const headers = { 'Content-Type': 'application/json', 'Accept-Language': current() };
  if (part('token').value) headers.Authorization = `Bearer ${part('token').value}`;
  try {
    const answer = await fetch(`${root}cds-services/${encodeURIComponent(part('service').value)}/$self-check`,
      { method: 'POST', headers, body: part('request').value, cache: 'no-store' });
    const body = await answer.json().catch(() => null);
    if (!answer.ok) {
      const said = (body?.issue ?? []).map((issue) => issue.details?.text ?? '').join(' ');
      part('problem').textContent = text.failed(answer.status, text.error(said));
      return;
    }
    checked = body;
    show();
  } catch {
    part('problem').textContent = text.noAnswer;
  }
}

/** The service of the hook that the request names. Where tokens are asked for, the list of services is not to be had. */
function choose() {
  try {
    const { hook } = JSON.parse(part('request').value);
    const id = `mm-${hook}`;
    if (typeof hook !== 'string') return;
    if (!listed) part('service').replaceChildren(el('option', { value: id }, id));
    if ([...part('service').options].some((option) => option.value === id)) part('service').value = id;
  } catch {
    // Said when the check is run.
  }
}

async function start() {
  words();
  part('language').addEventListener('click', () => {
    toggle();
    words();
    // The names of what is missing come from the service in one language.
    if (checked) part('form').requestSubmit();
  });
  part('form').addEventListener('submit', check);
  part('request').addEventListener('input', choose);
  part('file').addEventListener('change', async () => {
    const file = part('file').files[0];
    if (file) part('request').value = await file.text();
    choose();
  });
  try {
    const answer = await fetch(`${root}cds-services`);
    if (!answer.ok) return;
    const { services } = await answer.json();
    listed = true;
    part('service').replaceChildren(...services.map((service) => el('option', { value: service.id }, `${service.id} (${service.hook})`)));
    choose();
  } catch {
    part('problem').textContent = t().noAnswer;
  }
}

start();
