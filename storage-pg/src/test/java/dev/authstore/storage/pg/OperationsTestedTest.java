package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every operation is called by a test of its group, or by something of the same package that such a
 * test calls, as the compiled tests say. What walks over all operations by reflection does not
 * count, nor does what prepares rows for others.
 */
class OperationsTestedTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
          .importPackages("dev.authstore.storage.pg");

  /** A method of a repository, or a call of it. */
  private record Operation(String repository, String name, List<String> parameters) {
    static Operation of(Method method) {
      return new Operation(
          method.getDeclaringClass().getName(),
          method.getName(),
          Arrays.stream(method.getParameterTypes()).map(Class::getName).toList());
    }

    static Operation of(CodeUnitAccessTarget target) {
      return new Operation(
          target.getOwner().getName(),
          target.getName(),
          target.getRawParameterTypes().stream().map(JavaClass::getName).toList());
    }
  }

  @Test
  void areAll() {
    Set<JavaCodeUnit> tests = new HashSet<>();
    CLASSES.stream()
        .filter(OperationsTestedTest::isTest)
        .flatMap(type -> type.getCodeUnits().stream())
        .forEach(test -> collect(test, tests));

    Set<Operation> called =
        tests.stream().flatMap(OperationsTestedTest::operations).collect(Collectors.toSet());

    assertThat(Operations.all())
        .filteredOn(known -> !called.contains(Operation.of(known.method())))
        .as("operations that no test of their group calls")
        .isEmpty();
  }

  private static boolean isTest(JavaClass type) {
    return type.getName().replaceFirst("\\$.*", "").endsWith("Test");
  }

  /** Adds a method of a test, and what it calls of the helpers of its package. */
  private static void collect(JavaCodeUnit unit, Set<JavaCodeUnit> found) {
    if (found.add(unit)) {
      targets(unit)
          .flatMap(target -> target.resolveMember().stream())
          .filter(called -> called.getOwner().getPackage().equals(unit.getOwner().getPackage()))
          .forEach(called -> collect(called, found));
    }
  }

  private static Stream<? extends CodeUnitAccessTarget> targets(JavaCodeUnit unit) {
    return Stream.of(
            unit.getMethodCallsFromSelf(),
            unit.getConstructorCallsFromSelf(),
            unit.getMethodReferencesFromSelf())
        .flatMap(Set::stream)
        .map(JavaCodeUnitAccess::getTarget);
  }

  /** What it calls of the repositories of its own group. */
  private static Stream<Operation> operations(JavaCodeUnit unit) {
    String group = unit.getOwner().getPackageName().replaceFirst("\\.pg\\b", "");
    return targets(unit)
        .filter(target -> target.getOwner().getPackageName().equals(group))
        .map(Operation::of);
  }
}
