package dev.authstore.storage.pg.worker;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.Optional;

/**
 * When something recurs, in UTC: six fields, for second, minute, hour, day of the month, month and
 * day of the week (0 to 7, where 0 and 7 are Sunday). A field is {@code *}, or a list of numbers
 * and ranges such as {@code 1,3-5}; either may be followed by a step, as in {@code 0-30/10}. Either
 * the day of the month or the day of the week must be {@code *}: implementations differ in what
 * both together mean.
 */
public final class CronExpression {
  private static final int FIELDS = 6;
  private static final int YEARS = 12; // a leap day may be eight years away

  private final String text;
  private final BitSet seconds;
  private final BitSet minutes;
  private final BitSet hours;
  private final BitSet daysOfMonth;
  private final BitSet months;
  private final BitSet daysOfWeek;

  private CronExpression(String text, String[] fields) {
    this.text = text;
    this.seconds = field(fields[0], 0, 59);
    this.minutes = field(fields[1], 0, 59);
    this.hours = field(fields[2], 0, 23);
    this.daysOfMonth = field(fields[3], 1, 31);
    this.months = field(fields[4], 1, 12);
    this.daysOfWeek = field(fields[5], 0, 7);
    if (daysOfWeek.get(0)) {
      daysOfWeek.set(7);
    }
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException if it is none, or never comes true
   */
  public static CronExpression parse(String text) {
    String[] fields = text.strip().split("\\s+", -1);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException("six fields are needed: " + text);
    }
    if (!fields[3].equals("*") && !fields[5].equals("*")) {
      throw new IllegalArgumentException("either day must be *: " + text);
    }
    CronExpression expression = new CronExpression(text, fields);
    if (expression.find(LocalDateTime.of(2000, 1, 1, 0, 0)).isEmpty()) {
      throw new IllegalArgumentException("never comes true: " + text);
    }
    return expression;
  }

  /** The first occurrence strictly after an instant. */
  public Instant next(Instant after) {
    LocalDateTime from =
        LocalDateTime.ofInstant(after, ZoneOffset.UTC)
            .truncatedTo(ChronoUnit.SECONDS)
            .plusSeconds(1);
    return find(from).orElseThrow().toInstant(ZoneOffset.UTC);
  }

  @Override
  public String toString() {
    return text;
  }

  private Optional<LocalDateTime> find(LocalDateTime from) {
    LocalDateTime at = from;
    int lastYear = from.getYear() + YEARS;
    while (at.getYear() <= lastYear) {
      LocalDateTime day = at.truncatedTo(ChronoUnit.DAYS);
      if (!months.get(at.getMonthValue())) {
        at = day.withDayOfMonth(1).plusMonths(1);
      } else if (!daysOfMonth.get(at.getDayOfMonth())
          || !daysOfWeek.get(at.getDayOfWeek().getValue())) {
        at = day.plusDays(1);
      } else if (!hours.get(at.getHour())) {
        at = at.truncatedTo(ChronoUnit.HOURS).plusHours(1);
      } else if (!minutes.get(at.getMinute())) {
        at = at.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
      } else if (!seconds.get(at.getSecond())) {
        at = at.plusSeconds(1);
      } else {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  private static BitSet field(String field, int min, int max) {
    BitSet values = new BitSet();
    for (String part : field.split(",", -1)) {
      String[] stepped = part.split("/", -1);
      String[] range =
          stepped[0].equals("*") ? new String[] {"" + min, "" + max} : stepped[0].split("-", -1);
      int first = number(range[0], min, max);
      int last = range.length > 1 ? number(range[1], first, max) : first;
      int step = stepped.length > 1 ? number(stepped[1], 1, max + 1) : 1;
      if (stepped.length > 2 || range.length > 2) {
        throw new IllegalArgumentException("not a field: " + field);
      }
      for (int value = first; value <= last; value += step) {
        values.set(value);
      }
    }
    return values;
  }

  private static int number(String text, int min, int max) {
    int number;
    try {
      number = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a number: " + text, e);
    }
    if (number < min || number > max) {
      throw new IllegalArgumentException(text + " is not from " + min + " to " + max);
    }
    return number;
  }
}
