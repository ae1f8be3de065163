package io.epona.loadgen.peers;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.Drivers;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.report.FolderVerifier;
import io.epona.loadgen.report.RunSession;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioReader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What every driver has to do, done by those of the systems of others, loaded as a run loads them.
 */
class PeersRunIT
{
    private static final List<String> SHORT = List.of(
        "phases.warmup=100ms", "phases.measure=400ms", "phases.drain=30s", "engine.idle=backoff",
        "topology.partitions=3");

    @TempDir
    private Path out;

    @ParameterizedTest
    @CsvSource({"kafka, auto, all", "kafka, auto, leader", "chronicle, one-thread, all", "chronicle, two-threads, all"})
    void aShortOpenRunDeliversEveryRecordOnce(final String driver, final String composition, final String acks)
        throws Exception
    {
        final RunSession.Outcome outcome = run(
            "open, rate: 20k/s", driver, List.of("engine.composition=" + composition, "engine.acks=" + acks));

        final JsonNode verify = outcome.summary().get("verify");
        assertEquals(10_000, verify.get("accepted").asLong());
        assertEquals(10_000, verify.get("acked").asLong());
        assertEquals(10_000, verify.get("delivered").asLong());
        assertEquals(8_000, outcome.summary().get("latencyNs").get("e2e").get("count").asLong());
        assertEquals(8_000, outcome.summary().get("latencyNs").get("ack").get("count").asLong());
    }

    @ParameterizedTest
    @CsvSource({"kafka, flood", "kafka, closed", "chronicle, flood", "chronicle, closed"})
    void floodAndClosedRunsDeliverEveryRecordOnce(final String driver, final String mode) throws Exception
    {
        run(mode + ", backlog: 256KiB", driver, List.of(
            "message.size={mix: [{bytes: 64, weight: 3}, {bytes: 10KiB, weight: 1}]}",
            "topology.topics=2", "topology.producers=2", "topology.consumersPerGroup=2"));
    }

    @Test
    void kafkaKeepsKeys() throws Exception
    {
        run("open, rate: 20k/s", "kafka", List.of("message.key={dist: hot, count: 100, share: 0.9}"));
    }

    @Test
    @Tag("slow")
    void threeBrokersReplicate() throws Exception
    {
        final RunSession.Outcome outcome = run("open, rate: 2k/s", "kafka", List.of(
            "engine.replication=3", "engine.topic.min.insync.replicas=2"));

        assertEquals("3", outcome.summary().at("/settings/brokers").asText());
    }

    @Test
    void whatKafkaRunsWithIsToldAndStored() throws Exception
    {
        final RunSession.Outcome outcome = run("flood, backlog: 256KiB", "kafka", List.of(
            "engine.batchSize=64KiB", "engine.linger=3ms", "engine.topic.segment.bytes=16MiB", "message.size=2MiB"));

        final JsonNode settings = outcome.summary().get("settings");
        assertEquals("65536", settings.get("producer.batch.size").asText());
        assertEquals("3", settings.get("producer.linger.ms").asText());
        assertEquals("16777216", settings.get("topic.segment.bytes").asText());
        assertTrue(settings.get("version").asText().startsWith("4."), settings::toString);
        assertTrue(settings.get("broker.num.io.threads").asInt() > 0, settings::toString);
        assertTrue(Files.readString(outcome.folder().file("env.json")).contains("producer.batch.size"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kafka", "chronicle"})
    void nothingOfAPeerIsSeenByThisProgram(final String name) throws Exception
    {
        final Path work = Files.createDirectory(out.resolve("work"));
        final LoadDriver driver = Drivers.create(new DriverContext(scenario("open", name, List.of()), work));

        assertNotSame(getClass().getClassLoader(), driver.getClass().getClassLoader());
        final Class<?> theirs = driver.getClass().getClassLoader().loadClass("org.slf4j.LoggerFactory");
        assertNotSame(Class.forName("org.slf4j.LoggerFactory"), theirs);
    }

    private static Scenario scenario(final String load, final String driver, final List<String> settings)
    {
        final List<String> overrides = new ArrayList<>(SHORT);
        overrides.add("driver.use=" + driver);
        overrides.addAll(settings);
        return ScenarioReader.read("name: short\nload: {mode: " + load + "}", overrides);
    }

    private RunSession.Outcome run(final String load, final String driver, final List<String> settings)
        throws Exception
    {
        final RunSession.Outcome outcome =
            new RunSession(out, null, false, true).run(scenario(load, driver, settings));

        assertEquals(List.of(), outcome.verdict().reasons());
        assertEquals("[]", outcome.summary().get("systemErrors").toString());
        assertTrue(outcome.summary().get("verify").get("delivered").asLong() > 0);
        assertEquals(List.of(), FolderVerifier.verify(outcome.folder().dir()));
        assertFalse(Files.exists(outcome.folder().dir().resolve("work")), "the data is removed");
        return outcome;
    }
}
