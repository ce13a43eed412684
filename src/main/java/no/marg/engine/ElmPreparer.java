package no.marg.engine;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.xml.namespace.QName;
import no.marg.knowledge.Definition;
import org.hl7.elm.r1.*;
import org.hl7.fhir.instance.model.api.IBase;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.elm.executing.*;
import org.opencds.cqf.cql.engine.exception.CqlException;
import org.opencds.cqf.cql.engine.execution.Environment;
import org.opencds.cqf.cql.engine.execution.State;
import org.opencds.cqf.cql.engine.runtime.CqlList;

/**
 * Turns ELM into {@link Code}. Every operator is the CQL engine's own; only the walking of the tree
 * and the finding of names is done here, once instead of for each patient. {@code and} and {@code
 * or} stop at an operand that decides, as CQL allows.
 */
final class ElmPreparer {
  private static final QName QUANTITY = new QName("urn:hl7-org:elm-types:r1", "Quantity");

  private final PreparedCql cql;
  private final Environment environment;
  private final Map<String, String> left = new ConcurrentHashMap<>();

  /** Something that is left to the engine. */
  static final class NotPrepared extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotPrepared(String what) {
      super(what);
    }
  }

  private interface Unary {
    @Nullable Object of(@Nullable Object operand, State state);
  }

  private interface Binary {
    @Nullable Object of(@Nullable Object left, @Nullable Object right, State state);
  }

  ElmPreparer(PreparedCql cql, Environment environment) {
    this.cql = cql;
    this.environment = environment;
  }

  /**
   * The code of a definition, or of a function with these operands. A definition that can not be
   * prepared is evaluated by the engine as a whole.
   *
   * @throws NotPrepared if it is a function that can not be prepared
   */
  Code prepare(PreparedDefinition owner, @Nullable Expression expression, List<String> operands) {
    if (expression == null) {
      return run -> null;
    }
    try {
      Scope scope = new Scope(owner.library(), operands);
      Code code = prepare(expression, scope);
      owner.needs(scope.size);
      return code;
    } catch (NotPrepared e) {
      if (owner.number() < 0) {
        throw e;
      }
      left.put(owner.library() + "." + owner.name(), String.valueOf(e.getMessage()));
      return run -> run.byTheEngine(new Definition(owner.library(), owner.name()));
    }
  }

  /** The definitions that were left to the engine so far, each with what is not known in it. */
  Map<String, String> left() {
    return Map.copyOf(left);
  }

  /** The names in force, each with its place in the frame. */
  private static final class Scope {
    final String library;
    final Map<String, Integer> places = new HashMap<>();
    int size;

    Scope(String library, List<String> operands) {
      this.library = library;
      operands.forEach(this::add);
    }

    int add(String name) {
      places.put(name, size);
      return size++;
    }

    int place(@Nullable String name) {
      Integer place = places.get(name);
      if (place == null) {
        throw new NotPrepared("name " + name);
      }
      return place;
    }
  }

  private Code prepare(Expression e, Scope scope) {
    if (e instanceof ExpressionRef ref) {
      return reference(ref, scope);
    } else if (e instanceof Query query) {
      return query(query, scope);
    } else if (e instanceof Retrieve retrieve) {
      return retrieve(retrieve, scope);
    } else if (e instanceof Property property) {
      return property(property, scope);
    } else if (e instanceof OperandRef ref) {
      return local(scope.place(ref.getName()));
    } else if (e instanceof AliasRef ref) {
      return local(scope.place(ref.getName()));
    } else if (e instanceof QueryLetRef ref) {
      return local(scope.place(ref.getName()));
    } else if (e instanceof ParameterRef ref) {
      return parameter(ref, scope);
    } else if (e instanceof If choice) {
      return choice(choice, scope);
    } else if (e instanceof Case choice) {
      return choice(choice, scope);
    } else if (e instanceof BinaryExpression binary) {
      return binary(binary, scope);
    } else if (e instanceof NaryExpression nary) {
      return nary(nary, scope);
    } else if (e instanceof UnaryExpression unary) {
      return unary(unary, scope);
    } else if (e instanceof AggregateExpression aggregate) {
      return aggregate(aggregate, scope);
    }
    Code constant = constant(e, scope);
    return constant != null ? constant : other(e, scope);
  }

  private static Code local(int place) {
    return run -> run.frame[place];
  }

  private List<Code> all(List<? extends Expression> expressions, Scope scope) {
    List<Code> codes = new ArrayList<>();
    expressions.forEach(each -> codes.add(prepare(each, scope)));
    return codes;
  }

  private @Nullable Code optional(@Nullable Expression expression, Scope scope) {
    return expression == null ? null : prepare(expression, scope);
  }

  private static Expression required(@Nullable Expression expression) {
    if (expression == null) {
      throw new NotPrepared("incomplete ELM");
    }
    return expression;
  }

  // ---- names ----

  private Code reference(ExpressionRef ref, Scope scope) {
    String library = cql.library(scope.library, ref.getLibraryName());
    if (ref instanceof FunctionRef call) {
      return call(call, library, scope);
    }
    PreparedDefinition definition = cql.definition(library, String.valueOf(ref.getName()));
    return run -> run.value(definition);
  }

  private Code call(FunctionRef call, String library, Scope scope) {
    PreparedCql.PreparedFunction function = cql.function(library, call);
    if (Boolean.TRUE.equals(function.function().isExternal())) {
      throw new NotPrepared("external function " + call.getName());
    }
    PreparedDefinition body = function.body();
    // Its body now, so that a function left to the engine takes its callers with it.
    Code code = body.code();
    int locals = body.locals();
    Code[] arguments = all(call.getOperand(), scope).toArray(Code[]::new);
    return run -> {
      @Nullable Object[] frame = new Object[locals];
      for (int i = 0; i < arguments.length; i++) {
        frame[i] = arguments[i].run(run);
      }
      @Nullable Object[] outer = run.frame;
      run.frame = frame;
      try {
        return code.run(run);
      } finally {
        run.frame = outer;
      }
    };
  }

  private Code parameter(ParameterRef ref, Scope scope) {
    PreparedDefinition parameter =
        cql.parameter(
            cql.library(scope.library, ref.getLibraryName()), String.valueOf(ref.getName()));
    return run -> run.value(parameter);
  }

  /**
   * The code of a parameter, as the engine does: the value given for the library, else the one
   * given for all, else the default.
   *
   * @param type its Java type when it has one simple value; null for any other
   */
  static Code parameter(PreparedDefinition byDefault, @Nullable Class<?> type) {
    String name = byDefault.name();
    String fullName = byDefault.library() + "." + name;
    return run ->
        run.isGiven(fullName)
            ? checked(name, type, run.given(fullName))
            : run.isGiven(name) ? checked(name, type, run.given(name)) : run.value(byDefault);
  }

  /** A setting of another type, such as the text "false" for a Boolean, is no answer. */
  private static @Nullable Object checked(
      String name, @Nullable Class<?> type, @Nullable Object given) {
    if (type != null && given != null && !type.isInstance(given)) {
      throw new CqlException("Parameter " + name + " is not a " + type.getSimpleName());
    }
    return given;
  }

  /** The same value for every patient. */
  private record Constant(@Nullable Object value) implements Code {
    @Override
    public @Nullable Object run(Run run) {
      return value;
    }
  }

  private @Nullable Code constant(Expression e, Scope scope) {
    if (e instanceof Null) {
      return new Constant(null);
    } else if (e instanceof Literal literal) {
      return new Constant(literal(literal));
    } else if (e instanceof Quantity quantity) {
      return new Constant(
          new org.opencds.cqf.cql.engine.runtime.Quantity()
              .withValue(quantity.getValue())
              .withUnit(quantity.getUnit()));
    } else if (e instanceof CodeRef ref) {
      return new Constant(
          cql.code(
              cql.library(scope.library, ref.getLibraryName()), String.valueOf(ref.getName())));
    }
    return null;
  }

  private static Object literal(Literal literal) {
    String value = String.valueOf(literal.getValue());
    return switch (String.valueOf(
        literal.getValueType() == null ? null : literal.getValueType().getLocalPart())) {
      case "Boolean" -> Boolean.valueOf(value);
      case "Integer" -> Integer.valueOf(value);
      case "Long" -> Long.valueOf(value);
      case "Decimal" -> new BigDecimal(value);
      case "String" -> value;
      default -> throw new NotPrepared("literal of " + literal.getValueType());
    };
  }

  // ---- records ----

  private Code retrieve(Retrieve retrieve, Scope scope) {
    if (retrieve.getContext() != null || retrieve.getDateRange() != null) {
      throw new NotPrepared("retrieve with context or dates");
    }
    // One text for all retrieves of a type: its hash is known and near at hand.
    String type =
        retrieve.getDataType() == null ? "" : retrieve.getDataType().getLocalPart().intern();
    String path = retrieve.getCodeProperty();
    Expression codes = retrieve.getCodes();
    if (codes instanceof ValueSetRef ref) {
      String valueSet =
          cql.valueSet(
              cql.library(scope.library, ref.getLibraryName()), String.valueOf(ref.getName()));
      return records(cql.readings().records(type, path, null, valueSet));
    }
    if (codes == null) {
      return records(cql.readings().records(type, path, null, null));
    }
    Code wanted = prepare(codes, scope);
    if (wanted instanceof Constant constant) {
      return records(cql.readings().records(type, path, codesOf(constant.value()), null));
    }
    Reading.Records all = cql.readings().records(type, path, null, null);
    return run -> run.records(all, codesOf(wanted.run(run)));
  }

  private static Code records(Reading.Records wanted) {
    return run -> run.records(wanted);
  }

  private static List<org.opencds.cqf.cql.engine.runtime.Code> codesOf(@Nullable Object value) {
    List<org.opencds.cqf.cql.engine.runtime.Code> codes = new ArrayList<>();
    for (Object each : value instanceof Iterable<?> many ? many : List.of(value)) {
      if (each instanceof org.opencds.cqf.cql.engine.runtime.Code code) {
        codes.add(code);
      } else {
        throw new IllegalArgumentException("A retrieve asks for codes, not for " + each);
      }
    }
    return codes;
  }

  private Code property(Property property, Scope scope) {
    String path = String.valueOf(property.getPath()).intern();
    Code source =
        property.getSource() != null
            ? prepare(property.getSource(), scope)
            : local(scope.place(property.getScope()));
    return run -> element(source.run(run), path, run);
  }

  private static @Nullable Object element(@Nullable Object target, String path, Run run) {
    if (target == null) {
      return null;
    }
    if (target instanceof IBase) {
      return run.model.resolvePath(target, path);
    }
    if (target instanceof org.opencds.cqf.cql.engine.runtime.Tuple tuple) {
      return tuple.getElements().get(path);
    }
    if (target instanceof org.opencds.cqf.cql.engine.runtime.Interval interval) {
      switch (path) {
        case "low":
          return interval.getLow();
        case "high":
          return interval.getHigh();
        case "lowClosed":
          return interval.getLowClosed();
        case "highClosed":
          return interval.getHighClosed();
        default:
          break;
      }
    }
    if (target instanceof org.opencds.cqf.cql.engine.runtime.Quantity quantity) {
      switch (path) {
        case "value":
          return quantity.getValue();
        case "unit":
          return quantity.getUnit();
        default:
          break;
      }
    }
    return run.environment.resolvePath(target, path);
  }

  // ---- choices ----

  private Code choice(If choice, Scope scope) {
    Code condition = prepare(required(choice.getCondition()), scope);
    Code then = prepare(required(choice.getThen()), scope);
    Code otherwise = prepare(required(choice.getElse()), scope);
    return run -> Boolean.TRUE.equals(condition.run(run)) ? then.run(run) : otherwise.run(run);
  }

  private Code choice(Case choice, Scope scope) {
    Code comparand = optional(choice.getComparand(), scope);
    int size = choice.getCaseItem().size();
    Code[] when = new Code[size];
    Code[] then = new Code[size];
    for (int i = 0; i < size; i++) {
      when[i] = prepare(required(choice.getCaseItem().get(i).getWhen()), scope);
      then[i] = prepare(required(choice.getCaseItem().get(i).getThen()), scope);
    }
    Code otherwise = prepare(required(choice.getElse()), scope);
    return run -> {
      Object compared = comparand == null ? null : comparand.run(run);
      for (int i = 0; i < size; i++) {
        Object answer = when[i].run(run);
        boolean holds =
            comparand == null
                ? Boolean.TRUE.equals(answer)
                : Boolean.TRUE.equals(EquivalentEvaluator.equivalent(compared, answer, run.state));
        if (holds) {
          return then[i].run(run);
        }
      }
      return otherwise.run(run);
    };
  }

  // ---- queries ----

  private record Relation(int place, Code source, Code condition, boolean with) {}

  private record Let(int place, Code value) {}

  private record Folding(int place, @Nullable Code starting, Code next) {}

  private Folding folding(AggregateClause clause, Scope scope) {
    if (Boolean.TRUE.equals(clause.isDistinct())) {
      throw new NotPrepared("aggregate of distinct rows");
    }
    Code starting = optional(clause.getStarting(), scope);
    int place = scope.add(String.valueOf(clause.getIdentifier()));
    return new Folding(place, starting, prepare(required(clause.getExpression()), scope));
  }

  private Code query(Query query, Scope scope) {
    Map<String, Integer> outer = new HashMap<>(scope.places);
    int sources = query.getSource().size();
    Code[] source = new Code[sources];
    int[] place = new int[sources];
    String[] alias = new String[sources];
    for (int i = 0; i < sources; i++) {
      source[i] = prepare(required(query.getSource().get(i).getExpression()), scope);
      alias[i] = String.valueOf(query.getSource().get(i).getAlias());
      place[i] = scope.add(alias[i]);
    }
    List<Let> lets = new ArrayList<>();
    for (LetClause let : query.getLet()) {
      Code value = prepare(required(let.getExpression()), scope);
      lets.add(new Let(scope.add(String.valueOf(let.getIdentifier())), value));
    }
    List<Relation> relations = new ArrayList<>();
    for (RelationshipClause clause : query.getRelationship()) {
      Code related = prepare(required(clause.getExpression()), scope);
      String name = String.valueOf(clause.getAlias());
      Integer hidden = scope.places.get(name);
      int at = scope.add(name);
      Code condition = prepare(required(clause.getSuchThat()), scope);
      relations.add(new Relation(at, related, condition, clause instanceof With));
      if (hidden != null) {
        scope.places.put(name, hidden);
      } else {
        scope.places.remove(name);
      }
    }
    Code where = optional(query.getWhere(), scope);
    ReturnClause result = query.getReturn();
    Code returned = result == null ? null : prepare(required(result.getExpression()), scope);
    boolean distinct = result != null && !Boolean.FALSE.equals(result.isDistinct());
    Folding folding = query.getAggregate() == null ? null : folding(query.getAggregate(), scope);
    SortClause sort = query.getSort();
    if (sort != null && sort.getBy().stream().anyMatch(by -> by instanceof ByExpression)) {
      throw new NotPrepared("sort by an expression");
    }
    scope.places.clear();
    scope.places.putAll(outer);
    Rows rows = new Rows(source, place, alias, lets, relations, where, returned);
    if (folding != null) {
      return run -> {
        run.frame[folding.place()] =
            folding.starting() == null ? null : folding.starting().run(run);
        rows.fold(folding, run);
        return run.frame[folding.place()];
      };
    }
    return run -> {
      Iterable<?>[] data = new Iterable<?>[sources];
      boolean isList = rows.read(data, run);
      if (data[0] instanceof Collection<?> none && none.isEmpty()) {
        return isList ? Collections.emptyList() : null;
      }
      List<@Nullable Object> found = new ArrayList<>();
      rows.fill(0, data, found, run);
      List<@Nullable Object> kept =
          distinct ? new ArrayList<>(DistinctEvaluator.INSTANCE.distinct(found, run.state)) : found;
      if (sort != null) {
        sort(kept, sort, run);
      }
      return isList ? kept : kept.isEmpty() ? null : kept.get(0);
    };
  }

  /** The rows of a query, before they are made distinct and sorted. */
  private record Rows(
      Code[] source,
      int[] place,
      String[] alias,
      List<Let> lets,
      List<Relation> relations,
      @Nullable Code where,
      @Nullable Code returned) {

    /** What the sources give; says whether any was a list. */
    boolean read(Iterable<?>[] data, Run run) {
      boolean isList = false;
      for (int i = 0; i < source.length; i++) {
        Object value = source[i].run(run);
        isList |= value instanceof Iterable<?>;
        data[i] = QueryEvaluator.INSTANCE.ensureIterable(value);
      }
      return isList;
    }

    /** Each row that counts goes into the value that the aggregate clause builds. */
    void fold(Folding folding, Run run) {
      List<@Nullable Object> counted = new ArrayList<>();
      Rows plain = new Rows(source, place, alias, lets, relations, where, null);
      Iterable<?>[] data = new Iterable<?>[source.length];
      read(data, run);
      plain.fill(0, data, counted, run);
      for (Object element : counted) {
        if (place.length != 1) {
          throw new IllegalStateException("An aggregate clause over several sources");
        }
        run.frame[place[0]] = element;
        for (Let let : lets) {
          run.frame[let.place()] = let.value().run(run);
        }
        run.frame[folding.place()] = folding.next().run(run);
      }
    }

    /** Adds the rows from a source on. */
    void fill(int next, Iterable<?>[] data, List<@Nullable Object> found, Run run) {
      for (Object element : data[next]) {
        run.frame[place[next]] = element;
        if (next + 1 < data.length) {
          fill(next + 1, data, found, run);
        } else {
          row(found, run);
        }
      }
    }

    private void row(List<@Nullable Object> found, Run run) {
      for (Let let : lets) {
        run.frame[let.place()] = let.value().run(run);
      }
      for (Relation relation : relations) {
        if (satisfies(relation, run) != relation.with()) {
          return;
        }
      }
      if (where != null && !Boolean.TRUE.equals(where.run(run))) {
        return;
      }
      if (returned != null) {
        found.add(returned.run(run));
      } else if (place.length == 1) {
        found.add(run.frame[place[0]]);
      } else {
        Map<String, @Nullable Object> elements = new LinkedHashMap<>();
        for (int i = 0; i < place.length; i++) {
          elements.put(alias[i], run.frame[place[i]]);
        }
        found.add(new org.opencds.cqf.cql.engine.runtime.Tuple().withElements(elements));
      }
    }

    private static boolean satisfies(Relation relation, Run run) {
      for (Object element : QueryEvaluator.INSTANCE.ensureIterable(relation.source().run(run))) {
        run.frame[relation.place()] = element;
        if (Boolean.TRUE.equals(relation.condition().run(run))) {
          return true;
        }
      }
      return false;
    }
  }

  private static void sort(List<@Nullable Object> rows, SortClause sort, Run run) {
    for (SortByItem by : sort.getBy()) {
      rows.sort(
          by instanceof ByColumn column
              ? new CqlList(run.state, column.getPath()).getColumnSort()
              : new CqlList(run.state).getValueSort());
      String direction = by.getDirection() == null ? "" : by.getDirection().value();
      if (direction.startsWith("desc")) {
        Collections.reverse(rows);
      }
    }
  }

  // ---- operators ----

  private Code binary(BinaryExpression e, Scope scope) {
    Code left = prepare(e.getOperand().get(0), scope);
    Code right = prepare(e.getOperand().get(1), scope);
    if (e instanceof And) {
      return run -> {
        Object first = left.run(run);
        return Boolean.FALSE.equals(first)
            ? Boolean.FALSE
            : AndEvaluator.and(first, right.run(run));
      };
    } else if (e instanceof Or) {
      return run -> {
        Object first = left.run(run);
        return Boolean.TRUE.equals(first) ? Boolean.TRUE : OrEvaluator.or(first, right.run(run));
      };
    } else if (e instanceof In in) {
      String precision = in.getPrecision() == null ? null : in.getPrecision().value();
      return run ->
          InEvaluator.internalEvaluate(left.run(run), right.run(run), precision, run.state);
    } else if (e instanceof DifferenceBetween difference && difference.getPrecision() != null) {
      var precision =
          org.opencds.cqf.cql.engine.runtime.Precision.Companion.fromString(
              difference.getPrecision().value());
      return run -> DifferenceBetweenEvaluator.difference(left.run(run), right.run(run), precision);
    } else if (e instanceof CalculateAgeAt age && age.getPrecision() != null) {
      String precision = age.getPrecision().value();
      return run ->
          CalculateAgeAtEvaluator.calculateAgeAt(left.run(run), right.run(run), precision);
    }
    Binary operator = binaryOperator(e);
    return run -> operator.of(left.run(run), right.run(run), run.state);
  }

  private static Binary binaryOperator(BinaryExpression e) {
    if (e instanceof Equal) {
      return (l, r, s) ->
          l instanceof String && r instanceof String
              ? Boolean.valueOf(l.equals(r))
              : EqualEvaluator.equal(l, r, s);
    } else if (e instanceof Equivalent) {
      return EquivalentEvaluator::equivalent;
    } else if (e instanceof NotEqual) {
      return (l, r, s) -> NotEvaluator.not(EqualEvaluator.equal(l, r, s));
    } else if (e instanceof Less) {
      return LessEvaluator::less;
    } else if (e instanceof LessOrEqual) {
      return LessOrEqualEvaluator::lessOrEqual;
    } else if (e instanceof Greater) {
      return GreaterEvaluator::greater;
    } else if (e instanceof GreaterOrEqual) {
      return GreaterOrEqualEvaluator::greaterOrEqual;
    } else if (e instanceof Add) {
      return AddEvaluator::add;
    } else if (e instanceof Subtract) {
      return SubtractEvaluator::subtract;
    } else if (e instanceof Multiply) {
      return MultiplyEvaluator::multiply;
    } else if (e instanceof Divide) {
      return DivideEvaluator::divide;
    } else if (e instanceof TruncatedDivide) {
      return TruncatedDivideEvaluator::div;
    } else if (e instanceof Modulo) {
      return (l, r, s) -> ModuloEvaluator.modulo(l, r);
    } else if (e instanceof Power) {
      return (l, r, s) -> PowerEvaluator.power(l, r);
    } else if (e instanceof StartsWith) {
      return (l, r, s) -> StartsWithEvaluator.startsWith(l, r);
    } else if (e instanceof EndsWith) {
      return (l, r, s) -> EndsWithEvaluator.endsWith((String) l, (String) r);
    } else if (e instanceof Matches) {
      return (l, r, s) -> MatchesEvaluator.matches((String) l, (String) r);
    } else if (e instanceof Indexer) {
      return (l, r, s) -> IndexerEvaluator.indexer(l, r);
    }
    throw new NotPrepared(e.getClass().getSimpleName());
  }

  private Code nary(NaryExpression e, Scope scope) {
    Code[] operands = all(e.getOperand(), scope).toArray(Code[]::new);
    if (e instanceof Coalesce && operands.length > 1) {
      return run -> {
        for (Code operand : operands) {
          Object value = operand.run(run);
          if (value != null) {
            return value;
          }
        }
        return null;
      };
    } else if (e instanceof Coalesce) {
      return run ->
          CoalesceEvaluator.INSTANCE.coalesce(Collections.singletonList(operands[0].run(run)));
    } else if (e instanceof Concatenate && operands.length == 2) {
      return run -> ConcatenateEvaluator.concatenate(operands[0].run(run), operands[1].run(run));
    } else if (e instanceof Union && operands.length == 2) {
      return run -> UnionEvaluator.union(operands[0].run(run), operands[1].run(run), run.state);
    } else if (e instanceof Except && operands.length == 2) {
      return run -> ExceptEvaluator.except(operands[0].run(run), operands[1].run(run), run.state);
    } else if (e instanceof Intersect && operands.length == 2) {
      return run ->
          IntersectEvaluator.intersect(operands[0].run(run), operands[1].run(run), run.state);
    }
    throw new NotPrepared(e.getClass().getSimpleName());
  }

  private Code unary(UnaryExpression e, Scope scope) {
    Code operand = prepare(required(e.getOperand()), scope);
    if (e instanceof As as) {
      Class<?> type =
          as.getAsTypeSpecifier() != null
              ? environment.resolveType(as.getAsTypeSpecifier())
              : environment.resolveType(as.getAsType());
      boolean strict = Boolean.TRUE.equals(as.isStrict());
      return run -> {
        Object value = operand.run(run);
        return value == null || type.isInstance(value)
            ? value
            : run.environment.as(value, type, strict);
      };
    } else if (e instanceof Is is) {
      Class<?> type =
          is.isTypeSpecifier() != null
              ? environment.resolveType(is.isTypeSpecifier())
              : environment.resolveType(is.isType());
      return run -> run.environment.is(operand.run(run), type);
    } else if (e instanceof DateTimeComponentFrom part && part.getPrecision() != null) {
      String precision = part.getPrecision().value();
      return run ->
          DateTimeComponentFromEvaluator.dateTimeComponentFrom(operand.run(run), precision);
    }
    // The most frequent ones in one step.
    if (e instanceof Not) {
      return run -> NotEvaluator.not(operand.run(run));
    } else if (e instanceof IsNull) {
      return run -> operand.run(run) == null;
    } else if (e instanceof IsTrue) {
      return run -> Boolean.TRUE.equals(operand.run(run));
    } else if (e instanceof IsFalse) {
      return run -> Boolean.FALSE.equals(operand.run(run));
    } else if (e instanceof Exists) {
      return run -> ExistsEvaluator.exists(operand.run(run));
    } else if (e instanceof ToList && operand instanceof Constant constant) {
      return new Constant(
          Collections.unmodifiableList((List<?>) ToListEvaluator.toList(constant.value())));
    } else if (e instanceof ToDecimal && operand instanceof Constant constant) {
      return new Constant(ToDecimalEvaluator.toDecimal(constant.value()));
    }
    Unary operator = unaryOperator(e);
    return run -> operator.of(operand.run(run), run.state);
  }

  private static Unary unaryOperator(UnaryExpression e) {
    if (e instanceof Flatten) {
      return (o, s) -> FlattenEvaluator.flatten(o);
    } else if (e instanceof Distinct) {
      return (o, s) -> DistinctEvaluator.INSTANCE.distinct((Iterable<?>) o, s);
    } else if (e instanceof ToList) {
      return (o, s) -> ToListEvaluator.toList(o);
    } else if (e instanceof ToDecimal) {
      return (o, s) -> ToDecimalEvaluator.toDecimal(o);
    } else if (e instanceof ToInteger) {
      return (o, s) -> ToIntegerEvaluator.toInteger(o);
    } else if (e instanceof ToString) {
      return (o, s) -> ToStringEvaluator.toString(o);
    } else if (e instanceof ToDateTime) {
      return ToDateTimeEvaluator::toDateTime;
    } else if (e instanceof ToDate) {
      return (o, s) -> ToDateEvaluator.toDate(o);
    } else if (e instanceof DateFrom) {
      return (o, s) -> DateFromEvaluator.dateFrom(o);
    } else if (e instanceof Truncate) {
      return (o, s) -> TruncateEvaluator.truncate(o);
    } else if (e instanceof Negate) {
      return (o, s) -> NegateEvaluator.INSTANCE.negate(o);
    } else if (e instanceof Abs) {
      return (o, s) -> AbsEvaluator.abs(o);
    } else if (e instanceof SingletonFrom) {
      return (o, s) -> SingletonFromEvaluator.singletonFrom(o);
    } else if (e instanceof org.hl7.elm.r1.Precision) {
      return (o, s) -> PrecisionEvaluator.precision(o);
    } else if (e instanceof Start) {
      return (o, s) -> StartEvaluator.start(o);
    } else if (e instanceof End) {
      return (o, s) -> EndEvaluator.end(o);
    } else if (e instanceof Upper) {
      return (o, s) -> UpperEvaluator.upper(o);
    } else if (e instanceof Lower) {
      return (o, s) -> LowerEvaluator.lower(o);
    }
    throw new NotPrepared(e.getClass().getSimpleName());
  }

  private Code aggregate(AggregateExpression e, Scope scope) {
    Code source = prepare(required(e.getSource()), scope);
    if (e instanceof Count) {
      return run -> CountEvaluator.count(source.run(run));
    } else if (e instanceof Max) {
      return run -> MaxEvaluator.max(source.run(run), run.state);
    } else if (e instanceof Min) {
      return run -> MinEvaluator.min(source.run(run), run.state);
    } else if (e instanceof Sum) {
      return run -> SumEvaluator.sum(source.run(run), run.state);
    } else if (e instanceof AnyTrue) {
      return run -> AnyTrueEvaluator.anyTrue(source.run(run));
    } else if (e instanceof AllTrue) {
      return run -> AllTrueEvaluator.allTrue(source.run(run));
    }
    throw new NotPrepared(e.getClass().getSimpleName());
  }

  // ---- the rest ----

  private Code other(Expression e, Scope scope) {
    if (e instanceof org.hl7.elm.r1.List list) {
      return list(list, scope);
    } else if (e instanceof Interval interval) {
      return interval(interval, scope);
    } else if (e instanceof Tuple tuple) {
      return tuple(tuple, scope);
    } else if (e instanceof Instance instance) {
      return instance(instance, scope);
    } else if (e instanceof InValueSet in && in.getValueset() != null) {
      return inValueSet(in, in.getValueset(), scope);
    } else if (e instanceof First first) {
      Code source = prepare(required(first.getSource()), scope);
      return run -> FirstEvaluator.first(source.run(run));
    } else if (e instanceof Last last) {
      Code source = prepare(required(last.getSource()), scope);
      return run -> {
        Object value = source.run(run);
        return value instanceof List<?> values
            ? values.isEmpty() ? null : values.get(values.size() - 1)
            : LastEvaluator.last(value);
      };
    } else if (e instanceof Slice slice) {
      return slice(slice, scope);
    } else if (e instanceof Split split) {
      Code text = prepare(required(split.getStringToSplit()), scope);
      Code separator = prepare(required(split.getSeparator()), scope);
      return run -> SplitEvaluator.split(text.run(run), separator.run(run));
    } else if (e instanceof Substring part) {
      Code text = prepare(required(part.getStringToSub()), scope);
      Code start = prepare(required(part.getStartIndex()), scope);
      Code length = optional(part.getLength(), scope);
      return run ->
          SubstringEvaluator.substring(
              text.run(run), start.run(run), length == null ? null : length.run(run));
    } else if (e instanceof ReplaceMatches replace) {
      Code[] operands = all(replace.getOperand(), scope).toArray(Code[]::new);
      return run ->
          ReplaceMatchesEvaluator.replaceMatches(
              (String) operands[0].run(run),
              (String) operands[1].run(run),
              (String) operands[2].run(run));
    } else if (e instanceof Date date) {
      Code year = prepare(required(date.getYear()), scope);
      Code month = optional(date.getMonth(), scope);
      Code day = optional(date.getDay(), scope);
      return run ->
          DateEvaluator.internalEvaluate(
              (Integer) year.run(run),
              month == null ? null : (Integer) month.run(run),
              day == null ? null : (Integer) day.run(run));
    } else if (e instanceof Combine combine) {
      Code parts = prepare(required(combine.getSource()), scope);
      Code separator = optional(combine.getSeparator(), scope);
      return run ->
          CombineEvaluator.combine(
              parts.run(run), separator == null ? "" : (String) separator.run(run));
    } else if (e instanceof PositionOf position) {
      Code pattern = prepare(required(position.getPattern()), scope);
      Code text = prepare(required(position.getString()), scope);
      return run -> PositionOfEvaluator.positionOf(pattern.run(run), text.run(run));
    } else if (e instanceof Round round) {
      Code number = prepare(required(round.getOperand()), scope);
      Code precision = optional(round.getPrecision(), scope);
      return run ->
          RoundEvaluator.round(number.run(run), precision == null ? null : precision.run(run));
    }
    throw new NotPrepared(e.getClass().getSimpleName());
  }

  private Code list(org.hl7.elm.r1.List list, Scope scope) {
    Code[] elements = all(list.getElement(), scope).toArray(Code[]::new);
    return run -> {
      List<@Nullable Object> values = new ArrayList<>(elements.length);
      for (Code element : elements) {
        values.add(element.run(run));
      }
      return values;
    };
  }

  private Code interval(Interval interval, Scope scope) {
    Code low = optional(interval.getLow(), scope);
    Code high = optional(interval.getHigh(), scope);
    Code lowClosed = optional(interval.getLowClosedExpression(), scope);
    Code highClosed = optional(interval.getHighClosedExpression(), scope);
    boolean lowIncluded = !Boolean.FALSE.equals(interval.isLowClosed());
    boolean highIncluded = !Boolean.FALSE.equals(interval.isHighClosed());
    return run -> {
      Object from = low == null ? null : low.run(run);
      boolean fromIncluded = included(lowClosed, lowIncluded, run);
      Object to = high == null ? null : high.run(run);
      boolean toIncluded = included(highClosed, highIncluded, run);
      return from == null && to == null
          ? null
          : new org.opencds.cqf.cql.engine.runtime.Interval(
              from, fromIncluded, to, toIncluded, run.state);
    };
  }

  private static boolean included(@Nullable Code computed, boolean written, Run run) {
    Object value = computed == null ? null : computed.run(run);
    return value == null ? written : Boolean.TRUE.equals(value);
  }

  private Code tuple(Tuple tuple, Scope scope) {
    Map<String, Code> elements = new LinkedHashMap<>();
    tuple
        .getElement()
        .forEach(
            each ->
                elements.put(
                    String.valueOf(each.getName()), prepare(required(each.getValue()), scope)));
    return run -> {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      elements.forEach((name, code) -> values.put(name, code.run(run)));
      return new org.opencds.cqf.cql.engine.runtime.Tuple().withElements(values);
    };
  }

  private Code instance(Instance instance, Scope scope) {
    var type = instance.getClassType();
    if (type == null) {
      throw new NotPrepared("instance without a type");
    }
    Map<String, Code> elements = new LinkedHashMap<>();
    instance
        .getElement()
        .forEach(
            each ->
                elements.put(
                    String.valueOf(each.getName()), prepare(required(each.getValue()), scope)));
    // By reflection the engine takes longer to make a quantity than the rules take to compare it.
    if (type.equals(QUANTITY) && Set.of("value", "unit").containsAll(elements.keySet())) {
      return quantity(elements.get("value"), elements.get("unit"));
    }
    return run -> {
      Object made = run.environment.createInstance(type);
      elements.forEach((name, code) -> run.environment.setValue(made, name, code.run(run)));
      return made;
    };
  }

  private static Code quantity(@Nullable Code value, @Nullable Code unit) {
    if (value instanceof Constant number && unit instanceof Constant name) {
      return new Constant(
          new org.opencds.cqf.cql.engine.runtime.Quantity()
              .withValue((BigDecimal) number.value())
              .withUnit((String) name.value()));
    }
    return run -> {
      var made = new org.opencds.cqf.cql.engine.runtime.Quantity();
      if (value != null) {
        made.setValue((BigDecimal) value.run(run));
      }
      if (unit != null) {
        made.setUnit((String) unit.run(run));
      }
      return made;
    };
  }

  private Code inValueSet(InValueSet in, ValueSetRef ref, Scope scope) {
    Code code = prepare(required(in.getCode()), scope);
    var valueSet =
        new org.opencds.cqf.cql.engine.runtime.ValueSet()
            .withId(
                cql.valueSet(
                    cql.library(scope.library, ref.getLibraryName()),
                    String.valueOf(ref.getName())));
    return run -> InValueSetEvaluator.inValueSet(code.run(run), valueSet, run.state);
  }

  private Code slice(Slice slice, Scope scope) {
    Code source = prepare(required(slice.getSource()), scope);
    Code start = prepare(required(slice.getStartIndex()), scope);
    Code end = optional(slice.getEndIndex(), scope);
    return run -> {
      Object value = source.run(run);
      return SliceEvaluator.slice(
          value instanceof List<?> list ? new ArrayList<>(list) : value,
          (Integer) start.run(run),
          end == null ? null : (Integer) end.run(run));
    };
  }
}
