// Talks to the service and to the demo record. Nothing here touches the page.

import { current } from './text.js';

/** Where this page is served, with trailing slash. */
export const base = new URL('./', document.baseURI).href;

const FHIR = `${base}demo/fhir`;

/** An answer that is not 200; text is what its OperationOutcome says. */
export class CallError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function json(address, options = {}) {
  const response = await fetch(address, {
    ...options,
    headers: { 'Accept-Language': current(), ...options.headers },
  });
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    // A proxy may answer in HTML; the status then says enough.
  }
  if (!response.ok) throw new CallError(response.status, outcome(body));
  return { body, text };
}

const get = async (address) => (await json(address)).body;

const outcome = (body) =>
  (body?.issue ?? []).map((issue) => issue.details?.text ?? issue.diagnostics ?? '').join(' ').trim();

export const info = () => get(`${base}demo/info`);
export const personas = () => get(`${base}demo/personas`);
export const orders = () => get(`${base}demo/orders`);
export const order = (id) => get(`${base}demo/orders/${encodeURIComponent(id)}`);
export const services = async () => (await get(`${base}cds-services`)).services;

/** One resource of the record. */
export const read = (type, id) => get(`${FHIR}/${type}/${encodeURIComponent(id)}`);

/** The resources that a search of the record finds, all pages. */
export async function search(query) {
  const found = [];
  let next = `${FHIR}/${query}`;
  while (next) {
    const page = await get(next);
    found.push(...(page.entry ?? []).map((entry) => entry.resource));
    next = page.link?.find((link) => link.relation === 'next')?.url;
  }
  return found;
}

/** A prefetch template with the values of the context. */
function filled(template, context) {
  return template.replace(/\{\{\s*context\.(\w+)\s*\}\}/g, (token, name) =>
    typeof context[name] === 'string' ? encodeURIComponent(context[name]) : token);
}

/**
 * Calls a service as a record system would: fetches what it asks for, all at once, and posts it.
 * Gives the request, the answer and the times, or throws a CallError that carries the request.
 */
export async function call(service, context) {
  const before = performance.now();
  const keys = Object.entries(service.prefetch ?? {});
  const data = await Promise.all(
    keys.map(([, template]) =>
      get(`${FHIR}/${filled(template, context)}`).catch((error) => ({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'exception', details: { text: error.message || 'not fetched' } }],
      }))),
  );
  const request = {
    hook: service.hook,
    hookInstance: uuid(),
    context,
    prefetch: Object.fromEntries(keys.map(([key], i) => [key, data[i]])),
  };
  const address = `${base}cds-services/${encodeURIComponent(service.id)}`;
  const body = JSON.stringify(request);
  const asked = performance.now();
  try {
    const answer = await json(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    return {
      service,
      address,
      request,
      answer: answer.body,
      milliseconds: Math.max(1, Math.round(performance.now() - asked)),
      prefetchMilliseconds: Math.max(1, Math.round(asked - before)),
      queries: keys.length,
    };
  } catch (error) {
    error.request = request;
    error.address = address;
    throw error;
  }
}

/** The regimens that have doses, with their titles. */
export async function regimens() {
  const bundle = await get(`${base}fhir/PlanDefinition?_count=500`);
  return bundle.entry.map((entry) => entry.resource)
    .filter((plan) => plan.library?.[0]?.includes('/Library/Regimen'))
    .map((plan) => ({
      id: plan.id,
      title: plan.title,
      english: plan._title?.extension?.[0]?.extension?.find((part) => part.url === 'content')?.valueString,
      stepUp: plan.action.some((action) => action.id === 'step'),
    }))
    .sort((a, b) => a.title.localeCompare(b.title, 'nb'));
}

const RECORD = ['Observation', 'Condition', 'MedicationRequest', 'MedicationStatement', 'MedicationAdministration',
  'CarePlan', 'Procedure', 'AllergyIntolerance'];

/** What an operation gets to know of a patient of the demo record. */
async function data(patient) {
  const found = await Promise.all([
    read('Patient', patient).then((one) => [one]),
    ...RECORD.map((type) => search(`${type}?patient=${encodeURIComponent(patient)}`)),
  ]);
  return { resourceType: 'Bundle', type: 'collection', entry: found.flat().map((resource) => ({ resource })) };
}

/** Whether the guideline recommends a regimen now, as the first or the next cycle; null where that can not be told. */
export async function isRecommended(regimen, patient) {
  const names = ['Regimens To Begin', 'Regimen To Continue', 'What Decides Was Read'];
  const { body } = await json(`${base}fhir/Library/MMNextCycle/$evaluate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        { name: 'subject', valueString: `Patient/${patient}` },
        { name: 'data', resource: await data(patient) },
        ...names.map((name) => ({ name: 'expression', valueString: name })),
      ],
    }),
  });
  const answers = (name) => body.parameter.filter((each) => each.name === name);
  if (answers(names[0]).concat(answers(names[1])).some((each) => each.valueString === regimen)) return true;
  return answers(names[2]).some((each) => each.valueBoolean === true) ? false : null;
}

/** Applies a cycle of a regimen to a patient of the demo record; the CarePlan as text. */
export async function apply(regimen, patient, { start, number, stepUp }) {
  const parameter = [{ name: 'CycleStart', valueDate: start }];
  if (number && !stepUp) parameter.push({ name: 'CycleNumber', valueInteger: Number(number) });
  if (stepUp) parameter.push({ name: 'Phase', valueString: 'step-up' });
  const { text } = await json(`${base}fhir/PlanDefinition/${encodeURIComponent(regimen)}/$apply`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        { name: 'subject', valueString: `Patient/${patient}` },
        { name: 'data', resource: await data(patient) },
        { name: 'parameters', resource: { resourceType: 'Parameters', parameter } },
      ],
    }),
  });
  return text;
}

/** An applied cycle as calendar, in JSON or as iCalendar. */
export async function calendar(applied, type = 'application/json') {
  const response = await fetch(`${base}calendar`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/fhir+json', Accept: type, 'Accept-Language': current() },
    body: applied,
  });
  if (!response.ok) throw new CallError(response.status, '');
  return response.text();
}

/** Tells the service what became of a card. */
export const feedback = (service, entry) =>
  json(`${base}cds-services/${encodeURIComponent(service.id)}/feedback`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ feedback: [{ ...entry, outcomeTimestamp: new Date().toISOString() }] }),
  });

// randomUUID exists only on https and localhost; the demo may also run on a hospital's inner http.
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
