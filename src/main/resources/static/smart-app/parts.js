// Pieces that several pages show: advice, facts, what is missing.

import { el, fill, sign } from './shared/dom.js';
import * as api from './api.js';
import { t } from './text.js';

/** What to say when a send did not succeed. */
export function refusal(error) {
  const text = t();
  if (error.isOpen) return text.outcomeNotKnown;
  if (error.status === 409) return text.noLongerGiven;
  return error.reason ? `${text.refused} ${text.recordSays} ${error.reason}` : text.refused;
}

/** The session ended at a send: what is known of what was sent. */
export const endedAtSend = (error, app) => app.failed(error, error.isOpen ? t().outcomeNotKnown : t().nothingSent);

/**
 * What became of a send, and after an outcome that nobody knows the two ways on, which both ask to
 * look in the record first. The button that sends stays off until then.
 */
export function outcome(what, button, { seen, again }) {
  const text = t();
  const message = el('span', { class: 'done', role: 'status' });
  const choices = el('span', { class: 'choices' });
  function say(words) {
    const open = api.isOpen(what);
    message.textContent = words;
    button.disabled = open;
    fill(choices, open && [
      el('button', { type: 'button', class: 'small is-there', click: () => { api.settle(what); fill(choices); seen(); } }, text.isThere),
      el('button', { type: 'button', class: 'small not-there', click: () => { fill(choices); again(); } }, text.notThere)]);
  }
  if (api.isOpen(what)) say(text.outcomeNotKnown);
  return { say, node: [message, choices] };
}

/** A button that sends orders to the record. */
function sender(what, act, app) {
  const text = t();
  const button = el('button', { type: 'button', class: 'primary', click: send }, text.send);
  const shown = outcome(what, button, {
    seen: () => { shown.say(`✓ ${text.sent}`); button.disabled = true; },
    again: send,
  });
  async function send() {
    button.disabled = true;
    try {
      await act();
      shown.say(`✓ ${text.sent}`);
      button.disabled = true;
    } catch (error) {
      if (error.status === 401) endedAtSend(error, app);
      else shown.say(refusal(error));
    }
  }
  return { button, node: shown.node };
}

/** The buttons of orders: to send them, where the record allows it, and to keep them as files. */
export function ordering(what, act, app, canSend, ...files) {
  const sent = canSend ? sender(what, act, app) : { button: null, node: null };
  return el('p', { class: 'buttons' }, sent.button, files, sent.node);
}

/** A button that opens the trace of a statement. */
export const why = (statement, app, what) =>
  statement && el('button', { type: 'button', class: 'why-button', 'aria-label': t().whyOf(what), click: () => app.explain(statement) }, t().why);

/** Facts as a table; nothing for none. */
export function facts(list, withSource = false) {
  if (list.length === 0) return null;
  const text = t();
  const dates = list.some((each) => each.date);
  const limits = list.some((each) => each.threshold);
  const sources = withSource && list.some((each) => each.reference);
  return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': text.facts }, el('table', { class: 'facts' },
    el('thead', {}, el('tr', {},
      el('th', { scope: 'col' }, text.factName), el('th', { scope: 'col' }, text.value),
      dates && el('th', { scope: 'col' }, text.date),
      limits && el('th', { scope: 'col' }, text.limit),
      sources && el('th', { scope: 'col' }, text.source))),
    el('tbody', {}, list.map((each) => el('tr', {},
      el('th', { scope: 'row' }, each.name),
      el('td', { class: each.value.length < 24 ? 'short' : 'written' }, el('strong', {}, each.value)),
      dates && el('td', { class: 'short' }, each.date),
      limits && el('td', { class: 'short' }, each.threshold),
      sources && el('td', { class: 'reference' }, each.reference))))));
}

/** What is missing, with a way to enter it. */
export function lacks(list, app) {
  if (list.length === 0) return null;
  const text = t();
  return el('div', { class: 'lacks' },
    el('p', {}, el('strong', {}, text.missingTitle)),
    el('ul', {}, list.map((each) => el('li', {},
      each.name,
      each.why && ` – ${each.why}`,
      each.test && ` – ${text.orderTest(each.test)}`,
      each.form && [' ', el('button', { type: 'button', class: 'small', 'aria-label': `${text.enter}: ${each.name}`, click: () => app.go('missing', each.form) }, text.enter)]))));
}

/** A file that the browser makes from text. */
export function file(label, name, content, type) {
  return el('a', { class: 'button', download: name, href: URL.createObjectURL(new Blob([content], { type })) }, label);
}

function offer(advice, each, app) {
  const text = t();
  const steps = each.steps.filter((step) => step && step !== each.label);
  return el('div', { class: 'offer' },
    el('p', {}, el('strong', {}, each.label), each.recommended && el('span', { class: 'pill' }, text.recommended)),
    each.remarks.length > 0 && el('div', {}, el('p', { class: 'quiet' }, text.remarks),
      el('ul', {}, each.remarks.map((remark) => el('li', {}, remark)))),
    steps.length > 0 && el('ul', {}, steps.map((step) => el('li', {}, step))),
    each.bundle && ordering(api.orderSend(advice.id), () => api.order(advice.id, each.label), app, each.canSend,
      file(text.download, 'orders.json', each.bundle, 'application/fhir+json')));
}

function body(advice, app) {
  return [
    advice.description && el('p', {}, advice.description),
    facts(advice.facts),
    lacks(advice.missing, app),
    advice.offers.map((each) => offer(advice, each, app)),
    advice.reasons.length > 0 && el('details', {}, el('summary', {}, t().reasons),
      el('ul', {}, advice.reasons.map((each) => el('li', {}, each)))),
  ];
}

/** The next step: what can be ordered, or the page where it is done. */
function next(each, { here }, fold) {
  const text = t();
  if (each.offers.length > 0) {
    return el('p', { class: 'do' }, each.offers.map((one, i) => [i > 0 && ' · ',
      el('button', { type: 'button', class: 'to-offer', click: () => show(fold, i) }, `${one.label} …`)]));
  }
  const [page, label] = each.missing.some((one) => one.form) ? ['missing', text.toEnter]
    : /^(L\d|MAINT|PRIMREF|BISP)-/.test(each.statement) ? ['treatment', text.toTreatment]
      : /^(VAC|INF|SUP|ANEM)-/.test(each.statement) ? ['care', text.toCare] : [];
  return page && page !== here && el('p', { class: 'do' }, el('a', { href: `#${page}` }, label));
}

/** Opens the fold at one of its offers. */
function show(fold, number) {
  fold.open = true;
  const offered = fold.querySelectorAll(':scope > .inner > .offer')[number];
  (offered?.querySelector('button, a') ?? fold.querySelector('summary')).focus();
}

const MOST_VALUES = 4;

/** The results it rests on, and what is missing, in one line: the fold holds the rest. */
function values(each, { here }) {
  // The treatment page has them once, above.
  const results = here === 'treatment' ? [] : each.facts.filter((fact) => fact.date && !fact.id.startsWith('lab-reference-')).slice(0, MOST_VALUES);
  if (results.length === 0 && each.missing.length === 0) return null;
  return el('p', { class: 'values' },
    results.map((fact) => el('span', {}, `${fact.name} `, el('strong', {}, fact.value), ` (${fact.date})`)),
    each.missing.length > 0 && el('span', { class: 'lacking' }, `${t().lacks}: ${each.missing.map((one) => one.name).join(', ')}`));
}

/** One piece of advice as a card: what, on which values, and what to do; the reasons in a fold. */
export function advice(each, view, app, options = {}) {
  const text = t();
  const heading = options.level ?? 'h3';
  const fold = el('details', { class: 'why', open: options.open === true },
    el('summary', {}, text.details),
    el('div', { class: 'inner' }, body(each, app),
      each.also.length > 0 && el('section', { class: 'also' },
        el('h4', {}, text.also),
        each.also.map((other) => el('div', { class: 'other' },
          el('p', {}, el('strong', {}, other.title), ' ', why(other.statement, app, other.title)),
          body(other, app))))));
  return el('article', { class: `card ${each.indicator} ${each.kind}` },
    el('header', {},
      el('div', { class: 'headline' },
        el('span', { class: 'indicator' }, sign(each.indicator), text.kind[each.kind] ?? text.indicator[each.indicator]),
        el(heading, {}, each.title),
        el('p', { class: 'cite' }, `${each.chapter} · ${each.statement} `, why(each.statement, app, each.title))),
      values(each, options)),
    next(each, options, fold),
    fold);
}
