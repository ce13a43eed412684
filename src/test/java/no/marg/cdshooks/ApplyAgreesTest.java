package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import no.marg.Appointments;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.MargApplication;
import no.marg.Personas;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.Appointment;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import tools.jackson.databind.JsonNode;

/**
 * {@code $apply} of the plan behind a hook, with the same data and parameters, gives the
 * recommendations of the hook, with room for every card: each demo patient when the chart is opened
 * and when orders are signed, each third in the other hooks, whose statements are few. All of all
 * take more than twenty seconds.
 */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {"marg.evaluation-date=2026-02-15", "marg.card-limit=500"})
@DirtiesContext
class ApplyAgreesTest {
  private static final List<String> OFTEN = List.of("patient-view", "order-sign");
  private static final List<String> SELDOM =
      List.of("order-select", "encounter-start", "problem-list-item-create", "appointment-book");

  @LocalServerPort private int port;

  static Stream<Arguments> personas() throws IOException {
    List<String> ids = Personas.ids().toList();
    return IntStream.range(0, ids.size())
        .mapToObj(
            i ->
                Arguments.of(
                    ids.get(i),
                    Stream.concat(OFTEN.stream(), i % 3 == 0 ? SELDOM.stream() : Stream.of())
                        .toList()));
  }

  @ParameterizedTest
  @MethodSource("personas")
  @Conforms("CH-119")
  void applySaysWhatTheHookSays(String persona, List<String> hooks) {
    Http http = new Http(port);
    List<Resource> record = record(persona);
    int compared = 0;
    for (String hook : hooks) {
      List<Resource> orders = hook.startsWith("order-") ? orders(persona) : List.of();
      List<Resource> conditions =
          hook.equals("problem-list-item-create") ? List.of(myeloma(persona)) : List.of();
      List<Resource> appointments =
          hook.equals("appointment-book") ? List.of(appointment(persona)) : List.of();
      HookCall call = HookCall.of(hook, persona, record);
      if (hook.startsWith("order-")) {
        call.drafts(orders);
      }
      if (!conditions.isEmpty()) {
        call.context("conditions", conditions);
      }
      if (!appointments.isEmpty()) {
        call.context("appointments", appointments);
      }
      Http.Answer said = call.send(http);
      assertThat(said.status()).as(said.body()).isEqualTo(200);

      List<Resource> data = new ArrayList<>(record);
      data.addAll(conditions);
      Parameters parameters = new Parameters();
      parameters.addParameter().setName("subject").setValue(new StringType("Patient/" + persona));
      parameters.addParameter().setName("data").setResource(TestRecord.bundle(data));
      parameters.addParameter().setName("draftOrders").setResource(TestRecord.bundle(orders));
      parameters.addParameter().setName("parameters").setResource(context(call, appointments));
      Http.Answer applied = http.post("/fhir/PlanDefinition/mm-" + hook + "/$apply", parameters);
      assertThat(applied.status()).as(applied.body()).isEqualTo(200);

      List<RequestGroupActionComponent> actions = actions(applied.as(CarePlan.class));
      Set<String> statements = new TreeSet<>();
      Set<String> titles = new TreeSet<>();
      actions.forEach(
          action -> {
            statements.add(action.getDocumentationFirstRep().getLabel());
            titles.add(action.getTitle());
          });
      assertThat(statements).as(hook).isEqualTo(statements(said.json()));
      for (JsonNode card : said.json().get("cards")) {
        if (card.get("source").has("topic")) {
          // A card has the title of one of its statements: sure or undecided as in $apply.
          assertThat(titles).as(hook).contains(card.get("summary").asString());
        }
      }
      compared += statements.size();
    }
    assertThat(compared).as("recommendations of " + persona).isPositive();
  }

  /** What the hook's context holds, as parameters. */
  private static Parameters context(HookCall call, List<Resource> appointments) {
    Parameters context = new Parameters();
    for (String field : List.of("userId", "encounterId")) {
      if (call.context().has(field)) {
        context
            .addParameter()
            .setName(field.equals("userId") ? "User" : "Encounter")
            .setValue(new StringType(call.context().get(field).asString()));
      }
    }
    for (Resource each : appointments) {
      Appointments.add(context, each);
    }
    return context;
  }

  private static Set<String> statements(JsonNode answer) {
    Set<String> ids = new TreeSet<>();
    answer
        .get("cards")
        .forEach(
            card ->
                card.path("extension")
                    .path("no.marg.statements")
                    .forEach(id -> ids.add(id.asString())));
    return ids;
  }

  private static List<RequestGroupActionComponent> actions(CarePlan plan) {
    return plan.getContained().stream()
        .filter(RequestGroup.class::isInstance)
        .flatMap(group -> ((RequestGroup) group).getAction().stream())
        .toList();
  }

  /** Drugs that many rules are about, and an examination. */
  private static List<Resource> orders(String persona) {
    TestRecord writer = TestRecord.of(persona, "1960-01-01");
    return List.of(
        writer.draft("d1", "L04AX02", "Talidomid", "100 mg"),
        writer.draft("d2", "L04AX04", "Lenalidomid", "25 mg"),
        writer.draft("d3", "L01XG01", "Bortezomib", "2.4 mg"),
        writer.draft("d4", "H02AB02", "Deksametason", "40 mg"),
        writer.draft("d5", "L01FC01", "Daratumumab", "1800 mg"),
        writer.draft("d6", "M05BA08", "Zoledronsyre", "4 mg"),
        writer.draft("d7", "L01FX24", "Teklistamab", "100 mg"));
  }

  private static Condition myeloma(String persona) {
    Condition condition = new Condition();
    condition.setId("new-diagnosis");
    condition.setSubject(new Reference("Patient/" + persona));
    condition.setCode(
        new CodeableConcept().addCoding(new Coding("http://snomed.info/sct", "109989006", null)));
    return condition;
  }

  private static Appointment appointment(String persona) {
    Appointment appointment = new Appointment();
    appointment.setId("booked");
    appointment.setStatus(Appointment.AppointmentStatus.PROPOSED);
    appointment.setStartElement(new InstantType("2027-01-05T09:00:00+01:00"));
    appointment.addParticipant().setActor(new Reference("Patient/" + persona));
    return appointment;
  }

  private static List<Resource> record(String persona) {
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(Bundle.class, read("/demo/personas/" + persona + ".json"))
        .getEntry()
        .stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .toList();
  }

  private static String read(String file) {
    try (InputStream in = ApplyAgreesTest.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
