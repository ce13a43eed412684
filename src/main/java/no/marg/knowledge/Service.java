package no.marg.knowledge;

import java.util.List;
import java.util.Map;

/**
 * A CDS service: a PlanDefinition with a named-event trigger.
 *
 * @param id service id; the plan's id for its first hook
 * @param hook name of the hook
 * @param plan id of the PlanDefinition
 * @param title short name
 * @param description what it does, for integrators
 * @param usage what degrades without FHIR access or prefetch
 * @param prefetch key to query template, in the plan's order
 */
public record Service(
    String id,
    String hook,
    String plan,
    Text title,
    Text description,
    Text usage,
    Map<String, String> prefetch,
    List<Statement> statements) {}
