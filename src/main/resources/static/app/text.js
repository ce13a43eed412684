// The words of the page in both languages.

const NB = {
  cycleTitle: 'Kur som kalender',
  cycleRegimen: 'Regime',
  cycleStart: 'Første dag (HMAS: reinfusjonsdag)',
  cycleNumber: 'Kur nr.',
  cycleStepUp: 'Opptrapping',
  cycleShow: 'Vis kuren',
  cycleDay: 'Dag',
  cycleDate: 'Dato',
  cycleInput: (day) => `Første dag må være en dato innen to år fra ${day}, og kurens nummer minst 1.`,
  cycleNotRecommended: 'Dette regimet er ikke det handlingsprogrammet anbefaler nå.',
  cycleRecommendationUnknown: 'Det kan ikke avgjøres om handlingsprogrammet anbefaler dette regimet.',
  cycleNotWhole: 'Kuren er ikke hel. Dette kan ikke doseres eller avgjøres:',
  cycleEmpty: 'Ingen doser i denne kuren.',
  cycleChoice: 'Kan velges i stedet',
  cycleDownload: (title) => `Last ned som iCalendar: ${title}`,
  skip: 'Til pasienten',
  tagline: 'beslutningsstøtte for myelomatose',
  notApproved: 'Ikke for klinisk bruk før godkjenning.',
  open: 'Åpen demo: alle kan kalle tjenesten, uten innlogging.',
  synthetic: 'Demo med syntetiske pasienter.',
  demoDate: (date) => `Dato i demoen: ${date}`,
  version: (version) => `Versjon ${version}`,
  otherLanguage: 'English',
  patients: 'Pasienter',
  years: (n) => `${n} år`,
  born: 'Født',
  female: 'Kvinne',
  male: 'Mann',
  openApp: 'Åpne i appen',
  syntheticPatient: 'Syntetisk pasient',
  aboutCase: 'Tilfellet',
  results: 'Siste prøvesvar',
  diagnoses: 'Diagnoser',
  medication: 'Legemidler',
  none: 'ingen registrert',
  notMeasured: 'ikke målt',
  above: 'over referanseområdet',
  below: 'under referanseområdet',
  preliminary: 'foreløpig',
  whatToDo: 'Hva gjør du?',
  openChart: 'Åpne journal',
  select: (title) => `Velg: ${title}`,
  sign: (title) => `Signer: ${title}`,
  noOrders: 'Ingen ordrekladd er laget for denne pasienten.',
  advice: 'Råd',
  asking: 'Spør tjenesten …',
  noCards: 'Ingen råd for denne hendelsen.',
  cardCount: (n) => `${n} råd`,
  counts: { critical: 'kritisk', warning: 'advarsel', info: 'til orientering' },
  countsMany: { critical: 'kritiske', warning: 'advarsler', info: 'til orientering' },
  indicators: { critical: 'Kritisk', warning: 'Advarsel', info: 'Til orientering' },
  took: (ms) => `Svar på ${ms} ms`,
  prefetched: (n, ms) => `${n} oppslag i journalen på ${ms} ms`,
  why: 'Begrunnelse',
  suggestions: 'Forslag',
  recommended: 'Anbefalt',
  actionTypes: { create: 'Opprett', update: 'Endre', delete: 'Slett' },
  sent: 'Ville blitt sendt til journalen',
  sentNote: 'Demo: ingenting er lagret.',
  showJson: 'Vis JSON',
  overrideReason: 'Hvorfor rådet ikke følges',
  chooseReason: 'Grunn til ikke å følge rådet …',
  override: 'Overstyr',
  overridden: (reason) => `Overstyrt: ${reason}`,
  noReason: 'uten grunn',
  feedbackSent: 'Tilbakemeldingen er sendt.',
  feedbackMissing: 'Tjenesten tar ikke imot tilbakemeldinger ennå.',
  feedbackFailed: (status) => `Tilbakemeldingen ble ikke tatt imot (${status}).`,
  source: 'Kilde',
  inApp: 'Se funnet i appen',
  smartLink: 'åpnes fra journalsystemet (SMART)',
  raw: 'Vis forespørsel og svar',
  request: 'Forespørsel',
  response: 'Svar',
  curl: 'Samme kall med curl (last ned forespørselen først)',
  download: 'Last ned request.json',
  copy: 'Kopier',
  copied: 'Kopiert',
  noServices: 'Tjenesten svarer ikke på /cds-services. Pasientene kan ses, men det kommer ingen råd før den er startet.',
  noService: (hook) => `Tjenesten tilbyr ikke hendelsen ${hook}.`,
  noPatient: (id) => `Fant ikke pasienten «${id}» i demojournalen. Velg en pasient i listen.`,
  noDemo: 'Demojournalen svarer ikke. Er tjenesten startet uten demo?',
  failed: (status, text) => `Kallet feilet (${status}). Ingen råd er gitt; det betyr ikke at alt er i orden. ${text}`,
  noAnswer: 'Tjenesten svarte ikke. Ingen råd er gitt; det betyr ikke at alt er i orden.',
  sandboxTitle: 'Bruk med CDS Hooks Sandbox',
  sandboxOpen: 'Åpne sandkassen med denne pasienten',
  sandboxFhir: 'Eller for hånd: «Change FHIR Server»',
  sandboxServices: '«Add CDS Services»',
  sandboxPatient: '«Change Patient»',
  sandboxNote: 'En sandkasse på https kan bare kalle denne tjenesten på localhost eller over https.',
  linksTitle: 'For integrasjon',
  linkServices: 'CDS-tjenester',
  linkKnowledge: 'Retningslinjen som FHIR',
  linkSelfCheck: 'Selvsjekk av forespørsler',
  linkRecords: 'Demojournalene som FHIR',
  tests: {
    hb: 'Hemoglobin', plt: 'Trombocytter', neu: 'Nøytrofile', crea: 'Kreatinin', egfr: 'eGFR',
    ca: 'Kalsium', caCorr: 'Kalsium, alb.korr.', mprot: 'M-komponent', kappa: 'Frie kappa',
    lambda: 'Frie lambda', ratio: 'Kappa/lambda', smear: 'Plasmaceller, utstryk',
    biopsy: 'Plasmaceller, biopsi',
  },
};

const EN = {
  cycleTitle: 'Cycle as calendar',
  cycleRegimen: 'Regimen',
  cycleStart: 'First day (HMAS: day of reinfusion)',
  cycleNumber: 'Cycle no.',
  cycleStepUp: 'Step-up',
  cycleShow: 'Show the cycle',
  cycleDay: 'Day',
  cycleDate: 'Date',
  cycleInput: (day) => `The first day must be a date within two years of ${day}, and the number of the cycle at least 1.`,
  cycleNotRecommended: 'This regimen is not the one the guideline recommends now.',
  cycleRecommendationUnknown: 'Whether the guideline recommends this regimen cannot be decided.',
  cycleNotWhole: 'The cycle is not whole. This cannot be dosed or decided:',
  cycleEmpty: 'No doses in this cycle.',
  cycleChoice: 'May be chosen instead',
  cycleDownload: (title) => `Download as iCalendar: ${title}`,
  skip: 'To the patient',
  tagline: 'decision support for multiple myeloma',
  notApproved: 'Not for clinical use before approval.',
  open: 'Open demo: anybody can call the service, without authentication.',
  synthetic: 'Demo with synthetic patients.',
  demoDate: (date) => `Date in the demo: ${date}`,
  version: (version) => `Version ${version}`,
  otherLanguage: 'Norsk',
  patients: 'Patients',
  years: (n) => `${n} years`,
  born: 'Born',
  female: 'Female',
  male: 'Male',
  openApp: 'Open in the app',
  syntheticPatient: 'Synthetic patient',
  aboutCase: 'The case',
  results: 'Latest results',
  diagnoses: 'Conditions',
  medication: 'Medication',
  none: 'none recorded',
  notMeasured: 'not measured',
  above: 'above the reference range',
  below: 'below the reference range',
  preliminary: 'preliminary',
  whatToDo: 'What do you do?',
  openChart: 'Open chart',
  select: (title) => `Select: ${title}`,
  sign: (title) => `Sign: ${title}`,
  noOrders: 'No draft order is prepared for this patient.',
  advice: 'Advice',
  asking: 'Asking the service …',
  noCards: 'No advice for this event.',
  cardCount: (n) => `${n} ${n === 1 ? 'card' : 'cards'}`,
  counts: { critical: 'critical', warning: 'warning', info: 'information' },
  countsMany: { critical: 'critical', warning: 'warnings', info: 'information' },
  indicators: { critical: 'Critical', warning: 'Warning', info: 'Information' },
  took: (ms) => `Answered in ${ms} ms`,
  prefetched: (n, ms) => `${n} record queries in ${ms} ms`,
  why: 'Reasons',
  suggestions: 'Suggestions',
  recommended: 'Recommended',
  actionTypes: { create: 'Create', update: 'Change', delete: 'Delete' },
  sent: 'Would be sent to the record',
  sentNote: 'Demo: nothing is stored.',
  showJson: 'Show JSON',
  overrideReason: 'Why the advice is not followed',
  chooseReason: 'Reason not to follow the advice …',
  override: 'Override',
  overridden: (reason) => `Overridden: ${reason}`,
  noReason: 'no reason given',
  feedbackSent: 'The feedback is sent.',
  feedbackMissing: 'The service does not take feedback yet.',
  feedbackFailed: (status) => `The feedback was not accepted (${status}).`,
  source: 'Source',
  inApp: 'See the finding in the app',
  smartLink: 'opens from the record system (SMART)',
  raw: 'Show request and response',
  request: 'Request',
  response: 'Response',
  curl: 'The same call with curl (download the request first)',
  download: 'Download request.json',
  copy: 'Copy',
  copied: 'Copied',
  noServices: 'The service does not answer at /cds-services. Patients can be viewed, but there is no advice until it runs.',
  noService: (hook) => `The service does not offer the hook ${hook}.`,
  noPatient: (id) => `The demo record has no patient “${id}”. Choose one from the list.`,
  noDemo: 'The demo record does not answer. Was the service started without the demo?',
  failed: (status, text) => `The call failed (${status}). No advice was given; that does not mean that all is well. ${text}`,
  noAnswer: 'The service did not answer. No advice was given; that does not mean that all is well.',
  sandboxTitle: 'Use with the CDS Hooks Sandbox',
  sandboxOpen: 'Open the sandbox with this patient',
  sandboxFhir: 'Or by hand: “Change FHIR Server”',
  sandboxServices: '“Add CDS Services”',
  sandboxPatient: '“Change Patient”',
  sandboxNote: 'A sandbox on https can call this service only on localhost or over https.',
  linksTitle: 'For integrators',
  linkServices: 'CDS services',
  linkKnowledge: 'The guideline as FHIR',
  linkSelfCheck: 'Self-check of requests',
  linkRecords: 'The demo records as FHIR',
  tests: {
    hb: 'Haemoglobin', plt: 'Platelets', neu: 'Neutrophils', crea: 'Creatinine', egfr: 'eGFR',
    ca: 'Calcium', caCorr: 'Calcium, alb.corr.', mprot: 'M-protein', kappa: 'Free kappa',
    lambda: 'Free lambda', ratio: 'Kappa/lambda', smear: 'Plasma cells, smear',
    biopsy: 'Plasma cells, biopsy',
  },
};

const KEY = 'marg-language';

/** The chosen language: from the address, else the last choice, else Norwegian. */
function chosen() {
  const asked = new URLSearchParams(location.search).get('lang');
  return (asked ?? stored()) === 'en' ? 'en' : 'nb';
}

// A browser may refuse storage; the choice then lasts as long as the page.
function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

let language = chosen();

export const current = () => language;
export const t = () => (language === 'en' ? EN : NB);

/** Changes to the other language and remembers it. */
export function toggle() {
  language = language === 'en' ? 'nb' : 'en';
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // see stored()
  }
}

/** One of two fields of a record, by language: title_nb or title_en. */
export const field = (record, name) => record[`${name}_${language}`] ?? record[`${name}_nb`];

/** A FHIR date as clinicians write it; a year or a month stays what it is. */
export function date(text) {
  if (!text) return '';
  const [year, month, day] = text.slice(0, 10).split('-');
  if (!day) return month ? `${month}.${year}` : year;
  if (language === 'nb') return `${day}.${month}.${year}`;
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  return `${Number(day)} ${months[Number(month) - 1]} ${year}`;
}

/** A number with the decimal sign of the language. */
export const number = (value) =>
  language === 'nb' ? String(value).replace('.', ',') : String(value);

/** Text written with Norwegian decimal comma, in the decimal sign of the language. */
export const decimals = (text) =>
  language === 'nb' ? text : text.replace(/(\d),(\d)/g, '$1.$2');
