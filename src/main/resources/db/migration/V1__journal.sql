-- The same statements run on H2 and on PostgreSQL. V1 to V9 belong to the journal.

-- One answered call: who, which service, when, with which knowledge. No content.
create table hook_call (
  id uuid primary key,
  answered timestamp with time zone not null,
  service varchar(64) not null,
  issuer varchar(255) not null,
  tenant varchar(255),
  hook_instance varchar(36),
  status integer not null,
  millis integer not null,
  knowledge varchar(64) not null,
  input_hash varchar(64) not null,
  statements varchar(4000) not null
);
create index hook_call_answered on hook_call (answered);

-- One card of an answer. statements and suggestions are lists, separated by a space.
create table issued_card (
  id uuid primary key,
  call_id uuid not null,
  issued timestamp with time zone not null,
  service varchar(64) not null,
  issuer varchar(255) not null,
  tenant varchar(255),
  statements varchar(2000) not null,
  suggestions varchar(4000) not null
);
create index issued_card_issued on issued_card (issued);

-- Only while overridden cards are remembered: keyed hashes of the patient and of the card's facts.
create table card_facts (
  card uuid primary key,
  issued timestamp with time zone not null,
  patient varchar(64) not null,
  facts varchar(64) not null
);
create index card_facts_patient on card_facts (patient, facts);
create index card_facts_issued on card_facts (issued);

-- What became of a card. The card need not be known: it may be older than the journal.
create table feedback (
  id uuid primary key,
  card uuid not null,
  outcome varchar(16) not null,
  outcome_timestamp timestamp with time zone not null,
  received timestamp with time zone not null,
  service varchar(64) not null,
  issuer varchar(255) not null,
  tenant varchar(255),
  reason_system varchar(255),
  reason_code varchar(64),
  constraint feedback_once unique (card, outcome, outcome_timestamp)
);
create index feedback_received on feedback (received);

create table accepted_suggestion (
  feedback uuid not null references feedback (id) on delete cascade,
  suggestion uuid not null,
  primary key (feedback, suggestion)
);

-- Free text may hold patient data: its own table, so that access can be granted apart.
create table feedback_comment (
  feedback uuid primary key references feedback (id) on delete cascade,
  received timestamp with time zone not null,
  comment varchar(8000) not null
);
create index feedback_comment_received on feedback_comment (received);
