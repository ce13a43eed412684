package no.marg;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

/** Holds the picture of docs/architecture.md. */
@AnalyzeClasses(packages = "no.marg", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule ARROWS_POINT_DOWN =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("application")
          .definedBy("no.marg")
          .layer("cdshooks")
          .definedBy("no.marg.cdshooks..")
          .layer("operations")
          .definedBy("no.marg.operations..")
          .optionalLayer("demo")
          .definedBy("no.marg.demo..")
          .optionalLayer("app")
          .definedBy("no.marg.app..")
          .layer("statements")
          .definedBy("no.marg.statements..")
          .optionalLayer("smart")
          .definedBy("no.marg.smart..")
          .layer("wording")
          .definedBy("no.marg.wording..")
          .layer("calendar")
          .definedBy("no.marg.calendar..")
          .optionalLayer("access")
          .definedBy("no.marg.access..")
          .optionalLayer("journal")
          .definedBy("no.marg.journal..")
          .optionalLayer("ehr")
          .definedBy("no.marg.ehr..")
          .layer("outbound")
          .definedBy("no.marg.outbound..")
          .layer("engine")
          .definedBy("no.marg.engine..")
          .layer("chart")
          .definedBy("no.marg.chart..")
          .layer("knowledge")
          .definedBy("no.marg.knowledge..")
          .whereLayer("cdshooks")
          .mayOnlyBeAccessedByLayers("application")
          .whereLayer("operations")
          .mayOnlyBeAccessedByLayers("application")
          .whereLayer("demo")
          .mayOnlyBeAccessedByLayers("application")
          .whereLayer("app")
          .mayOnlyBeAccessedByLayers("application")
          .whereLayer("statements")
          .mayOnlyBeAccessedByLayers("application")
          .whereLayer("smart")
          .mayOnlyBeAccessedByLayers("application", "app")
          .whereLayer("calendar")
          .mayOnlyBeAccessedByLayers("application", "app")
          .whereLayer("access")
          .mayOnlyBeAccessedByLayers("application", "cdshooks")
          .whereLayer("journal")
          .mayOnlyBeAccessedByLayers("application", "cdshooks", "smart", "app")
          .whereLayer("ehr")
          .mayOnlyBeAccessedByLayers("application", "cdshooks", "smart", "app")
          .whereLayer("outbound")
          .mayOnlyBeAccessedByLayers("access", "ehr", "smart", "app")
          .whereLayer("wording")
          .mayOnlyBeAccessedByLayers("cdshooks", "app", "statements")
          .whereLayer("engine")
          .mayOnlyBeAccessedByLayers("application", "cdshooks", "operations", "app", "wording")
          .whereLayer("chart")
          .mayOnlyBeAccessedByLayers("cdshooks", "operations", "engine", "app", "wording")
          .whereLayer("knowledge")
          .mayOnlyBeAccessedByLayers(
              "application",
              "cdshooks",
              "operations",
              "calendar",
              "engine",
              "app",
              "statements",
              "wording")
          .because(
              "the HTTP applications ask the engine, and the engine reads chart and knowledge");

  @ArchTest
  static final ArchRule ONLY_THE_ENGINE_USES_CQF =
      noClasses()
          .that()
          .resideOutsideOfPackage("no.marg.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.opencds.cqf..")
          .because("cqf's processors keep state; one package knows how to use them safely");

  @ArchTest
  static final ArchRule NO_CYCLES =
      SlicesRuleDefinition.slices()
          .matching("no.marg.(*)..")
          .should()
          .beFreeOfCycles()
          .because("a cycle means that two packages are one");

  @ArchTest
  static final ArchRule CLOCK_IS_INJECTED =
      noClasses()
          .should()
          .callMethod(java.time.LocalDate.class, "now")
          .orShould()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .because("advice depends on the day, and tests must choose it");
}
