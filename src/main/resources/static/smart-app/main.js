// The app: one patient, several pages over one reading of the record.

import { el, fill } from './shared/dom.js';
import * as api from './api.js';
import { care } from './care.js';
import { explain } from './explain.js';
import { meeting } from './meeting.js';
import { missing } from './missing.js';
import { overview } from './overview.js';
import { answer } from './first.js';
import { choose, current, setToday, t } from './text.js';
import { timeline } from './timeline.js';
import { treatment } from './treatment.js';
import { whatif } from './whatif.js';

const PAGES = { overview, timeline, treatment, care, missing, whatif, meeting };
const INTENTS = { 'order-review': 'treatment', timeline: 'timeline', treatment: 'treatment', 'supportive-care': 'care', missing: 'missing' };

const at = (id) => document.getElementById(id);
let view = null;
let over = false;
let first = answer;

function page() {
  const [name, argument] = location.hash.slice(1).split('/');
  return { name: Object.hasOwn(PAGES, name) ? name : 'overview', argument: argument && decodeURIComponent(argument) };
}

function frame() {
  const text = t();
  at('skip').textContent = text.skip;
  fill(at('top'),
    el('h1', {}, 'Marg'),
    el('p', { class: 'boundary' },
      el('strong', {}, text.notApproved),
      el('span', {}, view?.demo ? text.synthetic : text.advice),
      view && el('span', {}, text.day(view.day))),
    el('div', { class: 'buttons' },
      el('button', { type: 'button', lang: current() === 'en' ? 'nb' : 'en', click: switchLanguage }, text.language),
      view && el('button', { type: 'button', click: end }, text.end)));
  fill(at('foot'), view && el('p', {}, `${view.guideline} · Marg`));
}

function banner() {
  const text = t();
  const { patient } = view;
  at('banner').setAttribute('aria-label', text.patient);
  fill(at('banner'), patient.shown && el('div', { class: 'who' },
    el('p', { class: 'who-name' }, el('bdi', {}, patient.name)),
    el('p', {},
      patient.birthDate && `${text.born} ${patient.birthDate}`,
      patient.age !== null && el('strong', {}, ` (${text.years(patient.age)})`),
      patient.gender && ` · ${patient.gender}`,
      patient.identifier && ` · ${text.idNumber} ${patient.identifier}`)));
}

function tabs() {
  const text = t();
  const here = page().name;
  at('tabs').setAttribute('aria-label', text.pages);
  fill(at('tabs'), el('ul', {}, Object.keys(PAGES).map((name) =>
    el('li', {}, el('a', { href: `#${name}`, 'aria-current': name === here ? 'page' : null },
      text.tab[name],
      name === 'missing' && view.missing.length > 0
        && el('span', { class: 'badge' }, ` ${view.missing.length}`))))));
}

/** What was not read, not used, or is in this session only: said on every page. */
function notices() {
  const text = t();
  const { record, entered, patient } = view;
  return [
    patient.deceased && el('p', { class: 'notice warning' }, text.deceased),
    record.unread.length > 0 && el('p', { class: 'notice warning', id: 'unread' },
      el('strong', {}, `${text.unread} `), `${record.unread.join(', ')}. ${text.unreadMeans}`),
    record.unusable.length > 0 && el('details', { class: 'notice' },
      el('summary', {}, text.unusable(record.unusable.length)),
      el('ul', {}, record.unusable.map((each) => el('li', {}, `${each.what}: ${each.reason}`,
        el('span', { class: 'reference' }, ` ${each.reference}`))))),
    entered.length > 0 && el('div', { class: 'notice session', id: 'session' },
      el('strong', {}, text.session(entered.length)), ': ',
      entered.map((each) => `${each.name}: ${each.value}${each.replaces ? ` (${text.replaces})` : ''}`).join('; '), ' ',
      el('button', { type: 'button', click: () => { api.setAnswers([]); update(text.updated); } }, text.sessionClear)),
  ];
}

const app = {
  /** Reads the record again, for instance after facts were entered. */
  update,
  /** Opens the trace of a statement. */
  explain: (id) => explain(at('explain'), id, app),
  go: (name, argument) => { location.hash = argument ? `${name}/${encodeURIComponent(argument)}` : name; },
  say: (message) => fill(at('status'), message && el('p', {}, message)),
  failed,
};

function show(focus = true) {
  if (!view || over) return;
  const { name, argument } = page();
  tabs();
  const content = at('content');
  fill(content, notices(), el('div', { class: `page-${name}` }, PAGES[name](view, app, argument)));
  content.setAttribute('aria-busy', 'false');
  if (focus) {
    content.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

async function update(message) {
  app.say(message ? null : t().loading);
  at('content').setAttribute('aria-busy', 'true');
  try {
    const asked = first ?? api.view();
    first = null;
    view = await asked;
    setToday(view.today);
  } catch (error) {
    failed(error);
    return;
  }
  frame();
  banner();
  app.say(message);
  show(false);
}

/**
 * Says what went wrong; an ended session leaves nothing of the patient on the page. A note says
 * what else there is to know, such as what became of what was just sent.
 */
function failed(error, note = null) {
  const text = t();
  if (error.status === 401) {
    over = true;
    view = null;
    api.setAnswers([]);
    at('explain').close();
    fill(at('banner'));
    fill(at('tabs'));
    fill(at('status'));
    frame();
    fill(at('content'), el('div', { class: 'ended', role: 'alert' },
      el('h2', {}, text.endedTitle), el('p', {}, text.ended), note && el('p', {}, note)));
    return;
  }
  fill(at('status'), el('p', { class: 'notice warning', role: 'alert' },
    error.status === 0 ? text.noAnswer : error.status ? text.failed(error.status) : String(error), ' ',
    el('button', { type: 'button', click: () => update() }, text.again)));
  at('content').setAttribute('aria-busy', 'false');
}

async function switchLanguage() {
  choose(current() === 'en' ? 'nb' : 'en');
  frame();
  if (view) await update();
  at('top').querySelector('button')?.focus();
}

async function end() {
  try {
    await api.end();
  } catch {
    // The page forgets the patient all the same.
  }
  failed(new api.CallError(401, ''));
}

window.addEventListener('hashchange', () => { app.say(null); show(); });
// A page from the history may show an older moment of the patient, or a session that has ended.
window.addEventListener('pageshow', (event) => { if (event.persisted) update(); });

// The look that the record asked for; without one the sheet is empty.
document.head.append(el('link', { rel: 'stylesheet', href: `../styles/${location.pathname.split('/').at(-1)}` }));
frame();
await update();
if (view) {
  if (!location.hash && Object.hasOwn(INTENTS, view.intent ?? '')) app.go(INTENTS[view.intent]);
  if (view.finding) app.explain(view.finding);
  performance.mark('marg-shown');
}
