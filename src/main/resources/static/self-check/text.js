// The words of the page in both languages.

/** Errors of the service are English; these are what a request that is not in order meets. */
const ERRORS = [
  [/^(\S+) is missing$/, '$1 mangler'],
  [/^(\S+) must be an object$/, '$1 må være et objekt'],
  [/^(\S+) must be an array$/, '$1 må være en liste'],
  [/^(\S+) must be a string$/, '$1 må være en tekst'],
  [/^(\S+) must be a FHIR resource$/, '$1 må være en FHIR-ressurs'],
  [/^(\S+) is not the id of a resource$/, '$1 er ikke id-en til en ressurs'],
  [/^(\S+) is not the patient of the context$/, '$1 er ikke pasienten i context'],
  [/^(\S+) is sent without (\S+)$/, '$1 er sendt uten $2'],
  [/^(\S+) must be (\S+)$/, '$1 må være $2'],
  [/^This service answers the hook (\S+), not the one sent$/, 'Tjenesten svarer på hook $1, ikke den som er sendt'],
  [/^There is text after the JSON object$/, 'Det står tekst etter JSON-objektet'],
  [/^The body can not be read$/, 'Innholdet kan ikke leses'],
];

/** What the service said, in Norwegian where that is known and else quoted as it is. */
function norwegian(said) {
  const [pattern, text] = ERRORS.find(([each]) => each.test(said)) ?? [];
  return pattern ? said.replace(pattern, text) : said && `Tjenesten svarte på engelsk: «${said}»`;
}

const NB = {
  title: 'Marg – selvsjekk',
  other: 'English',
  intro: 'Lim inn forespørselen som journalsystemet sender, og se hva som ble lest, hva som ikke ble brukt, og hvorfor et kort ikke kom. Ingenting lagres eller logges. Bruk syntetiske data.',
  service: 'Tjeneste',
  request: 'Forespørsel (JSON)',
  file: 'Eller velg en fil',
  token: 'Bearer-token (bare der tjenesten krever innlogging)',
  run: 'Sjekk',
  empty: 'Lim inn en forespørsel først.',
  error: norwegian,
  notJson: 'Dette er ikke gyldig JSON.',
  noAnswer: 'Tjenesten svarte ikke.',
  failed: (status, text) => `Sjekken ble avvist (${status}). ${text}`,
  refused: (status) => `Forespørselen ville blitt avvist med ${status}:`,
  keys: 'Prefetch',
  key: 'Nøkkel',
  state: 'Status',
  resources: 'Ressurser',
  states: { used: 'brukt', null: 'sendt, tom', absent: 'ikke sendt', fetched: 'hentet fra journalen', incomplete: 'ufullstendig', failed: 'mislyktes' },
  codes: 'Koder som ingen regel kjenner',
  system: 'System',
  count: 'Antall',
  code: 'Koder',
  none: 'Ingen.',
  units: 'Enheter som ikke er kjent',
  concept: 'Prøve',
  unit: 'Enhet',
  unused: 'Ikke brukt som det står',
  reason: 'Grunn',
  verdicts: 'Regler spurt',
  outcome: 'Utfall',
  cards: 'Kort i svaret',
  indicator: 'Nivå',
  statements: 'Punkter i retningslinjen',
  times: 'Tid (ms)',
  step: 'Steg',
  why: 'Hvorfor kom ikke kortet?',
  search: 'Punkt, for eksempel REN-2 (tomt felt viser dem som er ukjent, utelatt, holdt tilbake eller har feilet)',
  because: 'På grunn av',
  missing: 'Mangler',
  outcomes: {
    shown: 'på et kort', merged: 'på kortet til', bounded: 'utelatt: grensen for antall kort', 'held-back': 'holdt tilbake: overstyrt før',
    'gate-closed': 'kapitlet gjelder ikke: porten er lukket', false: 'betingelsen er usann', unknown: 'betingelsen er ukjent', failed: 'regelen feilet',
    dead: 'pasienten er registrert død', 'not-in-hook': 'hører ikke til denne hendelsen', 'reason-of-another': 'begrunnelse for', 'not-computable': 'ikke beregnbar',
    applies: 'gjelder',
  },
  reasons: {
    'client-failed': 'journalsystemet kunne ikke hente den', 'first-page': 'bare en del sendt', time: 'journalen svarte ikke i tide', denied: 'ingen tilgang',
    'not-read': 'kunne ikke leses', 'too-much': 'mer enn det som leses',
    'other-patient': 'gjelder en annen pasient', 'no-patient': 'sier ikke hvem den gjelder', 'entered-in-error': 'registrert ved en feil', status: 'status som ikke teller',
    preliminary: 'foreløpig svar', future: 'datert etter rådets dag', 'broken-date': 'dato som ikke kan leses', 'no-result': 'laboratoriet har ingen verdi',
    'unknown-unit': 'enhet som ikke er kjent', 'no-unit': 'verdi uten enhet', implausible: 'umulig verdi', 'not-a-number': 'tekst der et tall trengs',
    duplicate: 'samme svar i en annen form', contradictory: 'svar fra samme tid som ikke stemmer overens', type: 'ressurstype som ingen regel leser',
  },
  steps: { read: 'lese forespørselen', data: 'hente data', chart: 'lese journalen', engine: 'spørre reglene', cards: 'lage kort' },
};

const EN = {
  title: 'Marg – self-check',
  other: 'Norsk',
  intro: 'Paste the request that the record system sends, and see what was read, what was not used, and why a card did not appear. Nothing is stored or logged. Use synthetic data.',
  service: 'Service',
  request: 'Request (JSON)',
  file: 'Or choose a file',
  token: 'Bearer token (only where the service asks for one)',
  run: 'Check',
  empty: 'Paste a request first.',
  error: (said) => said,
  notJson: 'This is not valid JSON.',
  noAnswer: 'The service did not answer.',
  failed: (status, text) => `The check was refused (${status}). ${text}`,
  refused: (status) => `The request would be refused with ${status}:`,
  keys: 'Prefetch',
  key: 'Key',
  state: 'State',
  resources: 'Resources',
  states: { used: 'used', null: 'sent, empty', absent: 'not sent', fetched: 'fetched from the record', incomplete: 'incomplete', failed: 'failed' },
  codes: 'Codes that no rule knows',
  system: 'System',
  count: 'Count',
  code: 'Codes',
  none: 'None.',
  units: 'Units that are not known',
  concept: 'Result',
  unit: 'Unit',
  unused: 'Not used as it stands',
  reason: 'Reason',
  verdicts: 'Rules asked',
  outcome: 'Outcome',
  cards: 'Cards in the answer',
  indicator: 'Level',
  statements: 'Statements of the guideline',
  times: 'Time (ms)',
  step: 'Step',
  why: 'Why did the card not appear?',
  search: 'Statement, for example REN-2 (empty shows those that are unknown, left out, held back or failed)',
  because: 'Because of',
  missing: 'Missing',
  outcomes: {
    shown: 'on a card', merged: 'on the card of', bounded: 'left out: limit of cards', 'held-back': 'held back: overridden before',
    'gate-closed': 'the chapter does not concern the patient: gate closed', false: 'the condition is false', unknown: 'the condition is unknown', failed: 'the rule failed',
    dead: 'the patient is recorded as dead', 'not-in-hook': 'does not belong to this hook', 'reason-of-another': 'gives reasons for', 'not-computable': 'not computable',
    applies: 'applies',
  },
  reasons: {
    'client-failed': 'the record system could not fetch it', 'first-page': 'only a part was sent', time: 'the record did not answer in time', denied: 'no access',
    'not-read': 'could not be read', 'too-much': 'more than is read',
    'other-patient': 'of another patient', 'no-patient': 'does not say whose it is', 'entered-in-error': 'entered in error', status: 'a status that does not count',
    preliminary: 'preliminary result', future: 'dated after the day of advice', 'broken-date': 'a date that can not be read', 'no-result': 'the laboratory has no value',
    'unknown-unit': 'a unit that is not known', 'no-unit': 'a value without unit', implausible: 'an impossible value', 'not-a-number': 'text where a number is needed',
    duplicate: 'the same result in another form', contradictory: 'results of one time that disagree', type: 'a resource type that no rule reads',
  },
  steps: { read: 'read the request', data: 'obtain data', chart: 'read the record', engine: 'ask the rules', cards: 'make cards' },
};

let language = new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'nb';

export const current = () => language;
export const t = () => (language === 'en' ? EN : NB);
export const toggle = () => {
  language = language === 'en' ? 'nb' : 'en';
};
