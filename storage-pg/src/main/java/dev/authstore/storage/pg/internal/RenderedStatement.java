package dev.authstore.storage.pg.internal;

import dev.authstore.model.TokenDigest;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Converter;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.ResultQuery;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;

/**
 * A statement as text for one schema.
 *
 * @param sql with a question mark for each parameter
 * @param parameters in the order of the question marks
 * @param converters of the columns of the result
 */
record RenderedStatement(String sql, List<Parameter> parameters, List<Converter<?, ?>> converters) {

  /** Where the condition goes that comes with each run. Not a character of SQL, either. */
  static final String CONDITION = "\u0002";

  private static final Parameter OF_CONDITION = new Parameter(CONDITION, null);

  /** Named, and given its value with each run; or nameless, and a constant of the statement. */
  record Parameter(@Nullable String name, @Nullable Object constant) {}

  static RenderedStatement of(DSLContext renderer, QueryPart query, char mark) {
    String named = renderer.renderNamedParams(query);
    List<Object> written = renderer.extractBindValues(query);
    StringBuilder sql = new StringBuilder(named.length());
    List<Parameter> parameters = new ArrayList<>();
    for (int i = 0; i < named.length(); i++) {
      char c = named.charAt(i);
      if (c == CONDITION.charAt(0)) {
        parameters.add(OF_CONDITION);
      }
      if (c != mark) {
        sql.append(c);
        continue;
      }
      int end = i + 1;
      while (end < named.length() && Character.isJavaIdentifierPart(named.charAt(end))) {
        end++;
      }
      parameters.add(parameter(named.substring(i + 1, end), written));
      sql.append('?');
      i = end - 1;
    }
    return new RenderedStatement(sql.toString(), List.copyOf(parameters), converters(query));
  }

  /** The same with the condition wherever it goes, and its values in their places. */
  RenderedStatement with(RenderedStatement condition) {
    List<Parameter> all = new ArrayList<>(parameters.size() + condition.parameters.size());
    for (Parameter parameter : parameters) {
      if (parameter.equals(OF_CONDITION)) {
        all.addAll(condition.parameters);
      } else {
        all.add(parameter);
      }
    }
    return new RenderedStatement(sql.replace(CONDITION, condition.sql), all, converters);
  }

  /** Sets every parameter: to the value given for its name, else to the one it was written with. */
  void bind(PreparedStatement statement, Bind[] values) throws SQLException {
    for (int i = 0; i < parameters.size(); i++) {
      set(statement, i + 1, value(parameters.get(i), values));
    }
  }

  /** All rows of a result. */
  List<Values> read(ResultSet results) throws SQLException {
    List<Values> rows = new ArrayList<>(1); // most have one or none
    while (results.next()) {
      rows.add(Values.read(results, converters));
    }
    return rows;
  }

  // The renderer numbers what has no name by its place among all that is not inlined.
  private static Parameter parameter(String name, List<Object> written) {
    return Character.isDigit(name.charAt(0))
        ? new Parameter(null, written.get(Integer.parseInt(name) - 1))
        : new Parameter(name, null);
  }

  // Of each column of the result: looked up once, as a page has many values.
  private static List<Converter<?, ?>> converters(QueryPart query) {
    return fields(query).stream().<Converter<?, ?>>map(Field::getConverter).toList();
  }

  // A select that is asked for its fields makes a table of itself, whose name is a hash of its
  // text.
  private static List<Field<?>> fields(QueryPart query) {
    if (query instanceof Select<?> select) {
      return select.getSelect();
    }
    return query instanceof ResultQuery<?> result ? List.of(result.fields()) : List.of();
  }

  private @Nullable Object value(Parameter parameter, Bind[] values) {
    String name = parameter.name();
    if (name == null) {
      return parameter.constant();
    }
    for (Bind bind : values) {
      if (name.equals(bind.param().getParamName())) {
        return bind.value();
      }
    }
    throw new IllegalArgumentException("no value for parameter " + name + " of " + sql);
  }

  private static void set(PreparedStatement statement, int index, @Nullable Object value)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, Types.NULL);
    } else if (value instanceof Instant instant) {
      statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
    } else if (value instanceof UUID[] ids) {
      statement.setArray(index, statement.getConnection().createArrayOf("uuid", ids));
    } else if (value instanceof String[] texts) {
      statement.setArray(index, statement.getConnection().createArrayOf("text", texts));
    } else if (value instanceof TokenDigest digest) {
      statement.setBytes(index, digest.toBytes());
    } else if (value instanceof Enum<?> constant) {
      statement.setString(index, EnumConverter.text(constant));
    } else {
      statement.setObject(index, value); // text, number, boolean, uuid: the driver knows them
    }
  }
}
