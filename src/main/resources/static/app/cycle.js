// A cycle of a regimen for the patient who is shown: the days as a table, and as a file for a calendar.

import { el, fill } from './dom.js';
import { apply, calendar, isRecommended, regimens } from './service.js';
import { current, date, t } from './text.js';

const BLOCK = 28;
let known = null;

/** The form, and below it the cycle that was asked for. */
export async function cycle(section, patient, today, asked) {
  const text = t();
  known ??= await regimens();
  const choice = asked ?? {};
  const regimen = el('select', { id: 'cycle-regimen', change: steps },
    known.map((each) => el('option', { value: each.id, selected: each.id === choice.regimen },
      (current() === 'en' && each.english) || each.title)));
  const [first, last] = [plusYears(today, -2), plusYears(today, 2)];
  const start = el('input', { id: 'cycle-start', type: 'date', min: first, max: last, value: choice.start ?? today, required: true });
  const number = el('input', { id: 'cycle-number', type: 'number', min: '1', value: choice.number ?? '1' });
  const stepUp = el('input', { id: 'cycle-step-up', type: 'checkbox', checked: choice.stepUp === true });
  const stepUpField = el('label', { for: 'cycle-step-up', class: 'check' }, stepUp, ` ${text.cycleStepUp}`);
  const result = el('div', { 'aria-live': 'polite' });

  function steps() {
    stepUpField.hidden = !known.find((each) => each.id === regimen.value).stepUp;
    if (stepUpField.hidden) stepUp.checked = false;
  }
  async function show(event) {
    event?.preventDefault();
    // An address may ask for what the form does not take.
    if (!start.checkValidity() || !(stepUp.checked || (number.value && number.checkValidity()))) {
      fill(result, el('p', { class: 'failed', role: 'alert' }, text.cycleInput(date(today))));
      return;
    }
    fill(result, el('p', { class: 'waiting' }, text.asking));
    try {
      const recommended = isRecommended(regimen.value, patient).catch(() => null);
      const applied = await apply(regimen.value, patient, {
        start: start.value, number: stepUp.checked ? null : number.value, stepUp: stepUp.checked,
      });
      const found = JSON.parse(await calendar(applied));
      // A cycle that is not whole has no file.
      const file = found.problems.length === 0 ? await calendar(applied, 'text/calendar') : null;
      const advised = await recommended;
      fill(result,
        advised !== true && el('p', { class: 'failed' }, advised === false ? text.cycleNotRecommended : text.cycleRecommendationUnknown),
        whole(found, file, regimen.selectedOptions[0].textContent));
    } catch (error) {
      fill(result, el('p', { class: 'failed', role: 'alert' },
        error.status ? text.failed(error.status, error.message) : text.noAnswer));
    }
  }
  fill(section,
    el('h2', { id: 'cycle-title' }, text.cycleTitle),
    el('form', { class: 'cycle', submit: show },
      el('label', { for: 'cycle-regimen' }, text.cycleRegimen, regimen),
      el('label', { for: 'cycle-start' }, text.cycleStart, start),
      el('label', { for: 'cycle-number' }, text.cycleNumber, number),
      stepUpField,
      el('button', { type: 'submit' }, text.cycleShow)),
    result);
  steps();
  if (asked) await show();
}

function whole(found, file, title) {
  const text = t();
  const rows = found.rows.filter((row) => !row.isAlternative);
  const choices = found.rows.filter((row) => row.isAlternative);
  return [
    found.problems.length > 0 && el('div', { class: 'failed', role: 'alert' },
      el('strong', {}, text.cycleNotWhole),
      el('ul', {}, found.problems.map((problem) => el('li', {}, problem)))),
    rows.length > 0 ? tables(rows) : el('p', { class: 'no-cards' }, text.cycleEmpty),
    choices.length > 0 && el('p', {}, el('strong', {}, `${text.cycleChoice}: `),
      choices.map((row) => row.text || `${row.name} ${row.ordered}`).join('; ')),
    found.notes.length > 0 && el('ul', { class: 'notes' }, found.notes.map((note) => el('li', {}, note))),
    file && rows.length > 0 && el('p', { class: 'buttons' }, el('a', {
      class: 'button', download: 'kur.ics',
      href: URL.createObjectURL(new Blob([file], { type: 'text/calendar' })),
    }, text.cycleDownload(title))),
  ];
}

const plusYears = (day, years) => `${Number(day.slice(0, 4)) + years}${day.slice(4)}`;

const plus = (day, days) => new Date(Date.parse(day) + days * 86400000).toISOString().slice(0, 10);

/** One table for each four weeks, a column a day. */
function tables(rows) {
  const all = rows.flatMap((row) => row.dates).sort();
  const treatment = rows.filter((row) => row.dates.length < 60).flatMap((row) => row.dates).sort();
  const first = all[0];
  const length = (Date.parse(treatment.at(-1) ?? all.at(-1)) - Date.parse(first)) / 86400000 + 1;
  const dayOfFirst = Math.min(...rows.filter((row) => row.days.length && row.dates[0] === first).map((row) => row.days[0]));
  const blocks = [];
  for (let from = 0; from < length; from += BLOCK) {
    const dates = Array.from({ length: Math.min(BLOCK, length - from) }, (_, i) => plus(first, from + i));
    blocks.push(table(rows, dates, Number.isFinite(dayOfFirst) ? dayOfFirst + from : null));
  }
  return blocks;
}

function table(rows, dates, dayOfFirst) {
  const text = t();
  const weekday = new Intl.DateTimeFormat(current() === 'en' ? 'en-GB' : 'nb-NO', { weekday: 'narrow', timeZone: 'UTC' });
  return el('div', { class: 'scroll' }, el('table', { class: 'days' },
    el('caption', {}, `${date(dates[0])} – ${date(dates.at(-1))}`),
    el('thead', {},
      el('tr', {}, el('th', { scope: 'col' }, text.cycleDay),
        dates.map((day, i) => el('th', { scope: 'col', title: date(day) },
          dayOfFirst === null ? '' : String(dayOfFirst + i)))),
      el('tr', { class: 'dates' }, el('td', {}, text.cycleDate),
        dates.map((day) => el('td', {}, el('span', {}, weekday.format(new Date(day))), String(Number(day.slice(8))))))),
    el('tbody', {}, rows.filter((row) => row.dates.some((day) => dates.includes(day))).map((row) =>
      el('tr', {},
        el('th', { scope: 'row' }, el('strong', {}, row.name), ' ', dose(row)),
        dates.map((day) => (row.dates.includes(day)
          ? el('td', { class: 'given', title: `${row.name} ${row.ordered}, ${date(day)}` },
            row.isOpen ? '●→' : row.timesPerDay > 1 ? `×${row.timesPerDay}` : '●')
          : el('td', {}))))))));
}

const dose = (row) =>
  [row.ordered && `${row.ordered}${row.calculated ? ` = ${row.calculated}` : ''}`, row.route].filter(Boolean).join(', ');
