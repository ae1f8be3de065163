package io.epona.loadgen.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.epona.loadgen.scenario.Scenario.Arrival;
import io.epona.loadgen.scenario.Scenario.BrokerPlace;
import io.epona.loadgen.scenario.Scenario.Composition;
import io.epona.loadgen.scenario.Scenario.CrcScope;
import io.epona.loadgen.scenario.Scenario.DriverSpec;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import io.epona.loadgen.scenario.Scenario.Fault;
import io.epona.loadgen.scenario.Scenario.Idle;
import io.epona.loadgen.scenario.Scenario.KeyDist;
import io.epona.loadgen.scenario.Scenario.Keys;
import io.epona.loadgen.scenario.Scenario.Limits;
import io.epona.loadgen.scenario.Scenario.Load;
import io.epona.loadgen.scenario.Scenario.Message;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.scenario.Scenario.Phases;
import io.epona.loadgen.scenario.Scenario.Topology;
import io.epona.loadgen.scenario.Scenario.VerifySpec;
import io.epona.loadgen.scenario.Scenario.WeightedSize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Reads scenarios: YAML, overrides by path, defaults, cross-checks. An unknown or duplicate key, a value out of range
 * and anything that this version cannot do are errors, never ignored.
 */
public final class ScenarioReader
{
    private static final ObjectMapper YAML = new ObjectMapper(
        YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
        .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** Paths below which every further word belongs to one key with dots in it. */
    private static final List<String> DOTTED = List.of("engine.topic", "slo");

    private static final int MAX_KEYS = 1 << 20;
    private static final int MAX_TOGETHER = 65_536;
    private static final List<String> SLO_LATENCIES = List.of("e2e", "ack", "service", "lateness");
    private static final List<String> SLO_POINTS = List.of(
        "mean", "p50", "p90", "p99", "p99_9", "p99_99", "max");

    private ScenarioReader()
    {
    }

    /**
     * @param yaml      the text of a scenario.
     * @param overrides {@code path=value} each, applied in order.
     * @return the scenario with its defaults filled in and its automatic choices made.
     * @throws ScenarioException where it cannot be run as written.
     */
    public static Scenario read(final String yaml, final List<String> overrides)
    {
        final ObjectNode root = tree(yaml);
        for (final String override : overrides)
        {
            apply(root, override);
        }

        return scenario(new Section("", root));
    }

    private static ObjectNode tree(final String yaml)
    {
        try
        {
            final JsonNode root = YAML.readTree(yaml);
            if (root instanceof final ObjectNode object)
            {
                return object;
            }
            throw new ScenarioException("a scenario is a mapping of keys; this text is not");
        }
        catch (final JsonProcessingException ex)
        {
            final String where = null == ex.getLocation() ? "" : " (line " + ex.getLocation().getLineNr() + ")";
            final String what = ex.getOriginalMessage().replace("field", "key").lines().findFirst().orElse("");
            throw new ScenarioException("not a valid scenario: " + what + where, ex);
        }
    }

    private static void apply(final ObjectNode root, final String override)
    {
        final int equals = override.indexOf('=');
        if (equals <= 0)
        {
            throw new ScenarioException("--set takes path=value, such as load.rate=200k/s: '" + override + "'");
        }

        final String path = override.substring(0, equals).trim();
        final List<String> words = new ArrayList<>();
        for (final String dotted : DOTTED)
        {
            if (path.startsWith(dotted + "."))
            {
                words.addAll(Arrays.asList(dotted.split("\\.")));
                words.add(path.substring(dotted.length() + 1));
            }
        }
        if (words.isEmpty())
        {
            words.addAll(Arrays.asList(path.split("\\.")));
        }

        ObjectNode node = root;
        for (int i = 0; i < words.size() - 1; i++)
        {
            final JsonNode next = node.get(words.get(i));
            node = next instanceof final ObjectNode object ? object : node.putObject(words.get(i));
        }

        try
        {
            node.set(words.get(words.size() - 1), YAML.readTree(override.substring(equals + 1)));
        }
        catch (final JsonProcessingException ex)
        {
            throw new ScenarioException("--set " + override + ": the value is not valid YAML", ex);
        }
    }

    private static Scenario scenario(final Section root)
    {
        final String version = root.text("version", "1");
        if (!"1".equals(version))
        {
            throw new ScenarioException("version: this program reads scenarios of version 1, not " + version);
        }

        final String name = root.text("name", "unnamed");
        if (!name.matches("[a-zA-Z0-9._-]{1,80}"))
        {
            throw new ScenarioException("name: use 1 to 80 of a-z A-Z 0-9 . _ - : '" + name + "'");
        }

        final long seed = root.integer("seed", 42, 0, Integer.MAX_VALUE);
        final DriverSpec driver = driver(root.section("driver"));
        final EngineSpec engine = engine(root.section("engine"));
        final Topology topology = topology(root.section("topology"));
        final VerifySpec verify = verify(root.section("verify"));
        final Message message = message(root.section("message"));
        final Load load = load(root.section("load"));
        final Phases phases = phases(root.section("phases"));
        consume(root.section("consume"));
        final Map<String, Double> slo = slo(root.section("slo"), load);
        final Limits limits = limits(root.section("limits"));
        final List<Fault> faults = FaultReader.read(root);
        root.finish();

        return ScenarioRules.resolve(
            new Scenario(name, seed, driver, engine, topology, message, load, phases, verify, slo, limits, faults));
    }

    private static DriverSpec driver(final Section section)
    {
        final String use = section.oneOf("use", "ipc", Scenario.DRIVERS);
        final String transport = section.oneOf("transport", "ipc", List.of("ipc", "udp"));
        section.finish();

        return new DriverSpec(use, transport);
    }

    private static EngineSpec engine(final Section section)
    {
        only(section, "profile", "shared", "the other profiles are not measured by this version");
        only(section, "flush", "none", "flush policies come with the durable log");
        final EngineSpec engine = new EngineSpec(
            "shared",
            section.oneOf("acks", "all", List.of("none", "leader", "all")),
            word(section, "composition", Composition.AUTO, Composition.values(), Composition::text),
            word(section, "broker", BrokerPlace.AUTO, BrokerPlace.values(), BrokerPlace::text),
            word(section, "idle", Idle.YIELD, Idle.values(), Idle::text),
            (int)section.size("batchSize", 0),
            section.durationNs("linger", -1),
            section.integer("maxBatchesInFlight", 0, 0, 1024),
            (int)section.size("mtu", 0),
            topic(section.section("topic")),
            section.integer("replication", 0, 1, Scenario.CLUSTER_BROKERS));
        section.finish();

        return engine;
    }

    private static Map<String, String> topic(final Section section)
    {
        final Map<String, String> settings = new TreeMap<>();
        for (final String key : section.keys())
        {
            final String value = section.text(key, "");
            settings.put(key, key.endsWith(".bytes") ? Long.toString(section.size(key, 0)) : value);
        }

        return settings;
    }

    private static Topology topology(final Section section)
    {
        final int groups = section.integer("groups", 1, 0, Integer.MAX_VALUE);
        if (1 != groups)
        {
            throw new ScenarioException("topology.groups: this version knows one group whose consumers split the " +
                "partitions by index; consumer groups come later");
        }

        final Topology topology = new Topology(
            section.integer("topics", 1, 1, 64),
            section.integer("partitions", 1, 1, 1024),
            section.integer("producers", 1, 1, 256),
            section.integer("consumersPerGroup", 1, 1, 256));
        section.finish();

        return topology;
    }

    private static Message message(final Section section)
    {
        final JsonNode size = section.raw("size");
        final Keys keys = keys(section.section("key"));
        final Message message;
        if (null == size || size.isValueNode())
        {
            final int bytes = (int)section.size("size", 100);
            message = new Message(List.of(new WeightedSize(bytes, 1)), false, keys);
        }
        else
        {
            message = sizes(section.section("size"), keys);
        }
        section.finish();

        return message;
    }

    private static Keys keys(final Section section)
    {
        final KeyDist dist = word(section, "dist", KeyDist.NONE, KeyDist.values(), KeyDist::text);
        final Keys keys = new Keys(
            dist,
            section.integer("count", 100_000, 1, MAX_KEYS),
            section.decimal("theta", 0.99, 0.01, 10),
            section.decimal("share", 0.5, 0, 1));
        for (final String key : section.keys())
        {
            final boolean belongs = switch (key)
            {
                case "count" -> KeyDist.NONE != dist;
                case "theta" -> KeyDist.ZIPF == dist;
                case "share" -> KeyDist.HOT == dist;
                default -> true;
            };
            if (!belongs)
            {
                throw new ScenarioException(section.path(key) + " does not apply to dist " + dist.text());
            }
        }
        section.finish();

        return keys;
    }

    private static Message sizes(final Section section, final Keys keys)
    {
        final Message message;
        if (section.has("mix"))
        {
            final List<WeightedSize> sizes = new ArrayList<>();
            final JsonNode mix = section.raw("mix");
            for (int i = 0; i < mix.size(); i++)
            {
                final Section entry = new Section(section.path("mix[" + i + "]"), mix.get(i));
                sizes.add(new WeightedSize((int)entry.size("bytes", 100), entry.integer("weight", 1, 1, 1_000_000)));
                entry.finish();
            }
            if (sizes.isEmpty())
            {
                throw new ScenarioException(section.path("mix") + " needs entries such as {bytes: 100, weight: 1}");
            }
            message = new Message(sizes, false, keys);
        }
        else if (section.has("uniform"))
        {
            final Section range = section.section("uniform");
            final int min = (int)range.size("min", 100);
            final int max = (int)range.size("max", 1024);
            range.finish();
            if (min > max)
            {
                throw new ScenarioException(section.path("uniform") + ": min is above max");
            }
            message = new Message(List.of(new WeightedSize(min, 1), new WeightedSize(max, 1)), true, keys);
        }
        else
        {
            message = new Message(List.of(new WeightedSize((int)section.size("fixed", 100), 1)), false, keys);
        }
        section.text("fixed", null);
        section.raw("mix");
        section.raw("uniform");
        section.finish();

        return message;
    }

    private static Load load(final Section section)
    {
        final Mode mode = word(section, "mode", Mode.OPEN, Mode.values(), Mode::text);
        final Arrival arrival = word(section, "arrival", Arrival.EVEN, Arrival.values(), Arrival::text);
        final Load load = new Load(
            mode,
            section.rate("rate", Mode.OPEN == mode ? 10_000 : 0),
            arrival,
            section.integer("together", Arrival.BURSTS == arrival ? 100 : 1, 1, MAX_TOGETHER),
            section.integer("window", 64, 1, 1 << 20),
            section.size("backlog", 16L << 20),
            section.integer("burst", 256, 1, 65_536));
        if (Mode.OPEN == mode && (load.rate() < 1 || load.rate() > 1_000_000_000L))
        {
            throw new ScenarioException("load.rate must be between 1/s and 1000M/s");
        }
        if (Mode.OPEN != mode && section.has("rate"))
        {
            throw new ScenarioException("load.rate applies to mode open only; " + mode.text() + " has no timetable");
        }
        if (Arrival.BURSTS != arrival && section.has("together"))
        {
            throw new ScenarioException("load.together applies to arrival bursts only");
        }
        if (Mode.CLOSED != mode && section.has("window"))
        {
            throw new ScenarioException("load.window applies to mode closed only");
        }
        section.finish();

        return load;
    }

    private static Phases phases(final Section section)
    {
        final Phases phases = new Phases(
            section.durationNs("warmup", 5_000_000_000L),
            section.durationNs("measure", 10_000_000_000L),
            section.durationNs("drain", 10_000_000_000L));
        section.finish();
        if (phases.measureNs() < 1_000_000L)
        {
            throw new ScenarioException("phases.measure must be at least 1ms");
        }

        return phases;
    }

    private static void consume(final Section section)
    {
        only(section, "start", "live", "this version's consumers start live, before the first record is sent");
        section.finish();
    }

    private static VerifySpec verify(final Section section)
    {
        final VerifySpec verify = new VerifySpec(
            section.oneOf("delivery", "exactly-once", List.of("exactly-once", "at-least-once", "none")),
            "per-partition".equals(section.oneOf("order", "per-partition", List.of("per-partition", "none"))),
            word(section, "crc", CrcScope.FULL, CrcScope.values(), CrcScope::text));
        section.finish();

        return verify;
    }

    private static Map<String, Double> slo(final Section section, final Load load)
    {
        final Map<String, Double> slo = new TreeMap<>();
        final List<String> names = new ArrayList<>(List.of("delivered.ratio"));
        SLO_LATENCIES.forEach((l) -> SLO_POINTS.forEach((p) -> names.add(l + "." + p)));
        for (final String key : section.keys())
        {
            final String name = key.replace("p99.9", "p99_9");
            if (!names.contains(name))
            {
                throw new ScenarioException("unknown key '" + section.path(key) + "'" +
                    Section.suggestion(key, names) + "; known here: delivered.ratio and " +
                    String.join("|", SLO_LATENCIES) + " with " + String.join("|", SLO_POINTS));
            }
            if ("delivered.ratio".equals(name))
            {
                slo.put(name, section.decimal(key, 1.0, 0.0, 1.0));
            }
            else if (Mode.FLOOD == load.mode())
            {
                throw new ScenarioException(section.path(key) + ": a flood has no latency; use mode open");
            }
            else
            {
                slo.put(name, (double)section.durationNs(key, 0));
            }
        }

        return slo;
    }

    private static Limits limits(final Section section)
    {
        final Limits limits = new Limits(
            section.decimal("steal", 1.0, 0, 100),
            section.durationNs("hiccup", 2_000_000L),
            section.decimal("othersCpu", 5.0, 0, 100_000),
            section.integer("seconds", 2, 0, 1_000_000),
            section.decimal("generator", 0.5, 0, 1_000_000));
        section.finish();

        return limits;
    }

    private static void only(final Section section, final String key, final String supported, final String why)
    {
        final String value = section.text(key, supported);
        if (!supported.equals(value))
        {
            throw new ScenarioException(section.path(key) + ": '" + value + "' is not supported by this version (" +
                why + "); use '" + supported + "'");
        }
    }

    private static <T> T word(
        final Section section, final String key, final T otherwise, final T[] values, final Function<T, String> text)
    {
        final List<String> words = Arrays.stream(values).map(text).toList();
        final String word = section.oneOf(key, text.apply(otherwise), words);

        return values[words.indexOf(word)];
    }
}
