package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.ErrorLines;
import io.epona.loadgen.driver.Peer;
import io.epona.loadgen.peers.PeerClasses;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioReader;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.utils.AppInfoParser;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The driver beside {@code kafka-producer-perf-test} and {@code kafka-consumer-perf-test}: one broker, one partition,
 * the same records, the same client settings, each turn in a fresh JVM with the flags of the tools' scripts. Turns
 * alternate: tool, driver, driver, tool. The producers' first tenth warms up and is left out, by both; the consumers
 * read from their first poll (the tool: from having joined its group) to the last record.
 */
final class KafkaParity
{
    /** What {@code kafka-producer-perf-test.sh} and {@code kafka-run-class.sh} give to a tool. */
    static final List<String> TOOL_FLAGS = List.of(
        "-Xmx512M", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
        "-XX:+ExplicitGCInvokesConcurrent", "-XX:MaxInlineLevel=15", "-Djava.awt.headless=true");

    private static final String PRODUCER_TOOL = "org.apache.kafka.tools.ProducerPerformance";
    private static final String CONSUMER_TOOL = "org.apache.kafka.tools.ConsumerPerformance";
    private static final int WARM_UP_TURNS = 2;
    private static final long TURN_TIMEOUT_S = 300;
    private static final long ADMIN_TIMEOUT_S = 60;
    private static final String TOPIC = "parity-";

    private final long records;
    private final int length;
    private final int turns;
    private final Path folder;
    private final PrintStream out;
    private final Scenario scenario;
    private final List<double[]> produced = new ArrayList<>();
    private final List<double[]> consumed = new ArrayList<>();
    private String bootstrap;
    private int topics;

    KafkaParity(
        final long records, final int length, final int turns, final Path folder, final PrintStream out)
    {
        this.records = records;
        this.length = length;
        this.turns = turns;
        this.folder = folder;
        this.out = out;
        this.scenario = scenario(length);
    }

    /**
     * @param length of a value.
     * @return whose settings both sides get.
     */
    static Scenario scenario(final int length)
    {
        return ScenarioReader.read("name: parity\nload: {mode: flood}\nverify: {crc: sampled}",
            List.of("driver.use=kafka", "engine.acks=leader", "message.size=" + length));
    }

    boolean run() throws IOException
    {
        final Path work = Files.createDirectory(folder.resolve("work"));
        final ErrorLines errors = new ErrorLines();
        try (KafkaBrokers brokers = KafkaBrokers.launch(work, 1, errors))
        {
            bootstrap = brokers.bootstrap();
            for (int i = 0; i < WARM_UP_TURNS; i++)
            {
                // A broker keeps getting faster for a while: neither side is to profit from coming second.
                runTool(newTopic());
                runDriver(newTopic());
            }
            for (int i = 0; i < turns; i++)
            {
                turn(0 == i % 2);
            }
        }

        return conclude(errors);
    }

    private void turn(final boolean isToolFirst) throws IOException
    {
        final double[] produce = new double[2];
        final double[] consume = new double[2];
        for (int i = 0; i < 2; i++)
        {
            final boolean isTool = isToolFirst == (0 == i);
            final double[] rates = isTool ? runTool(newTopic()) : runDriver(newTopic());
            produce[isTool ? 0 : 1] = rates[0];
            consume[isTool ? 0 : 1] = rates[1];
        }
        produced.add(produce);
        consumed.add(consume);
        out.printf(Locale.ROOT, "turn %d of %d  produce: tool %,.0f/s, driver %,.0f/s (%.2f)  " +
            "consume: tool %,.0f/s, driver %,.0f/s (%.2f)%n", produced.size(), turns,
            produce[0], produce[1], produce[1] / produce[0], consume[0], consume[1], consume[1] / consume[0]);
        out.flush();
    }

    private static String name(final int topic)
    {
        return TOPIC + topic + "-0";
    }

    private String newTopic()
    {
        final String name = name(topics++);
        PeerClasses.with(() ->
        {
            try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap)))
            {
                if (topics > 1)
                {
                    // What was read is not needed any more; the disk may be.
                    admin.deleteTopics(List.of(name(topics - 2))).all().get(ADMIN_TIMEOUT_S, TimeUnit.SECONDS);
                }
                admin.createTopics(List.of(new NewTopic(name, Optional.of(1), Optional.of((short)1)))).all()
                    .get(ADMIN_TIMEOUT_S, TimeUnit.SECONDS);
                return null;
            }
            catch (final ExecutionException | java.util.concurrent.TimeoutException ex)
            {
                throw new DriverException("a topic cannot be made: " + ex, ex);
            }
            catch (final InterruptedException ex)
            {
                Thread.currentThread().interrupt();
                throw new DriverException("interrupted", ex);
            }
        });

        return name;
    }

    private Map<String, String> producerSettings()
    {
        final Map<String, String> settings = new TreeMap<>();
        new KafkaSettings(scenario).producer(bootstrap).forEach((key, value) -> settings.put(key, value.toString()));

        return settings;
    }

    private Map<String, String> consumerSettings()
    {
        final Map<String, String> settings = new TreeMap<>();
        new KafkaSettings(scenario).consumer(bootstrap).forEach((key, value) -> settings.put(key, value.toString()));
        // The tool checks no checksums and takes 1 MiB of a partition at a time, whatever it is told.
        settings.put("check.crcs", "false");
        settings.put("max.partition.fetch.bytes", Integer.toString(1 << 20));

        return settings;
    }

    private long warmUp()
    {
        return records / 10;
    }

    private double[] runTool(final String topic) throws IOException
    {
        final List<String> produce = new ArrayList<>(List.of(
            "--topic", topic, "--num-records", Long.toString(records), "--record-size", Integer.toString(length),
            "--throughput", "-1", "--warmup-records", Long.toString(warmUp()), "--producer-props"));
        producerSettings().forEach((key, value) -> produce.add(key + "=" + value));
        final List<String> producing = execute(KafkaBrokers.java(TOOL_FLAGS, "", PRODUCER_TOOL, produce));
        // The last line is that of the steady state.
        final double produceRate = number(producing, "records sent, ", " records/sec");

        final Path file = folder.resolve("work").resolve("consumer.properties");
        final Properties properties = new Properties();
        properties.putAll(consumerSettings());
        try (var writer = Files.newBufferedWriter(file))
        {
            properties.store(writer, null);
        }
        final List<String> consuming = execute(KafkaBrokers.java(TOOL_FLAGS, "", CONSUMER_TOOL, List.of(
            "--topic", topic, "--bootstrap-server", bootstrap, "--messages", Long.toString(records),
            "--consumer.config", file.toString(), "--hide-header", "--timeout", "30000")));
        final String[] figures = consuming.get(consuming.size() - 1).split(",");
        if (Long.parseLong(figures[4].trim()) < records)
        {
            throw new DriverException("the consumers' tool read less than there was:\n" + String.join("\n", consuming));
        }

        return new double[]{produceRate, Double.parseDouble(figures[9].trim())};
    }

    private double[] runDriver(final String topic) throws IOException
    {
        final List<String> lines = new ArrayList<>();
        for (final String action : List.of(KafkaParityChild.PRODUCE, KafkaParityChild.CONSUME))
        {
            final List<String> arguments = new ArrayList<>(List.of(
                action, topic, Long.toString(records), Long.toString(warmUp()), Integer.toString(length)));
            (KafkaParityChild.PRODUCE.equals(action) ? producerSettings() : consumerSettings())
                .forEach((key, value) -> arguments.add(key + "=" + value));
            final List<String> flags = new ArrayList<>(TOOL_FLAGS);
            flags.add("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");
            lines.addAll(execute(KafkaBrokers.java(
                flags, System.getProperty("java.class.path"), KafkaParityChild.class.getName(), arguments)));
        }

        return new double[]{
            number(lines, KafkaParityChild.PRODUCE + " ", "/s"), number(lines, KafkaParityChild.CONSUME + " ", "/s")};
    }

    /** The last number between two texts. */
    private static double number(final List<String> lines, final String before, final String after)
    {
        for (int i = lines.size() - 1; i >= 0; i--)
        {
            final int begin = lines.get(i).indexOf(before);
            final int end = lines.get(i).indexOf(after);
            if (begin >= 0 && end > begin)
            {
                return Double.parseDouble(lines.get(i).substring(begin + before.length(), end).trim());
            }
        }

        throw new DriverException("no figure in what was printed:\n" + String.join("\n", lines));
    }

    private List<String> execute(final List<String> command) throws IOException
    {
        final File output = folder.resolve("work").resolve("output.txt").toFile();
        final Process process = new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(output)
            .redirectErrorStream(true)
            .start();
        boolean isEnded = false;
        try
        {
            isEnded = process.waitFor(TURN_TIMEOUT_S, TimeUnit.SECONDS);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
        finally
        {
            process.destroyForcibly().onExit().join();
        }

        final List<String> lines = Files.readAllLines(output.toPath());
        if (!isEnded || 0 != process.exitValue())
        {
            throw new DriverException("a turn did not end as it should:\n" + String.join("\n", lines));
        }

        return lines;
    }

    private boolean conclude(final ErrorLines errors) throws IOException
    {
        final double produce = ratio(produced);
        final double consume = ratio(consumed);
        final boolean reached = produce >= Peer.PARITY && consume >= Peer.PARITY;
        out.printf(Locale.ROOT, "driver / tool, medians of %d turns: produce %.3f, consume %.3f; %s %.2f%n",
            turns, produce, consume, reached ? "both reach" : "NOT both reach", Peer.PARITY);
        errors.list().forEach((error) -> out.println("reported   " + error));

        final StringBuilder json = new StringBuilder(2048).append("{\n");
        json.append("  \"schema\": 1,\n  \"peer\": \"kafka\",\n  \"version\": \"").append(AppInfoParser.getVersion())
            .append("\",\n  \"records\": ").append(records).append(",\n  \"length\": ").append(length)
            .append(",\n  \"least\": ").append(Peer.PARITY).append(",\n  \"reached\": ").append(reached).append(",\n");
        json.append("  \"producer\": ").append(object(producerSettings())).append(",\n");
        json.append("  \"consumer\": ").append(object(consumerSettings())).append(",\n");
        figures(json, "produce", produced, produce);
        json.append(",\n");
        figures(json, "consume", consumed, consume);
        json.append("\n}\n");
        Files.writeString(folder.resolve("parity.json"), json);

        return reached;
    }

    private static String object(final Map<String, String> settings)
    {
        final List<String> fields = new ArrayList<>();
        settings.forEach((key, value) ->
        {
            if (!"bootstrap.servers".equals(key))
            {
                fields.add("\"" + key + "\": \"" + value + "\"");
            }
        });

        return "{" + String.join(", ", fields) + "}";
    }

    private static void figures(
        final StringBuilder json, final String name, final List<double[]> turns, final double ratio)
    {
        json.append("  \"").append(name).append("\": {\"ratio\": ").append(String.format(Locale.ROOT, "%.4f", ratio));
        for (int side = 0; side < 2; side++)
        {
            final int column = side;
            json.append(", \"").append(0 == side ? "tool" : "driver").append("\": ").append(
                turns.stream().map((turn) -> String.format(Locale.ROOT, "%.0f", turn[column])).toList());
        }
        json.append('}');
    }

    private static double ratio(final List<double[]> turns)
    {
        return median(turns, 1) / median(turns, 0);
    }

    private static double median(final List<double[]> turns, final int side)
    {
        final double[] values = turns.stream().mapToDouble((turn) -> turn[side]).sorted().toArray();
        return Arrays.stream(values, (values.length - 1) / 2, values.length / 2 + 1).average().orElseThrow();
    }
}
