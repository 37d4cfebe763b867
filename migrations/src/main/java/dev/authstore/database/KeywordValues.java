package dev.authstore.database;

import dev.authstore.database.Origin.Source;
import dev.authstore.database.libpq.ConnectionString;
import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.libpq.LibpqKeyword.Use;
import dev.authstore.database.libpq.ServiceFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a connection string, the service file and libpq's variables say about one connection, each
 * keyword by the first of them that has it.
 */
final class KeywordValues {

  private static final Set<String> PARAMETERS =
      Stream.of(Setting.values())
          .flatMap(setting -> setting.parameter().stream())
          .collect(Collectors.toUnmodifiableSet());

  /** What a replica does not share with its primary. */
  private static final Set<LibpqKeyword> PLACE =
      Set.of(
          LibpqKeyword.HOST,
          LibpqKeyword.HOSTADDR,
          LibpqKeyword.PORT,
          LibpqKeyword.SERVICE,
          LibpqKeyword.TARGET_SESSION_ATTRS,
          LibpqKeyword.LOAD_BALANCE_HOSTS);

  /** They would change sessions that are set up here. */
  private static final Set<String> IGNORED_VARIABLES = Set.of("PGTZ", "PGDATESTYLE", "PGGEQO");

  private final Map<LibpqKeyword, Value> keywords = new EnumMap<>(LibpqKeyword.class);
  private final Map<String, Value> parameters = new LinkedHashMap<>();
  private final ConfigSources sources;
  private final Findings findings;

  private KeywordValues(ConfigSources sources, Findings findings) {
    this.sources = sources;
    this.findings = findings;
  }

  static KeywordValues read(
      Optional<Value> connectionString, ConfigSources sources, Findings findings) {
    KeywordValues values = new KeywordValues(sources, findings);
    connectionString.ifPresent(values::readConnectionString);
    Map<LibpqKeyword, Value> variables = values.variables();
    Optional<Value> service =
        Optional.ofNullable(values.keywords.get(LibpqKeyword.SERVICE))
            .or(() -> Optional.ofNullable(variables.get(LibpqKeyword.SERVICE)));
    service.ifPresent(values::readService);
    variables.forEach(values.keywords::putIfAbsent);
    return values;
  }

  /** The replica's connection string, and behind it what is known of the primary but its place. */
  static KeywordValues ofReplica(
      Value connectionString, KeywordValues primary, ConfigSources sources, Findings findings) {
    KeywordValues values = new KeywordValues(sources, findings);
    values.readConnectionString(connectionString);
    Optional.ofNullable(values.keywords.get(LibpqKeyword.SERVICE)).ifPresent(values::readService);
    boolean ownUser = values.keywords.containsKey(LibpqKeyword.USER);
    primary.keywords.forEach(
        (keyword, value) -> {
          if (!PLACE.contains(keyword) && !(ownUser && keyword == LibpqKeyword.PASSWORD)) {
            values.keywords.putIfAbsent(keyword, value);
          }
        });
    primary.parameters.forEach(values.parameters::putIfAbsent);
    return values;
  }

  /** What a variable says that names a database; without one, nobody has asked for any. */
  static boolean hasTargetVariable(ConfigSources sources) {
    return Stream.of(
            LibpqKeyword.HOST,
            LibpqKeyword.HOSTADDR,
            LibpqKeyword.PORT,
            LibpqKeyword.DBNAME,
            LibpqKeyword.USER,
            LibpqKeyword.SERVICE)
        .flatMap(keyword -> keyword.environment().stream())
        .anyMatch(name -> !sources.environment().getOrDefault(name, "").isEmpty());
  }

  Optional<Value> keyword(LibpqKeyword keyword) {
    return Optional.ofNullable(keywords.get(keyword));
  }

  Optional<Value> parameter(String name) {
    return Optional.ofNullable(parameters.get(name));
  }

  Map<LibpqKeyword, Value> keywords() {
    return keywords;
  }

  private void readConnectionString(Value text) {
    ConnectionString read = ConnectionString.parse(text.text(), PARAMETERS);
    read.faults().forEach(fault -> findings.fault(fault, text.name(), text.origin()));
    read.keywords()
        .forEach(
            (keyword, value) -> keywords.put(keyword, inString(text, keyword.keyword(), value)));
    read.parameters().forEach((name, value) -> parameters.put(name, inString(text, name, value)));
  }

  private static Value inString(Value text, String name, String value) {
    return new Value(value, new Origin(Source.CONNECTION_STRING, text.name() + " " + name));
  }

  private void readService(Value name) {
    Optional<Path> file = serviceFile();
    if (file.isEmpty()) {
      findings.problem(
          ConfigProblem.Code.FILE_MISSING,
          name.name(),
          name.origin(),
          "there is no service file",
          "name it in PGSERVICEFILE");
      return;
    }
    ConnectionString read = new ServiceFile(file.get()).read(name.text());
    read.faults().forEach(fault -> findings.fault(fault, name.name(), name.origin()));
    read.keywords()
        .forEach(
            (keyword, value) ->
                keywords.putIfAbsent(
                    keyword,
                    new Value(
                        value,
                        new Origin(Source.SERVICE_FILE, file.get() + " " + keyword.keyword()))));
  }

  private Optional<Path> serviceFile() {
    String named = sources.environment().getOrDefault("PGSERVICEFILE", "");
    if (!named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    Path own = sources.home().resolve(".pg_service.conf");
    String directory = sources.environment().getOrDefault("PGSYSCONFDIR", "");
    return Stream.of(own, Path.of(directory).resolve("pg_service.conf"))
        .filter(path -> path.equals(own) || !directory.isEmpty())
        .filter(Files::exists)
        .findFirst();
  }

  private Map<LibpqKeyword, Value> variables() {
    Map<LibpqKeyword, Value> variables = new EnumMap<>(LibpqKeyword.class);
    for (LibpqKeyword keyword : LibpqKeyword.values()) {
      keyword
          .environment()
          .ifPresent(name -> variable(name).ifPresent(value -> variables.put(keyword, value)));
    }
    // one that was overruled can still be a mistake: what is refused by name must not be there
    variables.forEach(
        (keyword, value) -> {
          if (!keywords.containsKey(keyword) || keyword.use() == Use.REFUSED) {
            keyword
                .check(value.name(), value.text())
                .ifPresent(fault -> findings.fault(fault, value.name(), value.origin()));
          }
        });
    IGNORED_VARIABLES.stream()
        .sorted()
        .filter(name -> variable(name).isPresent())
        .forEach(name -> findings.warn(name + " is ignored; use options"));
    return variables;
  }

  private Optional<Value> variable(String name) {
    return Optional.ofNullable(sources.environment().get(name))
        .filter(text -> !text.isEmpty())
        .map(text -> new Value(text, new Origin(Source.LIBPQ_ENVIRONMENT, name)));
  }
}
