package dev.authstore.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the modules may see of each other and of libraries. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.authstore");

  private static final String MODEL = "dev.authstore.model..";
  private static final String STORAGE_PG = "dev.authstore.storage.pg..";

  private static final DescribedPredicate<JavaClass> IN_STORAGE =
      resideInAPackage("dev.authstore.storage..")
          .and(not(resideInAPackage(STORAGE_PG)))
          .as("reside in the module storage");

  private static final DescribedPredicate<JavaClass> IN_LIBRARY =
      resideInAPackage(MODEL)
          .or(resideInAPackage("dev.authstore.storage.."))
          .as("reside in data-model, storage or storage-pg");

  @Test
  void modulesDependOneWay() {
    check(
        layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("data-model")
            .definedBy(MODEL)
            .layer("storage")
            .definedBy(IN_STORAGE)
            .layer("storage-pg")
            .definedBy(STORAGE_PG)
            .layer("migrations")
            .definedBy("dev.authstore.migrations..", "dev.authstore.database..")
            .layer("testing")
            .definedBy("dev.authstore.testing..")
            .layer("cli")
            .definedBy("dev.authstore.cli..")
            .whereLayer("data-model")
            .mayNotAccessAnyLayer()
            .whereLayer("storage")
            .mayOnlyAccessLayers("data-model")
            .whereLayer("storage-pg")
            .mayOnlyAccessLayers("data-model", "storage", "migrations")
            .whereLayer("migrations")
            .mayNotAccessAnyLayer()
            .whereLayer("testing")
            .mayOnlyAccessLayers("storage", "data-model", "migrations")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .ensureAllClassesAreContainedInArchitectureIgnoring("dev.authstore.benchmarks..")
            .because("a module that is not needed must not come along"));
  }

  @Test
  void onlyStoragePgSeesJooq() {
    check(
        noClasses()
            .that(
                not(resideInAPackage(STORAGE_PG))
                    .and(not(name("dev.authstore.testing.SchemaDatabase"))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.jooq..")
            .because(
                "queries belong into the repositories; what code is generated from"
                    + " (SchemaDatabase) is part of jOOQ's generator"));
  }

  @Test
  void onlyStoragePgSeesGeneratedClasses() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(STORAGE_PG)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.authstore.storage.pg.schema..")
            .because("the tables may change with every version"));
  }

  @Test
  void onlyStoragePgSeesItsMachinery() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(STORAGE_PG)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.authstore.storage.pg.internal..")
            .because("it is public to Java only, since the groups are packages of their own"));
  }

  @Test
  void modelAndContractNeedNoLibrary() {
    check(
        classes()
            .that(resideInAPackage(MODEL).or(IN_STORAGE))
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage("java..", "javax.crypto..", "org.jspecify.annotations", MODEL)
                    .or(IN_STORAGE))
            .because("no driver, pool or framework is part of the contract"));
  }

  @Test
  void timeAndIdsComeFromTheFactory() {
    check(
        noClasses()
            .that(IN_LIBRARY)
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(UUID.class, "randomUUID")
            .because(
                "an operation reads the factory's clock once, so that all it writes bears one"
                    + " instant, tests can move it, and ids sort by the same time"));
  }

  @Test
  void repositoriesAreReachedThroughTheirGroup() {
    check(
        classes()
            .that()
            .resideInAPackage("dev.authstore.storage.pg.*")
            .and()
            .haveSimpleNameEndingWith("Repository")
            .should()
            .bePackagePrivate()
            .because("users see the interfaces, and the facade sees one class for each group"));
  }

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }
}
