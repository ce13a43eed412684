package no.marg.engine;

import java.util.ArrayList;
import java.util.List;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import org.hl7.elm.r1.BinaryExpression;
import org.hl7.elm.r1.Expression;
import org.hl7.elm.r1.ExpressionDef;
import org.hl7.elm.r1.ExpressionRef;
import org.hl7.elm.r1.FunctionRef;
import org.hl7.elm.r1.Library;
import org.hl7.elm.r1.UnaryExpression;
import org.jspecify.annotations.Nullable;

/** The definitions that a condition is put together from by and, or, not and comparison. */
final class ConditionParts {
  private ConditionParts() {}

  /** The parts in the order they are written; empty for a condition that names no others. */
  static List<Definition> of(Definition condition, Guideline guideline) {
    List<Definition> parts = new ArrayList<>();
    for (Library library : guideline.libraries().linked()) {
      if (library.getIdentifier() == null
          || !condition.library().equals(library.getIdentifier().getId())
          || library.getStatements() == null) {
        continue;
      }
      for (ExpressionDef definition : library.getStatements().getDef()) {
        if (condition.name().equals(definition.getName())) {
          collect(definition.getExpression(), library, guideline, parts);
        }
      }
    }
    return parts;
  }

  private static void collect(
      @Nullable Expression e, Library library, Guideline guideline, List<Definition> parts) {
    if (e instanceof FunctionRef) {
      return;
    }
    if (e instanceof ExpressionRef ref) {
      Definition part =
          new Definition(libraryOf(ref.getLibraryName(), library), String.valueOf(ref.getName()));
      if (guideline.libraries().has(part) && !parts.contains(part)) {
        parts.add(part);
      }
    } else if (e instanceof BinaryExpression binary) {
      binary.getOperand().forEach(each -> collect(each, library, guideline, parts));
    } else if (e instanceof UnaryExpression unary) {
      collect(unary.getOperand(), library, guideline, parts);
    }
  }

  private static String libraryOf(@Nullable String alias, Library library) {
    if (alias != null && library.getIncludes() != null) {
      for (var included : library.getIncludes().getDef()) {
        if (alias.equals(included.getLocalIdentifier())) {
          return String.valueOf(included.getPath());
        }
      }
    }
    return alias == null ? String.valueOf(library.getIdentifier().getId()) : alias;
  }
}
