package no.marg.operations;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.OperationParam;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.UriType;
import org.hl7.fhir.r4.model.ValueSet;
import org.jspecify.annotations.Nullable;

/** Value sets; they come with their expansion. */
final class ValueSetProvider extends KnowledgeProvider {
  ValueSetProvider(Guideline guideline) {
    super(guideline, ValueSet.class);
  }

  /** {@code ValueSet/[id]/$expand}: the stored expansion. */
  @Operation(name = "$expand", idempotent = true)
  public ValueSet expand(@IdParam IdType id) {
    return (ValueSet) read(id);
  }

  /** {@code ValueSet/$expand} with {@code url}. */
  @Operation(name = "$expand", idempotent = true)
  public ValueSet expandByUrl(@OperationParam(name = "url") @Nullable UriType url) {
    return byUrl(url);
  }

  /** {@code ValueSet/[id]/$validate-code} with {@code code} and {@code system}. */
  @Operation(name = "$validate-code", idempotent = true)
  public Parameters validateCode(
      @IdParam IdType id,
      @OperationParam(name = "code") @Nullable CodeType code,
      @OperationParam(name = "system") @Nullable UriType system,
      @OperationParam(name = "coding") @Nullable Coding coding) {
    return validated((ValueSet) read(id), code, system, coding);
  }

  /** {@code ValueSet/$validate-code} with {@code url}, {@code code} and {@code system}. */
  @Operation(name = "$validate-code", idempotent = true)
  public Parameters validateCodeByUrl(
      @OperationParam(name = "url") @Nullable UriType url,
      @OperationParam(name = "code") @Nullable CodeType code,
      @OperationParam(name = "system") @Nullable UriType system,
      @OperationParam(name = "coding") @Nullable Coding coding) {
    return validated(byUrl(url), code, system, coding);
  }

  /** Whether the expansion holds the code of that very system. */
  private static Parameters validated(
      ValueSet set, @Nullable CodeType code, @Nullable UriType system, @Nullable Coding coding) {
    String wanted = coding != null ? coding.getCode() : code == null ? null : code.getValue();
    String of = coding != null ? coding.getSystem() : system == null ? null : system.getValue();
    if (wanted == null || of == null) {
      throw new InvalidRequestException("Give code and system, or a coding with both");
    }
    ValueSet.ValueSetExpansionContainsComponent found =
        set.getExpansion().getContains().stream()
            .filter(each -> wanted.equals(each.getCode()) && of.equals(each.getSystem()))
            .findFirst()
            .orElse(null);
    Parameters result = new Parameters();
    result.addParameter("result", found != null);
    if (found == null) {
      result.addParameter("message", "The code is not in the value set " + set.getUrl());
    } else if (found.hasDisplay()) {
      result.addParameter("display", found.getDisplay());
    }
    return result;
  }

  private ValueSet byUrl(@Nullable UriType url) {
    if (url == null || url.getValue() == null) {
      throw new InvalidRequestException("Name the value set by id or by parameter url");
    }
    return guideline
        .findByUrl(url.getValue())
        .filter(ValueSet.class::isInstance)
        .map(ValueSet.class::cast)
        .orElseThrow(() -> new ResourceNotFoundException("There is no value set with that url"));
  }
}
