package io.epona.loadgen.scenario;

import io.epona.loadgen.scenario.Scenario.EngineSpec;
import io.epona.loadgen.scenario.Scenario.Fault;
import io.epona.loadgen.scenario.Scenario.Keys;
import io.epona.loadgen.scenario.Scenario.Load;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.scenario.Scenario.WeightedSize;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes a resolved scenario as YAML that {@link ScenarioReader} reads back to the same scenario, and hashes it.
 */
public final class ScenarioWriter
{
    private ScenarioWriter()
    {
    }

    /**
     * @param scenario resolved.
     * @return its YAML, with every default written out; equal scenarios give equal text.
     */
    public static String write(final Scenario scenario)
    {
        final StringBuilder yaml = new StringBuilder(1024);
        final EngineSpec engine = scenario.engine();
        final Load load = scenario.load();

        yaml.append("version: 1\n");
        yaml.append("name: \"").append(scenario.name()).append("\"\n");
        yaml.append("seed: ").append(scenario.seed()).append('\n');
        yaml.append("driver: { use: \"").append(scenario.driver().use())
            .append("\", transport: ").append(scenario.driver().transport()).append(" }\n");
        yaml.append("engine:\n");
        line(yaml, "profile", engine.profile());
        line(yaml, "flush", "none");
        line(yaml, "replication", Integer.toString(engine.replication()));
        line(yaml, "acks", engine.acks());
        line(yaml, "composition", engine.composition().text());
        line(yaml, "broker", engine.broker().text());
        line(yaml, "idle", engine.idle().text());
        line(yaml, "batchSize", Units.sizeText(engine.batchSize()));
        if (engine.lingerNs() >= 0)
        {
            line(yaml, "linger", Units.durationText(engine.lingerNs()));
        }
        line(yaml, "maxBatchesInFlight", Integer.toString(engine.maxBatchesInFlight()));
        line(yaml, "mtu", Integer.toString(engine.mtu()));
        line(yaml, "topic", flow(engine.topic()));
        yaml.append("topology: { topics: ").append(scenario.topology().topics())
            .append(", partitions: ").append(scenario.topology().partitions())
            .append(", producers: ").append(scenario.topology().producers())
            .append(", groups: 1, consumersPerGroup: ").append(scenario.topology().consumers()).append(" }\n");
        yaml.append("message: { size: ").append(size(scenario))
            .append(", key: { dist: ").append(key(scenario)).append(" } }\n");
        yaml.append("load: { mode: ").append(load.mode().text());
        if (Mode.OPEN == load.mode())
        {
            yaml.append(", rate: ").append(Units.rateText(load.rate()))
                .append(", arrival: ").append(load.arrival().text());
            if (load.together() > 1)
            {
                yaml.append(", together: ").append(load.together());
            }
        }
        if (Mode.CLOSED == load.mode())
        {
            yaml.append(", window: ").append(load.window());
        }
        yaml.append(", backlog: ").append(Units.sizeText(load.backlog()))
            .append(", burst: ").append(load.burst()).append(" }\n");
        yaml.append("phases: { warmup: ").append(Units.durationText(scenario.phases().warmupNs()))
            .append(", measure: ").append(Units.durationText(scenario.phases().measureNs()))
            .append(", drain: ").append(Units.durationText(scenario.phases().drainNs())).append(" }\n");
        yaml.append("consume: { start: live }\n");
        yaml.append("verify: { delivery: ").append(scenario.verify().delivery())
            .append(", order: ").append(scenario.verify().ordered() ? "per-partition" : "none")
            .append(", crc: ").append(scenario.verify().crc().text()).append(" }\n");
        yaml.append("slo: ").append(slo(scenario.slo())).append('\n');
        yaml.append("limits: { steal: ").append(scenario.limits().stealPercent())
            .append(", hiccup: ").append(Units.durationText(scenario.limits().hiccupNs()))
            .append(", othersCpu: ").append(scenario.limits().othersCpuPercent())
            .append(", seconds: ").append(scenario.limits().seconds())
            .append(", generator: ").append(scenario.limits().generatorShare()).append(" }\n");
        yaml.append("faults: ").append(faults(scenario.faults())).append('\n');

        return yaml.toString();
    }

    /**
     * @param text to hash.
     * @return SHA-256 in hexadecimal.
     */
    public static String hash(final String text)
    {
        return hash(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param bytes to hash.
     * @return SHA-256 in hexadecimal.
     */
    public static String hash(final byte[] bytes)
    {
        try
        {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        }
        catch (final NoSuchAlgorithmException ex)
        {
            throw new IllegalStateException("every Java runtime has SHA-256", ex);
        }
    }

    private static String key(final Scenario scenario)
    {
        final Keys keys = scenario.message().keys();
        final String count = keys.areUsed() ? ", count: " + keys.count() : "";
        return keys.dist().text() + count + switch (keys.dist())
        {
            case ZIPF -> ", theta: " + keys.theta();
            case HOT -> ", share: " + keys.share();
            default -> "";
        };
    }

    private static void line(final StringBuilder yaml, final String key, final String value)
    {
        yaml.append("  ").append(key).append(": ").append(value).append('\n');
    }

    private static String flow(final Map<String, String> settings)
    {
        return settings.entrySet().stream()
            .map((e) -> e.getKey() + ": \"" + e.getValue() + "\"")
            .collect(Collectors.joining(", ", "{ ", " }"));
    }

    private static String faults(final List<Fault> faults)
    {
        return faults.stream()
            .map((fault) -> "{ at: " + Units.durationText(fault.atNs()) + ", do: " + fault.action() +
                ", target: " + fault.target() + ", restart: " + Units.durationText(fault.restartNs()) +
                ", every: " + Units.durationText(fault.everyNs()) + ", times: " + fault.times() +
                ", share: " + fault.share() + " }")
            .collect(Collectors.joining(", ", "[ ", " ]"));
    }

    private static String slo(final Map<String, Double> slo)
    {
        return slo.entrySet().stream()
            .map((e) -> e.getKey() + ": " + ("delivered.ratio".equals(e.getKey()) ?
                e.getValue().toString() : Units.durationText(e.getValue().longValue())))
            .collect(Collectors.joining(", ", "{ ", " }"));
    }

    private static String size(final Scenario scenario)
    {
        if (scenario.message().uniform())
        {
            return "{ uniform: { min: " + scenario.message().minLength() + ", max: " +
                scenario.message().maxLength() + " } }";
        }

        final StringBuilder mix = new StringBuilder("{ mix: [ ");
        String separator = "";
        for (final WeightedSize size : scenario.message().sizes())
        {
            mix.append(separator).append("{ bytes: ").append(size.bytes())
                .append(", weight: ").append(size.weight()).append(" }");
            separator = ", ";
        }

        return mix.append(" ] }").toString();
    }
}
