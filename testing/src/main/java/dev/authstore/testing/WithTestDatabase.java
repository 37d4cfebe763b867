package dev.authstore.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test that has a parameter of type {@link TestDatabase} a database of its own. Methods
 * that run before and after it get the same one; tests without such a parameter get none.
 *
 * <pre>{@code
 * @WithTestDatabase
 * class SignUpTest {
 *   @Test
 *   void isThereAtOnce(TestDatabase database) { … }
 * }
 * }</pre>
 */
@Documented
@ExtendWith(TestDatabaseParameters.class)
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface WithTestDatabase {

  /** What is in the database beside Authstore's tables. */
  Class<? extends TestSchema> schema() default TestSchema.None.class;
}
