// The patient as a record system shows it: banner, latest results, conditions and medication.
// It only shows what is recorded; what it means is the service's to say.

import { el } from './dom.js';
import { search } from './service.js';
import { date, field, number, t } from './text.js';

const TESTS = {
  hb: ['NOR05172', '718-7'],
  neu: ['NPU02902', '751-8'],
  plt: ['NPU03568', '777-3'],
  crea: ['NPU04998', '14682-9'],
  egfr: ['NOR25909', 'NOR15245', '62238-1'],
  caCorr: ['NOR15246', '29265-6'],
  ca: ['NPU01443', '2000-8'],
  mprot: ['NPU19844', '33358-3'],
  kappa: ['NPU19606', '36916-5'],
  lambda: ['NPU19607', '33944-0'],
  ratio: ['NPU28596', '48378-4'],
  smear: ['11118-7'],
  biopsy: ['bm-plasma-cells-biopsy'],
};

/** What the banner needs from the record of a patient. */
export async function load(id) {
  const of = `patient=${encodeURIComponent(id)}`;
  const codes = Object.values(TESTS).flat().join(',');
  const [observations, conditions, requests, statements] = await Promise.all([
    search(`Observation?${of}&code=${codes}&_sort=-date&_count=500`),
    search(`Condition?${of}`),
    search(`MedicationRequest?${of}&status=active,on-hold`),
    search(`MedicationStatement?${of}&status=active`),
  ]);
  return { observations, conditions, medication: [...requests, ...statements] };
}

/** Whole years between two FHIR dates. */
export function age(born, today) {
  const [y, m, d] = born.split('-').map(Number);
  const [ty, tm, td] = today.split('-').map(Number);
  return ty - y - (tm < m || (tm === m && td < d) ? 1 : 0);
}

/** Family name, given name. */
export function name(patient) {
  const [official] = patient.name ?? [{}];
  return [official.family, (official.given ?? []).join(' ')].filter(Boolean).join(', ');
}

/** The banner and what the record holds. */
export function chart(patient, persona, record, today) {
  const words = t();
  return [
    el('div', { class: 'banner' },
      el('h2', { id: 'patient-name' }, name(patient)),
      el('p', {},
        `${words.born} ${date(patient.birthDate)} · `,
        el('strong', {}, words.years(age(patient.birthDate, today))),
        ` · ${words[patient.gender] ?? ''}`),
      el('span', { class: 'tag' }, words.syntheticPatient),
      el('a', { class: 'button', href: `smart/demo?patient=${encodeURIComponent(patient.id)}` }, words.openApp)),
    el('p', { class: 'story' }, el('strong', {}, `${words.aboutCase}: `), field(persona, 'story')),
    el('h3', { class: 'quiet' }, words.results),
    el('dl', { class: 'results' }, ...results(record.observations, today)),
    el('dl', { class: 'lists' },
      el('dt', {}, words.diagnoses),
      el('dd', {}, listed(record.conditions.filter(counts).map((c) => label(c.code)))),
      el('dt', {}, words.medication),
      el('dd', {}, listed(record.medication.map((m) => label(m.medicationCodeableConcept))))),
  ];
}

function results(observations, today) {
  const newest = Object.fromEntries(Object.entries(TESTS).map(([test, codes]) => [
    test,
    observations.find((o) =>
      o.valueQuantity
      && !['entered-in-error', 'cancelled', 'registered', 'unknown'].includes(o.status)
      && (o.effectiveDateTime ?? '').slice(0, 10) <= today
      && o.code?.coding?.some((coding) => codes.includes(coding.code))),
  ]));
  // One calcium is enough: the corrected one, or the total when there is no corrected.
  delete newest[newest.caCorr ? 'ca' : 'caCorr'];
  return Object.entries(newest).map(([test, observation]) =>
    el('div', {},
      el('dt', {}, t().tests[test]),
      el('dd', {}, observation ? value(observation) : el('span', { class: 'absent' }, t().notMeasured))));
}

function value(observation) {
  const quantity = observation.valueQuantity;
  const flag = outside(observation);
  return [
    el('span', { class: flag ? 'number outside' : 'number' },
      `${quantity.comparator ?? ''}${number(quantity.value)}`,
      flag && el('span', { role: 'img', 'aria-label': t()[flag], title: t()[flag] }, flag === 'above' ? ' ↑' : ' ↓')),
    ' ',
    el('span', { class: 'unit' }, unit(quantity)),
    el('span', { class: 'when' },
      date(observation.effectiveDateTime),
      observation.status === 'preliminary' && ` (${t().preliminary})`),
  ];
}

const unit = ({ unit: shown, code }) => (shown ?? code ?? '').replace('10^9', '× 10⁹');

/** Whether the laboratory's own reference range, in the same unit, marks the value. */
function outside({ valueQuantity: quantity, referenceRange }) {
  const [range] = referenceRange ?? [];
  const same = (limit) => limit?.code === quantity.code && limit?.value !== undefined;
  if (same(range?.high) && quantity.value > range.high.value) return 'above';
  if (same(range?.low) && quantity.value < range.low.value) return 'below';
  return null;
}

const counts = (condition) => {
  const code = (concept) => concept?.coding?.[0]?.code;
  return code(condition.verificationStatus) !== 'entered-in-error'
    && ['active', 'recurrence', 'relapse', undefined].includes(code(condition.clinicalStatus));
};

/** A concept as the record writes it, without the hierarchy tag of SNOMED CT. */
const label = (concept) =>
  concept?.text ?? concept?.coding?.[0]?.display?.replace(/ \((disorder|finding|situation)\)$/, '') ?? '?';

const listed = (labels) => [...new Set(labels)].join(' · ') || t().none;
