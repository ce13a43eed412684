package no.marg.access;

/** Why a call was not let in. For the audit log only: a caller is never told. */
enum Refusal {
  NO_TOKEN,
  MALFORMED,
  ALGORITHM,
  TYPE,
  KEY_ID,
  KEY_URL,
  ISSUER,
  TENANT,
  AUDIENCE,
  TIMES_MISSING,
  EXPIRED,
  ISSUED_IN_FUTURE,
  NOT_YET_VALID,
  LIFE_TOO_LONG,
  TOKEN_ID,
  KEYS_NOT_READ,
  KEY_UNKNOWN,
  SIGNATURE,
  REPLAYED,
  NOT_ADMIN
}
