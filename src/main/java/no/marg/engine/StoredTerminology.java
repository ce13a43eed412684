package no.marg.engine;

import java.util.List;
import no.marg.knowledge.Terminology;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.runtime.Code;
import org.opencds.cqf.cql.engine.terminology.CodeSystemInfo;
import org.opencds.cqf.cql.engine.terminology.TerminologyProvider;
import org.opencds.cqf.cql.engine.terminology.ValueSetInfo;

/** Value set membership for the CQL engine, from the stored expansions. */
final class StoredTerminology implements TerminologyProvider {
  private final Terminology terminology;

  StoredTerminology(Terminology terminology) {
    this.terminology = terminology;
  }

  @Override
  public boolean in(Code code, ValueSetInfo valueSet) {
    String url = valueSet.getId();
    return url != null
        && code.getSystem() != null
        && code.getCode() != null
        && terminology.contains(url, code.getSystem(), code.getCode());
  }

  @Override
  public Iterable<Code> expand(ValueSetInfo valueSet) {
    String url = valueSet.getId();
    if (url == null) {
      return List.of();
    }
    return terminology.codesOf(url).stream()
        .map(entry -> new Code().withSystem(entry.system()).withCode(entry.code()))
        .toList();
  }

  @Override
  public @Nullable Code lookup(Code code, CodeSystemInfo codeSystem) {
    return code;
  }
}
