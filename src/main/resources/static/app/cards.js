// Shows cards as a record system would: what and how urgent first, then why, then what to do.

import { el, fill, fold, isWeb, link, sign } from './dom.js';
import { markdown } from './markdown.js';
import { feedback } from './service.js';
import { date, decimals, t } from './text.js';

const INDICATORS = ['critical', 'warning', 'info'];

/** How many cards of each kind, as one line. */
export function overview(cards) {
  const words = t();
  const kinds = INDICATORS.map((indicator) => [
    indicator,
    cards.filter((card) => indicatorOf(card) === indicator).length,
  ]).filter(([, n]) => n > 0);
  return el('p', { class: 'overview' },
    el('strong', {}, words.cardCount(cards.length)),
    ...kinds.map(([indicator, n]) =>
      el('span', { class: `count ${indicator}` }, sign(indicator),
        `${n} ${(n === 1 ? words.counts : words.countsMany)[indicator]}`)));
}

const indicatorOf = (card) => (INDICATORS.includes(card.indicator) ? card.indicator : 'info');

/** One card of the answer of a service about a patient. */
export function card(shown, service, patient) {
  const words = t();
  const indicator = indicatorOf(shown);
  const status = el('p', { class: 'status', role: 'status' });
  const article = el('article', { class: `card ${indicator}` },
    el('header', {},
      el('p', { class: 'indicator' }, sign(indicator), words.indicators[indicator]),
      el('h3', {}, shown.summary)));
  if (shown.detail) {
    // Urgent cards are open; the others tell their summary and open on demand.
    article.append(el('details', { class: 'why', open: indicator !== 'info' },
      el('summary', {}, words.why),
      el('div', { class: 'markdown' }, markdown(shown.detail))));
  }
  if (shown.suggestions?.length) {
    article.append(suggestions(shown, service, status));
  }
  article.append(el('footer', {},
    el('p', { class: 'source' },
      `${words.source}: `,
      shown.source?.url ? link(shown.source.url, shown.source.label) : shown.source?.label ?? '',
      ...(shown.links ?? []).map(furtherLink),
      inApp(shown, patient)),
    override(shown, service, article, status),
    status));
  return article;
}

/** Opens the app on the finding of the card, as a record opens a link of type smart. */
function inApp(shown, patient) {
  const [finding] = shown.extension?.['no.marg.statements'] ?? [];
  if (!finding) return null;
  const query = new URLSearchParams({ patient, appContext: finding });
  return el('span', { class: 'further' },
    link(new URL(`smart/demo?${query}`, document.baseURI).href, t().inApp));
}

function furtherLink({ type, url, label }) {
  return el('span', { class: 'further' },
    type !== 'smart' && isWeb(url) ? link(url, label) : `${label} – ${t().smartLink}`);
}

function suggestions(shown, service, status) {
  const words = t();
  const panel = el('div', { class: 'would', 'aria-live': 'polite' });
  const buttons = shown.suggestions.map((suggestion) =>
    el('button', {
      type: 'button',
      class: suggestion.isRecommended ? 'suggestion recommended' : 'suggestion',
      'aria-pressed': 'false',
      click: (event) => {
        const button = event.currentTarget;
        if (button.getAttribute('aria-pressed') === 'true') return;
        button.setAttribute('aria-pressed', 'true');
        if (shown.selectionBehavior === 'at-most-one') {
          buttons.filter((other) => other !== button).forEach((other) => { other.disabled = true; });
        }
        panel.append(would(suggestion));
        if (shown.uuid && suggestion.uuid) {
          tell(service, status, {
            card: shown.uuid,
            outcome: 'accepted',
            acceptedSuggestions: [{ id: suggestion.uuid }],
          });
        }
      },
    },
    suggestion.label,
    suggestion.isRecommended && el('span', { class: 'mark' }, words.recommended)));
  return el('div', { class: 'suggestions' },
    el('h4', {}, words.suggestions), el('div', { class: 'buttons' }, ...buttons), panel);
}

/** What taking a suggestion would do to the record. */
function would(suggestion) {
  const words = t();
  return el('div', { class: 'sent' },
    el('p', {}, el('strong', {}, `✓ ${words.sent}`), ` – ${suggestion.label}. ${words.sentNote}`),
    el('ul', {}, ...(suggestion.actions ?? []).map((action) =>
      el('li', {},
        el('span', { class: 'kind' }, words.actionTypes[action.type] ?? action.type),
        ' ',
        action.resource ? readable(action.resource) : el('code', {}, action.resourceId ?? ''),
        el('span', { class: 'description' }, action.description ?? ''),
        action.resource && fold(words.showJson, () =>
          el('pre', { tabindex: '0' }, JSON.stringify(action.resource, null, 2)))))));
}

function readable(resource) {
  const concept = resource.medicationCodeableConcept ?? resource.code ?? resource.vaccineCode;
  const title = concept?.text ?? concept?.coding?.[0]?.display ?? resource.description ?? resource.title
    ?? resource.resourceType;
  const dosages = (resource.dosageInstruction ?? []).map((dosage) => {
    const quantity = dosage.doseAndRate?.[0]?.doseQuantity;
    const days = dosage.timing?.event ?? [];
    const period = dosage.timing?.repeat?.boundsPeriod;
    return [
      dosage.text ?? (quantity ? decimals(`${quantity.value} ${quantity.unit ?? ''}`) : ''),
      days.length ? days.map(date).join(', ') : '',
      period ? `${date(period.start)}–${date(period.end)}` : '',
    ].filter(Boolean).join(' · ');
  });
  const when = resource.occurrenceDateTime ?? resource.occurrencePeriod?.start;
  const rest = [...dosages, when ? date(when) : '', ...(resource.note ?? []).map((note) => note.text)]
    .filter(Boolean).join('; ');
  return el('span', {}, el('strong', {}, title), rest && ` – ${rest}`);
}

function override(shown, service, article, status) {
  if (!shown.uuid) return null;
  const words = t();
  const reasons = shown.overrideReasons ?? [];
  const select = reasons.length > 0 && el('select', { 'aria-label': words.overrideReason },
    el('option', { value: '' }, words.chooseReason),
    ...reasons.map((reason, i) => el('option', { value: String(i) }, reason.display)));
  const form = el('form', {
    class: 'override',
    submit: (event) => {
      event.preventDefault();
      const reason = select && select.value ? reasons[Number(select.value)] : null;
      article.classList.add('overridden');
      fill(form, el('strong', {}, words.overridden(reason?.display ?? words.noReason)));
      tell(service, status, {
        card: shown.uuid,
        outcome: 'overridden',
        ...(reason ? { overrideReason: { reason } } : {}),
      });
    },
  },
  select,
  el('button', { type: 'submit' }, words.override));
  return form;
}

async function tell(service, status, entry) {
  try {
    await feedback(service, entry);
    status.textContent = t().feedbackSent;
  } catch (error) {
    status.textContent = error.status === 404 ? t().feedbackMissing : t().feedbackFailed(error.status ?? '–');
  }
}
