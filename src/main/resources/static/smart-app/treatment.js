// The choice of treatment, and a cycle of a regimen with this patient's doses and dates.

import { el, fill } from './shared/dom.js';
import * as api from './api.js';
import { advice, facts, file, ordering } from './parts.js';
import { current, date, t, today } from './text.js';

export function treatment(view, app, chosen) {
  const text = t();
  const { treatment: choice } = view;
  const place = el('div', { 'aria-live': 'polite' });
  const all = [...choice.recommended, ...choice.awaiting, ...choice.others];
  const running = all.find((each) => each.running);
  const first = all.find((each) => each.id === chosen) ?? running ?? choice.recommended[0] ?? null;
  return [
    el('section', { 'aria-labelledby': 'choice-title' },
      el('h2', { id: 'choice-title' }, choice.heading),
      running && el('p', {}, el('strong', {}, text.running(running.title)), running.next && ` ${text.nextCycle(running.next.number, date(running.next.start))}`),
      choice.recommended.length === 0 && (choice.known
        ? el('p', { class: 'empty' }, choice.none)
        : el('p', { class: 'empty undecided' }, text.undecidedRegimens, ' ', el('a', { href: '#missing' }, text.toMissing))),
      choice.recommended.length > 0 && el('div', { class: 'regimens' },
        el('h3', {}, text.recommendedRegimens),
        // Numbers would rank what the guideline does not rank.
        el(choice.ranked ? 'ol' : 'ul', {}, choice.recommended.map((each) => regimen(each, pick)))),
      choice.awaiting.length > 0 && el('div', { class: 'regimens awaiting' },
        el('h3', {}, text.awaiting),
        el('ul', {}, choice.awaiting.map((each) => regimen(each, pick)))),
      choice.inputs.length > 0 && [el('h3', {}, text.rows), facts(choice.inputs),
        choice.row && el('p', { class: 'quiet' }, text.row(choice.row))]),
    el('section', { 'aria-labelledby': 'cycle-title', id: 'cycle' },
      el('h2', { id: 'cycle-title' }, text.cycleTitle),
      form(view, app, first, place), place),
    choice.decisions.length > 0 && el('section', { 'aria-labelledby': 'decision-title' },
      el('h2', { id: 'decision-title' }, text.decision),
      choice.decisions.map((each) => advice(each, view, app, { level: 'h3', here: 'treatment' }))),
  ];

  /** Shows the cycle of a regimen that is listed above the form. */
  function pick(id) {
    const select = document.getElementById('regimen');
    select.value = id;
    select.dispatchEvent(new Event('change'));
    document.getElementById('cycle').scrollIntoView();
    select.form.requestSubmit();
    select.focus({ preventScroll: true });
  }
}

function regimen(each, pick) {
  const text = t();
  return el('li', {}, el('div', { class: 'regimen' },
    el('div', {}, el('strong', {}, each.title),
      each.status && el('span', { class: 'note' }, status(each))),
    each.dosed
      ? el('button', { type: 'button', class: 'small', 'aria-label': `${text.show}: ${each.title}`, click: () => pick(each.id) }, text.show)
      : el('span', { class: 'note' }, text.noDose)));
}

/** What the guideline says of reimbursement, as a sentence. */
const status = ({ status: said }) => (/^re(f|im)/.test(said) ? said[0].toUpperCase() + said.slice(1) : `${t().statusLabel}: ${said}`);

function form(view, app, first, place) {
  const text = t();
  const { recommended, awaiting, others } = view.treatment;
  const all = [...recommended, ...awaiting, ...others].filter((each) => each.dosed);
  const option = (each) => el('option', { value: each.id, selected: each === first }, each.title);
  const group = (label, list) => list.some((each) => each.dosed)
    && el('optgroup', { label }, list.filter((each) => each.dosed).map(option));
  const select = el('select', { id: 'regimen', change: chosen, required: true },
    // Without a recommendation none of the regimens is nearer than the others.
    !first?.dosed && el('option', { value: '', selected: true }, text.chooseRegimen),
    group(text.recommendedRegimens, recommended), group(text.awaiting, awaiting), group(text.otherRegimens, others));
  const start = el('input', { id: 'cycle-start', type: 'date', required: true });
  const number = el('input', { id: 'cycle-number', type: 'number', min: '1', max: '99', required: true, 'aria-describedby': 'cycle-proposed' });
  const proposed = el('p', { class: 'quiet', id: 'cycle-proposed' });
  const stepUp = el('input', { id: 'step-up', type: 'checkbox' });
  const stepUpField = el('label', { class: 'check', for: 'step-up' }, stepUp, ` ${text.stepUp}`);

  function chosen() {
    const now = all.find((each) => each.id === select.value);
    // Doses differ between cycles, so a number that is not known is asked for and never taken to be 1.
    stepUpField.hidden = !now?.stepUp;
    stepUp.checked = now?.next?.stepUp === true;
    start.value = now?.next?.start ?? today();
    number.value = now?.next?.number ?? '';
    fill(proposed, now && (now.next ? text.proposed : text.askNumber));
    number.disabled = stepUp.checked;
    fill(place);
  }
  stepUp.addEventListener('change', () => { number.disabled = stepUp.checked; });

  async function show(event) {
    event.preventDefault();
    const asked = { regimen: select.value, start: start.value, number: stepUp.checked ? null : Number(number.value), stepUp: stepUp.checked };
    fill(place, el('p', { class: 'waiting' }, text.loading));
    try {
      const made = await api.cycle(asked);
      fill(place, whole(made, asked, view, app, select.selectedOptions[0].textContent));
    } catch (error) {
      if (error.status === 401) app.failed(error);
      fill(place, error.status !== 401 && el('p', { class: 'notice warning', role: 'alert' },
        error.status === 422 || error.status === 400 ? error.message : text.failed(error.status)));
    }
  }
  const node = el('form', { class: 'ask', submit: show },
    el('label', { for: 'regimen' }, text.regimen, select),
    el('label', { for: 'cycle-start' }, text.start, start),
    el('label', { for: 'cycle-number' }, text.number, number),
    stepUpField, proposed,
    el('button', { type: 'submit', class: 'primary' }, text.show));
  chosen();
  return node;
}

/** Recommended now, or the regimen of the present line while it has cycles to come. */
const isAdvised = ({ recommended, awaiting, others }, id) => recommended.some((each) => each.id === id)
  || [...awaiting, ...others].some((each) => each.id === id && each.running);

function whole(made, asked, view, app, title) {
  const text = t();
  const { calendar } = made;
  const rows = calendar.rows.filter((row) => !row.isAlternative);
  const choices = calendar.rows.filter((row) => row.isAlternative);
  return [
    el('h3', {}, title),
    !isAdvised(view.treatment, asked.regimen) && el('p', { class: 'notice warning' },
      view.treatment.known ? text.notRecommended : text.recommendationUnknown),
    calendar.problems.length > 0 && el('div', { class: 'notice critical', role: 'alert' },
      el('strong', {}, text.notWhole), el('ul', {}, calendar.problems.map((problem) => el('li', {}, problem)))),
    !made.isWhole && calendar.problems.length === 0 && el('p', { class: 'notice warning' }, text.notWholeNote),
    rows.length > 0 ? [doses(rows), days(rows)] : el('p', { class: 'empty' }, text.cycleEmpty),
    choices.length > 0 && el('p', {}, el('strong', {}, `${text.choice}: `), choices.map((row) => row.text || `${row.name} ${row.ordered}`).join('; ')),
    calendar.notes.length > 0 && [el('h4', {}, text.notes), el('ul', { class: 'notes' }, calendar.notes.map((note) => el('li', {}, note)))],
    made.isWhole && ordering(api.cycleSend(asked), () => api.orderCycle(asked), app, made.canSend,
      file(text.download, 'cycle.json', made.bundle, 'application/fhir+json'),
      file(text.ics, 'kur.ics', made.ics, 'text/calendar')),
    made.isWhole && !made.canSend && el('p', { class: 'quiet' }, text.cannotWrite),
  ];
}

const dose = (row) => [row.ordered && `${row.ordered}${row.calculated ? ` = ${row.calculated}` : ''}`, row.timesPerDay > 1 && `× ${row.timesPerDay}`, row.route].filter(Boolean).join(', ');

function doses(rows) {
  const text = t();
  return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': text.doseText }, el('table', { class: 'facts' },
    el('thead', {}, el('tr', {}, [text.drug, text.doseText, text.daysText].map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, rows.map((row) => el('tr', {},
      el('th', { scope: 'row' }, row.name),
      el('td', { class: dose(row).length < 50 && 'short' }, el('strong', {}, dose(row)), !dose(row) && row.text),
      el('td', {}, row.isOpen ? `${date(row.dates[0])} → ${row.text}` : span(row)))))));
}

/** Days as runs: 1–14, 21. */
function span(row) {
  const numbers = row.days.length > 0 ? row.days : null;
  if (!numbers) return row.dates.length > 0 ? `${date(row.dates[0])}${row.dates.length > 1 ? ` – ${date(row.dates.at(-1))}` : ''}` : '';
  const runs = [];
  for (const day of numbers) {
    if (runs.length > 0 && runs.at(-1)[1] === day - 1) runs.at(-1)[1] = day;
    else runs.push([day, day]);
  }
  return `${t().cycleDay.toLowerCase()} ${runs.map(([from, to]) => (from === to ? from : `${from}–${to}`)).join(', ')}`;
}

const plus = (day, n) => new Date(Date.parse(day) + n * 86400000).toISOString().slice(0, 10);

/** A column a day, four weeks a table. */
function days(rows) {
  const text = t();
  const given = rows.filter((row) => row.dates.length > 0);
  if (given.length === 0) return null;
  const treatment = given.filter((row) => row.dates.length < 60).flatMap((row) => row.dates).sort();
  const all = given.flatMap((row) => row.dates).sort();
  const first = all[0];
  const length = Math.min(112, (Date.parse(treatment.at(-1) ?? all.at(-1)) - Date.parse(first)) / 86400000 + 1);
  const numbered = given.filter((row) => row.days.length > 0 && row.dates[0] === first).map((row) => row.days[0]);
  const dayOfFirst = numbered.length > 0 ? Math.min(...numbered) : null;
  const weekday = new Intl.DateTimeFormat(current() === 'en' ? 'en-GB' : 'nb-NO', { weekday: 'narrow', timeZone: 'UTC' });
  const tables = [];
  for (let from = 0; from < length; from += 28) {
    const dates = Array.from({ length: Math.min(28, length - from) }, (_, i) => plus(first, from + i));
    const caption = `${date(dates[0])} – ${date(dates.at(-1))}`;
    tables.push(el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption }, el('table', { class: 'days' },
      el('caption', {}, caption),
      el('thead', {},
        el('tr', {}, el('th', { scope: 'col' }, text.cycleDay), dates.map((day, i) =>
          el('th', { scope: 'col' }, dayOfFirst === null ? '' : String(dayOfFirst + from + i)))),
        el('tr', { class: 'dates' }, el('td', {}, text.cycleDate), dates.map((day) =>
          el('td', {}, el('span', {}, weekday.format(new Date(day))), String(Number(day.slice(8))))))),
      el('tbody', {}, given.filter((row) => row.dates.some((day) => dates.includes(day))).map((row) => el('tr', {},
        el('th', { scope: 'row' }, row.name, el('span', { class: 'note' }, row.calculated || row.ordered)),
        dates.map((day) => el('td', { class: row.dates.includes(day) ? 'given' : null },
          row.dates.includes(day) ? (row.isOpen ? '●→' : row.timesPerDay > 1 ? `×${row.timesPerDay}` : '●') : '')))))) ));
  }
  const marks = [
    ['●', text.once, given.some((row) => !row.isOpen && row.timesPerDay <= 1)],
    ['×2', text.timesADay, given.some((row) => !row.isOpen && row.timesPerDay > 1)],
    ['●→', text.onwards, given.some((row) => row.isOpen)],
  ].filter(([, , used]) => used);
  return [...tables, el('p', { class: 'quiet legend' }, marks.map(([mark, means]) => el('span', {}, el('strong', {}, mark), ` ${means}`)))];
}
