// The start page: a list of patients, the chosen patient's record, and the advice of the service.

import { card, overview } from './cards.js';
import { age, chart, load, name } from './chart.js';
import { cycle } from './cycle.js';
import { el, fill, fold, link } from './dom.js';
import { base, call, info, order, orders, personas, read, search, services } from './service.js';
import { current, date, decimals, field, t, toggle } from './text.js';

const USER = 'Practitioner/demo';
const part = (id) => document.getElementById(id);

/** What does not change while the page is open. */
const demo = { info: null, personas: [], patients: {}, orders: [], services: null };

/** What the user looks at. An answer that comes after the user went on is not shown. */
const view = { patient: null, unknown: null, action: 'patient-view', turn: 0 };

const address = new URLSearchParams(location.search);

async function start() {
  words();
  part('language').addEventListener('click', () => {
    toggle();
    words();
    list();
    discover().then(show);
  });
  try {
    const [about, all, drafts, patients] = await Promise.all([info(), personas(), orders(), search('Patient')]);
    demo.info = about;
    demo.personas = all;
    demo.orders = drafts;
    demo.patients = Object.fromEntries(patients.map((patient) => [patient.id, patient]));
  } catch {
    problem(t().noDemo);
    return;
  }
  await discover();
  const asked = demo.personas.find((persona) => persona.id === address.get('patient'));
  // Nobody else is shown in the place of a patient who is not there.
  view.unknown = asked ? null : address.get('patient');
  view.patient = view.unknown ? null : (asked ?? demo.personas[0]).id;
  view.action = asked ? address.get('action') ?? 'patient-view' : 'patient-view';
  words();
  list();
  await show();
}

async function discover() {
  try {
    demo.services = await services();
  } catch {
    demo.services = null;
  }
}

function problem(text) {
  part('problem').textContent = text;
}

/** Everything on the page that does not depend on the patient. */
function words() {
  const text = t();
  document.documentElement.lang = current();
  document.querySelectorAll('[data-text]').forEach((element) => {
    element.textContent = text[element.dataset.text];
  });
  part('language').textContent = text.otherLanguage;
  part('language').lang = current() === 'en' ? 'nb' : 'en';
  part('self-check').href = `self-check/?lang=${current()}`;
  if (view.unknown) problem(text.noPatient(view.unknown));
  if (demo.info) {
    part('demo-date').textContent = text.demoDate(date(demo.info.evaluationDate));
    part('version').textContent = demo.info.version ? text.version(demo.info.version) : '';
  }
}

/** How to see the chosen patient in the public test client, in one step and by hand. */
function sandbox() {
  const text = t();
  const records = `${base}demo/fhir`;
  const discovery = `${base}cds-services`;
  const ready = `https://sandbox.cds-hooks.org/?${new URLSearchParams({
    fhirServiceUrl: records,
    serviceDiscoveryURL: discovery,
    patientId: view.patient,
  })}`;
  fill(part('sandbox'),
    el('li', {}, link(ready, text.sandboxOpen)),
    el('li', {}, `${text.sandboxFhir} `, el('code', {}, records)),
    el('li', {}, `${text.sandboxServices} `, el('code', {}, discovery)),
    el('li', {}, `${text.sandboxPatient} `, el('code', {}, view.patient)));
}

function list() {
  fill(part('personas'), demo.personas.map((persona) => {
    const patient = demo.patients[persona.id];
    const years = patient ? age(patient.birthDate, demo.info.evaluationDate) : persona.age;
    return el('li', {}, el('a', {
      href: `?patient=${encodeURIComponent(persona.id)}`,
      'aria-current': persona.id === view.patient ? 'true' : null,
      title: field(persona, 'story'),
      click: (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        choose(persona.id);
      },
    },
    el('strong', {}, field(persona, 'title')),
    el('span', {}, `${patient ? name(patient) : persona.name} · ${t().years(years)}`)));
  }));
}

function choose(id) {
  view.patient = id;
  view.unknown = null;
  problem('');
  view.action = 'patient-view';
  list();
  part('personas').querySelector('[aria-current]').focus({ preventScroll: true });
  show();
  const top = part('chart').getBoundingClientRect().top;
  if (top < 0 || top > innerHeight / 2) part('chart').scrollIntoView();
}

/** The record of the chosen patient, what can be done, and the advice for what is done. */
async function show() {
  const turn = (view.turn += 1);
  const id = view.patient;
  if (!id) return;
  remember();
  sandbox();
  for (const section of ['patient', 'actions', 'advice', 'cycle']) fill(part(section));
  try {
    const persona = demo.personas.find((each) => each.id === id);
    const [patient, record] = await Promise.all([read('Patient', id), load(id)]);
    if (turn !== view.turn) return;
    fill(part('patient'), chart(patient, persona, record, demo.info.evaluationDate));
  } catch {
    if (turn === view.turn) problem(t().noDemo);
    return;
  }
  await act();
  if (turn + 1 === view.turn) await plan(id);
}

/** A cycle of a regimen; the address may ask for one: regimen, start, number or step-up. */
async function plan(id) {
  const asked = address.get('regimen') && address.get('patient') === id
    ? {
      regimen: address.get('regimen'),
      start: address.get('start') ?? demo.info.evaluationDate,
      number: address.get('number') ?? '1',
      stepUp: address.get('number') === 'step-up',
    }
    : null;
  try {
    await cycle(part('cycle'), id, demo.info.evaluationDate, asked);
  } catch {
    fill(part('cycle'));
  }
}

function remember() {
  const query = new URLSearchParams({ patient: view.patient });
  if (view.action !== 'patient-view') query.set('action', view.action);
  if (current() === 'en') query.set('lang', 'en');
  history.replaceState(null, '', `?${query}`);
}

function actions() {
  const text = t();
  const drafts = demo.orders.filter((draft) => draft.patient === view.patient);
  const button = (action, hook, title) =>
    el('button', {
      type: 'button',
      'aria-pressed': String(action === view.action),
      click: () => {
        view.action = action;
        remember();
        act();
        part('actions').querySelector('[aria-pressed="true"]').focus();
      },
    }, title, el('span', { class: 'hook' }, hook));
  fill(part('actions'),
    el('h2', { id: 'actions-title' }, text.whatToDo),
    el('div', { class: 'buttons' },
      button('patient-view', 'patient-view', text.openChart),
      ...drafts.flatMap((draft) => [
        button(`order-select:${draft.id}`, 'order-select', text.select(decimals(draft.title))),
        button(`order-sign:${draft.id}`, 'order-sign', text.sign(decimals(draft.title))),
      ])),
    drafts.length === 0 && el('p', { class: 'quiet' }, text.noOrders));
}

async function act() {
  const turn = (view.turn += 1);
  const text = t();
  actions();
  const [hook, draft] = view.action.split(':');
  const title = el('h2', { id: 'advice-title' }, text.advice);
  const area = el('div', { 'aria-live': 'polite' }, el('p', { class: 'waiting' }, text.asking));
  fill(part('advice'), title, area);
  const done = (...content) => turn === view.turn && fill(area, content);
  const offered = (demo.services ?? []).filter((service) => service.hook === hook);
  if (offered.length === 0) {
    done(el('p', { class: 'failed' }, demo.services ? text.noService(hook) : text.noServices));
    return;
  }
  try {
    const context = { userId: USER, patientId: view.patient };
    if (draft) {
      context.draftOrders = await order(draft);
      if (hook === 'order-select') {
        context.selections = context.draftOrders.entry.map(({ resource }) => `${resource.resourceType}/${resource.id}`);
      }
    }
    const calls = await Promise.all(offered.map((service) => call(service, context)));
    done(calls.map(answered));
  } catch (error) {
    done(
      el('p', { class: 'failed', role: 'alert' },
        error.status ? text.failed(error.status, error.message) : text.noAnswer),
      error.request && raw(error, null));
  }
}

function answered(made) {
  const text = t();
  const cards = made.answer?.cards ?? [];
  return [
    el('div', { class: 'answer' },
      cards.length ? overview(cards) : el('p', { class: 'no-cards' }, text.noCards),
      el('p', { class: 'time' }, text.took(made.milliseconds),
        ` · ${text.prefetched(made.queries, made.prefetchMilliseconds)} · `, el('code', {}, made.service.id))),
    ...cards.map((each) => card(each, made.service, made.request.context.patientId)),
    raw(made, made.answer),
  ];
}

/** The call as an integrator wants to see it. */
function raw({ address: url, request }, answer) {
  const text = t();
  const command = `curl -sS '${url}' -H 'Content-Type: application/json' -H 'Accept-Language: ${current()}' -d @request.json`;
  return fold(text.raw, () => {
    const body = JSON.stringify(request, null, 2);
    // A browser gives the clipboard only to pages on https and localhost.
    const copy = navigator.clipboard && el('button', {
      type: 'button',
      click: async () => {
        await navigator.clipboard.writeText(command);
        copy.textContent = text.copied;
      },
    }, text.copy);
    return el('div', { class: 'raw' },
      el('h4', {}, text.curl),
      el('pre', { class: 'command', tabindex: '0' }, command),
      el('p', { class: 'buttons' }, copy,
        el('a', {
          class: 'button',
          download: 'request.json',
          href: URL.createObjectURL(new Blob([body], { type: 'application/json' })),
        }, text.download)),
      el('h4', {}, text.request),
      el('pre', { tabindex: '0' }, body),
      answer && el('h4', {}, text.response),
      answer && el('pre', { tabindex: '0' }, JSON.stringify(answer, null, 2)));
  }, 'fold calls');
}

start();
