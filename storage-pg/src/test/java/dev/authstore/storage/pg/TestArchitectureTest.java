package dev.authstore.storage.pg;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class TestArchitectureTest {
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
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages(getClass().getPackageName()));
  }
}
