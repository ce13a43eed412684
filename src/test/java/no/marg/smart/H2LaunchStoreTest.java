package no.marg.smart;

import no.marg.OwnDatabase;

/** The sessions of the app on the embedded database. */
final class H2LaunchStoreTest extends LaunchStoreRules {
  @Override
  OwnDatabase open() {
    return OwnDatabase.h2();
  }
}
