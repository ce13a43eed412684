package no.marg;

import ca.uhn.fhir.context.FhirContext;
import java.time.ZoneId;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Artifacts;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.GuidelineLoader;
import org.hl7.fhir.r4.model.Parameters;

/** The built guideline and its engine, made once for all tests that read it. */
public final class TestGuideline {
  public static final FhirContext FHIR = FhirContext.forR4Cached();
  public static final Guideline GUIDELINE = GuidelineLoader.load(FHIR, Artifacts.ofClasspath());
  public static final GuidelineEngine ENGINE =
      new GuidelineEngine(GUIDELINE, FHIR, new Parameters(), ZoneId.of("Europe/Oslo"));

  private TestGuideline() {}
}
