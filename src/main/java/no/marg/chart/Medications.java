package no.marg.chart;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.r4.model.DomainResource;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Medication;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/**
 * The Medications that came with a record, by the names that references use: a contained id, {@code
 * Medication/1}, the address of an entry, or an address on the record's own server. A reference to
 * a version names the Medication of that version, or one that tells none. Nothing is asked
 * anywhere. A name that could be two drugs is none.
 */
final class Medications {
  private static final String TYPE = "Medication/";
  private static final Pattern VERSIONED =
      Pattern.compile("(.*Medication/[^/]+)/_history/([A-Za-z0-9.-]{1,64})");

  private final @Nullable String server;
  private final Map<String, Medication> byName = new HashMap<>();
  private final Set<String> ambiguous = new HashSet<>();

  /**
   * @param server base URL of the record's FHIR server; null when it is not known
   */
  Medications(@Nullable String server) {
    this.server = server == null ? null : withoutSlash(server);
  }

  private static String withoutSlash(String base) {
    return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
  }

  /** Takes a Medication; any other resource is left. */
  void note(Resource resource) {
    if (!(resource instanceof Medication medication) || !medication.getIdElement().hasIdPart()) {
      return;
    }
    // What read the entry made its address the base of the id, or the id itself.
    IdType id = medication.getIdElement();
    if (id.getValue().startsWith("urn:")) {
      note(id.getValue(), medication);
      return;
    }
    note(TYPE + id.getIdPart(), medication);
    String base = id.hasBaseUrl() ? withoutSlash(id.getBaseUrl()) : null;
    if (base != null) {
      note(base + "/" + TYPE + id.getIdPart(), medication);
    }
    if (server != null && base == null) {
      note(server + "/" + TYPE + id.getIdPart(), medication);
    }
  }

  private void note(String name, Medication medication) {
    Medication before = byName.put(name, medication);
    if (before != null && !before.getCode().equalsDeep(medication.getCode())) {
      ambiguous.add(name);
    }
  }

  /**
   * The Medication that a reference names.
   *
   * @param holder the resource with the reference
   * @return null when it did not come with the record, or is not the only one of its name
   */
  @Nullable Medication named(Reference reference, DomainResource holder) {
    String target = reference.getReference();
    if (target == null) {
      return linked(reference);
    }
    for (Resource contained : holder.getContained()) {
      String id = contained.getIdElement().getIdPart();
      if (contained instanceof Medication medication
          && target.equals(id != null && id.startsWith("#") ? id : "#" + id)) {
        return medication;
      }
    }
    if (ambiguous.contains(target)) {
      return null;
    }
    Medication found = byName.get(target);
    if (found == null) {
      found = ofVersion(target);
    }
    return found != null || target.startsWith("#") ? found : linked(reference);
  }

  /** The Medication whose version a reference names, or which tells no version. */
  private @Nullable Medication ofVersion(String target) {
    Matcher parts = VERSIONED.matcher(target);
    if (!parts.matches() || ambiguous.contains(parts.group(1))) {
      return null;
    }
    Medication found = byName.get(parts.group(1));
    String version = found == null || !found.hasMeta() ? null : found.getMeta().getVersionId();
    return version == null || version.equals(parts.group(2)) ? found : null;
  }

  /** The entry of the same Bundle whose address it is, as HAPI's parser found it. */
  private static @Nullable Medication linked(Reference reference) {
    return reference.getResource() instanceof Medication medication ? medication : null;
  }
}
