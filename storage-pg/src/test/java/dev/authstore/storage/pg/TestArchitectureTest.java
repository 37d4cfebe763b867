package dev.authstore.storage.pg;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class TestArchitectureTest {
  private final ClassFileImporter importer = new ClassFileImporter();

  @Test
  void contractTestsSeeInterfacesOnly() {
    noClasses()
        .that()
        .haveNameMatching(".*RepositoryTest(\\$.*)?")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.jooq..", "java.sql..", "javax.sql..")
                .or(simpleNameStartingWith("Pg")))
        .because(
            "they state the contract for every implementation;"
                + " what is PostgreSQL's business stands in *PostgresTest")
        .check(
            importer
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages(getClass().getPackageName()));
  }

  @Test
  void statementsRunWithALaterLineOfJooq() {
    noClasses()
        .should()
        .callMethodWhere(
            target(nameMatching("(?i).*exists")).and(targetOwner(resideInAPackage("org.jooq.."))))
        .because("they are of other signatures in 3.21 than in 3.19; Conditions has its own")
        .check(importer.importPackages(getClass().getPackageName()));
  }
}
