// One A4 page for the multidisciplinary meeting.

import { el } from './shared/dom.js';
import { verdict } from './overview.js';
import { history } from './timeline.js';
import { date, t } from './text.js';

export function meeting(view) {
  const text = t();
  const { patient, treatment } = view;
  const sheet = el('div', { class: 'sheet' },
      el('header', {},
        el('h2', {}, text.meetingTitle),
        el('p', {}, el('strong', {}, patient.name), patient.birthDate && `, ${text.born} ${patient.birthDate}`,
          patient.age !== null && ` (${text.years(patient.age)})`, patient.identifier && `, ${text.idNumber} ${patient.identifier}`),
        el('p', { class: 'small-print' }, `${text.notApproved} ${view.demo ? text.synthetic : text.advice} ${view.guideline}. ${text.day(view.day)}.`),
        view.record.unread.length > 0 && el('p', {}, el('strong', {}, `${text.unread} `), view.record.unread.join(', ')),
        view.entered.length > 0 && el('p', {}, el('strong', {}, text.session(view.entered.length)), `: ${view.entered.map((each) => `${each.name}: ${each.value}`).join('; ')}`)),
      el('div', { class: 'columns' },
        el('section', {}, el('h3', {}, text.status),
          el('dl', {}, view.summary.map((line) => [el('dt', {}, line.label),
            el('dd', {}, line.value ?? text.unknown, line.note && ` (${line.note})`,
              line.missing.length > 0 && ` – ${text.lacks}: ${line.missing.join(', ')}`)]))),
        el('section', {}, el('h3', {}, text.results), latest(view))),
      view.timeline.lines.length > 0
        ? el('section', {}, el('h3', {}, text.lines), history(view.timeline.lines, view.timeline.marks))
        : el('section', {}, el('h3', {}, text.criteria), criteria(view)),
      el('section', {}, el('h3', {}, text.now),
        view.now.length === 0 && el('p', {}, text.nowNone),
        el('ol', {}, view.now.map((each) => el('li', {},
          each.indicator !== 'info' && el('strong', {}, `${text.kind[each.kind] ?? text.indicator[each.indicator]}: `),
          each.title, ` (${each.statement})`,
          each.missing.length > 0 && ` – ${text.lacks}: ${each.missing.map((one) => one.name).join(', ')}`)))),
      treatment.recommended.length > 0 && el('section', {}, el('h3', {}, `${treatment.heading}: ${text.recommendedRegimens.toLowerCase()}`),
        el('ol', {}, treatment.recommended.map((each) => el('li', {}, each.title, each.status && ` – ${each.status}`)))),
      el('section', { class: 'write' }, el('h3', {}, text.question)),
      el('section', { class: 'write' }, el('h3', {}, text.conclusion)));
  new ResizeObserver((entries, observer) => {
    if (sheet.isConnected) fit(sheet);
    else observer.disconnect();
  }).observe(sheet);
  return [
    el('p', { class: 'buttons no-print' }, el('button', { type: 'button', class: 'primary', click: () => window.print() }, text.print)),
    sheet,
  ];
}

/** Height of the paper inside its margins, in CSS pixels. */
const PAPER = 273 * 96 / 25.4;

/** How much smaller the sheet is printed than written, so that it is one page. */
function fit(sheet) {
  const copy = sheet.cloneNode(true);
  copy.classList.add('as-printed');
  copy.setAttribute('aria-hidden', 'true');
  sheet.after(copy);
  const height = copy.offsetHeight;
  copy.remove();
  sheet.style.setProperty('--fit', String(Math.min(1, Math.floor(PAPER / height * 97) / 100)));
}

/** The diagnostic criteria, a line each. */
function criteria(view) {
  const text = t();
  return el('ul', { class: 'criteria-lines' }, view.criteria.map((each) => {
    const values = each.facts.filter((fact) => fact.date && !fact.id.startsWith('lab-reference-'))
      .map((fact) => `${fact.name} ${fact.value} (${fact.date})`);
    const missing = each.missing.length > 0 ? [`${text.lacks}: ${each.missing.map((one) => one.name).join(', ')}`] : [];
    return el('li', {}, verdict(each.verdict), ' ', each.title, [...values, ...missing].length > 0 && ` – ${[...values, ...missing].join('; ')}`);
  }));
}

function latest(view) {
  return el('table', { class: 'facts' }, el('tbody', {}, view.timeline.series.map((each) => {
    const last = each.points.at(-1);
    return el('tr', {}, el('th', { scope: 'row' }, each.name), el('td', {}, last.shown), el('td', {}, date(last.day)));
  })));
}
