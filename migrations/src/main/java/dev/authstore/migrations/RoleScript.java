package dev.authstore.migrations;

import dev.authstore.database.Identifiers;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SQL that divides the rights among three roles: one owns everything and cannot log in, one
 * migrates by becoming the owner, one runs the service and can do no more than that. A superuser
 * runs it, and may run it again: it changes nothing that is as it should be, and turns a set-up
 * with one role into this one.
 *
 * @param owner of schema and tables
 * @param migrator logs in and becomes the owner ({@code -c role=…})
 * @param app logs in for the service
 */
public record RoleScript(String owner, String migrator, String app) {

  public RoleScript {
    Identifiers.requireValid("owner", owner);
    Identifiers.requireValid("migrator", migrator);
    Identifiers.requireValid("app", app);
  }

  private static final Pattern PLACE = Pattern.compile("\\{(\\w+)}");

  /** In braces a name in quotation marks, or ({@code _text}) the same as a literal. */
  private static final String ROLES =
      """
      -- The roles of schema {schema} in database {database}.
      -- For a superuser who is connected to that database; may be run again.

      DO $authstore$ BEGIN
        IF to_regrole({owner_text}) IS NULL THEN CREATE ROLE {owner} NOLOGIN; END IF;
        IF to_regrole({migrator_text}) IS NULL THEN CREATE ROLE {migrator} LOGIN NOINHERIT; END IF;
        IF to_regrole({app_text}) IS NULL THEN CREATE ROLE {app} LOGIN; END IF;
      END $authstore$;

      -- Passwords are set separately, in psql with \\password.

      -- The migrator becomes the owner: DB_MIGRATIONS_OPTIONS="-c role={owner_option}"
      GRANT {owner} TO {migrator};

      GRANT CONNECT ON DATABASE {database} TO {migrator}, {app};
      REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC;
      """;

  private static final String SCHEMA =
      """

      -- Before PostgreSQL 15 everybody may create tables in the schema public.
      DO $authstore$ BEGIN
        IF to_regnamespace('public') IS NOT NULL THEN REVOKE CREATE ON SCHEMA public FROM PUBLIC; END IF;
      END $authstore$;

      CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner};
      ALTER SCHEMA {schema} OWNER TO {owner};
      GRANT USAGE ON SCHEMA {schema} TO {app};

      -- One extension serves all schemas of a database.
      CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA {schema};
      DO $authstore$ BEGIN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s',
          (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'pg_trgm'), {owner_text});
      END $authstore$;

      -- Tables to come.
      ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
      ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {app};
      """;

  private static final String HISTORY_ELSEWHERE =
      """

      -- The history of migrations is in a schema of its own.
      CREATE SCHEMA IF NOT EXISTS {history_schema};
      GRANT USAGE, CREATE ON SCHEMA {history_schema} TO {owner};
      GRANT USAGE ON SCHEMA {history_schema} TO {app};
      ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {history_schema} GRANT SELECT ON TABLES TO {app};
      """;

  private static final String PRESENT =
      """

      -- Tables that are there already.
      DO $authstore$
      DECLARE
        present record;
      BEGIN
        FOR present IN
          SELECT pg_class.oid::regclass AS name FROM pg_class
          JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE relkind IN ('r', 'p', 'S', 'v') AND (nspname = {schema_literal}
            OR (nspname, relname) = ({history_schema_literal}, {history_table_literal}))
            AND NOT EXISTS (
              SELECT FROM pg_depend
              WHERE (classid, objid, objsubid) = ('pg_class'::regclass, pg_class.oid, 0) AND deptype IN ('a', 'i', 'e'))
        LOOP
          EXECUTE format('ALTER TABLE %s OWNER TO %s', present.name, {owner_text});
        END LOOP;
      END $authstore$;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app};

      -- What only migrations write.
      DO $authstore$ BEGIN
        IF to_regclass({history_text}) IS NOT NULL THEN
          REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {history} FROM {app};
          GRANT SELECT ON {history} TO {app};
        END IF;
        IF to_regclass({compatibility_text}) IS NOT NULL THEN
          REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {compatibility} FROM {app};
        END IF;
      END $authstore$;
      """;

  /** The script for one schema of a database. */
  public String text(String database, MigrationSettings settings) {
    Map<String, String> names = new TreeMap<>();
    name(names, "owner", Identifiers.quoted(owner));
    name(names, "migrator", Identifiers.quoted(migrator));
    name(names, "app", Identifiers.quoted(app));
    name(names, "database", Identifiers.quoted(database));
    name(names, "schema", Identifiers.quoted(settings.schema()));
    name(names, "history", settings.history());
    name(names, "history_schema", Identifiers.quoted(settings.schemaOfHistory()));
    name(
        names,
        "compatibility",
        Identifiers.quoted(settings.schema()) + "." + TableRights.COMPATIBILITY);
    names.put("owner_option", owner.replace("\\", "\\\\").replace(" ", "\\ "));
    names.put("schema_literal", literal(settings.schema()));
    names.put("history_schema_literal", literal(settings.schemaOfHistory()));
    names.put("history_table_literal", literal(settings.historyTable()));
    boolean elsewhere = !settings.schemaOfHistory().equals(settings.schema());
    return filled(ROLES + SCHEMA + (elsewhere ? HISTORY_ELSEWHERE : "") + PRESENT, names);
  }

  private static void name(Map<String, String> names, String place, String quoted) {
    names.put(place, quoted);
    names.put(place + "_text", literal(quoted));
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String filled(String template, Map<String, String> names) {
    return PLACE
        .matcher(template)
        .replaceAll(
            place -> Matcher.quoteReplacement(names.getOrDefault(place.group(1), place.group())));
  }
}
