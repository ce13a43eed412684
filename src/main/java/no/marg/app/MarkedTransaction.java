package no.marg.app;

import ca.uhn.fhir.context.FhirContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import no.marg.knowledge.Guideline;
import no.marg.smart.Launch;
import org.hl7.fhir.exceptions.FHIRException;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/**
 * New resources as one transaction. Each carries a mark, an identifier of ours, and is to be
 * created only if nothing with the mark exists: the same press of the same button, sent again after
 * an outcome that nobody knows, gives the same marks and so is taken once.
 */
final class MarkedTransaction {
  /** System of the marks. */
  static final String MARKS = Guideline.BASE + "/NamingSystem/app-entry";

  private final FhirContext fhir;

  MarkedTransaction(FhirContext fhir) {
    this.fhir = fhir;
  }

  /**
   * The transaction. What is set in a resource afterwards, such as the time it is sent, is not part
   * of its mark.
   *
   * @param attempt what the page made up for the press; the same for a repeat of it
   * @param resources without id; they get their marks
   * @throws AppException 400 without a usable attempt, 422 if a resource can not carry a mark
   */
  Bundle of(Launch launch, @Nullable String attempt, List<? extends Resource> resources) {
    if (attempt == null || !attempt.matches("[A-Za-z0-9-]{16,64}")) {
      throw new AppException(400, "The call must carry an attempt");
    }
    Bundle bundle = new Bundle().setType(Bundle.BundleType.TRANSACTION);
    Map<String, Integer> equals = new HashMap<>();
    for (Resource resource : resources) {
      String content = content(resource);
      // Two equal orders of one transaction are two.
      String mark = mark(launch.id(), attempt, equals.merge(content, 1, Integer::sum), content);
      try {
        resource.setProperty("identifier", new Identifier().setSystem(MARKS).setValue(mark));
      } catch (FHIRException e) {
        throw new AppException(422, "The offer can not be written");
      }
      bundle
          .addEntry()
          .setFullUrl(
              "urn:uuid:" + UUID.nameUUIDFromBytes(mark.getBytes(StandardCharsets.US_ASCII)))
          .setResource(resource)
          .getRequest()
          .setMethod(Bundle.HTTPVerb.POST)
          .setUrl(resource.fhirType())
          .setIfNoneExist("identifier=" + MARKS + "|" + mark);
    }
    return bundle;
  }

  /** Whether something of the record, with these identifiers, was written by this very press. */
  boolean isOf(
      Launch launch, @Nullable String attempt, Resource resource, List<Identifier> identifiers) {
    String mark = mark(launch.id(), String.valueOf(attempt), 1, content(resource));
    return identifiers.stream()
        .anyMatch(each -> MARKS.equals(each.getSystem()) && mark.equals(each.getValue()));
  }

  private String content(Resource resource) {
    return fhir.newJsonParser().encodeResourceToString(resource);
  }

  /** Tells nothing of what it is made from: the launch's id must not stand in the record. */
  private static String mark(String launch, String attempt, int time, String content) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  String.join("\n", launch, attempt, Integer.toString(time), content)
                      .getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
