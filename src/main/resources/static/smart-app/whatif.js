// Which advice changes when a value changes. Clearly about an imagined patient, and nothing is kept.

import { el, fill } from './shared/dom.js';
import * as api from './api.js';
import { field, questions } from './form.js';
import { facts } from './parts.js';
import { t, today } from './text.js';

const USUAL = ['lab.egfr', 'lab.hemoglobin', 'lab.calcium-albumin-corrected', 'refractory-to-drug.lenalidomide', 'refractory-to-drug.daratumumab', 'frailty-status', 'hmas-contraindication', 'del17p'];

export function whatif(view, app) {
  const text = t();
  const place = el('div', {}, el('p', { class: 'waiting' }, text.loading));
  questions().then((all) => fill(place, form(all, view, app)), (error) => app.failed(error));
  return [
    el('h2', {}, text.tab.whatif),
    el('p', { class: 'hypothetical' }, text.hypothetical),
    el('p', { class: 'quiet' }, text.whatifLead),
    place,
  ];
}

/** What the record says now of what a question asks; null when the pages do not show it. */
function known(view, id) {
  const series = view.timeline.series.find((each) => `lab.${each.id}` === id);
  const shown = [...view.criteria, ...view.now, ...view.treatment.decisions].flatMap((each) => each.facts);
  return series?.points.at(-1).shown.trim() ?? shown.find((fact) => fact.id === id)?.value ?? null;
}

function form(all, view, app) {
  const text = t();
  const result = el('div', { 'aria-live': 'polite' });
  const age = el('input', { id: 'if-age', type: 'number', min: '18', max: '110', placeholder: view.patient.age === null ? text.asIs : text.nowIs(view.patient.age) });
  const fields = new Map();
  const groups = [...new Set(all.map((question) => question.group))];
  // In the order of the form, each shown with its first field.
  const sets = new Map(groups.map((group) => [group, el('fieldset', { hidden: true }, el('legend', {}, group))]));
  const rows = el('div', { class: 'changes' }, [...sets.values()]);
  const add = (id) => {
    const question = all.find((each) => each.id === id);
    if (!question || fields.has(id)) return;
    const now = known(view, id);
    const made = field(question, 'if', now === null ? text.asIs : text.nowIs(now));
    fields.set(id, made);
    sets.get(question.group).append(made.node);
    sets.get(question.group).hidden = false;
  };
  USUAL.forEach(add);
  const more = el('select', { id: 'if-more', change: () => { add(more.value); fields.get(more.value)?.input.focus(); more.value = ''; } },
    el('option', { value: '' }, text.notAsked),
    groups.map((group) => el('optgroup', { label: group },
      all.filter((question) => question.group === group && !USUAL.includes(question.id)).map((question) =>
        el('option', { value: question.id }, question.text)))));

  async function compare(event) {
    event.preventDefault();
    const changes = [...fields].flatMap(([id, made]) => {
      const value = made.value();
      return value === undefined ? [] : [{ question: id, value, day: today() }];
    });
    fill(result, el('p', { class: 'waiting' }, text.loading));
    try {
      fill(result, shown(await api.whatIf(changes, age.value === '' ? null : Number(age.value))));
    } catch (error) {
      if (error.status === 401) app.failed(error);
      else fill(result, el('p', { class: 'notice warning', role: 'alert' }, text.failed(error.status)));
    }
  }
  return [
    el('form', { class: 'facts-form', submit: compare },
      el('div', { class: 'field' }, el('label', { for: 'if-age' }, text.age), age),
      rows,
      el('div', { class: 'field' }, el('label', { for: 'if-more' }, text.addChange), more),
      el('div', { class: 'submit' }, el('button', { type: 'submit', class: 'primary' }, text.compare))),
    result,
  ];
}

function shown({ changes, unchanged }) {
  const text = t();
  return el('section', { class: 'imagined', 'aria-label': text.hypothetical },
    el('p', { class: 'hypothetical' }, text.hypothetical),
    changes.length === 0 && el('p', {}, text.noChange),
    changes.map(({ kind, advice, before }) => el('article', { class: `change ${kind}` },
      el('p', { class: 'kind-of-change' }, text.changed[kind]),
      el('h3', {}, advice.title),
      before && before.title !== advice.title && el('p', { class: 'quiet' }, `${text.was} ${before.title}`),
      kind !== 'gone' && advice.description && el('p', {}, advice.description),
      kind !== 'gone' && facts(advice.facts),
      kind !== 'gone' && advice.offers.length > 0 && el('ul', {}, advice.offers.map((each) => el('li', {}, each.label))),
      el('p', { class: 'cite' }, `${advice.chapter} · ${advice.statement}`))),
    el('p', { class: 'quiet' }, text.unchanged(unchanged)));
}
