package no.marg.access;

import no.marg.OwnDatabase;

/** The memory of used tokens on the embedded database. */
final class H2ReplayMemoryTest extends ReplayMemoryRules {
  @Override
  OwnDatabase open() {
    return OwnDatabase.h2();
  }
}
