package no.marg.engine;

import java.util.List;
import org.hl7.fhir.r4.model.CarePlan;

/**
 * The guideline's answer to one hook.
 *
 * @param findings what it has to say, in the order of the plan
 * @param carePlan the same as {@code $apply} gives it
 */
public record Advice(List<Finding> findings, CarePlan carePlan) {}
